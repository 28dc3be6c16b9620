"""How fast an account may call a service whose quota nobody tells: hold and probe.

The pace keeps a mirror of the service's bucket (`bucket.py`) and spends what it holds.
A refusal holds everything back but one probe at a time; when a probe is admitted, what
was admitted between two refusals gives the rate. While nothing is known, each answer
allows a little more than the call that it was for. How, and how well:
`docs/explanation/pacing.md`.

All times are seconds of one clock that never runs backwards. Costs are charged calls: 1.0
for a write, 0.0 for a read that is not charged.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto
from math import ceil, exp, inf, isfinite, log
from typing import Final, Self, assert_never

from hectograph.domain.bucket import (
    SHORTEST_SECONDS,
    Bucket,
    Emptying,
    Sample,
    Stretch,
    patience_with,
)
from hectograph.domain.quota import (
    GREAT_EXCESS,
    Ended,
    Finding,
    first_finding,
    next_finding,
)

VOLLEY: Final = 30.0
"""Calls of a remembered burst that may leave before the first answer: a class."""

COLD_VOLLEY: Final = 7.0
FOUND_VOLLEY: Final = 2.0
RESUMED_VOLLEY: Final = 6.0
"""The same when nothing is remembered, after the first hold, and after every other."""

COLD_GROWTH: Final = 0.5
COLD_STEP: Final = 8.0
COLD_STEP_SECONDS: Final = 0.34
"""While nothing is known, calls in flight grow by half in a round trip, or by a step.

A step in each trip of that many seconds makes the rate grow by the same in each second;
where trips are longer, so are the steps.
"""

KNOWN_GROWTH: Final = 4.0
"""Calls that may leave for each that is admitted, once the bucket is known."""

CAUTION: Final = 0.5
REMEMBERED_SHARE: Final = 0.96
REFILL: Final = 0.75
REMEMBERED_SECONDS: Final = 30.0
"""How long a remembered rate is taken for granted before the first look for more."""
"""The mirror is kept a little below the bucket: by calls, and by shares of a level."""

PROBE_SECONDS: Final = 0.1
PROBE_GROWTH: Final = 1.5
PROBE_SHARE: Final = 1 / 12
OUTAGE_PROBE_SHARE: Final = 1 / 20
PAID_PROBE_SECONDS: Final = 9000.0
"""Seconds between two probes, times the calls that were admitted before the hold."""

LONGEST_RETRY_SECONDS: Final = 86_400.0
"""Who asks us to stay away for longer is asked again tomorrow."""

OUTAGE_FAILURES: Final = 8
"""Failures in a row that are no accident any more, be every fourth call to fail."""

PROVEN_CALLS: Final = 25.0
"""Calls that must have been measured before it is worth remembering."""

FORGETTING_SECONDS: Final = 180.0
RAISING_SECONDS: Final = 10.0
"""How long a pace must last until the remembered one has come most of the way to it."""


AHEAD_SECONDS: Final = 0.3
FEWEST: Final = 2
"""Calls that wait for their turn: so many seconds' worth, and no fewer than these."""

SOME_SHARE: Final = 3
"""Of what is useful, the part for which it is worth asking for more."""


class Verdict(Enum):
    """What an answer, or none, says about the quota."""

    ADMITTED = auto()
    REFUSED = auto()
    FAILED = auto()
    """Nothing: an error of another kind, or no answer at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedPace:
    """What is stored for an account: charged calls a second, and how many at once."""

    rate: float
    burst: float

    def is_usable(self) -> bool:
        """Whether it can be a pace at all."""
        return all(isfinite(each) and each > 0 for each in (self.rate, self.burst))


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """A call that left: which of the account's, when, and what it is charged."""

    number: int
    at: float
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Everything waits but one probe; `probe` is the number of the one under way.

    `charged` holds began with a refused write and end with an admitted one; reads are
    let go as soon as one of them is admitted.
    """

    began_at: float
    refused_at: float | None
    charged: bool
    probe_at: float
    probe: int | None = None
    tries: int = 0
    disturbed: bool = False
    reads_free: bool = False

    def next_at(self, *, now: float, cost: float) -> float:
        """When a call may leave as the probe, or as a read that was let go."""
        if cost == 0 and self.reads_free:
            return now
        return inf if self.probe is not None else max(now, self.probe_at)

    def probed(self, *, now: float, longest: float, retry_after: float | None) -> Self:
        """After a probe in vain."""
        tries = self.tries + 1
        share = OUTAGE_PROBE_SHARE if self.refused_at is None else PROBE_SHARE
        most = max(longest, (now - self.began_at) * share)
        wait = min(PROBE_SECONDS * PROBE_GROWTH ** min(tries, 40), most)
        wait = wait if retry_after is None else retry_after
        return replace(self, probe=None, tries=tries, probe_at=now + wait)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The pace of one account at a moment.

    `bucket` is None until a refusal, or a memory, tells something. `credit` are the calls
    that may leave before more answers come. `past` is the number of the last call before
    the latest hold ended: what comes back of those is no news.
    """

    bucket: Bucket | None
    stretch: Stretch
    memory: LearnedPace | None
    remembered_at: float
    credit: float
    hold: Hold | None = None
    sample: Sample | None = None
    emptying: Emptying | None = None
    number: int = 0
    past: int = 0
    outstanding: int = 0
    most: int = 0
    failures: int = 0
    latency: float = 0.0

    @classmethod
    def begin(cls, learned: LearnedPace | None, *, now: float, rested: float = inf) -> Self:
        """The pace of an account that made no calls for `rested` seconds."""
        if learned is None or not learned.is_usable():
            stretch = Stretch(since=now, from_full=True, patience=inf)
            return cls(
                bucket=None,
                stretch=stretch,
                memory=None,
                remembered_at=now,
                credit=COLD_VOLLEY,
            )
        level = min(learned.burst * REMEMBERED_SHARE, learned.rate * rested) - CAUTION
        bucket = Bucket.of(learned.rate, burst=learned.burst, level=level, at=now)
        if bucket.burst < 2:  # noqa: PLR2004 - a bucket of one call is full or it is empty
            bucket = replace(bucket, level=min(bucket.burst, level + CAUTION))
        patience = patience_with(
            bucket.rate, known_from=REMEMBERED_SECONDS * bucket.rate, latency=0.0
        )
        return cls(
            bucket=bucket,
            stretch=Stretch(since=now, from_full=True, patience=patience),
            memory=LearnedPace(rate=bucket.rate, burst=bucket.burst),
            remembered_at=now,
            credit=min(VOLLEY, bucket.burst),
        )

    @property
    def refused_since(self) -> float | None:
        """Since when calls are refused and none has been admitted; None if not."""
        return None if self.hold is None else self.hold.refused_at

    @property
    def rate(self) -> float:
        """Charged calls a second that may be expected to leave from now on."""
        if self.bucket is not None:
            return self.bucket.rate * (1 + self.stretch.excess)
        return (self.credit + self.outstanding) / max(self.latency, COLD_STEP_SECONDS)

    def ready(self, *, now: float) -> float:
        """Calls that could leave at this moment, one after the other."""
        if self.hold is not None or self.bucket is None:
            return 0.0 if self.hold is not None else self.credit
        return self.bucket.level_at(now, excess=self.stretch.excess)

    def useful(self, *, now: float) -> int:
        """Calls that are worth having at hand, so that none is ever waited for."""
        return max(FEWEST, ceil(self.ready(now=now) + self.rate * AHEAD_SECONDS))

    def room(self, waiting: int, *, now: float) -> int:
        """How many more to bring while so many wait; none before it is worth the way."""
        useful = self.useful(now=now)
        room = useful - waiting
        return room if room * SOME_SHARE >= useful else 0

    def learned(self) -> LearnedPace | None:
        """What the next lane of this account should begin with; None if it is nothing."""
        bucket = self.bucket
        if bucket is None:
            if not self.most or self.latency <= 0:
                return None
            seen = self.most / self.latency
            bucket = Bucket.of(seen, burst=self.most, level=0.0, at=0.0)
        memory = self.memory
        if memory is None or _is_proven(self.sample):
            memory = self._remembered(bucket, now=bucket.at)
        return memory

    # What leaves

    def next_at(self, *, now: float, cost: float) -> float:
        """When a call of this cost may leave: `now`, later, or `inf`, not before an answer.

        There is always an answer to come when it is infinite.
        """
        if self.hold is not None:
            return self.hold.next_at(now=now, cost=cost)
        if cost == 0:
            return now
        if self.credit < 1 and self.outstanding:
            return inf
        if self.bucket is None:
            return now
        return self.bucket.full_enough_at(now, cost=cost, excess=self.stretch.excess)

    def sent(self, *, now: float, cost: float) -> tuple[Self, Departure]:
        """After a call left; `answered` wants the departure back."""
        departure = Departure(number=self.number + 1, at=now, cost=cost)
        hold = self.hold
        if hold is not None and not (cost == 0 and hold.reads_free):
            hold = replace(hold, probe=departure.number)
        if cost == 0:
            pace = replace(
                self,
                number=departure.number,
                outstanding=self.outstanding + 1,
                hold=hold,
            )
            return pace, departure
        if self._has_outgrown(now):
            return self._raised(now=now).sent(now=now, cost=cost)
        bucket = self.bucket
        pace = replace(
            self,
            number=departure.number,
            outstanding=self.outstanding + 1,
            most=max(self.most, self.outstanding + 1),
            hold=hold,
            stretch=self._stretched(now=now, cost=cost),
            bucket=bucket and bucket.less(cost, now=now, excess=self.stretch.excess),
            credit=max(0.0, self.credit - 1),
        )
        return pace, departure

    def _has_outgrown(self, now: float) -> bool:
        """Whether the rate was exceeded until nobody had to wait any more."""
        excess = self.stretch.excess
        if self.bucket is None or self.hold is not None or excess <= GREAT_EXCESS:
            return False
        return self.bucket.overflows(now, excess=excess)

    def _raised(self, *, now: float) -> Self:
        """The rate is taken for what was admitted; half the excess is on its way yet."""
        bucket, stretch = self.bucket, self.stretch
        if bucket is None:
            return self
        rate = bucket.rate * (1 + stretch.excess / 2)
        bucket = Bucket.of(rate, burst=bucket.burst, level=bucket.burst, at=now)
        memory = self.memory or LearnedPace(rate=bucket.rate, burst=bucket.burst)
        return replace(
            self,
            bucket=bucket,
            stretch=Stretch(since=now, from_full=True, patience=stretch.patience),
            memory=replace(memory, rate=max(memory.rate, bucket.rate)),
            sample=None,
        )

    def _stretched(self, *, now: float, cost: float) -> Stretch:
        bucket, stretch = self.bucket, self.stretch
        if bucket is None:
            return stretch.climbed(cost, now=now)
        if self.hold is not None:
            return stretch.counted(cost)
        if bucket.overflows(now, excess=stretch.excess):
            # What flowed in meanwhile was lost, so counting starts anew.
            fresh = Stretch(since=now, from_full=True, patience=stretch.patience)
            return fresh.counted(cost)
        if bucket.level_at(now, excess=stretch.excess) < cost + 1:
            return stretch.kept_up(cost, now=now, bucket=bucket, latency=self.latency)
        return stretch.counted(cost)

    # What comes back

    def answered(
        self,
        departure: Departure,
        verdict: Verdict,
        *,
        now: float,
        retry_after: float | None = None,
    ) -> Self:
        """After a call came back, or was given up (which is a failure)."""
        if retry_after is not None:
            retry_after = min(max(0.0, retry_after), LONGEST_RETRY_SECONDS)
        took = max(0.0, now - departure.at)
        latency = took if self.latency == 0 else self.latency + (took - self.latency) / 16
        match verdict:
            case Verdict.ADMITTED if self.hold is None:
                return replace(
                    self,
                    failures=0,
                    credit=self._credit_after(departure),
                    outstanding=self.outstanding - 1,
                    latency=latency,
                )
            case Verdict.ADMITTED:
                pace = self._admitted_in_hold(departure, now=now)
            case Verdict.REFUSED:
                pace = self._refused(departure, now=now, retry_after=retry_after)
            case Verdict.FAILED:
                pace = self._failed(departure, now=now, retry_after=retry_after)
            case _:
                assert_never(verdict)
        return replace(pace, outstanding=self.outstanding - 1, latency=latency)

    def _admitted_in_hold(self, departure: Departure, *, now: float) -> Self:
        hold = self.hold
        if hold is None or hold.probe != departure.number:
            return self
        if hold.charged and departure.cost == 0:
            return replace(self, hold=replace(hold, probe=None, reads_free=True))
        return self._resumed(hold, probe=departure, now=now)

    def _credit_after(self, departure: Departure) -> float:
        if departure.cost == 0 or departure.number <= self.past:
            return self.credit
        if self.bucket is not None:
            most = max(VOLLEY, self.bucket.burst)
            return min(self.credit + KNOWN_GROWTH, most)
        if self.credit >= 1:
            # Nobody waits for credit: more of it would be untested.
            return self.credit + 1
        step = COLD_STEP * max(1.0, (self.latency / COLD_STEP_SECONDS) ** 2)
        return self.credit + 1 + min(COLD_GROWTH, step / self.outstanding)

    def _refused(
        self, departure: Departure, *, now: float, retry_after: float | None
    ) -> Self:
        if departure.number <= self.past:
            return self._refused_late(departure)
        used = max(0.0, self.stretch.used - departure.cost)
        stretch = replace(self.stretch, used=used)
        hold = self.hold
        charged = departure.cost > 0
        if hold is None:
            wait = self._refill_seconds(departure, now=now)
            if retry_after is not None:
                wait = retry_after
            hold = Hold(began_at=now, refused_at=now, charged=charged, probe_at=now + wait)
            return replace(self, hold=hold, stretch=stretch, failures=0)
        hold = replace(
            hold,
            refused_at=now if hold.refused_at is None else hold.refused_at,
            reads_free=hold.reads_free and charged,
        )
        if hold.probe == departure.number:
            hold = self._probed(hold, now=now, retry_after=retry_after)
        elif retry_after is not None:
            hold = replace(hold, probe_at=max(hold.probe_at, now + retry_after))
        return replace(self, hold=hold, stretch=stretch, failures=0)

    def _refill_seconds(self, departure: Departure, *, now: float) -> float:
        """Until the bucket should hold a call again."""
        if departure.cost == 0 or self.bucket is None:
            return PROBE_SECONDS
        refilled_at = departure.at + 1.2 * departure.cost / self.bucket.rate
        return max(PROBE_SECONDS, min(1.0, refilled_at - now))

    def _refused_late(self, departure: Departure) -> Self:
        """It left before the last hold: what was measured then was less."""
        bucket, sample, emptying = self.bucket, self.sample, self.emptying
        if emptying is not None:
            used = max(0.5, emptying.used - departure.cost)
            emptying = replace(emptying, used=used)
        if bucket is not None and sample is not None:
            used = max(sample.used / 2, sample.used - departure.cost)
            rate = bucket.rate * (used + 0.5) / (sample.used + 0.5)
            bucket = Bucket.of(rate, burst=bucket.burst, level=bucket.level, at=bucket.at)
            sample = replace(sample, used=used)
        elif bucket is not None and emptying is not None:
            burst = bucket.burst - departure.cost
            bucket = Bucket.of(bucket.rate, burst=burst, level=bucket.level, at=bucket.at)
        return replace(self, bucket=bucket, sample=sample, emptying=emptying)

    def _failed(
        self, departure: Departure, *, now: float, retry_after: float | None
    ) -> Self:
        hold = self.hold
        if hold is not None:
            if hold.probe != departure.number:
                return self
            hold = self._probed(hold, now=now, retry_after=retry_after)
            return replace(self, hold=replace(hold, disturbed=True))
        credit = self.credit + (1 if departure.cost > 0 else 0)
        failures = self.failures + (departure.number > self.past)
        pace = replace(self, failures=failures, credit=credit)
        if failures < OUTAGE_FAILURES:
            return pace
        wait = PROBE_SECONDS if retry_after is None else retry_after
        hold = Hold(began_at=now, refused_at=None, charged=False, probe_at=now + wait)
        return replace(pace, hold=hold)

    # Holding, and going on

    def _probed(self, hold: Hold, *, now: float, retry_after: float | None) -> Hold:
        if hold.refused_at is None:
            longest = 2.0
        else:
            # Many calls admitted may pay for more frequent probes.
            paid = PAID_PROBE_SECONDS / (1 + self.stretch.used)
            longest = min(5.0, max(1.0, paid))
        return hold.probed(now=now, longest=longest, retry_after=retry_after)

    def _resumed(self, hold: Hold, *, probe: Departure, now: float) -> Self:
        measured = hold.charged and hold.refused_at is not None
        pace = self._measured(hold, probe=probe, now=now) if measured else self
        return replace(
            pace,
            hold=None,
            failures=0,
            past=self.number,
            credit=FOUND_VOLLEY if self.bucket is None else RESUMED_VOLLEY,
        )

    def _measured(self, hold: Hold, *, probe: Departure, now: float) -> Self:
        ended = Ended(
            stretch=self.stretch,
            used=max(0.5, self.stretch.used - probe.cost),
            seconds=max(SHORTEST_SECONDS, hold.began_at - self.stretch.since),
            at=hold.began_at,
            idle=now - hold.began_at,
            latency=self.latency,
            disturbed=hold.disturbed,
        )
        if self.bucket is None:
            finding = first_finding(ended)
        else:
            finding = next_finding(
                ended, self.bucket, sample=self.sample, emptying=self.emptying
            )
        return self._refilled(finding, ended=ended, probe=probe, now=now)

    def _refilled(
        self, finding: Finding, *, ended: Ended, probe: Departure, now: float
    ) -> Self:
        gained = finding.rate * ended.idle * REFILL - probe.cost
        bucket = Bucket.of(
            finding.rate,
            burst=finding.burst,
            level=min(finding.burst, gained) - CAUTION,
            at=now,
        )
        stretch = Stretch(
            since=now if ended.long else ended.at,
            from_full=ended.long,
            patience=patience_with(
                bucket.rate, known_from=finding.known_from, latency=self.latency
            ),
            used=probe.cost,
        )
        proven = _is_proven(finding.sample)
        return replace(
            self,
            bucket=bucket,
            stretch=stretch,
            sample=finding.sample,
            emptying=finding.emptying,
            memory=self._remembered(bucket, now=now) if proven else self.memory,
            remembered_at=now,
        )

    def _remembered(self, bucket: Bucket, *, now: float) -> LearnedPace:
        memory = self.memory
        if memory is None:
            return LearnedPace(rate=bucket.rate, burst=bucket.burst)
        seconds = max(0.0, now - self.remembered_at)
        return LearnedPace(
            rate=_blended(
                memory.rate, bucket.rate, seconds=seconds, forgetting=FORGETTING_SECONDS
            ),
            burst=_blended(
                memory.burst, bucket.burst, seconds=seconds, forgetting=RAISING_SECONDS
            ),
        )


def _is_proven(sample: Sample | None) -> bool:
    return sample is not None and sample.used >= PROVEN_CALLS


def _blended(old: float, new: float, *, seconds: float, forgetting: float) -> float:
    weight = 1 - exp(-seconds / (forgetting if new < old else RAISING_SECONDS))
    return exp(log(old) + weight * (log(new) - log(old)))
