"""Accounts and budgets, in a real database."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event
from time import monotonic

import pytest
from django.db import connection

from hectograph.domain.budget import Plan
from hectograph.domain.errors import Exhausted
from hectograph.domain.ids import AccountId
from hectograph.domain.pace import LearnedPace
from hectograph.domain.rest import Parked
from hectograph.store.accounts import PostgresAccounts
from hectograph.store.ledger import PostgresLedger

from ..builders import EIGHT, LONG_AGO, FakeQueue
from .contract import ONE, POOL, TWO, a_pooled_plan


@pytest.fixture
def accounts(empty_database):
    PostgresLedger(queue=FakeQueue()).add(a_pooled_plan("Ada"), joins_since=LONG_AGO)
    return PostgresAccounts()


def test_an_account_that_never_acted_is_its_own_pool(accounts):
    stranger = accounts.account(AccountId("fs:/nowhere"))

    assert (stranger.pool, stranger.pace, stranger.parked) == ("fs:/nowhere", None, None)


def test_a_pool_lists_its_accounts(accounts):
    assert [each.id for each in accounts.list_pool(POOL)] == [ONE, TWO]


def test_what_was_learned_is_remembered(accounts):
    accounts.keep_pace(ONE, LearnedPace(rate=2.9, burst=30.0))

    assert accounts.account(ONE).pace == LearnedPace(rate=2.9, burst=30.0)
    assert accounts.account(TWO).pace is None


def test_the_first_staging_folder_stays(accounts):
    assert accounts.keep_staging(ONE, "first", old=None) == "first"
    assert accounts.keep_staging(ONE, "second", old=None) == "first"
    assert accounts.keep_staging(ONE, "third", old="first") == "third"


def test_a_parked_account_is_not_woken_until_its_time_is_over(accounts):
    queue = FakeQueue()
    ledger = PostgresLedger(queue=queue)
    why = Exhausted("too much").reason()
    accounts.park(ONE, Parked(until=EIGHT + timedelta(hours=3), reason=why))

    ledger.wake_due(now=EIGHT, silent_since=LONG_AGO)
    parked = accounts.account(ONE).parked
    woken = list(queue.woken)
    ledger.wake_due(now=EIGHT + timedelta(hours=3), silent_since=LONG_AGO)

    assert parked is not None
    assert parked.reason == why
    assert woken == [TWO]
    assert queue.woken == [TWO, ONE]
    assert accounts.account(ONE).parked is None


def test_a_sweep_is_due_at_the_earliest_time_that_was_asked_for(accounts):
    queue = FakeQueue()
    accounts.sweep_at(ONE, EIGHT + timedelta(hours=1))
    accounts.sweep_at(ONE, EIGHT + timedelta(hours=2))

    assert accounts.account(ONE).sweep_at == EIGHT + timedelta(hours=1)
    assert queue.woken == []


def test_whoever_swept_says_when_it_is_due_again(accounts):
    accounts.sweep_at(ONE, EIGHT)

    accounts.swept(ONE, again_at=EIGHT + timedelta(hours=1))
    later = accounts.account(ONE).sweep_at
    accounts.swept(ONE, again_at=None)

    assert later == EIGHT + timedelta(hours=1)
    assert accounts.account(ONE).sweep_at is None


def test_a_budget_is_shared_and_never_gives_more_than_there_is(accounts):
    plan = Plan(per_minute=60_000_000, by_units=True)

    accounts.reserve("project", drive="north", wanted=10, plan=plan)
    grants = [
        accounts.reserve("project", drive="north", wanted=10**9, plan=plan)
        for _ in range(2)
    ]

    assert grants[0].granted > 0
    assert grants[0].wait_seconds > 0
    assert grants[0].granted + grants[1].granted <= plan.burst + plan.rate * 60


def test_lanes_of_two_drives_share_a_budget_evenly(accounts):
    plan = Plan(per_minute=600_000, by_units=True)
    lanes = {"north": 1, "south": 7}
    got: Counter[str] = Counter()
    begun, never, ends = Barrier(sum(lanes.values())), Event(), []

    def drain(drive):
        begun.wait()
        end = monotonic() + 4.0
        while monotonic() < end:
            grant = accounts.reserve("project", drive=drive, wanted=5000, plan=plan)
            got[drive] += grant.granted
            never.wait(min(0.05, grant.wait_seconds))
        ends.append(monotonic())
        connection.close()

    since = monotonic()
    with ThreadPoolExecutor(sum(lanes.values())) as pool:
        for drive, number in lanes.items():
            for _ in range(number):
                pool.submit(drain, drive)

    assert got["north"] == pytest.approx(got["south"], abs=0.1 * plan.rate)
    assert got.total() >= 0.97 * plan.rate * (min(ends) - since) - 0.1 * plan.rate
    assert got.total() <= plan.rate * (max(ends) - since) + 1


def test_budgets_of_different_projects_are_apart(accounts):
    plan = Plan(per_minute=60, by_units=False)

    first = accounts.reserve("one", drive="north", wanted=100, plan=plan)
    second = accounts.reserve("two", drive="north", wanted=100, plan=plan)

    assert (first.granted, second.granted) == (0, 0)


def test_accounts_that_had_a_share_lately_are_swept_at_night(accounts):
    accounts.expect_sweeps(worked_since=EIGHT + timedelta(hours=1), at=EIGHT)
    idle = accounts.account(ONE).sweep_at
    accounts.expect_sweeps(worked_since=EIGHT - timedelta(days=7), at=EIGHT)

    assert idle is None
    assert [accounts.account(each).sweep_at for each in (ONE, TWO)] == [EIGHT, EIGHT]
