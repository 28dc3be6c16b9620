"""What a project may spend in a minute, and how its drives share it.

A drive stands for a school: however many lanes it has, it gets no more than another
that wants as much (max-min fairness).

Google counts a project's calls over a minute: 1,000,000 quota units for projects made
since May 2026, 12,000 queries for those before. Source: the limits page of the Drive API,
read in September 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil, floor
from typing import Final, Self

MINUTE: Final = 60.0

BURST_SHARE: Final = 0.05
"""What may be promised in a minute on top of the plan, as a share of it."""

ACTIVE_SECONDS: Final = 2.0
"""For so long after it asked a drive counts as one that wants tokens.

Longer than who waits for tokens lets pass before asking again, shorter than the burst
takes to be saved up: what is kept for a drive that is gone is not lost.
"""

LONGEST_WAIT_SECONDS: Final = 1.0
"""Until who waits for tokens asks again: a part is better soon than all of it later."""

KEPT_SHARE: Final = 0.5
"""Of the burst, what is kept for drives that have not come for it yet, all together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A quota of a project: so many tokens a minute, and what a call takes of them."""

    per_minute: int
    by_units: bool

    def cost(self, units: int) -> int:
        """Tokens for a call of so many quota units."""
        return units if self.by_units else 1

    @property
    def rate(self) -> float:
        """Tokens a second."""
        return self.per_minute / MINUTE

    @property
    def burst(self) -> float:
        """Tokens that may be saved up."""
        return max(1.0, self.per_minute * BURST_SHARE)


READ_UNITS: Final = 5
WRITE_UNITS: Final = 50
PAGE_UNITS: Final = 100
DOWNLOAD_UNITS: Final = 200
"""Quota units that calls take: looking at a file, changing one, a page of a list."""

UNITS: Final = Plan(per_minute=1_000_000, by_units=True)
QUERIES: Final = Plan(per_minute=12_000, by_units=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Tokens that were reserved, and when it is worth asking for the rest."""

    granted: int
    wait_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What of a budget is kept for a drive: tokens, and the second it last asked."""

    tokens: float
    asked_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a project may still spend: tokens there were at a time, in seconds.

    `parts` say what of the tokens is kept for which drive; the rest is anybody's.
    """

    plan: Plan
    tokens: float
    refilled_at: float
    parts: Mapping[str, Part] = field(default_factory=dict)

    @classmethod
    def begin(cls, plan: Plan, *, now: float) -> Self:
        """A budget of which nothing is known: others may have spent it just now."""
        return cls(plan=plan, tokens=0.0, refilled_at=now)

    def reserve(self, wanted: int, *, drive: str, now: float) -> tuple[Self, Grant]:
        """Take as many tokens as are wanted, there, and not kept for other drives.

        In any minute no more are granted than the plan allows, and `BURST_SHARE` of it.
        What comes in is dealt evenly to the drives that asked lately, whatever they
        asked for. Time that runs backwards grants nothing.
        """
        at = max(now, self.refilled_at)
        gained = self.plan.rate * (at - self.refilled_at)
        tokens = min(self.plan.burst, self.tokens + gained)
        asked_at = {name: part.asked_at for name, part in self.parts.items()} | {drive: at}
        active = [name for name in asked_at if at - asked_at[name] <= ACTIVE_SECONDS]
        most = _most_kept(self.plan, drives=len(active))
        kept = _deal(
            tokens, {name: min(most, self._kept_for(name)) for name in active}, most=most
        )
        others = sum(kept.values()) - kept[drive]
        granted = max(0, min(wanted, floor(tokens - others)))
        kept[drive] = max(0.0, kept[drive] - granted)
        left = type(self)(
            plan=self.plan,
            tokens=tokens - granted,
            refilled_at=at,
            parts={
                name: Part(tokens=kept[name], asked_at=asked_at[name]) for name in active
            },
        )
        wait = left.wait_seconds(wanted - granted, drive=drive)
        return left, Grant(granted=granted, wait_seconds=wait)

    def wait_seconds(self, missing: int, *, drive: str) -> float:
        """Until so many tokens are there for a drive that asked, if no other takes any."""
        if missing <= 0:
            return 0.0
        most = _most_kept(self.plan, drives=len(self.parts))
        others = [part.tokens for name, part in self.parts.items() if name != drive]
        missing = min(missing, floor(self.plan.burst - most * len(others)))
        lacking = missing - (self.tokens - sum(others))
        # While it gains what it lacks, the others gain as much each, as far as they may.
        evenly = sum(max(0.0, min(lacking, most - each)) for each in others)
        return max(0.0, (lacking + evenly) / self.plan.rate)

    def _kept_for(self, drive: str) -> float:
        part = self.parts.get(drive)
        return part.tokens if part else 0.0


def _most_kept(plan: Plan, *, drives: int) -> float:
    """The most that is kept for one of so many drives; of less than a token, nothing."""
    most = KEPT_SHARE * plan.burst / drives
    return most if most >= 1.0 else 0.0


def _deal(tokens: float, kept: Mapping[str, float], *, most: float) -> dict[str, float]:
    """Deal what is kept for nobody evenly, to each no more than `most` in all."""
    there = sum(kept.values())
    if there > tokens:
        return {name: each * tokens / there for name, each in kept.items()}
    rest, dealt = tokens - there, {}
    fullest_first = sorted(kept, key=lambda name: (-kept[name], name))
    for to_go, name in zip(range(len(kept), 0, -1), fullest_first, strict=True):
        share = min(most - kept[name], rest / to_go)
        dealt[name], rest = kept[name] + share, rest - share
    return dealt


def handful(rate: float, *, cost: int) -> int:
    """Tokens to reserve at a time: a second's worth of calls, at least one call's."""
    return max(cost, ceil(rate * cost))
