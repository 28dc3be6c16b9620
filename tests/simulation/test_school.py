"""School hours on virtual time: nobody is lost, nobody twice, and small shares pass."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection

from hectograph.domain.ids import AccountId
from hectograph.domain.share import ShareState
from hectograph.store.ledger import PostgresLedger
from simulation.policies import FIRST_COME, FIXED, OURS
from simulation.scenarios import nine_sharp, small_behind_big
from simulation.school import Asked, Incident, Scenario, School, alone, play
from simulation.service import Conditions
from simulation.virtual_time import EPOCH, run

CALM = Conditions(failing=0.0, hanging=0.0)
ROUGH = Conditions(failing=0.1, hanging=0.005)
NOON = 4 * 3600.0


def school(**kwargs):
    asked = tuple(
        Asked(at=1.0 + 20 * each, recipients=20, teacher=each % 3) for each in range(9)
    )
    return Scenario(**{"name": "nine shares", "asked": asked, **kwargs})


def check_everybody_has_one(outcome):
    assert {each.state for each in outcome.shares} == {ShareState.COMPLETE}
    assert (outcome.doubles, outcome.losses) == (0, 0)


def test_the_same_seed_is_the_same_day():
    first, again, other = (play(school(conditions=ROUGH), seed=seed) for seed in (1, 1, 2))

    assert first == again
    assert first != other


@pytest.mark.parametrize("policy", [OURS, FIRST_COME, FIXED], ids=lambda each: each.name)
@pytest.mark.parametrize("couriers", [0, 4])
@pytest.mark.parametrize("is_native", [True, False], ids=["native", "numbered"])
def test_everybody_gets_one_copy_whatever_calls_meet(policy, couriers, is_native):
    scenario = school(conditions=ROUGH, couriers=couriers, is_native=is_native)

    outcome = play(scenario, policy, seed=3)

    check_everybody_has_one(outcome)


class Elsewhere:
    """A ledger in a thread: Django gives each task of a loop a connection of its own."""

    def __init__(self, ledger, thread):
        self.ledger, self.thread = ledger, thread

    def __getattr__(self, name):
        method = getattr(self.ledger, name)
        return lambda *args, **kwargs: self.thread.submit(method, *args, **kwargs).result()


def test_both_ledgers_tell_the_same_day(empty_database):
    scenario = school(conditions=CALM)

    with ThreadPoolExecutor(1) as thread:
        real = play(
            scenario,
            seed=1,
            make_ledger=lambda queue, *_: Elsewhere(PostgresLedger(queue=queue), thread),
        )
        thread.submit(lambda: connection.close())  # noqa: PLW0108 - the thread's own

    check_everybody_has_one(real)
    assert real == play(scenario, seed=1)


def test_small_shares_pass_a_big_one():
    scenario = replace(
        small_behind_big(big=900, small=25, count=3, apart=50.0), conditions=CALM
    )

    outcome = play(scenario, seed=1)

    limit = 2 * alone(scenario, 25, seed=1) + 1
    assert all(each.took <= limit for each in outcome.shares[1:])
    behind = play(scenario, FIRST_COME, seed=1)
    assert all(each.took > 5 * limit for each in behind.shares[1:])


def test_who_has_no_lane_waits_for_one():
    few, many = (
        play(nine_sharp(teachers=12, recipients=10, lanes=lanes), seed=1)
        for lanes in (8, 16)
    )

    check_everybody_has_one(few)
    assert few.percentile(0.95) > 1.5 * many.percentile(0.95)


def test_half_an_hour_without_the_service_fails_nobody():
    outage = Conditions(outage=(60.0, 1860.0))

    outcome = play(school(conditions=outage), seed=4)

    check_everybody_has_one(outcome)
    # The next try of what failed to the end of it may be fifteen minutes away.
    assert all(each.asked.at + each.took < 1860 + 16 * 60 for each in outcome.shares)


@pytest.mark.parametrize("jump", [3600.0, -1200.0], ids=["forward", "back"])
def test_a_clock_that_jumps_costs_nobody_a_copy(jump):
    incident = Incident(at=30.0, jump=jump)
    scenario = school(incidents=(incident,), longest=NOON, patrol_seconds=10.0)

    outcome = play(scenario, seed=5)

    check_everybody_has_one(outcome)


def test_a_machine_that_sleeps_for_a_night_goes_on_in_the_morning():
    nap = Incident(at=30.0, nap=8 * 3600.0)

    outcome = play(school(incidents=(nap,)), seed=6)

    check_everybody_has_one(outcome)


@pytest.mark.parametrize("recipients", [30, 300])
def test_a_class_is_enough_to_know_how_fast_an_account_is(recipients):
    only = Asked(at=1.0, recipients=recipients, teacher=0)
    school = School(Scenario(name="one", asked=(only,), conditions=CALM), OURS, seed=1)

    run(school.play())

    account = AccountId("google:school/teacher0@school.test")
    lane = school.ledger.begin_lane(account, job=9, now=EPOCH)
    copies_a_second = CALM.write_rate / 2
    assert lane.goodput == pytest.approx(copies_a_second, rel=0.25)
