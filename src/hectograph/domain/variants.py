"""The same day under other conditions: what a forecast compares it with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Final

from hectograph.domain.forecast_setting import Setting
from hectograph.domain.ids import ShareId
from hectograph.domain.school_days import SchoolDays
from hectograph.domain.school_time import SchoolTime
from hectograph.domain.share import ServiceClass
from hectograph.domain.simulated_day import Arrival
from hectograph.domain.storage_service import Service

NIGHT_PART: Final = 0.25
"""The part of a day's copies that is moved to the night to see what that brings."""

BUSY: Final = timedelta(minutes=5)
"""The stretch whose work couriers must be able to do while it lasts."""

FEWEST_COURIERS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A day, and under what it is played. `words` say what is different."""

    name: str
    words: str
    setting: Setting
    arrivals: tuple[Arrival, ...]
    moved: frozenset[ShareId] = frozenset()


def is_waited_for(arrival: Arrival) -> bool:
    """Whether somebody waits for the share as soon as it begins."""
    return arrival.timing.service_class is not ServiceClass.OVERNIGHT


def at_night(usual: Variant, *, school: SchoolTime) -> Variant | None:
    """A quarter of the copies at night; None where nothing can wait, or everything."""
    moved = choose_for_the_night(usual.arrivals)
    if not moved or not any(
        is_waited_for(each) and each.share not in moved for each in usual.arrivals
    ):
        return None
    return replace(
        usual,
        name="a quarter at night",
        words="a quarter of the copies moved to the night",
        arrivals=tuple(
            _moved(each, school=school) if each.share in moved else each
            for each in usual.arrivals
        ),
        moved=moved,
    )


def choose_for_the_night(arrivals: Sequence[Arrival]) -> frozenset[ShareId]:
    """What is moved: of what no lesson and no time waits for, the biggest shares first.

    Of shares of one size, some of all hours of the day. A quarter of all copies, or as
    many as can wait.
    """
    wanted = NIGHT_PART * sum(each.deliveries for each in arrivals)
    patient = [
        each
        for each in arrivals
        if each.timing.service_class is ServiceClass.NORMAL
        and each.timing.deadline is None
        and each.timing.begins_at is None
    ]
    # Fractions of multiples of the golden ratio are spread evenly, however many there are.
    scattered = sorted(enumerate(patient), key=lambda each: each[0] * 0.618_034 % 1)
    moved, copies = set(), 0
    for _, each in sorted(scattered, key=lambda each: -each[1].deliveries):
        if copies >= wanted:
            break
        moved.add(each.share)
        copies += each.deliveries
    return frozenset(moved)


def _moved(arrival: Arrival, *, school: SchoolTime) -> Arrival:
    begins_at, ends_at = school.tonight(SchoolDays(), now=arrival.at)
    timing = replace(
        arrival.timing,
        service_class=ServiceClass.OVERNIGHT,
        begins_at=begins_at,
        deadline=ends_at,
    )
    return replace(arrival, timing=timing)


def with_couriers(usual: Variant) -> Variant:
    """One more courier; where there are none, as many as can do the work at once.

    No more than there are lanes, as the others would stand idle.
    """
    setting = usual.setting
    if setting.couriers:
        more = replace(setting, couriers=setting.couriers + 1)
        return replace(
            usual, name="one more courier", words="one more courier", setting=more
        )
    needed = enough_couriers(usual.arrivals, setting.service)
    couriers = min(needed, setting.workers * setting.lanes_each)
    enough = replace(setting, couriers=max(FEWEST_COURIERS, couriers))
    return replace(
        usual,
        name=f"{enough.couriers} couriers instead",
        words=f"{enough.couriers} couriers in place of the teachers' own accounts",
        setting=enough,
    )


def enough_couriers(arrivals: Sequence[Arrival], service: Service) -> int:
    """How many accounts write in five minutes what is asked for in the busiest five."""
    writes: dict[datetime, int] = {}
    for each in arrivals:
        busy = floor_of(each.begins_at, width=BUSY)
        added = each.deliveries * service.writes_of(is_plain=each.is_plain)
        writes[busy] = writes.get(busy, 0) + added
    needed = max(writes.values()) / (service.rate * BUSY.total_seconds())
    return ceil(needed)


def with_a_worker(usual: Variant) -> Variant:
    """One more worker, for where accounts have to wait for one."""
    setting = usual.setting
    return replace(
        usual,
        name="one more worker",
        words="one more worker",
        setting=replace(setting, workers=setting.workers + 1),
    )


def floor_of(instant: datetime, *, width: timedelta) -> datetime:
    """The beginning of the stretch of this width in which an instant is."""
    seconds = instant.timestamp() // width.total_seconds() * width.total_seconds()
    return datetime.fromtimestamp(seconds, UTC)
