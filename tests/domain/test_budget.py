import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hectograph.domain.budget import (
    BURST_SHARE,
    QUERIES,
    UNITS,
    Budget,
    Part,
    Plan,
    handful,
)

SMALL = Plan(per_minute=600, by_units=True)

some_requests = st.lists(
    st.tuples(st.floats(-5, 30), st.integers(0, 2000), st.sampled_from("NESW")),
    min_size=1,
    max_size=80,
)

some_pauses = st.lists(st.floats(0.03, 1.0), min_size=1, max_size=20)
"""Seconds between one request of a drive and the next, over and over."""


def grants(plan, requests):
    """When and how many tokens were granted, from a budget that was full."""
    budget, now = Budget.begin(plan, now=-600.0), 0.0
    for seconds, wanted, drive in requests:
        now += seconds
        budget, grant = budget.reserve(wanted, drive=drive, now=now)
        yield now, grant


def play(plan, pauses, *, wanted, seconds=60.0):
    """Tokens granted to each drive at each of its requests: time, drive, number."""
    budget, granted = Budget.begin(plan, now=0.0), []
    asked = [
        (at, drive)
        for drive, own in pauses.items()
        for at in itertools.takewhile(
            lambda at: at < seconds, itertools.accumulate(itertools.cycle(own))
        )
    ]
    for now, drive in sorted(asked):
        budget, grant = budget.reserve(wanted[drive], drive=drive, now=now)
        granted.append((now, drive, grant.granted))
    return granted


def totals(granted, *, since=0.0):
    """Tokens for each drive."""
    found: dict[str, int] = {}
    for at, drive, number in granted:
        found[drive] = found.get(drive, 0) + (number if at >= since else 0)
    return found


@settings(database=None)
@given(some_requests)
def test_no_minute_gets_more_than_the_plan_and_a_twentieth(requests):
    requests = [(max(0.0, seconds), *rest) for seconds, *rest in requests]
    granted = [(now, grant.granted) for now, grant in grants(SMALL, requests)]

    for begin, _ in granted:
        minute = sum(n for at, n in granted if begin <= at < begin + 60)
        assert minute <= SMALL.per_minute * (1 + BURST_SHARE) + 1e-6


@settings(database=None)
@given(some_requests)
def test_a_clock_that_runs_backwards_grants_nothing_twice(requests):
    granted = list(grants(SMALL, requests))

    times = [now for now, _ in granted]
    total = sum(grant.granted for _, grant in granted)
    assert total <= SMALL.burst + (max(times) - min(times)) * SMALL.rate + 1e-6


def test_an_hour_that_comes_twice_pays_once():
    budget, _ = Budget.begin(SMALL, now=-600.0).reserve(30, drive="north", now=0.0)
    budget, early = budget.reserve(30, drive="north", now=-3600.0)
    _, again = budget.reserve(30, drive="north", now=0.0)

    assert (early.granted, again.granted) == (0, 0)


@settings(database=None)
@given(st.integers(1, 30), st.integers(0, 60))
def test_after_the_wait_the_rest_is_there(wanted, spent):
    budget, _ = Budget.begin(SMALL, now=-600.0).reserve(spent, drive="north", now=0.0)
    budget, first = budget.reserve(wanted, drive="north", now=0.0)

    _, rest = budget.reserve(
        wanted - first.granted, drive="north", now=first.wait_seconds + 1e-6
    )

    assert first.granted + rest.granted == wanted


def test_a_new_budget_is_empty():
    budget, grant = Budget.begin(SMALL, now=0.0).reserve(10, drive="north", now=0.0)

    assert grant.granted == 0
    assert grant.wait_seconds == pytest.approx(1.0)
    assert budget.reserve(10, drive="north", now=1.0)[1].granted == 10


def test_what_is_there_is_granted_without_a_wait():
    _, grant = Budget.begin(SMALL, now=-600.0).reserve(30, drive="north", now=0.0)

    assert (grant.granted, grant.wait_seconds) == (30, 0.0)


def test_who_wants_more_than_can_be_saved_up_waits_no_longer_than_for_that():
    _, grant = Budget.begin(SMALL, now=0.0).reserve(10**9, drive="north", now=0.0)

    assert grant.wait_seconds == pytest.approx(60 * BURST_SHARE)


PLENTY = 10**6


@settings(database=None)
@given(st.lists(some_pauses, min_size=2, max_size=5))
def test_drives_that_want_more_than_there_is_get_the_same_over_any_time(pauses):
    pauses = dict(enumerate(pauses))
    granted = play(UNITS, pauses, wanted=dict.fromkeys(pauses, PLENTY), seconds=20)

    begun = max(own[0] for own in pauses.values())
    ahead = dict.fromkeys(itertools.combinations(pauses, 2), 0)
    seen: dict[tuple[int, int], list[int]] = {}
    for at, drive, number in granted:
        if at <= begun:
            continue
        for one, other in ahead:
            ahead[one, other] += number * ((drive == one) - (drive == other))
            seen.setdefault((one, other), [0]).append(ahead[one, other])
    # A handful is what a lane spends in a second.
    assert all(max(each) - min(each) <= UNITS.rate + 2 for each in seen.values())


def test_forty_lanes_get_no_more_than_one():
    pauses = {"one": [1.0], "forty": [0.025]}

    got = totals(play(UNITS, pauses, wanted={"one": 20_000, "forty": 500}), since=1.5)

    assert got["one"] == pytest.approx(got["forty"], abs=UNITS.rate)


@settings(database=None)
@given(some_pauses, some_pauses, st.integers(0, 5000))
def test_what_one_drive_does_not_need_another_gets(pauses, hungry, wanted):
    granted = play(
        UNITS,
        {"modest": pauses, "hungry": hungry},
        wanted={"modest": wanted, "hungry": PLENTY},
    )

    assert sum(totals(granted).values()) >= 0.97 * UNITS.rate * (60 - max(hungry))


@settings(database=None)
@given(some_pauses)
def test_who_wants_less_than_an_even_share_gets_all_of_it(hungry):
    """5,000 tokens a second of 16,667, beside two drives that want all of them."""
    pauses = {"modest": [0.6], "hungry": hungry, "greedy": [0.1]}
    wanted = {"modest": 3000, "hungry": PLENTY, "greedy": PLENTY}

    granted = play(UNITS, pauses, wanted=wanted, seconds=20)

    got = [number for at, drive, number in granted if drive == "modest" and at > 2]
    assert set(got) == {3000}


def test_a_drive_that_falls_silent_leaves_everything_to_the_other():
    budget, now = Budget.begin(UNITS, now=0.0), 0.0
    budget, _ = budget.reserve(PLENTY, drive="north", now=0.0)
    got = 0
    for _ in range(100):
        now += 0.1
        budget, grant = budget.reserve(PLENTY, drive="south", now=now)
        got += grant.granted

    assert got == pytest.approx(UNITS.rate * 10, abs=2)


def test_a_drive_that_was_idle_has_saved_up_nothing():
    pauses = {"north": [0.05], "south": [0.05]}
    idle = play(UNITS, {"north": [0.05]}, wanted={"north": PLENTY}, seconds=30)
    both = play(UNITS, pauses, wanted=dict.fromkeys(pauses, PLENTY), seconds=30)

    budget = Budget.begin(UNITS, now=0.0)
    got = dict.fromkeys(pauses, 0)
    for now, drive, _ in idle + [(at + 30, drive, n) for at, drive, n in both]:
        budget, grant = budget.reserve(PLENTY, drive=drive, now=now)
        got[drive] += grant.granted * (now > 30)

    assert got["south"] <= UNITS.rate * 15 + 1
    assert got["north"] == pytest.approx(got["south"], rel=0.01)


def test_a_plan_too_small_to_be_dealt_is_spent_all_the_same():
    tiny = Plan(per_minute=10, by_units=False)
    pauses = {"north": [1.0], "south": [1.0]}

    granted = play(tiny, pauses, wanted=dict.fromkeys(pauses, 1))

    assert sum(totals(granted).values()) >= 8


def test_the_time_to_wait_counts_what_others_gain_meanwhile():
    budget, _ = Budget.begin(SMALL, now=0.0).reserve(1, drive="north", now=0.0)

    budget, grant = budget.reserve(3, drive="south", now=0.0)
    _, rest = budget.reserve(3, drive="south", now=grant.wait_seconds + 1e-6)

    assert grant.wait_seconds == pytest.approx(0.6)
    assert rest.granted == 3


def test_tokens_that_an_older_version_spent_are_kept_for_nobody():
    kept = {"north": 7.5, "south": 1.5}
    parts = {drive: Part(tokens=n, asked_at=0.0) for drive, n in kept.items()}
    budget = Budget(plan=SMALL, tokens=6.0, refilled_at=0.0, parts=parts)

    budget, north = budget.reserve(30, drive="north", now=0.0)
    _, south = budget.reserve(30, drive="south", now=0.0)

    assert (north.granted, south.granted) == (5, 1)


def test_a_call_costs_its_units_or_one():
    assert UNITS.cost(50) == 50
    assert QUERIES.cost(50) == 1


def test_a_handful_is_a_second_and_at_least_a_call():
    assert handful(3.0, cost=50) == 150
    assert handful(0.1, cost=50) == 50
