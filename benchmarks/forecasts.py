"""Forecasts beside the same days with real lanes, and how soon a district's is there."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from benchmarks.figures import Table, with_unit
from hectograph.domain.budget import QUERIES, UNITS, Plan
from hectograph.domain.drive import DeliveryMode
from hectograph.domain.forecast import Waits, build_forecast
from hectograph.domain.forecast_setting import Setting
from hectograph.domain.storage_service import build_service
from simulation.forecasts import SCHOOL, forecast, make_day, play_in_earnest
from simulation.service import Conditions

STUDENTS = 100_000
CLASS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day's name, how many ask, and under what."""

    name: str
    teachers: int
    quota: Plan = QUERIES
    who: dict[str, Any] = field(default_factory=dict)

    def setting(self) -> Setting:
        """Who acts, and what the service allows."""
        service = build_service(DeliveryMode.STAGED, self.quota)
        return Setting(service=service, **self.who)


DAYS = (
    Day(name="1,200 teachers, 8 workers", teachers=1200, who={"workers": 8}),
    Day(
        name="1,200 teachers, 16 couriers",
        teachers=1200,
        who={"couriers": 16},
    ),
    Day(name="600 teachers, 1 worker of 16 lanes", teachers=600, who={"lanes_each": 16}),
    Day(
        name="300 teachers, 3,000 queries a minute",
        teachers=300,
        quota=Plan(per_minute=3000, by_units=False),
        who={"workers": 8},
    ),
)


def beside_real_lanes(*, scale: int, seed: int) -> Table:
    """The same days by the forecast and by real lanes."""
    rows = [row for day in DAYS for row in _day_rows(day, scale=scale, seed=seed)]
    return Table(
        title="A forecast beside the same day with real lanes",
        headings=("day", "played by", "p50", "p95", "slowest", "mean"),
        rows=tuple(rows),
        notes=(
            "Classes of 24 to 32 from 08:00 to 09:00, on a day as `hectograph forecast` makes it up.",
            "*Troubles* are those of the days above; a forecast has none.",
        ),
    )


def _day_rows(day: Day, *, scale: int, seed: int) -> Iterator[tuple[str, ...]]:
    setting = day.setting()
    arrivals = make_day(teachers=max(2, day.teachers // scale), sizes="24-32", seed=seed)
    calm = Conditions(quota=day.quota, failing=0.0, hanging=0.0)
    for name, seconds in (
        ("forecast", forecast(arrivals, setting, seed=seed)),
        ("real lanes", play_in_earnest(arrivals, setting, calm, seed=seed)),
        (
            "real lanes, troubles",
            play_in_earnest(arrivals, setting, Conditions(quota=day.quota), seed=seed),
        ),
    ):
        waits = Waits.of(seconds)
        figures = (waits.p50, waits.p95, waits.slowest, sum(seconds) / len(seconds))
        yield day.name, name, *(with_unit(each, "s") for each in figures)


def of_a_district(*, scale: int, seed: int) -> Table:
    """A district's hour under all conditions, and the time that takes."""
    began = time.process_time()
    arrivals = make_day(
        teachers=-(-STUDENTS // scale // CLASS), sizes=str(CLASS), seed=seed
    )
    found = build_forecast(
        arrivals,
        Setting(service=build_service(DeliveryMode.STAGED, UNITS)),
        school=SCHOOL,
        make_draw=lambda: Random(seed).random,
        told=lambda _: None,
    )
    rows = [
        (
            each.variant.name,
            with_unit(each.waits.p50, "s"),
            with_unit(each.waits.p95, "s"),
            f"{100 * each.soon:.0f} %",
        )
        for each in found.outcomes
        if each.waits
    ]
    took = time.process_time() - began
    return Table(
        title=f"A district of {STUDENTS // scale:,} students, forecast",
        headings=("", "p50", "p95", "within five minutes"),
        rows=tuple(rows),
        notes=(
            f"`hectograph forecast --students {STUDENTS // scale}` takes {with_unit(took, 's')} of processor time, on one core of the machine of this day.",
        ),
    )
