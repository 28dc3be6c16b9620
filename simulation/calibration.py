"""Whether estimates keep their promise: school hours of all kinds, one after the other.

Each hour is told what became of the estimates of those before it, as an installation
learns from its own days.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from random import Random
from statistics import median
from typing import Final

from hectograph.domain.hindsight import Past
from simulation.policies import COLD, OURS, Policy
from simulation.scenarios import nine_sharp, school_hour, small_behind_big
from simulation.school import Scenario, Told, play
from simulation.service import Conditions

REMEMBERED: Final = 4000
"""Estimates that an hour learns from, as many as an installation does."""

SHORTEST: Final = 0.1
"""Seconds that count as some, where a width is told."""

CALM: Final = Conditions(failing=0.001, hanging=0.0001)
ROUGH: Final = Conditions(failing=0.05, hanging=0.002)
OUTAGE: Final = Conditions(outage=(900.0, 1500.0))
TROUBLES: Final = (CALM, CALM, Conditions(), Conditions(), ROUGH, OUTAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How often the end lay within the range, and how wide that was.

    Seconds are medians, from the telling; `width` is that of latest ÷ earliest.
    """

    estimates: int
    within: float
    sooner: float
    later: float
    width: float
    earliest_seconds: float
    likely_seconds: float
    latest_seconds: float


def an_hour(seed: int) -> tuple[Scenario, Policy]:
    """Any hour: its load, its accounts, its documents and its troubles."""
    random = Random(f"hour {seed}")
    teachers = random.randint(15, 45)
    size = random.choice((12, 25, 30))
    couriers = random.choice((0, 0, 1, 2, 4))
    scenario = random.choice(
        (
            school_hour(teachers=teachers, recipients=size, couriers=couriers, seed=seed),
            school_hour(teachers=teachers, recipients=size, couriers=couriers, seed=seed),
            nine_sharp(teachers=teachers // 2, recipients=size, lanes=32),
            small_behind_big(
                big=random.randint(200, 800), small=size, count=teachers // 5, apart=90.0
            ),
        )
    )
    changed = replace(
        scenario,
        conditions=random.choice(TROUBLES),
        is_native=random.random() < 0.75,
        patrol_seconds=5.0,
    )
    return changed, random.choice((OURS, OURS, COLD))


def hours(first: int = 0) -> Iterator[tuple[Told, ...]]:
    """What was told in one hour after the other."""
    past: list[Past] = []
    while True:
        scenario, policy = an_hour(first)
        told = play(scenario, policy, seed=first, past=past).told
        past = [*map(past_of, told), *past][:REMEMBERED]
        yield told
        first += 1


def told_after(learning: int, count: int, *, first: int = 0) -> list[Told]:
    """The estimates of so many hours that come after `learning` others."""
    measured = islice(hours(first), learning, learning + count)
    return [each for hour in measured for each in hour]


def past_of(told: Told) -> Past:
    """What is learned from an estimate."""
    expectation = told.noted.expectation
    took = (told.ended_at - expectation.starts_at).total_seconds()
    return Past(kind=expectation.kind, ratio=took / expectation.seconds)


def kept(told: Sequence[Told]) -> Kept:
    """How these estimates kept their promise."""
    earliest = [_seconds(each, each.noted.estimate.earliest_at) for each in told]
    latest = [_seconds(each, each.noted.estimate.latest_at) for each in told]
    took = [_seconds(each, each.ended_at) for each in told]
    sooner = sum(at < least for at, least in zip(took, earliest, strict=True))
    later = sum(at > most for at, most in zip(took, latest, strict=True))
    widths = (
        most / max(least, SHORTEST) for most, least in zip(latest, earliest, strict=True)
    )
    number = len(told)
    return Kept(
        estimates=number,
        within=1 - (sooner + later) / number,
        sooner=sooner / number,
        later=later / number,
        width=median(widths),
        earliest_seconds=median(earliest),
        likely_seconds=median(_seconds(e, e.noted.estimate.likely_at) for e in told),
        latest_seconds=median(latest),
    )


def _seconds(told: Told, at: datetime) -> float:
    return (at - told.noted.made_at).total_seconds()
