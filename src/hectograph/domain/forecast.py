"""How long a day's shares take, as it is and under other conditions.

A day is played by `simulated_day.py`. What counts is how long people wait: the time of
shares that are wanted at once, from taking their place in the queue to the last copy.
What has until the morning is counted by its deadline alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from math import ceil, inf
from typing import Final, Self

from hectograph.domain.forecast_setting import Setting
from hectograph.domain.ids import AccountId
from hectograph.domain.school_time import SchoolTime
from hectograph.domain.simulated_day import Arrival, Completion, Draw, SimulatedDay
from hectograph.domain.variants import (
    Variant,
    at_night,
    floor_of,
    is_waited_for,
    with_a_worker,
    with_couriers,
)

POOL: Final = AccountId("google:forecast")
"""The account of all shares where couriers carry them."""

FEW_MINUTES: Final = timedelta(minutes=5)
"""How soon a share is wanted that a lesson begins with."""

BANDS: Final = ((35, "up to 35"), (200, "36 to 200"), (inf, "more than 200"))
"""By how many copies they have shares are told apart: classes, years, schools."""

WIDTHS: Final = (
    (timedelta(hours=2), timedelta(minutes=10)),
    (timedelta(hours=6), timedelta(minutes=30)),
    (timedelta.max, timedelta(hours=1)),
)
"""Up to which length a day is told in steps of which width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long shares took, in seconds: of so many, the half, 95 of 100, and all."""

    shares: int
    p50: float
    p95: float
    slowest: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Self:
        """Of what took so long: at least one share."""
        return cls(
            shares=len(seconds),
            p50=percentile(seconds, 0.5),
            p95=percentile(seconds, 0.95),
            slowest=max(seconds),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A stretch of the day: what was asked for in it, and how long that takes."""

    begins_at: datetime
    ends_at: datetime
    deliveries: int
    waits: Waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a variant. `queued` is how often an account waited for a worker."""

    variant: Variant
    completions: tuple[Completion, ...]
    queued: int = 0

    @property
    def waited(self) -> tuple[Completion, ...]:
        """What people wait for."""
        return tuple(each for each in self.completions if is_waited_for(each.arrival))

    @property
    def waits(self) -> Waits | None:
        """How long they wait; None when nobody does."""
        seconds = [each.seconds for each in self.waited]
        return Waits.of(seconds) if seconds else None

    @property
    def by_size(self) -> dict[str, Waits]:
        """The same by how many copies a share has; sizes that nobody has are left out."""
        found: dict[str, list[float]] = {}
        for each in sorted(self.waited, key=lambda each: each.arrival.deliveries):
            found.setdefault(band(each.arrival.deliveries), []).append(each.seconds)
        return {name: Waits.of(seconds) for name, seconds in found.items()}

    @property
    def soon(self) -> float:
        """The part of what is waited for that is there within five minutes."""
        soon = sum(each.seconds <= FEW_MINUTES.total_seconds() for each in self.waited)
        return soon / len(self.waited) if self.waited else 1.0

    @property
    def deadlines(self) -> tuple[int, int]:
        """Of how many shares with a deadline, how many kept it: kept, and all."""
        bound = [each for each in self.completions if each.arrival.timing.deadline]
        return sum(each.is_in_time for each in bound), len(bound)

    @property
    def last_ends_at(self) -> datetime | None:
        """When the last share is there that people wait for."""
        return max((each.ended_at for each in self.waited), default=None)

    @property
    def moved_end_at(self) -> datetime | None:
        """When the last share is there that was moved to the night."""
        moved = self.variant.moved
        ends = (each.ended_at for each in self.completions if each.arrival.share in moved)
        return max(ends, default=None)

    def steps(self, width: timedelta) -> tuple[Step, ...]:
        """The day in steps of this width, by the time of asking; empty ones left out."""
        ordered = sorted(self.waited, key=lambda each: each.arrival.begins_at)
        return tuple(
            _step(begins_at, width=width, completions=tuple(each))
            for begins_at, each in groupby(
                ordered, key=lambda each: floor_of(each.arrival.begins_at, width=width)
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A day's outcomes, the day as it is first.

    `left_out` counts shares of another kind than the forecast is about. `measured` is how
    long the same shares really took, where that is known.
    """

    outcomes: tuple[Outcome, ...]
    left_out: int = 0
    measured: Waits | None = None

    @property
    def usual(self) -> Outcome:
        """The day as it is."""
        return self.outcomes[0]

    @property
    def width(self) -> timedelta:
        """The width of the steps in which the day is told."""
        asked = [each.begins_at for each in self.usual.variant.arrivals]
        length = max(asked) - min(asked)
        return next(width for most, width in WIDTHS if length <= most)


def percentile(seconds: Sequence[float], part: float) -> float:
    """The least of them that is not below so many, as a part of all."""
    ordered = sorted(seconds)
    return ordered[max(0, ceil(part * len(ordered)) - 1)]


def band(deliveries: int) -> str:
    """The name of the size of a share."""
    return next(name for most, name in BANDS if deliveries <= most)


def build_forecast(
    arrivals: tuple[Arrival, ...],
    setting: Setting,
    *,
    school: SchoolTime,
    make_draw: Callable[[], Draw],
    told: Callable[[str], None],
) -> Forecast:
    """Play a day as it is and under other conditions; `told` hears of each before.

    `make_draw` makes the same chances for each of them.
    """

    def played(variant: Variant) -> Outcome:
        told(variant.name)
        return play(variant, draw=make_draw())

    usual = played(Variant(name="as it is", words="", setting=setting, arrivals=arrivals))
    others = (
        at_night(usual.variant, school=school),
        with_couriers(usual.variant),
        with_a_worker(usual.variant) if usual.queued else None,
    )
    return Forecast(outcomes=(usual, *(played(each) for each in others if each)))


def play(variant: Variant, *, draw: Draw) -> Outcome:
    """Play a variant to its end; `draw` decides how long answers take."""
    setting, arrivals = variant.setting, variant.arrivals
    if setting.couriers:
        arrivals = tuple(replace(each, account=POOL) for each in arrivals)
    played = SimulatedDay(
        setting.service,
        begins_at=min(each.begins_at for each in arrivals),
        couriers=max(1, setting.couriers),
        lanes=setting.workers * setting.lanes_each,
        draw=draw,
    ).play(arrivals)
    return Outcome(variant=variant, completions=played.completions, queued=played.queued)


def _step(
    begins_at: datetime, *, width: timedelta, completions: Sequence[Completion]
) -> Step:
    return Step(
        begins_at=begins_at,
        ends_at=begins_at + width,
        deliveries=sum(each.arrival.deliveries for each in completions),
        waits=Waits.of([each.seconds for each in completions]),
    )
