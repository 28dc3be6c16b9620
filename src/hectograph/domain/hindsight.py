"""How far expectations were out in the past, and so how wide a range has to be.

For each kind of expectation the quantiles of actual ÷ expected are taken, by the ranks
that keep the promise also for few of them (split conformal prediction: Vovk et al. 2005).
What is known of a kind weighs more the more there is of it; the rest is the wider kind's,
and at last a prior's.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp, log
from statistics import median
from typing import Final, Self

PROMISED: Final = 0.9
"""The part of all ends that shall lie within the range."""

MARGIN: Final = 0.04
"""By so much more is aimed: what comes is not quite like what was."""

TRUST: Final = 40
"""So many of a kind weigh as much as what is known of the wider one."""

LEAST_RATIO: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An expectation of a kind, and how the actual seconds were to the expected ones."""

    kind: str
    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Actual ÷ expected: at the least, likely, at the most."""

    least: float
    likely: float
    most: float


UNKNOWN: Final = Spread(least=0.2, likely=1.0, most=5.0)
"""Before anything is known."""


@dataclass(frozen=True, slots=True)
class Hindsight:
    """What was learned of each kind, and of the wider ones."""

    spreads: Mapping[str, Spread]

    @classmethod
    def learned(cls, past: Sequence[Past]) -> Self:
        """From expectations of which the end is known."""
        logs: dict[str, list[float]] = defaultdict(list)
        for each in past:
            for kind in _widening(each.kind):
                logs[kind].append(log(max(LEAST_RATIO, each.ratio)))
        spreads: dict[str, Spread] = {}
        for kind in sorted(logs, key=len):
            wider = spreads.get(_wider(kind), UNKNOWN)
            spreads[kind] = _blended(sorted(logs[kind]), wider)
        return cls(spreads)

    def spread(self, kind: str) -> Spread:
        """What to expect of a kind."""
        known = (self.spreads.get(each) for each in _widening(kind))
        return next((each for each in known if each is not None), UNKNOWN)


def _widening(kind: str) -> list[str]:
    words = kind.split("/")
    return ["/".join(words[:number]) for number in range(len(words), 0, -1)]


def _wider(kind: str) -> str:
    return kind.rpartition("/")[0]


def _blended(logs: Sequence[float], wider: Spread) -> Spread:
    """The shortest range that holds the promised part of these, and some of the wider."""
    number = len(logs)
    weight = number / (number + TRUST)
    inside = min(number, ceil((PROMISED + MARGIN) * (number + 1)))
    first = min(
        range(number - inside + 1), key=lambda each: logs[each + inside - 1] - logs[each]
    )

    def blend(found: float, before: float) -> float:
        return exp(weight * found + (1 - weight) * log(before))

    return Spread(
        least=blend(logs[first], wider.least),
        likely=blend(median(logs), wider.likely),
        most=blend(logs[first + inside - 1], wider.most),
    )
