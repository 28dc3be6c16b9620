"""What a hold tells about a quota: how fast the bucket is refilled, and how large it is."""

from dataclasses import dataclass, replace
from typing import Final

from hectograph.domain.bucket import (
    SHORTEST_SECONDS,
    Bucket,
    Emptying,
    Mark,
    Sample,
    Stretch,
)

LONG_SECONDS: Final = 3.0
"""A longer hold is no bucket being refilled: it says nothing about the rate."""

WINDOW_SECONDS: Final = 90.0
"""The longest hold that may be the rest of a window of a minute."""

SURPRISE_CALLS: Final = 3.0
SURPRISE_SHARE: Final = 0.15
"""How far a sample may be from those before it and still be of the same quota."""

PRIOR_SECONDS: Final = 0.15
"""What the earlier samples weigh against a surprising one, which may be very short."""

CERTAINTY: Final = 3.0
DOUBTED_CALLS: Final = 10.0
"""How long a rate is trusted: for a multiple of the calls it was measured over, or less."""

GREAT_EXCESS: Final = 0.25
RISEN: Final = 1.1
"""How far a rate must have been exceeded, and how much more it must explain, to be old."""

CONSISTENT: Final = 0.9
DOUBTED_BURST: Final = 0.25

MANY_BURSTS: Final = 10.0
"""After so many bursts it matters little whether the bucket was full at the beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A hold that ended, as far as it tells something.

    `used` calls were admitted in the stretch, which lasted `seconds` until the hold began
    `at`; `idle` seconds later a probe was admitted. Was it `disturbed`, probes failed for
    other reasons. `latency` is what an answer takes.
    """

    stretch: Stretch
    used: float
    seconds: float
    at: float
    idle: float
    latency: float
    disturbed: bool

    @property
    def long(self) -> bool:
        """Whether it was longer than a bucket needs to gain a call."""
        return self.idle > LONG_SECONDS + 2 * self.latency

    @property
    def least_rate(self) -> float:
        """A call flowed in while it lasted."""
        return 0.0 if self.long else 1 / max(SHORTEST_SECONDS, self.idle)

    @property
    def sample(self) -> Sample:
        """The stretch as a sample, if it began and ended with an empty bucket."""
        return Sample(used=self.used, seconds=self.seconds)

    @property
    def emptying(self) -> Emptying:
        """The stretch as the way of a full bucket."""
        return self.stretch.emptied(used=self.used, at=self.at)

    @property
    def whole(self) -> Emptying:
        """The same, without what happened on the way."""
        mark = Mark(at=self.stretch.since, used=0.0)
        return Emptying(marks=(mark,), used=self.used, at=self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is believed after a hold, and after how many calls it is worth doubting."""

    rate: float
    burst: float
    known_from: float
    sample: Sample | None
    emptying: Emptying | None


def first_finding(ended: Ended) -> Finding:
    """What the first refusal ever tells."""
    emptying = ended.emptying
    rate = emptying.guess()
    if ended.long and ended.idle <= WINDOW_SECONDS and not ended.disturbed:
        rate = ended.used / (ended.seconds + ended.idle)
    return Finding(
        rate=rate,
        burst=emptying.burst(rate=rate),
        known_from=ended.used,
        sample=None,
        emptying=None if ended.long else emptying,
    )


def next_finding(
    ended: Ended,
    bucket: Bucket,
    *,
    sample: Sample | None,
    emptying: Emptying | None,
) -> Finding:
    """What a refusal tells of a bucket that was known a little."""
    if ended.long:
        return Finding(
            rate=bucket.rate,
            burst=bucket.burst,
            known_from=ended.used,
            sample=sample,
            emptying=None,
        )
    if ended.stretch.from_full:
        if ended.used < MANY_BURSTS * bucket.burst:
            return _rescaled(ended, bucket)
        ended = replace(ended, used=ended.used - bucket.burst)
    return _measured(ended, bucket, sample=sample, emptying=emptying)


def _rescaled(ended: Ended, bucket: Bucket) -> Finding:
    """A full bucket and what flowed in were used up: both are as much as that says."""
    expected = bucket.burst + bucket.rate * ended.seconds
    share = min(ended.used / expected, 1.0 + ended.stretch.excess)
    finding = Finding(
        rate=max(bucket.rate * share, ended.least_rate),
        burst=bucket.burst * share,
        known_from=ended.used,
        sample=None,
        emptying=None,
    )
    if share < CONSISTENT:
        known_from = min(ended.used, DOUBTED_CALLS)
        return replace(finding, known_from=known_from, emptying=ended.whole)
    return _risen(ended, bucket, finding=finding)


def _measured(
    ended: Ended,
    bucket: Bucket,
    *,
    sample: Sample | None,
    emptying: Emptying | None,
) -> Finding:
    """From empty to empty: what was used is what flowed in."""
    joined = _joined(ended.sample, sample)
    finding = Finding(
        rate=max(joined.rate, ended.least_rate),
        burst=_measured_burst(ended, bucket, rate=joined.rate, emptying=emptying),
        known_from=CERTAINTY * joined.used,
        sample=joined,
        emptying=None,
    )
    return _risen(ended, bucket, finding=finding)


def _risen(ended: Ended, bucket: Bucket, *, finding: Finding) -> Finding:
    """The quota may have risen on the way, so that part of it flowed over."""
    if ended.stretch.excess <= GREAT_EXCESS:
        return finding
    rate = ended.emptying.rate(burst=bucket.burst)
    if rate <= RISEN * finding.rate:
        return finding
    known_from = min(ended.used, DOUBTED_CALLS)
    return replace(finding, rate=rate, known_from=known_from, sample=None)


def _joined(latest: Sample, earlier: Sample | None) -> Sample:
    if earlier is None:
        return latest
    surprise = abs(latest.used - earlier.rate * latest.seconds)
    if surprise <= SURPRISE_CALLS + SURPRISE_SHARE * latest.used:
        return latest.joined(earlier)
    return latest.joined(Sample(used=earlier.rate * PRIOR_SECONDS, seconds=PRIOR_SECONDS))


def _measured_burst(
    ended: Ended, bucket: Bucket, *, rate: float, emptying: Emptying | None
) -> float:
    """The size, from how it was emptied before, now that the rate is known."""
    if emptying is None:
        return bucket.burst
    found = emptying.burst(rate=rate)
    # A sample is off by a call; over the time of emptying that adds up.
    doubt = (emptying.at - emptying.marks[0].at) / ended.seconds
    sure = doubt <= DOUBTED_BURST * max(bucket.burst, found, 4.0)
    return found if sure else bucket.burst
