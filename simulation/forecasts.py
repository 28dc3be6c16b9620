"""A forecast beside the same day with real lanes, to see whether it tells the truth."""

from collections.abc import Sequence
from random import Random
from typing import Final

from hectograph.domain.forecast import play
from hectograph.domain.forecast_setting import Setting
from hectograph.domain.school_day import Hours, Numbers, Sizes, build_day
from hectograph.domain.school_time import Night, SchoolTime
from hectograph.domain.simulated_day import Arrival
from hectograph.domain.variants import Variant
from simulation import school
from simulation.school import Asked, Scenario
from simulation.service import Conditions
from simulation.virtual_time import EPOCH

SCHOOL: Final = SchoolTime(zone=EPOCH.tzinfo, night=Night.parse("20:00-07:30"))


def make_day(
    *, teachers: int, sizes: str, hours: str = "08:00-09:00", seed: int
) -> tuple[Arrival, ...]:
    """A day as `hectograph forecast` makes it up."""
    numbers = Numbers(teachers=teachers, sizes=Sizes.parse(sizes), hours=Hours.parse(hours))
    random = Random(seed).random
    return build_day(numbers, on=EPOCH.date(), school=SCHOOL, draw=random)


def forecast(arrivals: tuple[Arrival, ...], setting: Setting, *, seed: int) -> list[float]:
    """How many seconds its shares take, by the forecast."""
    variant = Variant(name="as it is", words="", setting=setting, arrivals=arrivals)
    completions = play(variant, draw=Random(seed).random).completions
    return [each.seconds for each in completions]


def play_in_earnest(
    arrivals: Sequence[Arrival], setting: Setting, conditions: Conditions, *, seed: int
) -> list[float]:
    """How many they take with real lanes."""
    teachers = {each.account: number for number, each in enumerate(arrivals)}
    scenario = Scenario(
        name="a forecast day",
        asked=tuple(
            Asked(
                at=(each.at - EPOCH).total_seconds(),
                recipients=each.deliveries,
                teacher=teachers[each.account],
            )
            for each in arrivals
        ),
        conditions=conditions,
        couriers=setting.couriers,
        is_native=setting.service.writes > 1,
        lanes=setting.workers * setting.lanes_each,
    )
    outcome = school.play(scenario, seed=seed)
    return [each.took for each in outcome.shares]
