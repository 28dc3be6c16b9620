from math import inf, isfinite, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hectograph.domain.pace import (
    OUTAGE_FAILURES,
    VOLLEY,
    Departure,
    LearnedPace,
    Pace,
    Verdict,
)

LEARNED = LearnedPace(rate=10, burst=5)

usual = settings(database=None, max_examples=150)
some_seconds = st.floats(0, 100)
some_learned = st.none() | st.builds(
    LearnedPace, rate=st.floats(0.01, 1e5), burst=st.floats(0.1, 1e5)
)
some_steps = st.lists(
    st.tuples(
        st.sampled_from(Verdict),
        st.sampled_from([0.0, 1.0, 2.5]),
        st.floats(0, 5),
        st.none() | st.floats(0, 100),
        st.booleans(),
    ),
    max_size=120,
)


def drive(learned, steps):
    """Send as soon as is allowed, answer in any order; each state with the time."""
    pace, now = Pace.begin(learned, now=0.0), 0.0
    under_way: list[Departure] = []
    for verdict, cost, seconds, retry_after, newest in steps:
        at = pace.next_at(now=now, cost=cost)
        if at < inf and len(under_way) < 50:
            now = max(now, at)
            yield pace, now, "sent"
            pace, departure = pace.sent(now=now, cost=cost)
            under_way.append(departure)
        now += seconds
        if under_way and seconds > 1:
            departure = under_way.pop(-1 if newest else 0)
            pace = pace.answered(departure, verdict, now=now, retry_after=retry_after)
            yield pace, now, verdict


def leave(pace, *, now, n=1, cost=1.0):
    departures = []
    for _ in range(n):
        assert pace.next_at(now=now, cost=cost) <= now
        pace, departure = pace.sent(now=now, cost=cost)
        departures.append(departure)
    return pace, departures


def refuse(pace, *, now, cost=1.0, retry_after=None):
    pace, [departure] = leave(pace, now=now, cost=cost)
    return pace.answered(departure, Verdict.REFUSED, now=now, retry_after=retry_after)


@usual
@given(some_learned, some_steps)
def test_only_one_probe_is_under_way_in_a_hold(learned, steps):
    for pace, now, _ in drive(learned, steps):
        if pace.hold is not None and pace.hold.probe is not None:
            assert pace.next_at(now=now, cost=1.0) == inf


@usual
@given(some_learned, some_steps)
def test_a_turn_is_never_in_the_past_and_never_lost(learned, steps):
    for pace, now, _ in drive(learned, steps):
        for cost in (0.0, 1.0, 2.5):
            at = pace.next_at(now=now, cost=cost)
            assert at >= now
            assert at < inf or pace.outstanding > 0


@usual
@given(some_learned, some_steps)
def test_what_is_learned_is_finite_and_positive(learned, steps):
    for pace, _, _ in drive(learned, steps):
        found = pace.learned()
        if found is not None:
            assert isfinite(found.rate)
            assert isfinite(found.burst)
            assert found.rate > 0
            assert found.burst > 0


@usual
@given(some_learned, some_steps)
def test_the_same_happenings_lead_to_the_same_pace(learned, steps):
    first = [pace for pace, _, _ in drive(learned, steps)]
    second = [pace for pace, _, _ in drive(learned, steps)]

    assert first == second


@usual
@given(some_learned, some_steps)
def test_refusals_last_until_something_is_admitted(learned, steps):
    refused_since = None
    for pace, now, what in drive(learned, steps):
        if pace.hold is None:
            assert pace.refused_since is None
        elif refused_since is not None and pace.refused_since is not None:
            assert refused_since <= pace.refused_since <= now
        if what is Verdict.REFUSED and pace.hold is not None and pace.number > pace.past:
            assert pace.refused_since is None or pace.refused_since <= now
        refused_since = pace.refused_since


def test_a_remembered_burst_leaves_at_once_and_the_rest_at_the_rate():
    pace, _ = leave(Pace.begin(LEARNED, now=7.0), now=7.0, n=4)

    assert 0.03 <= pace.next_at(now=7.0, cost=1.0) - 7.0 <= 0.1


def test_an_idle_account_regains_its_burst():
    pace, departures = leave(Pace.begin(LEARNED, now=0.0), now=0.0, n=4)
    for each in departures:
        pace = pace.answered(each, Verdict.ADMITTED, now=0.3)

    pace, _ = leave(pace, now=60.0, n=5)

    assert pace.next_at(now=60.0, cost=1.0) > 60.0


def test_no_more_than_a_class_leaves_before_the_first_answer():
    pace, departures = leave(
        Pace.begin(LearnedPace(rate=1000, burst=1000), now=0.0), now=0.0, n=int(VOLLEY)
    )

    assert pace.next_at(now=0.0, cost=1.0) == inf
    pace = pace.answered(departures[0], Verdict.ADMITTED, now=0.2)
    assert pace.next_at(now=0.2, cost=1.0) == 0.2


def test_an_account_that_called_a_moment_ago_has_no_burst():
    pace = Pace.begin(LEARNED, now=0.0, rested=0.0)

    assert pace.next_at(now=0.0, cost=1.0) > 0.1


def test_each_answer_lets_more_go_while_nothing_is_known():
    pace, departures = leave(Pace.begin(None, now=0.0), now=0.0, n=7)
    assert pace.next_at(now=0.0, cost=1.0) == inf

    left = 0
    for each in departures:
        pace = pace.answered(each, Verdict.ADMITTED, now=0.3)
        while pace.next_at(now=0.3, cost=1.0) == 0.3:
            pace, _ = leave(pace, now=0.3)
            left += 1

    assert left == 10


def test_who_does_not_use_what_is_allowed_is_not_allowed_more():
    pace = Pace.begin(None, now=0.0)
    for now in range(1000):
        pace, [departure] = leave(pace, now=float(now))
        pace = pace.answered(departure, Verdict.ADMITTED, now=now + 0.3)

    assert pace.credit < 10


def test_a_refusal_holds_everything_but_a_probe():
    pace = refuse(Pace.begin(LEARNED, now=0.0), now=0.0)

    probe_at = pace.next_at(now=0.0, cost=1.0)

    assert 0.05 <= probe_at <= 1.0
    assert pace.next_at(now=0.0, cost=0.0) == probe_at
    pace, _ = leave(pace, now=probe_at)
    assert pace.next_at(now=probe_at, cost=1.0) == inf
    assert pace.next_at(now=probe_at, cost=0.0) == inf


def test_a_probe_that_is_admitted_lets_the_others_go():
    pace = refuse(Pace.begin(LEARNED, now=0.0), now=0.0)

    pace, [probe] = leave(pace, now=0.5)
    pace = pace.answered(probe, Verdict.ADMITTED, now=0.8)

    assert pace.hold is None
    assert pace.next_at(now=0.8, cost=1.0) < inf


def test_probes_become_rarer_the_longer_a_hold_lasts():
    pace, now, waits = refuse(Pace.begin(LEARNED, now=0.0), now=0.0), 0.0, []
    while now < 900:
        at = pace.next_at(now=now, cost=1.0)
        waits.append(at - now)
        now = at
        pace = refuse(pace, now=now)

    assert waits[0] < 0.3
    assert max(at for at in waits[:15]) <= 6
    assert waits[-1] > 30
    assert len(waits) < 60


def test_the_service_says_when_the_next_probe_is_welcome():
    pace = refuse(Pace.begin(LEARNED, now=0.0), now=0.0, retry_after=37.0)

    assert pace.next_at(now=0.0, cost=1.0) == 37.0

    pace = refuse(pace, now=37.0, retry_after=120.0)
    assert pace.next_at(now=37.0, cost=1.0) == 157.0


def test_a_long_hold_keeps_the_rate():
    pace = refuse(Pace.begin(LEARNED, now=0.0), now=0.0, retry_after=3600.0)

    pace, [probe] = leave(pace, now=3600.0)
    pace = pace.answered(probe, Verdict.ADMITTED, now=3600.3)

    assert pace.rate == pytest.approx(LEARNED.rate)
    assert pace.learned() == LEARNED


def test_an_outage_during_a_hold_is_not_held_against_the_quota():
    pace, departures = leave(Pace.begin(None, now=0.0), now=0.0, n=5)
    for each in departures[:4]:
        pace = pace.answered(each, Verdict.ADMITTED, now=0.3)
    pace = pace.answered(departures[4], Verdict.REFUSED, now=0.3)
    pace, [lost] = leave(pace, now=1.0)
    pace = pace.answered(lost, Verdict.FAILED, now=2.0)

    pace, [probe] = leave(pace, now=50.0)
    pace = pace.answered(probe, Verdict.ADMITTED, now=50.3)

    assert pace.rate > 1.0


def test_a_refusal_from_before_the_hold_begins_no_other():
    pace, [first, second, third] = leave(Pace.begin(LEARNED, now=0.0), now=0.0, n=3)
    pace = pace.answered(first, Verdict.REFUSED, now=0.2)
    pace = pace.answered(second, Verdict.REFUSED, now=0.3)
    pace, [probe] = leave(pace, now=1.0)
    pace = pace.answered(probe, Verdict.ADMITTED, now=1.2)

    pace = pace.answered(third, Verdict.REFUSED, now=1.3)

    assert pace.hold is None


def test_reads_are_not_charged():
    pace, _ = leave(Pace.begin(LEARNED, now=0.0), now=0.0, n=4)

    leave(pace, now=0.0, n=200, cost=0.0)


def test_an_admitted_read_frees_the_reads_and_not_the_writes():
    pace = refuse(Pace.begin(LEARNED, now=0.0), now=0.0)

    pace, [read] = leave(pace, now=1.0, cost=0.0)
    pace = pace.answered(read, Verdict.ADMITTED, now=1.2)

    pace, _ = leave(pace, now=1.2, n=3, cost=0.0)
    assert pace.refused_since == 0.0
    pace, [probe] = leave(pace, now=1.3)
    assert pace.answered(probe, Verdict.ADMITTED, now=1.5).refused_since is None


def test_a_refused_read_holds_everything_again():
    pace = refuse(Pace.begin(LEARNED, now=0.0), now=0.0)
    pace, [read] = leave(pace, now=1.0, cost=0.0)
    pace = pace.answered(read, Verdict.ADMITTED, now=1.2)

    pace = refuse(pace, now=1.3, cost=0.0)

    pace, _ = leave(pace, now=2.0)
    assert pace.next_at(now=2.0, cost=0.0) == inf


def test_many_failures_in_a_row_are_an_outage_and_no_refusal():
    pace, departures = leave(
        Pace.begin(LearnedPace(rate=100, burst=100), now=0.0), now=0.0, n=OUTAGE_FAILURES
    )
    for each in departures:
        assert pace.hold is None
        pace = pace.answered(each, Verdict.FAILED, now=0.3)

    assert pace.hold is not None
    assert pace.refused_since is None
    pace, _ = leave(pace, now=1.0)
    assert pace.next_at(now=1.0, cost=1.0) == inf


def test_failures_between_admissions_hold_nothing():
    pace = Pace.begin(LEARNED, now=0.0)
    for second in range(100):
        verdict = Verdict.ADMITTED if second % 4 == 0 else Verdict.FAILED
        pace, [departure] = leave(pace, now=float(second))
        pace = pace.answered(departure, verdict, now=second + 0.3)

    assert pace.hold is None


@pytest.mark.parametrize("rate", [0.0, -1.0, inf, nan])
def test_a_memory_that_makes_no_sense_is_none(rate):
    assert Pace.begin(LearnedPace(rate=rate, burst=1.0), now=0.0).bucket is None


def test_a_class_that_was_never_refused_is_remembered():
    pace = Pace.begin(None, now=0.0)
    assert pace.learned() is None

    pace, departures = leave(pace, now=0.0, n=5)
    for each in departures:
        pace = pace.answered(each, Verdict.ADMITTED, now=0.5)

    assert pace.learned() == LearnedPace(rate=10.0, burst=5.0)


@pytest.mark.parametrize("retry_after", [-5.0, inf, nan])
def test_a_retry_after_that_makes_no_sense_holds_nothing_for_ever(retry_after):
    pace = refuse(Pace.begin(LEARNED, now=0.0), now=0.0, retry_after=retry_after)

    assert 0.0 <= pace.next_at(now=0.0, cost=1.0) <= 86_400.0


def test_a_rate_that_was_outgrown_is_remembered():
    pace, now = Pace.begin(LEARNED, now=0.0), 0.0
    for _ in range(800):
        now = pace.next_at(now=now, cost=1.0)
        pace, [departure] = leave(pace, now=now)
        pace = pace.answered(departure, Verdict.ADMITTED, now=now)

    pace, _ = leave(pace, now=now + 60)

    learned = pace.learned()
    assert learned is not None
    assert learned.rate > 2 * LEARNED.rate
    assert pace.rate == learned.rate
