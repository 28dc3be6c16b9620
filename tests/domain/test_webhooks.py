"""Events, how hard they are sent, and how they are written."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.events import Event, EventId, EventType, find_event
from hectograph.domain.ids import ClassId
from hectograph.domain.share import ShareState
from hectograph.domain.webhooks import (
    DELAYS,
    SPREAD,
    Answer,
    PostingState,
    Trouble,
    decide_settlement,
    secret_from,
)

from ..builders import EIGHT

answers = st.one_of(
    st.integers(100, 599).map(lambda status: Answer(status=status)),
    st.sampled_from(Trouble).map(lambda trouble: Answer(trouble=trouble)),
)


def settle(answer, *, tries=1, jitter=0.0):
    return decide_settlement(answer, tries=tries, now=EIGHT, jitter=jitter)


@given(answers, st.integers(1, 99), st.floats(0, 1))
def test_only_2xx_is_done_only_410_is_gone_and_others_are_tried_again(
    answer, tries, jitter
):
    found = settle(answer, tries=tries, jitter=jitter)

    assert (found.state is PostingState.SENT) == (
        answer.status is not None and answer.status // 100 == 2
    )
    assert found.is_gone == (answer.status == 410)
    assert (found.due_at is not None) == (found.state is PostingState.DUE)
    if found.due_at is not None:
        delay = DELAYS[tries - 1]
        assert delay <= found.due_at - EIGHT <= delay * (1 + SPREAD)


def test_it_is_tried_over_days_and_then_given_up():
    assert timedelta(days=3) < sum(DELAYS, timedelta()) < timedelta(days=5)
    assert list(DELAYS) == sorted(DELAYS)
    assert settle(Answer(status=500), tries=len(DELAYS)).state is PostingState.DUE
    last = settle(Answer(status=500), tries=len(DELAYS) + 1)
    assert last.state is PostingState.GIVEN_UP


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 429, 500, 503])
def test_what_is_neither_is_tried_again(status):
    assert settle(Answer(status=status)).state is PostingState.DUE


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (ShareState.DRAFT, ShareState.RUNNING, EventType.SHARE_STARTED),
        (ShareState.SCHEDULED, ShareState.RUNNING, EventType.SHARE_STARTED),
        (ShareState.RUNNING, ShareState.COMPLETE, EventType.SHARE_COMPLETED),
        (
            ShareState.RUNNING,
            ShareState.COMPLETE_WITH_EXCEPTIONS,
            EventType.SHARE_PARTIALLY_FAILED,
        ),
        (ShareState.COMPLETE, ShareState.RECALLED, EventType.SHARE_UNDONE),
        (ShareState.RUNNING, ShareState.CANCELLED, EventType.SHARE_CANCELLED),
        (ShareState.RECALLED, ShareState.COMPLETE, EventType.SHARE_COMPLETED),
        (ShareState.COMPLETE_WITH_EXCEPTIONS, ShareState.RUNNING, None),
        (ShareState.RUNNING, ShareState.PAUSED, None),
    ],
)
def test_what_a_turn_means(before, after, told):
    assert find_event(before, after) is told


@given(st.sampled_from(ShareState))
def test_what_stays_as_it_is_is_told_to_nobody(state):
    assert find_event(state, state) is None


def test_an_event_is_written_the_same_each_time():
    event = Event(
        id=EventId("evt_1"),
        type=EventType.SHARE_COMPLETED,
        at=EIGHT,
        school_class=ClassId("7b"),
        facts={"share": "s", "counts": {"verified": 2}},
    )

    assert json.loads(event.body()) == {
        "type": "share.completed",
        "timestamp": "2026-09-01T08:00:00+00:00",
        "data": {"class": "7b", "share": "s", "counts": {"verified": 2}},
    }
    assert event.body() == event.body()


def test_a_secret_is_of_the_form_that_the_standard_wants():
    assert secret_from(b"\0" * 32).startswith("whsec_AAAA")
