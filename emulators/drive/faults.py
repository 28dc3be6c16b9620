"""Trouble on command: which calls go wrong, when, and how."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

from emulators.drive.chance import draw
from emulators.drive.refusals import Refusal
from emulators.drive.settings import BadSettings

KINDS = frozenset(
    {
        "drop", "cut", "500", "502", "502html", "503", "504", "403", "403user", "429",
        "slow", "hang", "kill",
    }
)  # fmt: skip
HTML = (
    b"<!DOCTYPE html><html lang=en><meta charset=utf-8><title>Error 502 (Server Error)!!1"
    b"</title><p><b>502.</b> <ins>That's an error.</ins><p>The server encountered a "
    b"temporary error and could not complete your request."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One kind of trouble. `times`, `skip` count matching calls; `rate` draws.

    "kill" ends the process `pid` with SIGKILL, and gives no answer.
    """

    call: str = "*"
    when: str = "before"  # or after: the effect is there, the answer is the trouble
    kind: str = "503"
    times: int | None = None
    rate: float | None = None
    skip: int = 0
    account: str = ""
    seconds: float = 1.0  # for slow
    pid: int = 0  # for kill

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """A rule from JSON; or `BadSettings`."""
        unknown = set(given) - {known.name for known in fields(cls)}
        rule = cls(**{key: value for key, value in given.items() if key not in unknown})
        wrong = rule.kind not in KINDS or rule.when not in {"before", "after"}
        if unknown or wrong or (rule.kind == "kill" and rule.pid <= 1):
            raise BadSettings(f"not a fault: {dict(given)}")
        return rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong with this call."""

    when: str
    kind: str
    seconds: float
    pid: int = 0

    @property
    def label(self) -> str:
        """For the log."""
        return f"{self.kind} {self.when}"


class Trouble:
    """The rules in force, and how often each was asked."""

    def __init__(self, rules: Sequence[Rule] = (), *, seed: int = 1) -> None:
        self.rules = tuple(rules)
        self._seed = seed
        self._matched = [0] * len(self.rules)
        self._struck = [0] * len(self.rules)
        self._asked: defaultdict[tuple[int, str, str], int] = defaultdict(int)

    def find(self, *, call: str, account: str, target: str) -> Fault | None:
        """The first rule that strikes this call, or none."""
        for position, rule in enumerate(self.rules):
            if rule.call not in {"*", call} or rule.account not in {"", account}:
                continue
            self._matched[position] += 1
            if self._matched[position] > rule.skip and self._strikes(
                position, call, target
            ):
                self._struck[position] += 1
                return Fault(
                    when=rule.when, kind=rule.kind, seconds=rule.seconds, pid=rule.pid
                )
        return None

    def _strikes(self, position: int, call: str, target: str) -> bool:
        rule = self.rules[position]
        if rule.times is not None and self._struck[position] >= rule.times:
            return False
        if rule.rate is None:
            return True
        key = (position, call, target)
        self._asked[key] += 1
        return draw(self._seed, *key, self._asked[key]) < rule.rate

    def state(self) -> list[dict[str, Any]]:
        """The rules and what became of them."""
        return [
            {
                **{known.name: getattr(rule, known.name) for known in fields(rule)},
                "matched": matched,
                "struck": struck,
            }
            for rule, matched, struck in zip(
                self.rules, self._matched, self._struck, strict=True
            )
        ]


def as_refusal(kind: str) -> Refusal | None:
    """The answer of a fault that answers; None for those that do not."""
    answers = {
        "500": (500, "internalError", "Internal Error"),
        "502": (502, "badGateway", "Bad Gateway"),
        "503": (503, "backendError", "Backend Error"),
        "504": (504, "gatewayTimeout", "Gateway Timeout"),
        "403": (403, "rateLimitExceeded", "Rate Limit Exceeded"),
        "403user": (403, "userRateLimitExceeded", "User Rate Limit Exceeded"),
        "429": (429, "rateLimitExceeded", "Rate Limit Exceeded"),
    }
    if kind not in answers:
        return None
    status, reason, message = answers[kind]
    domain = "usageLimits" if status in {403, 429} else "global"
    return Refusal(status, reason, message, domain=domain)
