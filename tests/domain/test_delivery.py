from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.delivery import (
    DELIVERED_STATES,
    MOVES,
    OPEN_STATES,
    DeliveryState,
    check_move,
)
from hectograph.domain.errors import (
    AccessDenied,
    IllegalTransition,
    NoSpace,
    OutcomeUnknown,
    Unavailable,
)
from hectograph.domain.retry import GiveUp, RetryAt, RetryPolicy, decide_retry

from ..builders import EIGHT, POLICY, a_plan, a_receipt

S = DeliveryState


def a_delivery(state=S.PLANNED, **kwargs):
    return replace(a_plan("Ada").deliveries[0], state=state, **kwargs)


def settled(delivery, outcome, policy=POLICY, now=EIGHT):
    return delivery.settled(outcome, tried_since=EIGHT, now=now, policy=policy, jitter=1.0)


def test_every_state_has_its_moves():
    assert set(MOVES) == set(S)


def test_every_open_state_leads_to_an_end():
    reached, todo = set(), set(OPEN_STATES)
    while todo:
        state = todo.pop()
        reached.add(state)
        todo |= MOVES[state] - reached
    assert reached >= DELIVERED_STATES | {S.FAILED, S.CANCELLED}


def test_what_a_student_worked_on_never_moves_again():
    assert MOVES[S.KEPT] == frozenset()


@given(st.sampled_from(S), st.sampled_from(S))
def test_only_the_moves_of_the_table_are_possible(before, after):
    if after in MOVES[before]:
        check_move(before, after)
    else:
        with pytest.raises(IllegalTransition):
            check_move(before, after)


def test_an_attempt_counts_from_the_claim():
    claimed = a_delivery().claimed()

    assert (claimed.state, claimed.attempts) == (S.PLACING, 1)


def test_a_receipt_verifies():
    done = settled(a_delivery(S.PLACING, attempts=1), a_receipt("/x"))

    assert (done.state, done.path, done.reason) == (S.VERIFIED, "/x", None)


def test_a_copy_that_was_worked_on_is_kept():
    assert settled(a_delivery(S.PLACING), a_receipt(touched=True)).state is S.KEPT


def test_what_passes_by_itself_waits():
    waiting = settled(a_delivery(S.PLACING, attempts=1), Unavailable("down"))

    assert waiting.state is S.WAITING
    assert waiting.due_at == EIGHT + timedelta(seconds=1)
    assert waiting.reason.code == "unavailable"


@pytest.mark.parametrize(
    "error", [AccessDenied("no"), NoSpace("full")], ids=lambda e: e.code
)
def test_what_needs_a_person_fails_at_once(error):
    failed = settled(a_delivery(S.PLACING, attempts=1), error)

    assert failed.state is S.FAILED
    assert failed.reason.remedy


def test_a_lost_lane_is_an_unknown_outcome():
    left = a_delivery(S.PLACING, attempts=1).abandoned(now=EIGHT)

    assert (left.state, left.reason.code, left.due_at) == (
        S.WAITING,
        "outcome_unknown",
        EIGHT,
    )


def test_a_second_chance_has_a_new_budget():
    again = a_delivery(S.FAILED, attempts=8).reopened(now=EIGHT)

    assert (again.state, again.attempts, again.reason) == (S.PLANNED, 0, None)


POLICIES = st.builds(
    RetryPolicy,
    attempts=st.integers(1, 20),
    patience=st.timedeltas(timedelta(0), timedelta(hours=5)),
    first=st.timedeltas(timedelta(milliseconds=1), timedelta(seconds=30)),
    longest=st.timedeltas(timedelta(seconds=30), timedelta(hours=1)),
)


@given(POLICIES, st.integers(1, 10_000), st.floats(0, 1), st.integers(0, 40_000))
def test_a_delay_is_bounded_and_a_budget_ends(policy, attempts, jitter, waited):
    now = EIGHT + timedelta(seconds=waited)
    decision = decide_retry(
        OutcomeUnknown("lost"),
        attempts=attempts,
        tried_since=EIGHT,
        now=now,
        policy=policy,
        jitter=jitter,
    )

    spent = attempts >= policy.attempts and now - EIGHT >= policy.patience
    assert isinstance(decision, GiveUp) == spent
    if isinstance(decision, RetryAt):
        assert policy.first / 2 <= decision.at - now <= policy.longest


def test_delays_double_after_some_quick_tries():
    policy = replace(POLICY, attempts=99, longest=timedelta(hours=1))
    decisions = [
        decide_retry(
            Unavailable("down"),
            attempts=n,
            tried_since=EIGHT,
            now=EIGHT,
            policy=policy,
            jitter=1.0,
        )
        for n in (1, 2, 3, 4, 5)
    ]
    assert decisions == [RetryAt(EIGHT + timedelta(seconds=n)) for n in (1, 1, 1, 2, 4)]


def test_who_names_the_time_of_the_next_try_is_waited_for_and_longer():
    asked = timedelta(seconds=40)
    doubt = OutcomeUnknown("Not seen yet.", retry_after=asked)
    late = EIGHT + POLICY.patience + timedelta(hours=6)

    def decide(error, *, now):
        return decide_retry(
            error,
            attempts=99,
            tried_since=EIGHT,
            now=now,
            policy=replace(POLICY, longest=timedelta(hours=1)),
            jitter=0.0,
        )

    assert decide(doubt, now=late) == RetryAt(late + timedelta(minutes=30))
    assert decide(OutcomeUnknown("No answer."), now=late) == GiveUp()
    assert decide(doubt, now=EIGHT + timedelta(days=2)) == GiveUp()
