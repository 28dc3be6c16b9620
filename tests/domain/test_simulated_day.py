"""What the order is worth, in simulated school hours; ADR 24 has the figures."""

import random
from dataclasses import replace
from datetime import timedelta
from statistics import fmean, quantiles

import pytest

from hectograph.domain.budget import QUERIES, UNITS, Budget, Plan, handful
from hectograph.domain.drive import DeliveryMode
from hectograph.domain.ids import AccountId
from hectograph.domain.order import decide_next
from hectograph.domain.share import ServiceClass, Timing
from hectograph.domain.simulated_budget import BudgetLine
from hectograph.domain.simulated_day import (
    HELD_PART,
    LANE_SECONDS,
    Arrival,
    Shortcuts,
    SimulatedDay,
    first_come,
)
from hectograph.domain.storage_service import Service, build_service
from hectograph.providers import drive_copies

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


class Asking:
    """Everybody asks the budget again and again, as lanes do in earnest: the slow way."""

    def __init__(self, plan, *, at):
        self.budget = Budget.begin(plan, now=0.0)
        self.at = at

    def spend(self, purse, *, cost, wanted, now, then):
        if purse.tokens < cost:
            self.budget, grant = self.budget.reserve(wanted, drive="school", now=now)
            purse.tokens += grant.granted
            if purse.tokens < cost:
                purse.is_in_line = True
                wait = max(grant.wait_seconds, 1 / self.budget.plan.rate)
                self.at(now + wait, self.again(purse, then))
                return False
        purse.tokens -= cost
        return True

    @staticmethod
    def again(purse, then):
        def ask(now):
            purse.is_in_line = False
            then(now)

        return ask


def rush(teachers, *, seed, account=None):
    """So many within two minutes, of sizes as in a school."""
    draw = random.Random(seed)
    return [
        arrival(
            number,
            a_size(draw) // 2,
            at=draw.random() * 120,
            account=account or AccountId(f"google:school/{number}@school.test"),
        )
        for number in range(teachers)
    ]


def cuts(played):
    took = sorted(each.seconds for each in played.completions)
    return fmean(took), took[len(took) // 2], took[len(took) * 19 // 20], took[-1]


@pytest.mark.parametrize(("per_minute", "teachers"), [(3_000, 40), (12_000, 150)])
@pytest.mark.parametrize("seed", [1, 2])
def test_standing_in_line_gives_what_asking_again_and_again_gives(
    per_minute, teachers, seed
):
    plan = Plan(per_minute=per_minute, by_units=False)
    service = build_service(DeliveryMode.STAGED, plan)
    hour = rush(teachers, seed=seed)

    line = SimulatedDay(service, begins_at=EIGHT).play(hour)
    asking = SimulatedDay(
        service, begins_at=EIGHT, shortcuts=Shortcuts(make_line=Asking)
    ).play(hour)

    assert len(line.completions) == len(asking.completions) == teachers
    for new, old in zip(cuts(line), cuts(asking), strict=True):
        assert new == pytest.approx(old, rel=0.15)


def test_a_decision_that_holds_changes_next_to_nothing():
    service = build_service(DeliveryMode.STAGED, QUERIES)
    hour = rush(120, seed=3, account=OFFICE)

    held, anew = (
        SimulatedDay(
            service, begins_at=EIGHT, couriers=4, shortcuts=Shortcuts(held_part=part)
        ).play(hour)
        for part in (HELD_PART, 10**9)
    )

    assert held != anew  # there was something to be held
    for one, other in zip(cuts(held), cuts(anew), strict=True):
        assert one == pytest.approx(other, rel=0.1)


def test_a_thousand_accounts_ask_the_spent_budget_no_more_than_it_can_give():
    asked = []

    class Counting(BudgetLine):
        def _fill(self, waiting, now):
            asked.append(now)
            return super()._fill(waiting, now)

    plan = Plan(per_minute=12_000, by_units=False)
    service = build_service(DeliveryMode.STAGED, plan)
    at_once = [
        arrival(n, 30, account=AccountId(f"google:school/{n}@school.test"), at=n * 0.01)
        for n in range(1_000)
    ]

    played = SimulatedDay(
        service, begins_at=EIGHT, shortcuts=Shortcuts(make_line=Counting)
    ).play(at_once)

    assert len(played.completions) == 1_000
    handfuls = 1_000 * 30 * service.tokens / handful(service.rate, cost=2)
    assert len(asked) <= 3 * handfuls


def test_accounts_wait_for_a_workers_lane():
    at_once = [
        arrival(n, 10, account=AccountId(f"google:school/{n}@school.test"))
        for n in range(12)
    ]
    service = build_service(DeliveryMode.DIRECT, UNITS)

    few, enough = (
        SimulatedDay(service, begins_at=EIGHT, lanes=lanes).play(at_once)
        for lanes in (4, 12)
    )

    assert (few.queued, enough.queued) == (8, 0)
    assert cuts(few)[-1] == pytest.approx(3 * cuts(enough)[-1], rel=0.1)


def test_an_account_with_much_to_do_makes_room_for_others():
    big = arrival(1, 3000)
    later = arrival(2, 10, at=60.0, account=AccountId("google:school/b@school.test"))
    service = build_service(DeliveryMode.DIRECT, UNITS)

    played = SimulatedDay(service, begins_at=EIGHT, lanes=1).play([big, later])

    small, last = played.completions
    assert (small.arrival.deliveries, last.arrival.deliveries) == (10, 3000)
    assert small.seconds <= LANE_SECONDS


def test_a_document_with_bytes_of_its_own_is_one_write():
    staged = build_service(DeliveryMode.STAGED, QUERIES)
    plain = replace(arrival(1, 30), is_plain=True)

    (native,) = play([arrival(1, 30)], staged).completions
    (own,) = play([plain], staged).completions

    assert native.seconds == pytest.approx(20, abs=1)
    assert own.seconds == pytest.approx(9.5, abs=1)


@pytest.mark.parametrize(
    ("mode", "quota", "tokens"),
    [
        (DeliveryMode.STAGED, UNITS, 110),
        (DeliveryMode.STAGED, QUERIES, 4),
        (DeliveryMode.DIRECT, UNITS, 50),
        (DeliveryMode.DIRECT, QUERIES, 1),
    ],
)
def test_a_copy_costs_what_the_protocol_costs(mode, quota, tokens):
    service = build_service(mode, quota)

    assert service.tokens == tokens
    assert service.rest in (0, drive_copies.REST_SECONDS + service.latency)
