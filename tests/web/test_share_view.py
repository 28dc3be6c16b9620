"""What the page of a share tells, and what it offers."""

import pytest

from hectograph.domain.delivery import PREPARED, DeliveryState
from hectograph.domain.errors import FolderRefused, HectographError, Reason
from hectograph.domain.halt import Halt
from hectograph.domain.share import ShareState
from hectograph.web.share_view import build_view
from hectograph.web.words import COPY_WORDS, REMOVAL_WORDS, SHARE_WORDS, remedy_of

from ..architecture.test_docs import errors
from ..builders import EIGHT
from .sights import a_sight

S = DeliveryState


@pytest.fixture(autouse=True)
def _translations(database_url):
    """Words are looked up in Django's translations."""


def view(*states, may_steer=True, **kwargs):
    return build_view(a_sight(*states, **kwargs), may_steer=may_steer)


def test_it_is_told_how_many_are_there_and_what_the_others_do():
    seen = view(S.VERIFIED, S.KEPT, S.WAITING, S.WAITING, S.FAILED, S.PLANNED)

    assert seen.said == ("2 of 6 copies are there, 2 wait for another try, 1 failed.")


def test_a_copy_that_was_not_read_back_is_not_there():
    seen = view(S.PLACED, S.PLACING, S.VERIFIED)

    assert seen.said == "1 of 3 copies are there."
    assert [each.is_there for each in seen.rows] == [False, False, True]


def test_a_failure_tells_why_and_what_to_do_on_a_page():
    reason = FolderRefused("'Ada' is a file.").reason()

    row = view(S.FAILED, reason=reason).rows[0]

    assert row.why == "'Ada' is a file."
    assert row.remedy == "Put a real folder in its place, then retry."
    assert row.mood == "wrong"


def test_what_is_prepared_is_ready_and_not_in_trouble():
    row = view(S.WAITING, reason=PREPARED).rows[0]

    assert row.state == "ready, shown at its time"
    assert not row.why


@pytest.mark.parametrize("kind", list(errors()), ids=lambda each: each.__name__)
def test_no_remedy_on_a_page_is_a_command(kind: type[HectographError]):
    reason = Reason(code=kind.code, message="", remedy=kind.default_remedy)

    assert "`hectograph" not in str(remedy_of(reason))


def test_every_state_has_words():
    assert set(COPY_WORDS) == set(DeliveryState)
    assert set(SHARE_WORDS) == set(ShareState)
    assert len({str(words) for _, _, words in REMOVAL_WORDS.values()}) == len(REMOVAL_WORDS)


@pytest.mark.parametrize(
    ("share", "states", "offered"),
    [
        (ShareState.RUNNING, [S.PLANNED], {"pause", "cancel", "move", "recall"}),
        (ShareState.PAUSED, [S.PLANNED], {"resume", "cancel", "move", "recall"}),
        (ShareState.COMPLETE, [S.VERIFIED], {"recall", "correct", "refresh"}),
        (
            ShareState.COMPLETE_WITH_EXCEPTIONS,
            [S.VERIFIED, S.FAILED],
            {"retry", "recall", "correct", "refresh"},
        ),
        (ShareState.RECALLED, [S.RECALLED], set()),
    ],
)
def test_it_offers_what_fits_its_state(share, states, offered):
    can = view(*states, share=share).can

    assert {name for name in can.__slots__ if getattr(can, name)} == offered


def test_who_may_only_look_is_offered_nothing():
    can = view(S.FAILED, share=ShareState.COMPLETE_WITH_EXCEPTIONS, may_steer=False).can

    assert not any(getattr(can, name) for name in can.__slots__)


def test_a_halt_is_told_while_something_is_owed():
    halt = Halt(reason="maintenance", by=None, since=EIGHT)

    assert view(S.PLANNED, halted=halt).halted == "maintenance"
    assert view(S.VERIFIED, share=ShareState.COMPLETE, halted=halt).halted == ""
