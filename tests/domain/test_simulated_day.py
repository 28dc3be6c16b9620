"""What the order is worth, in simulated school hours; ADR 24 has the figures."""

import random
from datetime import timedelta
from statistics import quantiles

import pytest

from hectograph.domain.budget import QUERIES, UNITS
from hectograph.domain.ids import AccountId
from hectograph.domain.order import decide_next
from hectograph.domain.share import ServiceClass, Timing
from hectograph.domain.simulated_day import Arrival, Service, SimulatedDay, first_come

from ..builders import EIGHT, a_share_id

OFFICE = AccountId("google:school/office@school.test")
HOUR = 3600.0
TEN = Service(rate=10.0, burst=2.0, quota=UNITS)
SMALL = 30


def arrival(number, deliveries, *, at=0.0, account=OFFICE, timing=None):
    return Arrival(
        share=a_share_id(number),
        account=account,
        at=EIGHT + timedelta(seconds=at),
        deliveries=deliveries,
        **({"timing": timing} if timing else {}),
    )


def a_size(draw):
    kind = draw.random()
    if kind < 0.8:
        return draw.randint(25, 30)
    return draw.randint(60, 150) if kind < 0.95 else 500 if kind < 0.99 else 2000


def school_hour(seed):
    """As much as takes 70 % of an hour; sizes as in a school."""
    draw = random.Random(seed)
    left = 0.7 * TEN.rate * HOUR
    found: list[Arrival] = []
    while (size := a_size(draw)) <= left:
        left -= size
        found.append(arrival(len(found), size, at=draw.random() * HOUR))
    return found


def play(arrivals, service=TEN, decide=decide_next, couriers=1):
    day = SimulatedDay(service, begins_at=EIGHT, decide=decide, couriers=couriers)
    return day.play(arrivals)


def slow_downs(played, service=TEN):
    return [
        each.seconds / service.alone_seconds(each.arrival.deliveries)
        for each in played.completions
        if each.arrival.deliveries <= SMALL
    ]


@pytest.mark.parametrize("seed", range(1, 7))
def test_small_classes_are_quick_and_nobody_takes_twice_their_time(seed):
    hour = school_hour(seed)

    ours, fifo = play(hour), play(hour, decide=first_come)

    p95 = quantiles(slow_downs(ours), n=100)[94]
    before = quantiles(slow_downs(fifo), n=100)
    then = {each.arrival.share: each.seconds for each in fifo.completions}
    worst = max(
        each.seconds / max(then[each.arrival.share], 1.0) for each in ours.completions
    )
    assert len(ours.completions) == len(fifo.completions) == len(hour)
    assert worst <= 2.05
    assert p95 <= before[94] / 10


def test_a_class_behind_a_big_share_is_done_as_if_it_were_almost_alone():
    service = Service(burst=2.0, quota=UNITS)
    played = play([arrival(1, 5000), arrival(2, 25, at=10.0)], service)

    (first, _) = played.completions
    assert first.arrival.deliveries == 25
    assert first.seconds <= 2 * service.alone_seconds(25) + 1


def test_a_stream_of_small_shares_does_not_keep_a_big_one_waiting():
    stream = [arrival(n, 25, at=n * 2.6) for n in range(2, 1000)]
    played = play([arrival(1, 1000), *stream])

    (big,) = [each for each in played.completions if each.arrival.deliveries == 1000]
    assert big.seconds <= 2 * TEN.alone_seconds(1000) + 10


def test_what_is_for_the_night_gives_way_and_keeps_its_deadline():
    morning = EIGHT + timedelta(hours=1)
    patient = Timing(service_class=ServiceClass.OVERNIGHT, deadline=morning)
    classes = [arrival(n, 28, at=n * 30.0) for n in range(2, 100)]

    played = play([arrival(1, 12_000, timing=patient), *classes])

    (big,) = [each for each in played.completions if each.arrival.deliveries == 12_000]
    assert big.is_in_time
    assert quantiles(slow_downs(played), n=20)[18] <= 3


def test_many_teachers_are_bound_by_the_projects_quota():
    teachers = [
        arrival(n, 30, account=AccountId(f"google:school/{n}@school.test"), at=n * 0.01)
        for n in range(150)
    ]
    played = play(teachers, Service(quota=QUERIES))

    ended = max(each.ended_at for each in played.completions)
    limit = 4_500 / QUERIES.rate  # of a budget nothing is known at first
    assert limit <= (ended - EIGHT).total_seconds() <= 1.1 * limit


def test_couriers_share_the_work():
    alone = play([arrival(1, 900)], Service(quota=UNITS))
    four = play([arrival(1, 900)], Service(quota=UNITS), couriers=4)

    assert four.completions[0].seconds < alone.completions[0].seconds / 3


def test_an_unknown_quota_is_learned_on_the_way():
    cold = Service(quota=UNITS, learned=False)
    played = play([arrival(1, 600)], cold)

    assert played.completions[0].seconds <= 1.1 * cold.alone_seconds(600)
    assert 0 < played.refused <= 0.1 * played.calls
