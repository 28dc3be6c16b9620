"""What was told, read, is told in the same words again; and errors are the same errors."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.client import reading
from hectograph.client.refusals import KINDS, error_of
from hectograph.client.server import check_token
from hectograph.domain.cleanup import Cleanup, CleanupReport, Purpose
from hectograph.domain.delivery import DeliveryState
from hectograph.domain.errors import (
    HectographError,
    Misconfigured,
    NotAllowed,
    Problem,
    Reason,
    RosterRefused,
    ServerUnavailable,
    TableRefused,
    UnknownShare,
)
from hectograph.domain.estimate import Estimate
from hectograph.domain.halt import Halt
from hectograph.domain.ids import CleanupId
from hectograph.domain.plan import build_plan
from hectograph.domain.removal import RemovalState
from hectograph.domain.report import build_report, progress_json
from hectograph.domain.rest import Parked
from hectograph.domain.share import ShareState

from ..builders import EIGHT, a_share_id, a_wish

texts = st.text(st.characters(codec="utf-8"), max_size=20)
moments = st.integers(0, 10**6).map(lambda seconds: EIGHT + timedelta(seconds=seconds))
reasons = st.builds(Reason, code=texts, message=texts, remedy=texts)
halts = st.none() | st.builds(Halt, reason=texts, by=st.none(), since=moments)
rests = st.none() | st.builds(Parked, until=moments, reason=reasons)
estimates = st.none() | st.builds(
    Estimate,
    made_at=moments,
    earliest_at=moments,
    likely_at=moments,
    latest_at=moments,
    rest=rests,
)


@st.composite
def reports(draw):
    plan = build_plan(
        a_wish("Ada", "Bob", "Cy"),
        share_id=a_share_id(),
        asked_at=EIGHT,
        asked_on=EIGHT.date(),
    )
    deliveries = [
        replace(
            each,
            state=draw(st.sampled_from(DeliveryState)),
            attempts=draw(st.integers(0, 9)),
            reason=draw(st.none() | reasons),
            path=draw(st.none() | texts),
        )
        for each in plan.deliveries
    ]
    share = replace(
        plan.share,
        state=draw(
            st.sampled_from([each for each in ShareState if each is not ShareState.DRAFT])
        ),
        deadline=draw(st.none() | moments),
        begins_at=draw(st.none() | moments),
        reveals_at=draw(st.none() | moments),
        ended_at=draw(st.none() | moments),
        title=draw(texts),
    )
    return build_report(
        share,
        deliveries,
        joined=draw(st.booleans()),
        now=draw(moments),
        halted=draw(halts),
        estimate=draw(estimates),
    )


@given(report=reports())
def test_a_share_is_told_in_the_same_words(report):
    told = report.as_json()

    read = reading.report_from(told)

    assert read.as_json() == told
    assert read.progress.delivered == report.progress.delivered
    assert read.share.is_ended == report.share.is_ended
    assert read.share.is_for_later == report.share.is_for_later


@given(report=reports(), halt=halts, at_risk=st.booleans())
def test_how_far_it_is_is_told_in_the_same_words(report, halt, at_risk):
    told = progress_json(replace(report.progress, halted=halt, at_risk=at_risk))

    assert progress_json(reading.progress_from(told)) == told


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("state", RemovalState)
def test_a_clean_up_is_told_in_the_same_words(purpose, state):
    cleanup = Cleanup(
        id=CleanupId("cleanup"),
        purpose=purpose,
        subject=a_share_id(),
        asked_at=EIGHT,
        asked_by="x",
    )
    decision = {
        "choice": "lock",
        "done": True,
        "at": EIGHT.isoformat(),
        "by": "tess",
        "by_share": None,
        "firm": True,
        "undo": f"hectograph decide {a_share_id()} --copy 0 --unlock",
    }
    told = {
        **CleanupReport(cleanup=cleanup, removals=(), owed=2).as_json(),
        "files": [
            {
                "path": "/a/b.txt",
                "name": "b.txt",
                "state": str(state),
                "hidden": None,
                "removed_at": None,
                "reason": None,
                "student": "Ada",
                "copy": 0,
                "decisions": [decision],
            }
        ],
    }

    read = reading.cleanup_from(told).as_json()

    assert read == {**told, "counts": {**told["counts"], str(state): 1}}


@pytest.mark.parametrize("kind", KINDS.values())
def test_an_error_comes_as_it_went(kind):
    went = (
        kind("Cause.", problems=[Problem(row=3, cause="A.", effect="B.", remedy="C.")])
        if issubclass(kind, TableRefused)
        else kind("Cause.", effect="Effect.", remedy="Remedy.")
    )
    rows = [{"pointer": "row 3", "detail": "A. B.", "remedy": "C."}]
    problem = {
        "code": went.code,
        "cause": went.cause,
        "effect": went.effect,
        "remedy": went.remedy,
        "errors": rows if isinstance(went, RosterRefused | TableRefused) else [],
    }

    came = error_of(problem, root="https://x")

    assert type(came) is kind
    assert str(came) == str(went)


@pytest.mark.parametrize(
    ("code", "kind"),
    [("no_token", NotAllowed), ("unforeseen", ServerUnavailable), ("new", HectographError)],
)
def test_what_no_use_case_said_is_an_error_too(code, kind):
    assert type(error_of({"code": code, "detail": "x"}, root="https://x")) is kind
    assert KINDS["unknown_share"] is UnknownShare


@pytest.mark.parametrize("text", ["", " ", "a b", "tök", "a\r\nHost: x"])
def test_what_is_no_token_is_not_sent(text):
    with pytest.raises(Misconfigured):
        check_token(text, root="https://x")
