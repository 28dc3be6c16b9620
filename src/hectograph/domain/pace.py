"""How fast an account may call a service whose quota nobody tells: hold and probe.

The pace keeps a mirror of the bucket that the service keeps: so many calls a second, and
so many at once. A refusal says that the bucket is empty now; between two refusals exactly
what was admitted flowed into it, and that is how the rate is measured. While refusals
last everything waits but one probe. `docs/explanation/pacing.md` tells the whole of it.

All times are seconds of one clock that never runs backwards; costs are charged calls, 1.0
for a write and 0.0 for a read that is not charged.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto
from math import exp, inf, log
from typing import Final, Self

VOLLEY: Final = 30.0
"""Calls that a remembered burst may send before the first answer: a school class."""

COLD_VOLLEY: Final = 5.0
RESUMED_VOLLEY: Final = 8.0
FOUND_VOLLEY: Final = 2.0

COLD_GROWTH: Final = 0.5
"""New calls for each admitted one while nothing is known: growth per round trip."""

COLD_STEP: Final = 5.5

KNOWN_GROWTH: Final = 4.0

CRUISE: Final = 0.99
"""Share of the measured rate that is used between two looks for more."""

PATIENCE_CALLS: Final = 250.0
PATIENCE_SECONDS: Final = 5.0
LONGEST_PATIENCE_SECONDS: Final = 60.0

FIRST_EXCESS: Final = 0.03
REFUTED_EXCESS: Final = 0.25
PUSH_SECONDS: Final = 1.0
PUSH_CALLS: Final = 8.0
STEEPEST_EXCESS: Final = 0.4

LONG_HOLD_SECONDS: Final = 3.0

FIRST_PROBE_SECONDS: Final = 0.1
PROBE_GROWTH: Final = 1.5
LONGEST_PROBE_SECONDS: Final = 5.0

FAILURES_OF_AN_OUTAGE: Final = 8

MEMORY_SECONDS: Final = 180.0
"""How long a lower pace must last until the remembered one has come most of the way."""
RAISING_SECONDS: Final = 10.0

CAUTION: Final = 0.5
"""Calls by which the mirror is kept below the service's bucket."""

PRIOR_SECONDS: Final = 0.15
LONGEST_SAMPLE_SECONDS: Final = 60.0
SURPRISE_CALLS: Final = 3.0
SURPRISE_SHARE: Final = 0.15
PATIENCE_SHARE: Final = 3.0
PROVEN_CALLS: Final = 50.0
MARK_GROWTH: Final = 1.3
REFILL: Final = 0.9


class Verdict(Enum):
    """What an answer says about the quota."""

    ADMITTED = auto()
    REFUSED = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedPace:
    """What is remembered of an account: charged calls a second, and calls at once."""

    rate: float
    burst: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """A call that left: the how manieth, when, and what it is charged."""

    number: int
    at: float
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """The mirror: what the service's bucket is believed to hold."""

    rate: float
    burst: float
    level: float
    at: float

    def level_at(self, now: float, *, excess: float) -> float:
        grown = self.rate * CRUISE * (1 + excess) * max(0.0, now - self.at)
        return min(self.burst, self.level + grown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What was sent since the bucket was known to be empty, or full."""

    since: float
    from_full: bool
    used: float = 0.0
    steady: float = 0.0
    patience: float = PATIENCE_CALLS
    excess: float = 0.0
    marks: tuple[tuple[float, float], ...] = ()
    marked: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Calls that flowed into the bucket within so many seconds."""

    used: float
    seconds: float

    def __add__(self, other: "Sample") -> "Sample":
        used, seconds = self.used + other.used, self.seconds + other.seconds
        share = min(1.0, LONGEST_SAMPLE_SECONDS / seconds)
        return Sample(used=used * share, seconds=seconds * share)

    @property
    def rate(self) -> float:
        return (self.used + 0.5) / self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How a full bucket was emptied: what had been used when, and in all."""

    marks: tuple[tuple[float, float], ...]
    used: float
    at: float

    def rate(self, burst: float) -> float:
        """What flowed in each second at least, were the bucket of this size."""
        return max(
            (self.used - used - burst) / max(0.05, self.at - at) for at, used in self.marks
        )

    def guess(self) -> float:
        """The rate, were the bucket to hold one second of it."""
        return max((self.used - used) / (self.at - at + 1) for at, used in self.marks)

    def burst(self, rate: float) -> float:
        """What the bucket held, were it filled at this rate meanwhile."""
        return max(
            self.used - used - rate * (self.at - at) for at, used in self.marks
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Everything waits but one probe at a time."""

    began_at: float
    refused: bool
    charged: bool
    probe_at: float
    tries: int = 0
    probe: int | None = None
    reads_free: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The pace of one account, as a value."""

    bucket: Bucket | None
    stretch: Stretch
    memory: LearnedPace | None
    credit: float
    hold: Hold | None = None
    number: int = 0
    past: int = 0
    outstanding: int = 0
    most: int = 0
    latency: float = 0.0
    failures: int = 0
    opening: Opening | None = None
    sample: Sample | None = None
    remembered_at: float

    @classmethod
    def begin(cls, learned: LearnedPace | None, *, now: float) -> Self:
        if learned is None:
            return cls(
                bucket=None,
                stretch=Stretch(since=now, from_full=True),
                memory=None,
                credit=COLD_VOLLEY,
                remembered_at=now,
            )
        bucket = Bucket(
            rate=learned.rate,
            burst=max(1.0, learned.burst),
            level=max(1.0, learned.burst * 0.96 - CAUTION),
            at=now,
        )
        patience = patience_for(learned.rate, used=inf)
        return cls(
            bucket=bucket,
            stretch=Stretch(since=now, from_full=True, patience=patience),
            memory=learned,
            credit=max(1.0, min(VOLLEY, learned.burst)),
            remembered_at=now,
        )

    def next_at(self, *, now: float, cost: float) -> float:
        """When a call of this cost may leave: `now`, later, or infinity: not before news."""
        if self.hold is not None:
            return self._probe_at(self.hold, now=now, cost=cost)
        if cost == 0:
            return now
        if self.credit < 1 and self.outstanding:
            return inf
        if self.bucket is None:
            return now
        excess = self.stretch.excess
        level = self.bucket.level_at(now, excess=excess)
        missing = min(cost, self.bucket.burst) - level
        if missing <= 1e-9:
            return now
        return now + missing / (self.bucket.rate * CRUISE * (1 + excess)) + 1e-9

    def _probe_at(self, hold: Hold, *, now: float, cost: float) -> float:
        if cost == 0 and hold.reads_free:
            return now
        return inf if hold.probe is not None else max(now, hold.probe_at)

    def sent(self, *, now: float, cost: float) -> tuple[Self, Departure]:
        number = self.number + 1
        departure = Departure(number=number, at=now, cost=cost)
        hold = self.hold
        if hold is not None and not (cost == 0 and hold.reads_free):
            hold = replace(hold, probe=number)
        outstanding = self.outstanding + 1
        if cost == 0:
            after = replace(self, number=number, outstanding=outstanding, hold=hold)
            return after, departure
        bucket, stretch = self._charged(now=now, cost=cost)
        after = replace(
            self,
            number=number,
            outstanding=outstanding,
            most=max(self.most, outstanding),
            hold=hold,
            bucket=bucket,
            stretch=stretch,
            credit=max(0.0, self.credit - 1),
        )
        return after, departure

    def _charged(self, *, now: float, cost: float) -> tuple[Bucket | None, Stretch]:
        bucket, stretch = self.bucket, self.stretch
        if bucket is None:
            marks = stretch.marks
            if not marks or stretch.used > marks[-1][1] * MARK_GROWTH:
                marks = (*marks, (now, stretch.used))
            return None, replace(stretch, used=stretch.used + cost, marks=marks)
        level = bucket.level_at(now, excess=stretch.excess)
        if level >= bucket.burst and self.hold is None:
            # Full: whatever flowed in meanwhile is lost, so counting starts anew.
            stretch = replace(
                stretch, since=now, from_full=True, used=cost, steady=0.0, excess=0.0
            )
        elif level < cost + 1 and self.hold is None:
            stretch = self._steadier(now=now, cost=cost)
        else:
            stretch = replace(stretch, used=stretch.used + cost)
        return replace(bucket, level=level - cost, at=max(now, bucket.at)), stretch

    def _steadier(self, *, now: float, cost: float) -> Stretch:
        stretch, bucket = self.stretch, self.bucket
        assert bucket is not None
        steady = stretch.steady + cost
        excess, marks = stretch.excess, stretch.marks
        if steady > stretch.patience:
            if not marks or excess > self.stretch.marked * MARK_GROWTH:
                marks = (*marks, (now, stretch.used))
                stretch = replace(stretch, marks=marks, marked=excess)
            seconds = min(max(0.0, now - bucket.at), 2 / bucket.rate)
            calls = min(PUSH_CALLS, stretch.patience / 3)
            unit = max(PUSH_SECONDS, 2 * self.latency, calls / bucket.rate)
            # What was measured over few calls may be far off.
            excess = max(FIRST_EXCESS, excess, min(0.5, 1 / stretch.patience))
            excess += min(excess, STEEPEST_EXCESS) * seconds / unit
        return replace(stretch, used=stretch.used + cost, steady=steady, excess=excess)

    def answered(
        self,
        departure: Departure,
        verdict: Verdict,
        *,
        now: float,
        retry_after: float | None = None,
    ) -> Self:
        took = max(0.0, now - departure.at)
        latency = took if self.latency == 0 else self.latency + (took - self.latency) / 16
        pace = replace(self, outstanding=self.outstanding - 1, latency=latency)
        match verdict:
            case Verdict.ADMITTED:
                return pace._admitted(departure, now=now)
            case Verdict.REFUSED:
                return pace._refused(departure, now=now, retry_after=retry_after)
            case Verdict.FAILED:
                return pace._failed(departure, now=now, retry_after=retry_after)

    def _admitted(self, departure: Departure, *, now: float) -> Self:
        hold = self.hold
        if hold is not None:
            if hold.probe != departure.number:
                return replace(self, failures=0)
            if hold.charged and departure.cost == 0:
                return replace(
                    self, failures=0, hold=replace(hold, probe=None, reads_free=True)
                )
            return self._resumed(hold, departure=departure, now=now)
        if departure.cost == 0:
            return replace(self, failures=0) if self.failures else self
        if self.bucket is None:
            credit = self.credit + 1
            if self.credit < 1:
                credit += min(COLD_GROWTH, COLD_STEP / (self.outstanding + 1))
            return replace(self, failures=0, credit=credit)
        most = max(VOLLEY, self.bucket.burst)
        credit = min(self.credit + KNOWN_GROWTH, most)
        return replace(self, failures=0, credit=credit)

    def _refused(
        self, departure: Departure, *, now: float, retry_after: float | None
    ) -> Self:
        if departure.number <= self.past:
            return self._straggler(departure)
        stretch = replace(
            self.stretch, used=max(0.0, self.stretch.used - departure.cost)
        )
        pace = replace(self, stretch=stretch, failures=0)
        hold = self.hold
        charged = departure.cost > 0
        if hold is not None:
            if hold.probe == departure.number:
                return pace._probed(hold, now=now, retry_after=retry_after, refused=True)
            hold = replace(hold, charged=hold.charged or charged, refused=True)
            if retry_after is not None:
                hold = replace(hold, probe_at=max(hold.probe_at, now + retry_after))
            return replace(pace, hold=hold)
        wait = FIRST_PROBE_SECONDS
        if retry_after is not None:
            wait = retry_after
        elif charged and self.bucket is not None:
            refill = 1.2 / self.bucket.rate
            wait = max(wait, min(1.0, departure.at + refill - now))
        held = Hold(
            began_at=now,
            refused=True,
            charged=charged,
            probe_at=now + wait,
        )
        return replace(pace, hold=held)

    def _straggler(self, departure: Departure) -> Self:
        """A refusal from before the last hold: what was measured then was less."""
        bucket, sample, opening = self.bucket, self.sample, self.opening
        if opening is not None:
            opening = replace(opening, used=max(0.5, opening.used - departure.cost))
            if bucket is not None and sample is None:
                burst = max(1.0, bucket.burst - departure.cost)
                bucket = replace(bucket, burst=burst)
        if bucket is not None and sample is not None:
            used = max(sample.used / 2, sample.used - departure.cost)
            bucket = replace(bucket, rate=bucket.rate * used / sample.used)
            sample = replace(sample, used=used)
        return replace(self, bucket=bucket, sample=sample, opening=opening)

    def _failed(
        self, departure: Departure, *, now: float, retry_after: float | None
    ) -> Self:
        failures = self.failures + 1
        credit = self.credit + (departure.cost > 0)
        pace = replace(self, failures=failures, credit=credit)
        hold = self.hold
        if hold is not None:
            if hold.probe == departure.number:
                return pace._probed(hold, now=now, retry_after=retry_after, refused=False)
            return pace
        if failures < FAILURES_OF_AN_OUTAGE or departure.number <= self.past:
            return pace
        wait = FIRST_PROBE_SECONDS if retry_after is None else retry_after
        held = Hold(
            began_at=now,
            refused=False,
            charged=False,
            probe_at=now + wait,
        )
        return replace(pace, hold=held)

    def _probed(
        self, hold: Hold, *, now: float, retry_after: float | None, refused: bool
    ) -> Self:
        tries = hold.tries + 1
        held = now - hold.began_at
        longest = max(self._probe_cap(), held / 12) if hold.refused else max(2.0, held / 20)
        wait = min(FIRST_PROBE_SECONDS * PROBE_GROWTH ** min(tries, 40), longest)
        if retry_after is not None:
            wait = retry_after
        again = replace(
            hold,
            tries=tries,
            probe=None,
            probe_at=now + wait,
            refused=hold.refused or refused,
        )
        return replace(self, hold=again)

    def _probe_cap(self) -> float:
        """Many calls admitted before may pay for more frequent probes."""
        return min(LONGEST_PROBE_SECONDS, max(1.0, 9000 / (1 + self.stretch.used)))

    def _resumed(self, hold: Hold, *, departure: Departure, now: float) -> Self:
        pace = replace(
            self,
            hold=None,
            failures=0,
            past=self.number,
            credit=RESUMED_VOLLEY if self.bucket is not None else FOUND_VOLLEY,
        )
        if not hold.charged or not hold.refused:
            return pace
        return pace._measured(hold, probe=departure, now=now)

    def _measured(self, hold: Hold, *, probe: Departure, now: float) -> Self:
        stretch, bucket = self.stretch, self.bucket
        used = max(0.5, stretch.used - probe.cost)
        seconds = max(0.01, hold.began_at - stretch.since)
        idle = now - hold.began_at
        opening = self.opening
        sample: Sample | None = Sample(used=used, seconds=seconds)
        certain = used
        if bucket is None:
            opening = Opening(marks=stretch.marks, used=used, at=hold.began_at)
            sample = None
            if idle > LONG_HOLD_SECONDS:
                rate = used / (seconds + idle)
                burst = opening.burst(rate)
                opening = None
            else:
                rate = opening.guess()
                burst = opening.burst(rate)
        elif idle > LONG_HOLD_SECONDS:
            rate, burst, opening, sample = bucket.rate, bucket.burst, None, self.sample
        elif stretch.from_full:
            expected = bucket.burst + bucket.rate * seconds
            share = min(used / expected, 1.0 + stretch.excess)
            rate, burst = bucket.rate * share, bucket.burst * share
            opening = Opening(
                marks=((stretch.since, 0.0),), used=used, at=hold.began_at
            )
            sample = None
            if share < 0.9:
                certain = min(used, 10.0)
        else:
            if self.sample is not None:
                surprise = abs(used - self.sample.rate * seconds)
                if surprise <= SURPRISE_CALLS + SURPRISE_SHARE * used:
                    sample += self.sample
                else:
                    sample += Sample(
                        used=self.sample.rate * PRIOR_SECONDS, seconds=PRIOR_SECONDS
                    )
            rate, certain = sample.rate, PATIENCE_SHARE * sample.used
            if stretch.excess > REFUTED_EXCESS:
                # Perhaps it rose in between, and part of it flowed over.
                push = Opening(marks=stretch.marks, used=used, at=hold.began_at)
                risen = push.rate(bucket.burst)
                if risen > rate:
                    rate = risen
                    certain = min(used, 10.0)
                    sample = None
            burst = bucket.burst
            if opening is not None:
                found = opening.burst(rate)
                doubt = (hold.began_at - opening.at) and (opening.at - opening.marks[0][0]) / seconds
                if doubt <= 0.25 * max(burst, found, 4.0):
                    burst = found
                opening = None
        burst = max(1.0, burst)
        level = min(burst, rate * idle * REFILL - probe.cost) - CAUTION
        after = Bucket(rate=rate, burst=burst, level=level, at=now)
        fresh = Stretch(
            since=hold.began_at,
            from_full=False,
            used=probe.cost,
            patience=patience_for(rate, used=certain),
        )
        if idle > LONG_HOLD_SECONDS:
            fresh = replace(fresh, from_full=True, since=now)
        proven = sample is not None and sample.used >= PROVEN_CALLS
        return replace(
            self,
            bucket=after,
            stretch=fresh,
            opening=opening,
            sample=sample,
            memory=self._remembered(after, now=now, proven=proven),
            remembered_at=now,
        )

    def _remembered(self, bucket: Bucket, *, now: float, proven: bool) -> LearnedPace | None:
        memory = self.memory
        if not proven:
            return memory
        if memory is None:
            return LearnedPace(rate=bucket.rate, burst=bucket.burst)
        seconds = now - self.remembered_at
        return LearnedPace(
            rate=blended(memory.rate, bucket.rate, seconds=seconds),
            burst=blended(memory.burst, bucket.burst, seconds=seconds),
        )

    def learned(self) -> LearnedPace | None:
        if self.memory is not None:
            return self.memory
        if self.bucket is not None:
            return LearnedPace(rate=self.bucket.rate, burst=self.bucket.burst)
        if not self.most or not self.latency:
            return None
        return LearnedPace(rate=self.most / self.latency, burst=float(self.most))

    @property
    def refused_since(self) -> float | None:
        hold = self.hold
        return hold.began_at if hold is not None and hold.refused else None


def patience_for(rate: float, *, used: float) -> float:
    most = max(PATIENCE_CALLS, PATIENCE_SECONDS * rate)
    return min(used, most, max(8.0, LONGEST_PATIENCE_SECONDS * rate))


def blended(old: float, new: float, *, seconds: float) -> float:
    slowness = MEMORY_SECONDS if new < old else RAISING_SECONDS
    weight = 1 - exp(-seconds / slowness)
    return exp(log(old) + weight * (log(new) - log(old)))
