"""A mirror of the bucket that a storage service keeps for an account.

Calls flow into it, a steady rate drains it, and when it is full they are refused; told
the other way round, as here, it holds the calls that may still be made. Nobody tells us
its rate or its size. Refusals do: at each of them the bucket is empty, so between two of
them exactly what was admitted must have been refilled.

Seconds are of one clock that never runs backwards; calls are charged calls, a float.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

CRUISE: Final = 0.995
"""Share of the measured rate that is used between two looks for more."""

STEADY_CALLS: Final = 300.0
STEADY_SECONDS: Final = 5.0
LONGEST_STEADY_SECONDS: Final = 60.0
STEADY_LATENCIES: Final = 10.0

FIRST_EXCESS: Final = 0.04
STEEPEST_EXCESS: Final = 0.4
PUSH_SECONDS: Final = 1.5
PUSH_CALLS: Final = 8.0

MARK_GROWTH: Final = 1.3
SHORTEST_SECONDS: Final = 0.05
LONGEST_SAMPLE_SECONDS: Final = 60.0

RATES: Final = (0.05, 1e6)
BURSTS: Final = (1.0, 1e6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """How many calls a second it gains, how many it holds at most, and held at a time."""

    rate: float
    burst: float
    level: float
    at: float

    @classmethod
    def of(cls, rate: float, *, burst: float, level: float, at: float) -> Self:
        """A bucket of a possible size."""
        rate = min(max(rate, RATES[0]), RATES[1])
        burst = min(max(burst, BURSTS[0]), BURSTS[1])
        return cls(rate=rate, burst=burst, level=min(level, burst), at=at)

    def level_at(self, now: float, *, excess: float) -> float:
        """What it holds now, if it gains `excess` more than its rate, as a share."""
        seconds = now - self.at
        if seconds <= 0:
            return self.level
        return min(self.burst, self.level + self.rate * CRUISE * (1 + excess) * seconds)

    def overflows(self, now: float, *, excess: float) -> bool:
        """Whether more flowed in than it holds: half a call, as floats and timers err."""
        gained = self.rate * CRUISE * (1 + excess) * (now - self.at)
        return self.level + gained > self.burst + 0.5

    def full_enough_at(self, now: float, *, cost: float, excess: float) -> float:
        """When it will hold a call of this cost; a bucket too small need only be full."""
        missing = min(cost, self.burst) - self.level_at(now, excess=excess)
        if missing <= 1e-9:  # noqa: PLR2004 - less than a float can add up exactly
            return now
        return now + missing / (self.rate * CRUISE * (1 + excess)) + 1e-9

    def less(self, cost: float, *, now: float, excess: float) -> Self:
        """After a call."""
        level = self.level_at(now, excess=excess) - cost
        return replace(self, level=level, at=max(now, self.at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What had been used at a time."""

    at: float
    used: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Calls that a bucket gained within so many seconds, from empty to empty."""

    used: float
    seconds: float

    @property
    def rate(self) -> float:
        """Calls a second; half a call is the share of the one that was refused."""
        return (self.used + 0.5) / self.seconds

    def joined(self, other: "Sample") -> "Sample":
        """Both, as long as they reach back a minute at most."""
        used, seconds = self.used + other.used, self.seconds + other.seconds
        share = min(1.0, LONGEST_SAMPLE_SECONDS / seconds)
        return Sample(used=used * share, seconds=seconds * share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Emptying:
    """How a bucket that may have been full was emptied: the way, and the end."""

    marks: Sequence[Mark]
    used: float
    at: float

    def rate(self, *, burst: float) -> float:
        """The least rate that explains it, for a bucket of this size."""
        return max(
            (self.used - mark.used - burst) / max(SHORTEST_SECONDS, self.at - mark.at)
            for mark in self.marks
        )

    def burst(self, *, rate: float) -> float:
        """The least size that explains it, for a bucket of this rate."""
        return max(
            self.used - mark.used - rate * (self.at - mark.at) for mark in self.marks
        )

    def guess(self) -> float:
        """The rate, if the bucket holds one second of it, as most do."""
        return max((self.used - mark.used) / (self.at - mark.at + 1) for mark in self.marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What was used since the bucket was known to be empty, or full.

    First the rate is kept up for `patience` calls, then it is exceeded, ever more, until
    a refusal tells where the quota is: by `excess`, a share of the rate. Only calls that
    had to wait for their turn count; who sends less than the rate learns nothing.
    """

    since: float
    from_full: bool
    patience: float
    used: float = 0.0
    steady: float = 0.0
    excess: float = 0.0
    marks: tuple[Mark, ...] = ()
    marked: float = 0.0

    def counted(self, cost: float) -> Self:
        """After a call that did not wait."""
        return replace(self, used=self.used + cost)

    def climbed(self, cost: float, *, now: float) -> Self:
        """After a call into a bucket of which nothing is known."""
        marks = self.marks
        if not marks or self.used > marks[-1].used * MARK_GROWTH:
            marks = (*marks, Mark(at=now, used=self.used))
        return replace(self, used=self.used + cost, marks=marks)

    def kept_up(self, cost: float, *, now: float, bucket: Bucket, latency: float) -> Self:
        """After a call that waited for the bucket; its level is that before the call."""
        used, steady = self.used + cost, self.steady + cost
        if steady <= self.patience:
            return replace(self, used=used, steady=steady)
        marks, marked = self.marks, self.marked
        if not marks or self.excess > marked * MARK_GROWTH:
            marks, marked = (*marks, Mark(at=now, used=self.used)), self.excess
        return replace(
            self,
            used=used,
            steady=steady,
            excess=self._pushed(now=now, bucket=bucket, latency=latency),
            marks=marks,
            marked=marked,
        )

    def _pushed(self, *, now: float, bucket: Bucket, latency: float) -> float:
        seconds = min(max(0.0, now - bucket.at), 2 / bucket.rate)
        calls = min(PUSH_CALLS, self.patience / 3)
        # What was measured over few calls may be far off.
        first = max(FIRST_EXCESS, min(0.5, 1 / self.patience))
        excess = max(first, self.excess)
        unit = max(PUSH_SECONDS, 2 * latency, calls / (bucket.rate * (1 + excess)))
        steepness = min(excess, STEEPEST_EXCESS * max(1.0, excess))
        return excess + steepness * seconds / unit

    def emptied(self, *, used: float, at: float) -> Emptying:
        """The way from the marks to empty."""
        marks = self.marks or (Mark(at=self.since, used=0.0),)
        return Emptying(marks=marks, used=used, at=at)


def patience_with(rate: float, *, known_from: float, latency: float) -> float:
    """Calls to send at a rate, measured over so many calls, before looking for more."""
    seconds = max(STEADY_SECONDS, STEADY_LATENCIES * latency)
    longest = max(LONGEST_STEADY_SECONDS, seconds) * rate
    most = min(max(STEADY_CALLS, seconds * rate), max(PUSH_CALLS, longest))
    return max(1.0, min(known_from, most))
