"""What a teacher may decide about, and what holds of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hectograph.domain.decision import Choice, Decision, in_force, name_handed_over
from hectograph.domain.handout import Handout
from hectograph.domain.ids import DeliveryKey, ShareId

KEY = DeliveryKey(share=ShareId("6wfx9es1f9"), position=2)
NOW = datetime(2026, 11, 25, tzinfo=UTC)

L, H, K, U = Choice.LEAVE, Choice.HAND_OVER, Choice.LOCK, Choice.UNLOCK
N, B = Choice.RENAME, Choice.RENAME_BACK


def decisions(*choices, done=True):
    return [
        Decision(
            key=KEY, choice=each, at=NOW + timedelta(minutes=number), by="t", is_done=done
        )
        for number, each in enumerate(choices)
    ]


@pytest.mark.parametrize(
    ("made", "hold"),
    [
        ([], []),
        ([L], [L]),
        ([L, H, L], [H, L]),
        ([K, U], []),
        ([K, U, K], [K]),
        ([L, K, U], [L]),
        ([U], []),
        ([N], [N]),
        ([N, B], []),
        ([N, K, B], [K]),
    ],
)
def test_of_each_kind_the_last_holds_and_a_lock_until_it_is_off(made, hold):
    assert [each.choice for each in in_force(decisions(*made))] == hold


def test_an_unlocking_that_was_not_done_yet_leaves_the_lock_in_force():
    locked = decisions(K)
    asked = decisions(U, done=False)

    assert [each.choice for each in in_force([*locked, *asked])] == [K, U]


def test_what_was_carried_out_takes_the_place_of_what_was_asked():
    (asked,) = decisions(H, done=False)
    done = replace(asked, is_done=True, by_share=ShareId("e9nrfag2h4"))

    assert in_force([asked, done]) == (done,)
    assert done.undo == "hectograph recall e9nrfag2h4"


@pytest.mark.parametrize(
    ("title", "student", "name"),
    [
        ("Essay - Ada.docx", "Ada", "Essay - Ada (handed over).docx"),
        ("Mine.docx", "Ada", "Mine - Ada (handed over).docx"),
        ("essay - ADA", "Ada", "essay - ADA (handed over)"),
    ],
)
def test_the_name_tells_whose_work_it_is(title, student, name):
    handout = Handout(title=title, sha256="00", size_bytes=1)

    assert name_handed_over(handout, student) == name
