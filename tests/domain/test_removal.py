"""A removal's states: which moves there are, when the next look is, and what is told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.delivery import MOVES as DELIVERY_MOVES
from hectograph.domain.delivery import DeliveryState
from hectograph.domain.errors import IllegalTransition, Reason, Throttled, Unavailable
from hectograph.domain.ids import CleanupId
from hectograph.domain.removal import (
    LONGEST_WAIT,
    LOOKS,
    MOVES,
    SHARED,
    SHORTEST_WAIT,
    WORDS,
    WORKED_ON,
    RemovalKey,
    RemovalState,
    build_recall,
    delivery_move,
    reason_for,
)
from hectograph.domain.touch import Judgement, Sign

from ..builders import (
    ACCOUNT,
    EIGHT,
    a_drive_evidence,
    a_file_evidence,
    a_plan,
    a_removal,
)

S = RemovalState
WHY = Reason(code="why", message="Why.", remedy="None.")
EDITED = Judgement(signs=(Sign.EDITED,))
LATER = EIGHT + timedelta(minutes=5)
HIDDEN = ".hidden/000000"
TO = {
    S.ASKED: lambda removal: removal.asked(now=LATER),
    S.REMOVED: lambda removal: removal.removed(HIDDEN, now=LATER),
    S.KEPT: lambda removal: removal.kept(WHY),
    S.GONE: lambda removal: removal.gone(),
    S.RETURNING: lambda removal: removal.returning(now=LATER),
    S.RETURNED: lambda removal: removal.returned("/school/Ada/Essay.docx"),
}


def a_removed(*, at=EIGHT, **kwargs):
    due_at = at + LOOKS[0]
    return a_removal(S.REMOVED, hidden=HIDDEN, removed_at=at, due_at=due_at, **kwargs)


@pytest.mark.parametrize("before", S)
@pytest.mark.parametrize("after", list(TO))
def test_only_the_moves_of_the_table_are_possible(before, after):
    removal = a_removal(before)

    if after in MOVES[before]:
        assert TO[after](removal).state is after
    else:
        with pytest.raises(IllegalTransition):
            TO[after](removal)


def test_every_state_has_its_moves():
    assert set(MOVES) == set(S)


@pytest.mark.parametrize("state", [S.KEPT, S.GONE, S.RETURNED])
def test_what_has_ended_stays_so(state):
    assert MOVES[state] == frozenset()
    assert state not in WORKED_ON


@pytest.mark.parametrize("state", sorted(WORKED_ON))
def test_out_of_every_state_that_is_worked_on_a_file_can_come_back(state):
    assert MOVES[state] & {S.RETURNING, S.RETURNED}


def test_what_is_asked_for_is_due_at_once():
    proposed = a_removal(S.PROPOSED, due_at=None, attempts=3, reason=WHY)

    asked = proposed.asked(now=LATER)

    assert (asked.due_at, asked.attempts, asked.reason) == (LATER, 0, None)


def test_what_was_removed_is_looked_at_after_a_minute():
    removed = a_removal(attempts=3, reason=WHY, looks=2).removed(HIDDEN, now=LATER)

    assert removed == replace(
        a_removal(S.REMOVED),
        hidden=HIDDEN,
        removed_at=LATER,
        due_at=LATER + timedelta(minutes=1),
    )


@pytest.mark.parametrize(("move", "why"), [("kept", WHY), ("gone", None)])
def test_nothing_is_due_of_what_stays_or_is_gone(move, why):
    removal = a_removal(reason=Reason(code="old", message="", remedy=""))

    ended = removal.kept(WHY) if move == "kept" else removal.gone()

    assert (ended.due_at, ended.reason) == (None, why)


def test_what_is_wanted_back_is_due_at_once():
    returning = a_removed(attempts=4).returning(now=LATER)

    assert (returning.due_at, returning.attempts) == (LATER, 0)
    assert returning.hidden == HIDDEN


def test_what_was_asked_back_needs_no_reason():
    returned = a_removed(reason=WHY).returned("/school/Ada/Essay (2).docx")

    assert returned.path == "/school/Ada/Essay (2).docx"
    assert (returned.hidden, returned.due_at, returned.reason) == (None, None, None)


def test_what_came_back_by_itself_says_why():
    returned = a_removed().returned("/school/Ada/Essay.docx", judgement=EDITED)

    assert returned.reason == reason_for(EDITED)


class TestLooks:
    def test_looks_are_at_growing_distances_and_come_to_an_end(self):
        removal = a_removed()
        looked_at = []
        while removal.due_at is not None:
            looked_at.append(removal.due_at - EIGHT)
            removal = removal.looked(now=removal.due_at)

        assert tuple(looked_at) == LOOKS
        assert removal.state is S.REMOVED
        assert removal.looks == len(LOOKS)

    def test_the_last_look_is_before_a_trash_of_thirty_days_is_emptied(self):
        assert list(LOOKS) == sorted(LOOKS)
        assert timedelta(minutes=1) == LOOKS[0]
        assert timedelta(days=28) < LOOKS[-1] < timedelta(days=30)

    def test_a_late_look_counts_for_those_that_were_missed(self):
        removal = a_removed().looked(now=EIGHT + timedelta(hours=1))

        assert removal.looks == 2
        assert removal.due_at == EIGHT + LOOKS[2]

    def test_a_look_right_before_the_next_one_does_not_count_for_it(self):
        removal = a_removed().looked(now=EIGHT + LOOKS[1] - timedelta(microseconds=1))

        assert removal.looks == 1
        assert removal.due_at == EIGHT + LOOKS[1]

    def test_a_look_after_a_long_sleep_is_the_last(self):
        removal = a_removed().looked(now=EIGHT + timedelta(days=40))

        assert removal.looks == len(LOOKS)
        assert removal.due_at is None

    def test_a_look_forgets_what_went_wrong_before(self):
        removal = a_removed(attempts=5, reason=WHY).looked(now=LATER)

        assert (removal.attempts, removal.reason) == (0, None)

    def test_a_file_of_which_nobody_noted_the_time_counts_from_now(self):
        removal = replace(a_removed(), removed_at=None).looked(now=LATER)

        assert removal.due_at == LATER + LOOKS[1]

    @given(st.lists(st.timedeltas(timedelta(0), timedelta(days=20)), max_size=12))
    def test_the_next_look_is_always_ahead(self, pauses):
        removal, now = a_removed(), EIGHT
        for pause in pauses:
            now += pause
            if removal.due_at is not None and removal.due_at <= now:
                removal = removal.looked(now=now)

            assert removal.due_at is None or removal.due_at > now
            assert removal.due_at is not None or now >= EIGHT + LOOKS[-1]


class TestDelays:
    def test_waits_double_up_to_ten_minutes(self):
        removal, waits = a_removal(), []
        for _ in range(12):
            removal = removal.delayed(Unavailable("down"), now=EIGHT)
            waits.append((removal.due_at - EIGHT).total_seconds())

        assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]
        assert (timedelta(seconds=1), timedelta(minutes=10)) == (
            SHORTEST_WAIT,
            LONGEST_WAIT,
        )

    def test_a_drive_that_asks_for_longer_gets_it(self):
        error = Throttled("slow down", retry_after=timedelta(hours=1))

        assert a_removal().delayed(error, now=EIGHT).due_at == EIGHT + timedelta(hours=1)

    def test_a_drive_that_asks_for_less_gets_our_wait(self):
        error = Throttled("slow down", retry_after=timedelta(seconds=1))

        delayed = a_removal(attempts=4).delayed(error, now=EIGHT)

        assert delayed.due_at == EIGHT + timedelta(seconds=16)

    @pytest.mark.parametrize("state", sorted(WORKED_ON))
    def test_a_delay_changes_no_state_and_forgets_no_hiding_place(self, state):
        removal = a_removal(state, hidden=HIDDEN, removed_at=EIGHT, looks=1)

        delayed = removal.delayed(Unavailable("down"), now=EIGHT)

        assert (delayed.state, delayed.hidden, delayed.looks) == (state, HIDDEN, 1)
        assert (delayed.attempts, delayed.reason.code) == (1, "unavailable")

    def test_thousands_of_attempts_are_no_trouble(self):
        delayed = a_removal(attempts=10_000).delayed(Unavailable("down"), now=EIGHT)

        assert delayed.due_at == EIGHT + LONGEST_WAIT


class TestReasons:
    def test_every_sign_has_words(self):
        assert set(WORDS) == set(Sign)

    def test_a_reason_names_every_sign(self):
        reason = reason_for(Judgement(signs=(Sign.RENAMED, Sign.EDITED)))

        assert reason.code == "touched"
        assert reason.message == "It was renamed, it was edited."

    def test_a_doubt_has_a_code_of_its_own(self):
        reason = reason_for(Judgement(signs=(Sign.IN_USE,)))

        assert reason.code == "cannot_tell"
        assert reason.message == "Somebody has it open."


class TestDeliveries:
    D = DeliveryState

    @pytest.mark.parametrize(
        ("before", "after", "move"),
        [
            (a_removal(), a_removed(), (D.VERIFIED, D.RECALLED)),
            (a_removal(), a_removal().kept(reason_for(EDITED)), (D.VERIFIED, D.KEPT)),
            (
                a_removal(),
                a_removal().kept(reason_for(Judgement(signs=(Sign.IN_USE,)))),
                (D.VERIFIED, D.KEPT),
            ),
            (a_removal(), a_removal().kept(WHY), None),
            (a_removal(), a_removal().kept(SHARED), None),
            (a_removal(), a_removal().gone(), None),
            (a_removal(), a_removal().delayed(Unavailable("x"), now=EIGHT), None),
            (
                a_removal(),
                a_removed().returned("/a", judgement=EDITED),
                (D.VERIFIED, D.KEPT),
            ),
            (
                a_removed(),
                a_removed().returned("/a", judgement=EDITED),
                (D.RECALLED, D.KEPT),
            ),
            (a_removed(), a_removed().looked(now=LATER), None),
            (a_removed(), a_removed().gone(), None),
            (
                a_removal(S.RETURNING),
                a_removal(S.RETURNING).returned("/a"),
                (D.RECALLED, D.VERIFIED),
            ),
            (a_removal(S.RETURNING), a_removal(S.RETURNING).gone(), None),
        ],
    )
    def test_a_delivery_follows_its_removal(self, before, after, move):
        assert delivery_move(before, after) == move

    def test_a_delivery_makes_only_moves_of_its_own_table(self):
        states = [a_removal(state) for state in S]
        states += [a_removal(S.KEPT, reason=reason_for(EDITED))]
        moves = [delivery_move(one, other) for one in states for other in states]

        assert all(move[1] in DELIVERY_MOVES[move[0]] for move in moves if move)


class TestRecalls:
    KEY = RemovalKey(cleanup=CleanupId("recall"), position=4)

    def recall(self, **kwargs):
        delivery = a_plan("Ada").deliveries[0]
        told = {
            "state": DeliveryState.VERIFIED,
            "evidence": a_file_evidence(),
            "path": "/school/ADA/Essay (2).docx",
        }
        delivery = replace(delivery, **{**told, **kwargs})
        return build_recall(delivery, key=self.KEY, account=ACCOUNT, now=LATER)

    def test_a_copy_is_asked_for_where_it_really_is(self):
        removal = self.recall()

        assert (removal.state, removal.due_at) == (S.ASKED, LATER)
        assert removal.original.folder == ("ADA",)
        assert removal.original.name == "Essay (2).docx"
        assert removal.original.evidence == a_file_evidence()
        assert removal.path == "/school/ADA/Essay (2).docx"
        assert removal.key == self.KEY
        assert removal.account == ACCOUNT

    def test_a_copy_at_a_service_is_asked_for_by_its_folder(self):
        folder = ("class-id", "folder-id")
        path = "https://drive.google.com/open?id=file"

        removal = self.recall(evidence=a_drive_evidence(), path=path, folder=folder)

        assert removal.original.folder == ("folder-id",)
        assert removal.original.name == "Essay - Ada.docx"
        assert removal.path == path

    def test_who_owns_it_and_which_delivery_it_is_are_remembered(self):
        removal = self.recall(actor="ada@school.test")

        assert removal.actor == "ada@school.test"
        assert removal.delivery == a_plan("Ada").deliveries[0].key

    def test_work_is_listed_and_stays(self):
        removal = self.recall(state=DeliveryState.KEPT)

        assert (removal.state, removal.due_at) == (S.KEPT, None)
        assert removal.reason == reason_for(EDITED)

    @pytest.mark.parametrize("missing", ["evidence", "path"])
    def test_where_there_is_no_copy_there_is_nothing_to_recall(self, missing):
        assert self.recall(**{missing: None}) is None


def test_a_key_is_shown_as_its_list_and_place():
    assert str(RemovalKey(cleanup=CleanupId("abc"), position=7)) == "abc.7"
