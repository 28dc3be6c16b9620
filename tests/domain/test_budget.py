import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hectograph.domain.budget import BURST_SHARE, QUERIES, UNITS, Budget, Plan, handful

SMALL = Plan(per_minute=600, by_units=True)

some_requests = st.lists(
    st.tuples(st.floats(-5, 30), st.integers(0, 2000)), min_size=1, max_size=80
)


def grants(plan, requests):
    """When and how many tokens were granted, from a budget that was full."""
    budget, now = Budget.begin(plan, now=-600.0), 0.0
    for seconds, wanted in requests:
        now += seconds
        budget, grant = budget.reserve(wanted, now=now)
        yield now, grant


@settings(database=None, deadline=None)
@given(some_requests)
def test_no_minute_gets_more_than_the_plan_and_a_twentieth(requests):
    requests = [(max(0.0, seconds), wanted) for seconds, wanted in requests]
    granted = [(now, grant.granted) for now, grant in grants(SMALL, requests)]

    for begin, _ in granted:
        minute = sum(n for at, n in granted if begin <= at < begin + 60)
        assert minute <= SMALL.per_minute * (1 + BURST_SHARE) + 1e-6


@settings(database=None, deadline=None)
@given(some_requests)
def test_a_clock_that_runs_backwards_grants_nothing_twice(requests):
    granted = list(grants(SMALL, requests))

    times = [now for now, _ in granted]
    total = sum(grant.granted for _, grant in granted)
    assert total <= SMALL.burst + (max(times) - min(times)) * SMALL.rate + 1e-6


def test_an_hour_that_comes_twice_pays_once():
    budget, _ = Budget.begin(SMALL, now=-600.0).reserve(30, now=0.0)
    budget, early = budget.reserve(30, now=-3600.0)
    _, again = budget.reserve(30, now=0.0)

    assert (early.granted, again.granted) == (0, 0)


@settings(database=None, deadline=None)
@given(st.integers(1, 30), st.integers(0, 60))
def test_after_the_wait_the_rest_is_there(wanted, spent):
    budget, _ = Budget.begin(SMALL, now=-600.0).reserve(spent, now=0.0)
    budget, first = budget.reserve(wanted, now=0.0)

    _, rest = budget.reserve(wanted - first.granted, now=first.wait_seconds + 1e-6)

    assert first.granted + rest.granted == wanted


def test_a_new_budget_is_empty():
    budget, grant = Budget.begin(SMALL, now=0.0).reserve(10, now=0.0)

    assert grant.granted == 0
    assert grant.wait_seconds == pytest.approx(1.0)
    assert budget.reserve(10, now=1.0)[1].granted == 10


def test_what_is_there_is_granted_without_a_wait():
    _, grant = Budget.begin(SMALL, now=-600.0).reserve(30, now=0.0)

    assert (grant.granted, grant.wait_seconds) == (30, 0.0)


def test_who_wants_more_than_can_be_saved_up_waits_no_longer_than_for_that():
    _, grant = Budget.begin(SMALL, now=0.0).reserve(10**9, now=0.0)

    assert grant.wait_seconds == pytest.approx(60 * BURST_SHARE)


def test_a_call_costs_its_units_or_one():
    assert UNITS.cost(50) == 50
    assert QUERIES.cost(50) == 1


def test_a_handful_is_a_second_and_at_least_a_call():
    assert handful(3.0, cost=50) == 150
    assert handful(0.1, cost=50) == 50
