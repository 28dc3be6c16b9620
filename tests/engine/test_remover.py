"""One removal, step by step, at a drive that behaves and at one that does not."""

import asyncio
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import cast

import pytest

from hectograph.domain.errors import (
    AccessDenied,
    LaneLost,
    NoSpace,
    OutcomeUnknown,
    Throttled,
    Unavailable,
)
from hectograph.domain.removal import LOOKS, RemovalState
from hectograph.engine.remover import RemovalRun, Remover
from hectograph.engine.rewriter import TRIES
from hectograph.ports.ledger import Lane
from hectograph.ports.provider import Changed, Provider
from hectograph.providers.memory import MemoryDrive, MemoryFile, MemoryProvider
from hectograph.threads import OneThread

from ..builders import ACCOUNT, EIGHT, Allowed, FakeClock, a_removal, an_original
from ..memory_house import MemoryCleanups

S = RemovalState
PATH = ("Ada", "Essay.docx")
UNTOUCHED = MemoryFile(content="essay")
EDITED = MemoryFile(content="essay, and my answer")
ERRORS = [Unavailable("down"), OutcomeUnknown("lost"), Throttled("slow down")]
REFUSALS = [AccessDenied("no"), NoSpace("full")]


@dataclass
class Wayward:
    """A drive in memory. `before` and `after` hold what goes wrong around its calls.

    Each call takes the next of what is listed under its name: None, an error to raise,
    or something to do.
    """

    drive: MemoryDrive
    before: dict = field(default_factory=lambda: defaultdict(list))
    after: dict = field(default_factory=lambda: defaultdict(list))
    exact: bool = False
    calls: list = field(default_factory=list)

    def __post_init__(self):
        self.real = MemoryProvider(self.drive, Allowed())

    @asynccontextmanager
    async def inspected(self, removal):
        self._take(self.before, "inspected")
        async with self.real.inspected(removal) as found:
            yield found and replace(found, is_exact=self.exact)

    async def detach(self, removal, inspection):
        self._take(self.before, "detach")
        hidden = await self.real.detach(removal, inspection)
        self._take(self.after, "detach")
        return hidden

    async def reattach(self, removal):
        self._take(self.before, "reattach")
        path = await self.real.reattach(removal)
        self._take(self.after, "reattach")
        return path

    def _take(self, mishaps, call):
        if mishaps is self.before:
            self.calls.append(call)
        mishap = mishaps[call].pop(0) if mishaps[call] else None
        if isinstance(mishap, Exception):
            raise mishap
        if mishap is not None:
            mishap()


class School:
    """One student's copy, and the remover of the drive that it is on."""

    def __init__(self, content=UNTOUCHED):
        self.clock = FakeClock()
        self.drive = MemoryDrive(files={PATH: content})
        self.provider = Wayward(self.drive)
        self.remover = Remover(drive=cast("Provider", self.provider), clock=self.clock)

    def a_removal(self, state=S.ASKED, **kwargs):
        return a_removal(state, original=self.original(), **kwargs)

    def original(self):
        """As hectograph left it: untouched."""
        drive = MemoryDrive(files={PATH: UNTOUCHED})

        async def look():
            removal = a_removal(original=an_original(folder=PATH[:1], name=PATH[1]))
            async with MemoryProvider(drive, Allowed()).inspected(removal) as found:
                assert found is not None
                return found.present.evidence

        return an_original(asyncio.run(look()), folder=PATH[:1], name=PATH[1])

    def attempt(self, removal):
        return asyncio.run(self.remover.attempt(removal))

    def removed(self):
        removal = self.attempt(self.a_removal())
        assert removal.state is S.REMOVED
        return removal

    def edit(self, path=PATH):
        self.drive.files[path] = EDITED

    def edit_hidden(self):
        for key in self.drive.hidden:
            self.drive.hidden[key] = EDITED

    @property
    def contents(self):
        return {"/".join(path): file.content for path, file in self.drive.files.items()}


@pytest.fixture
def school():
    return School()


class TestTakingAway:
    def test_an_untouched_copy_goes_out_of_sight(self, school):
        removal = school.attempt(school.a_removal())

        assert removal.state is S.REMOVED
        assert removal.removed_at == EIGHT
        assert removal.due_at == EIGHT + LOOKS[0]
        assert school.contents == {}
        assert list(school.drive.hidden.values()) == [UNTOUCHED]

    def test_it_is_looked_at_once_more_right_after(self, school):
        school.attempt(school.a_removal())

        assert school.provider.calls == ["inspected", "detach", "inspected"]

    def test_a_drive_that_is_exact_needs_no_second_look(self, school):
        school.provider.exact = True

        removal = school.attempt(school.a_removal())

        assert removal.state is S.REMOVED
        assert school.provider.calls == ["inspected", "detach"]

    def test_a_touched_copy_stays_and_says_why(self):
        school = School(EDITED)

        removal = school.attempt(school.a_removal())

        assert (removal.state, removal.reason.code) == (S.KEPT, "touched")
        assert school.contents == {"Ada/Essay.docx": EDITED.content}
        assert "detach" not in school.provider.calls

    def test_what_is_not_there_is_gone(self, school):
        school.drive.files.clear()

        removal = school.attempt(school.a_removal())

        assert (removal.state, removal.due_at) == (S.GONE, None)

    def test_an_edit_between_look_and_act_is_seen_by_looking_again(self, school):
        school.provider.before["detach"] = [school.edit]

        removal = school.attempt(school.a_removal())

        assert (removal.state, removal.reason.code) == (S.KEPT, "touched")
        assert school.contents == {"Ada/Essay.docx": EDITED.content}

    @pytest.mark.parametrize("times", range(1, TRIES))
    def test_what_changed_meanwhile_is_looked_at_again(self, school, times):
        school.provider.before["detach"] = [Changed()] * times

        assert school.attempt(school.a_removal()).state is S.REMOVED

    def test_what_changes_all_the_time_is_in_use_and_stays(self, school):
        school.provider.before["detach"] = [Changed()] * TRIES

        removal = school.attempt(school.a_removal())

        assert (removal.state, removal.reason.code) == (S.KEPT, "cannot_tell")
        assert school.contents == {"Ada/Essay.docx": "essay"}

    def test_an_edit_right_after_the_act_brings_it_back(self, school):
        school.provider.after["detach"] = [school.edit_hidden]

        removal = school.attempt(school.a_removal())

        assert (removal.state, removal.reason.code) == (S.RETURNED, "touched")
        assert school.contents == {"Ada/Essay.docx": EDITED.content}
        assert school.drive.hidden == {}

    def test_an_edit_beside_a_new_file_of_its_name_comes_back_under_a_number(self, school):
        def edit_and_take_the_name():
            school.edit_hidden()
            school.drive.files[PATH] = MemoryFile(content="another")

        school.provider.after["detach"] = [edit_and_take_the_name]

        removal = school.attempt(school.a_removal())

        assert removal.path == "Ada/Essay (2).docx"
        assert school.contents == {
            "Ada/Essay.docx": "another",
            "Ada/Essay (2).docx": EDITED.content,
        }

    def test_a_hiding_that_could_not_be_told_is_taken_up(self, school):
        removal = school.a_removal()
        school.attempt(removal)

        again = school.attempt(removal)

        assert again.state is S.REMOVED
        assert again.hidden == str(removal.key)

    def test_a_hiding_that_could_not_be_told_is_looked_at(self, school):
        removal = school.a_removal()
        school.attempt(removal)
        school.edit_hidden()

        again = school.attempt(removal)

        assert again.state is S.RETURNED
        assert school.contents == {"Ada/Essay.docx": EDITED.content}

    @pytest.mark.parametrize("state", [S.PROPOSED, S.KEPT, S.GONE, S.RETURNED])
    def test_nothing_is_done_about_anything_else(self, school, state):
        removal = school.a_removal(state)

        assert school.attempt(removal) == removal
        assert school.provider.calls == []


class TestMishaps:
    @pytest.mark.parametrize("error", ERRORS, ids=str)
    @pytest.mark.parametrize("call", ["inspected", "detach"])
    def test_a_drive_that_fails_is_asked_again_later(self, school, call, error):
        school.provider.before[call] = [error]

        delayed = school.attempt(school.a_removal())

        assert (delayed.state, delayed.attempts) == (S.ASKED, 1)
        assert delayed.due_at == EIGHT + timedelta(seconds=1)
        assert delayed.reason == error.reason()
        assert school.contents == {"Ada/Essay.docx": "essay"}
        assert school.attempt(delayed).state is S.REMOVED

    @pytest.mark.parametrize("error", [*ERRORS, *REFUSALS], ids=str)
    def test_an_answer_that_was_lost_is_found_out(self, school, error):
        school.provider.after["detach"] = [error]

        delayed = school.attempt(school.a_removal())

        assert delayed.state is S.ASKED
        assert delayed.due_at is not None
        assert school.attempt(delayed).state is S.REMOVED

    @pytest.mark.parametrize("error", REFUSALS, ids=str)
    @pytest.mark.parametrize("call", ["inspected", "detach"])
    def test_what_we_may_not_take_away_stays(self, school, call, error):
        school.provider.before[call] = [error] * 2

        kept = school.attempt(school.a_removal())

        assert (kept.state, kept.reason) == (S.KEPT, error.reason())
        assert school.contents == {"Ada/Essay.docx": "essay"}

    @pytest.mark.parametrize("error", [*ERRORS, *REFUSALS], ids=str)
    def test_work_that_cannot_come_back_at_once_is_owed(self, school, error):
        school.provider.after["detach"] = [school.edit_hidden]
        school.provider.before["reattach"] = [error]

        delayed = school.attempt(school.a_removal())
        again = school.attempt(delayed)

        assert (delayed.state, delayed.attempts) == (S.ASKED, 1)
        assert again.state is S.RETURNED
        assert school.contents == {"Ada/Essay.docx": EDITED.content}

    def test_a_refusal_whose_effect_nobody_can_look_for_is_owed(self, school):
        school.provider.after["detach"] = [AccessDenied("no")]
        school.provider.before["inspected"] = [None, Unavailable("down")]

        assert school.attempt(school.a_removal()).state is S.ASKED

    @pytest.mark.parametrize("error", [*ERRORS, *REFUSALS], ids=str)
    @pytest.mark.parametrize("state", [S.REMOVED, S.RETURNING])
    def test_what_is_hidden_never_ends_by_an_error(self, school, state, error):
        removal = replace(school.removed(), state=state)
        school.edit_hidden()
        school.provider.before["reattach"] = [error] * 3

        for _ in range(3):
            removal = school.attempt(removal)
            assert (removal.state, removal.due_at is None) == (state, False)

        assert school.attempt(removal).state is S.RETURNED
        assert school.contents == {"Ada/Essay.docx": EDITED.content}

    def test_a_lane_that_lost_its_account_says_so(self, school):
        school.provider.before["detach"] = [LaneLost("another lane")]

        with pytest.raises(LaneLost):
            school.attempt(school.a_removal())


class TestLookingAgain:
    def test_nobody_touched_it_so_the_next_look_is_planned(self, school):
        removal = school.removed()
        school.clock.advance(60)

        looked = school.attempt(removal)

        assert (looked.state, looked.looks) == (S.REMOVED, 1)
        assert looked.due_at == EIGHT + LOOKS[1]

    @pytest.mark.parametrize("looks", range(len(LOOKS)))
    def test_an_edit_is_seen_at_every_look(self, school, looks):
        removal = school.removed()
        for _ in range(looks):
            school.clock.time = removal.due_at
            removal = school.attempt(removal)
        school.edit_hidden()
        school.clock.time = removal.due_at

        back = school.attempt(removal)

        assert (back.state, back.reason.code) == (S.RETURNED, "touched")
        assert school.contents == {"Ada/Essay.docx": EDITED.content}

    def test_after_the_last_look_nothing_is_due(self, school):
        removal = school.removed()
        for each in LOOKS:
            assert removal.due_at == EIGHT + each
            school.clock.time = removal.due_at
            removal = school.attempt(removal)

        assert (removal.state, removal.due_at) == (S.REMOVED, None)

    def test_a_trash_that_was_emptied_ends_it(self, school):
        removal = school.removed()
        school.drive.hidden.clear()

        assert school.attempt(removal).state is S.GONE

    def test_a_return_that_could_not_be_told_is_told_later(self, school):
        removal = school.removed()
        school.edit_hidden()
        school.attempt(removal)

        again = school.attempt(removal)

        assert (again.state, again.path) == (S.RETURNED, "Ada/Essay.docx")
        assert again.reason.code == "touched"

    def test_what_somebody_took_back_by_hand_is_back(self, school):
        removal = school.removed()
        school.drive.files[PATH] = school.drive.hidden.pop(removal.hidden)

        again = school.attempt(removal)

        assert (again.state, again.reason) == (S.RETURNED, None)


class TestBringingBack:
    def test_what_is_wanted_back_comes_back(self, school):
        returning = school.removed().returning(now=EIGHT)

        back = school.attempt(returning)

        assert (back.state, back.path, back.reason) == (S.RETURNED, "Ada/Essay.docx", None)
        assert school.contents == {"Ada/Essay.docx": "essay"}

    def test_a_name_that_was_taken_meanwhile_is_numbered(self, school):
        returning = school.removed().returning(now=EIGHT)
        school.drive.files[PATH] = MemoryFile(content="another")

        back = school.attempt(returning)

        assert back.path == "Ada/Essay (2).docx"
        assert school.contents == {"Ada/Essay.docx": "another", back.path: "essay"}

    def test_what_was_never_taken_away_is_where_it_was(self, school):
        returning = school.a_removal().returning(now=EIGHT)

        back = school.attempt(returning)

        assert (back.state, back.path) == (S.RETURNED, "Ada/Essay.docx")

    def test_what_is_neither_hidden_nor_there_is_gone(self, school):
        returning = school.removed().returning(now=EIGHT)
        school.drive.hidden.clear()

        assert school.attempt(returning).state is S.GONE

    def test_a_second_attempt_brings_no_second_copy(self, school):
        returning = school.removed().returning(now=EIGHT)
        school.provider.after["reattach"] = [OutcomeUnknown("lost")]

        back = school.attempt(school.attempt(returning))

        assert back.state is S.RETURNED
        assert school.contents == {"Ada/Essay.docx": "essay"}


class TestRuns:
    LANE = Lane(account=ACCOUNT, epoch=1, pool=ACCOUNT)

    def carry(self, school, removals, *, stopping=lambda: False):
        cleanups = MemoryCleanups(removals={each.key: each for each in removals})
        desk = OneThread("test")
        run = RemovalRun(
            cleanups=cleanups,
            desk=desk,
            clock=school.clock,
            lane=self.LANE,
            remover=school.remover,
            stopping=stopping,
        )
        try:
            asyncio.run(run.carry())
        finally:
            desk.close()
        return list(cleanups.removals.values())

    def test_everything_that_is_due_is_carried_and_written_down(self, school):
        others = [school.a_removal(position=number) for number in range(1, 100)]

        carried = self.carry(school, [school.a_removal(), *others])

        states = sorted(each.state for each in carried)
        assert states == [S.GONE] * 99 + [S.REMOVED]

    def test_what_is_not_due_waits(self, school):
        later = school.a_removal(due_at=EIGHT + timedelta(seconds=1))

        assert self.carry(school, [later]) == [later]

    def test_a_lane_that_ends_takes_nothing_up(self, school):
        asked = school.a_removal()

        assert self.carry(school, [asked], stopping=lambda: True) == [asked]
