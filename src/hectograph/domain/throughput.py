"""How many deliveries an account settles in a second, while it has enough to do."""

from dataclasses import dataclass, replace
from math import exp
from typing import Final, Self

from hectograph.domain.drive import is_google
from hectograph.domain.ids import AccountId

FORGETTING_SECONDS: Final = 60.0
"""How long ago work was done that counts a third as much as that of now."""

ENOUGH: Final = 8
"""So many deliveries tell a rate."""

LONGEST_SECONDS: Final = 120.0
"""And if there are fewer in this time, they tell that it is low."""

UNKNOWN_RATE: Final = 3.0
"""Deliveries a second of an account of which nothing is known, for whoever needs a bound.

What Google allows an account to write for any length of time. Source: the limits page of
the Drive API.
"""

STAGED_RATE: Final = UNKNOWN_RATE / 2
"""The same where a copy takes two writes, as most on Google Drive do."""

DIRECTORY_RATE: Final = 300.0
"""The same in a directory. Source: `docs/reference/benchmarks.md`, and slower disks."""


def usual_rate(account: AccountId) -> float:
    """What to expect of an account of which nothing was measured yet."""
    return STAGED_RATE if is_google(account) else DIRECTORY_RATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """Deliveries settled a second, None before anything was measured.

    `seconds` is for how long it was measured, as far as that is known. What was `seen` in
    so many `seen_seconds` is not counted yet: a few deliveries tell no rate.
    """

    rate: float | None = None
    seconds: float = 0.0
    seen: int = 0
    seen_seconds: float = 0.0

    @classmethod
    def known(cls, rate: float | None) -> Self:
        """As it was remembered: what comes now changes it slowly."""
        return cls(rate=rate, seconds=FORGETTING_SECONDS)

    def observed(self, settled: int, *, seconds: float) -> Self:
        """After so many were settled in so many seconds without a want of work.

        While it is new it is a plain mean: as a lane begins nothing lands for a while.
        """
        seen, span = self.seen + settled, self.seen_seconds + seconds
        if span <= 0 or (seen < ENOUGH and span < LONGEST_SECONDS):
            return replace(self, seen=seen, seen_seconds=span)
        now = seen / span
        if self.rate is None:
            return type(self)(rate=now, seconds=span)
        measured = self.seconds + span
        fresh = max(1 - exp(-span / FORGETTING_SECONDS), span / measured)
        return type(self)(rate=self.rate + fresh * (now - self.rate), seconds=measured)

    def interrupted(self) -> Self:
        """After a want of work: what was seen just before it says nothing."""
        return replace(self, seen=0, seen_seconds=0.0)
