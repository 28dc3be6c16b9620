"""Whether deadlines that are missed are told of beforehand: mornings of big shares."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from random import Random
from typing import Final

from hectograph.domain.hindsight import Past
from hectograph.domain.risk import AHEAD
from simulation.calibration import REMEMBERED, past_of
from simulation.policies import OURS
from simulation.school import Asked, Carried, Outcome, Scenario, play
from simulation.service import Conditions
from simulation.virtual_time import EPOCH

COPIES_A_SECOND: Final = 0.5
"""Few, so that a share that takes an hour is soon played."""

COPIES_MADE_A_SECOND: Final = 2 * COPIES_A_SECOND
"""Without the second write, by which each is shown."""

MOST_IN_TURN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """Shares with a deadline, how many missed it, and what was told 45 minutes before.

    `foreseeable` are missed ones where nothing new happened in these 45 minutes: nobody
    asked for more on the account, and the service did not go away. `told` of them were
    told of by then. `in_vain` were told of then and yet in time.
    """

    shares: int = 0
    missed: int = 0
    foreseeable: int = 0
    told: int = 0
    in_vain: int = 0

    def __add__(self, other: "Warned") -> "Warned":
        return Warned(
            shares=self.shares + other.shares,
            missed=self.missed + other.missed,
            foreseeable=self.foreseeable + other.foreseeable,
            told=self.told + other.told,
            in_vain=self.in_vain + other.in_vain,
        )


def a_morning(seed: int, *, shown: bool = False) -> Scenario:
    """Some accounts with big shares; each is wanted in 0.6 to 2.5 times its time alone.

    Where they are `shown` together then, it is the time in which their copies are made.
    """
    random = Random(f"morning {seed}")
    rate = COPIES_MADE_A_SECOND if shown else COPIES_A_SECOND
    asked = []
    for teacher in range(3):
        at = 1.0
        for _ in range(random.randint(1, MOST_IN_TURN)):
            recipients = random.randint(100, 2500)
            wanted = at + max(120.0, recipients / rate * random.uniform(0.6, 2.5))
            asked.append(
                Asked(
                    at=at,
                    recipients=recipients,
                    teacher=teacher,
                    deadline=wanted,
                    is_shown=shown,
                )
            )
            at += random.uniform(60.0, 5400.0)
    begin = random.uniform(600.0, 14_400.0) if random.random() < 1 / 3 else inf
    return Scenario(
        name=f"morning {seed}",
        asked=tuple(asked),
        conditions=Conditions(
            write_rate=2 * COPIES_A_SECOND, outage=(begin, begin + 1200.0)
        ),
        patrol_seconds=60.0,
    )


def mornings(first: int = 0, *, shown: bool = False) -> Iterator[tuple[Scenario, Outcome]]:
    """One morning after the other; each learns from those before."""
    past: list[Past] = []
    while True:
        scenario = a_morning(first, shown=shown)
        outcome = play(scenario, OURS, seed=first, past=past)
        past = [*map(past_of, outcome.told), *past][:REMEMBERED]
        yield scenario, outcome
        first += 1


def judged(scenario: Scenario, outcome: Outcome) -> Warned:
    """What was told of the shares that had 45 minutes or more."""
    found = Warned()
    for share in outcome.shares:
        looked_at = share.asked.deadline - AHEAD.total_seconds()
        if looked_at < share.asked.at:
            continue
        told = _is_told(share, outcome, at=looked_at)
        is_disturbed = _is_disturbed(share, scenario, since=looked_at)
        foreseeable = share.is_missed and not is_disturbed
        found += Warned(
            shares=1,
            missed=share.is_missed,
            foreseeable=foreseeable,
            told=foreseeable and told,
            in_vain=told and not share.is_missed,
        )
    return found


def _is_told(share: Carried, outcome: Outcome, *, at: float) -> bool:
    """Whether the share was told to be at risk, and that was not over."""
    return any(
        (risk.told_at - EPOCH).total_seconds() <= at
        and (risk.over_at is None or (risk.over_at - EPOCH).total_seconds() > at)
        for risk in outcome.risks
        if risk.share == share.id
    )


def _is_disturbed(share: Carried, scenario: Scenario, *, since: float) -> bool:
    """Whether something new happened that nobody could know of."""
    until = share.asked.deadline
    begin, _ = scenario.conditions.outage
    return since < begin < until or any(
        since < each.at < until
        for each in scenario.asked
        if each.teacher == share.asked.teacher
    )
