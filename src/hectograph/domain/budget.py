"""What a project may spend in a minute, and how its lanes share it.

Google counts a project's calls over a minute: 1,000,000 quota units for projects made
since May 2026, 12,000 queries for those before. Source: the limits page of the Drive API,
read in September 2026.
"""

from dataclasses import dataclass
from math import ceil, floor
from typing import Final, Self

MINUTE: Final = 60.0

BURST_SHARE: Final = 0.05
"""What may be promised in a minute on top of the plan, as a share of it."""


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


UNITS: Final = Plan(per_minute=1_000_000, by_units=True)
QUERIES: Final = Plan(per_minute=12_000, by_units=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Tokens that were reserved, and when it is worth asking for the rest."""

    granted: int
    wait_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a project may still spend: tokens there were at a time, in seconds."""

    plan: Plan
    tokens: float
    refilled_at: float

    @classmethod
    def begin(cls, plan: Plan, *, now: float) -> Self:
        """A budget of which nothing is known: others may have spent it just now."""
        return cls(plan=plan, tokens=0.0, refilled_at=now)

    def reserve(self, wanted: int, *, now: float) -> tuple[Self, Grant]:
        """Take as many tokens as are wanted and there.

        In any minute no more are granted than the plan allows, and `BURST_SHARE` of it.
        Time that runs backwards grants nothing.
        """
        seconds = max(0.0, now - self.refilled_at)
        tokens = min(self.plan.burst, self.tokens + self.plan.rate * seconds)
        granted = max(0, min(wanted, floor(tokens)))
        left = type(self)(
            plan=self.plan,
            tokens=tokens - granted,
            refilled_at=max(now, self.refilled_at),
        )
        missing = min(wanted - granted, floor(self.plan.burst)) - left.tokens
        wait = max(0.0, missing / self.plan.rate) if granted < wanted else 0.0
        return left, Grant(granted=granted, wait_seconds=wait)


def handful(rate: float, *, cost: int) -> int:
    """Tokens to reserve at a time: a second's worth of calls, at least one call's."""
    return max(cost, ceil(rate * cost))
