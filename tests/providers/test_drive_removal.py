"""Taking files out of sight on the emulated Drive, and looking at them again."""

import asyncio
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_socket

from emulators.drive.running import running
from hectograph.domain.drive import Acting, Drive
from hectograph.domain.ids import AccountId, CleanupId
from hectograph.domain.removal import LOOKS, Removal, RemovalKey, RemovalState
from hectograph.domain.touch import Original
from hectograph.engine.remover import Remover
from hectograph.providers.drive_api import DriveApi
from hectograph.providers.drive_receipts import evidence_of
from hectograph.providers.google_drive import DriveTools, GoogleDrive
from hectograph.providers.transport import Connections

from ..builders import A_DAY, Allowed, FakeClock
from ..memory_house import MemoryAccounts

TEACHER, STUDENT = "teacher@school.test", "ada@school.test"
NATIVE = "application/vnd.google-apps.document"


@pytest.fixture(scope="module")
def _emulator():
    pytest_socket.enable_socket()
    with running() as emulator:
        yield emulator


class OneToken:
    def __init__(self, token):
        self._token = token

    async def token(self):
        return self._token

    def forget(self, token):
        raise AssertionError("the emulator refused a good token")


class Meddling:
    """A transport before whose calls of a name something happens."""

    def __init__(self, transport):
        self._transport = transport
        self.before = {}

    async def send(self, call):
        self.before.pop(call.name, lambda: None)()
        return await self._transport.send(call)


class Bench:
    """A copy in a student's folder, and what carries its removal."""

    def __init__(self, emulator, connections, *, native=False):
        self.admin = emulator.admin
        self.clock = FakeClock()
        self.transport = Meddling(connections.transport(emulator.url))
        self.admin.reset(stands_still=True, token_seconds=1e9)
        for email in (TEACHER, STUDENT):
            self.admin.user(email)
        self.tokens = {
            each: self.admin.token(each)["access_token"] for each in (TEACHER, STUDENT)
        }
        writer = {"role": "writer", "type": "user", "emailAddress": STUDENT}
        self.above = self.admin.folder(TEACHER, "Class")
        self.folder = self.admin.folder(
            TEACHER, "Ada", parents=[self.above], permissions=[writer]
        )
        kind = NATIVE if native else "text/plain"
        self.document = self.admin.file(TEACHER, "Essay", mimeType=kind, content="sea")
        self.remover = Remover(drive=self._drive(), clock=self.clock)

    def api(self, email):
        return DriveApi(transport=self.transport, tokens=OneToken(self.tokens[email]))

    def _drive(self):
        nothing: Any = None  # a removal needs neither a ledger nor notes
        return GoogleDrive(
            DriveTools(
                drive=Drive(name="school", credentials="", acting=Acting.TEACHER),
                account=AccountId(f"google:school/{TEACHER}"),
                api_for=self.api,
                accounts=MemoryAccounts(),
                desk=nothing,
                clock=self.clock,
                permit=Allowed(),
                notes=nothing,
                room=lambda: sys.maxsize,
                refused_for=lambda: 0.0,
                hasten=lambda: None,
                joins_within=A_DAY,
                sweep_after=A_DAY,
                close=nothing,
            )
        )

    async def removal(self):
        """Make the copy; returns what takes it back."""
        file = await self.api(TEACHER).copy(
            self.document,
            name="Essay - Ada",
            parent=self.folder,
            app_properties={"hx": "1"},
        )
        original = Original(
            evidence=evidence_of(file), folder=(self.folder,), name=file.name
        )
        self.id = file.id
        return Removal(
            key=RemovalKey(cleanup=CleanupId("recall"), position=0),
            account=AccountId(f"google:school/{TEACHER}"),
            original=original,
            path=file.id,
            state=RemovalState.ASKED,
            due_at=self.clock.now(),
        )

    async def removed(self):
        return await self.remover.attempt(await self.removal())

    def pass_time(self, time):
        self.clock.advance(time.total_seconds())
        self.admin.advance(time.total_seconds())

    def act(self, do, *, by=STUDENT, file=None, **more):
        self.admin.act(by, do, file or self.id, **more)

    @property
    def file(self):
        files = self.admin.state()["files"]
        return next(each for each in files if each["id"] == self.id)


@pytest.fixture
def play(_emulator, _no_network):
    """Play a coroutine function on a bench."""
    pytest_socket.enable_socket()

    def run(story, **options):
        async def alone():
            connections = Connections()
            try:
                await story(Bench(_emulator, connections, **options))
            finally:
                await connections.close()

        asyncio.run(alone())

    return run


@pytest.mark.parametrize("native", [False, True])
def test_an_untouched_copy_goes_and_stays_away_through_every_look(play, native):
    async def story(bench):
        removal = await bench.removal()
        bench.pass_time(timedelta(seconds=3))  # and Drive writes to it itself

        removal = await bench.remover.attempt(removal)

        began_at = bench.clock.now()
        for look in LOOKS:
            assert removal.state is RemovalState.REMOVED
            assert removal.due_at == began_at + look
            bench.pass_time(removal.due_at - bench.clock.now())
            removal = await bench.remover.attempt(removal)
        assert (removal.state, removal.due_at) == (RemovalState.REMOVED, None)
        assert bench.file["explicitlyTrashed"]

    play(story, native=native)


@pytest.mark.parametrize("look", range(len(LOOKS)))
@pytest.mark.parametrize(
    ("do", "words"),
    [("edit", "edited"), ("comment", "commented"), ("rename", "renamed")],
)
def test_what_slips_in_while_it_lies_in_the_trash_brings_it_back(play, look, do, words):
    async def story(bench):
        removal = await bench.removed()
        for _ in range(look):
            bench.pass_time(removal.due_at - bench.clock.now())
            removal = await bench.remover.attempt(removal)
        bench.act(do)
        bench.pass_time(removal.due_at - bench.clock.now())

        removal = await bench.remover.attempt(removal)

        assert removal.state is RemovalState.RETURNED
        assert words in removal.reason.message.lower()
        assert not bench.file["trashed"]
        assert bench.file["parents"] == [bench.folder]

    play(story)


@pytest.mark.parametrize("do", ["edit", "comment", "rename", "move"])
@pytest.mark.parametrize("call", ["v2.files.patch", "files.get", "comments.list"])
def test_what_slips_in_before_the_act_stops_it(play, call, do):
    async def story(bench):
        removal = await bench.removal()
        # Into the folder above only somebody may move it who may write there.
        more = {"to": bench.above, "by": TEACHER} if do == "move" else {}
        bench.transport.before = {call: lambda: bench.act(do, **more)}

        removal = await bench.remover.attempt(removal)

        assert removal.state is RemovalState.KEPT
        assert removal.reason.code == "touched"
        events = [each["what"] for each in bench.file["history"]]
        assert not any("trashed" in each for each in events)

    play(story)


def test_a_file_that_changes_all_the_time_is_in_use(play):
    async def story(bench):
        removal = await bench.removal()

        def move_away_and_back():
            bench.act("move", by=TEACHER, to=bench.above)
            bench.act("move", by=TEACHER, to=bench.folder)
            bench.transport.before = {"v2.files.patch": move_away_and_back}

        bench.transport.before = {"v2.files.patch": move_away_and_back}

        removal = await bench.remover.attempt(removal)

        assert removal.state is RemovalState.KEPT
        assert "open" in removal.reason.message
        assert not bench.file["trashed"]

    play(story)


@pytest.mark.parametrize("kind", ["drop", "503", "403", "502html"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_answer_that_is_lost_is_found_out(play, kind, when):
    async def story(bench):
        removal = await bench.removal()
        fault = {"call": "files.update", "when": when, "kind": kind, "times": 1}
        bench.admin.faults(fault)
        delayed = await bench.remover.attempt(removal)
        assert delayed.state is RemovalState.ASKED
        assert delayed.due_at > bench.clock.now()

        removed = await bench.remover.attempt(delayed)
        assert removed.state is RemovalState.REMOVED
        bench.act("edit")
        bench.admin.faults(fault)
        delayed = await bench.remover.attempt(removed)
        assert delayed.state is RemovalState.REMOVED

        returned = await bench.remover.attempt(delayed)

        assert returned.state is RemovalState.RETURNED
        assert "edited" in returned.reason.message
        assert not bench.file["trashed"]

    play(story)


def test_an_edit_between_a_lost_answer_and_the_next_attempt_brings_it_back(play):
    async def story(bench):
        removal = await bench.removal()
        bench.admin.faults(
            {"call": "files.update", "when": "after", "kind": "drop", "times": 1}
        )
        delayed = await bench.remover.attempt(removal)
        bench.act("edit")

        returned = await bench.remover.attempt(delayed)

        assert returned.state is RemovalState.RETURNED
        assert not bench.file["trashed"]

    play(story)


def test_what_was_taken_out_of_the_trash_by_hand_counts_as_back(play):
    async def story(bench):
        removal = await bench.removed()
        bench.act("untrash", by=TEACHER)

        back = await bench.remover.attempt(removal)

        assert (back.state, back.reason) == (RemovalState.RETURNED, None)

    play(story)


def test_what_is_gone_for_good_is_gone_whatever_was_wanted(play):
    async def story(bench):
        removal = await bench.removed()
        bench.pass_time(timedelta(days=31))
        asked = replace(removal, state=RemovalState.ASKED, hidden=None)
        returning = removal.returning(now=bench.clock.now())

        for each in (asked, removal, returning):
            assert (await bench.remover.attempt(each)).state is RemovalState.GONE

    play(story)


def test_a_copy_in_a_folder_that_lies_in_the_trash_goes_itself(play):
    async def story(bench):
        removal = await bench.removal()
        bench.act("trash", by=TEACHER, file=bench.folder)
        removal = await bench.remover.attempt(removal)
        bench.act("untrash", by=TEACHER, file=bench.folder)

        assert removal.state is RemovalState.REMOVED
        assert bench.file["trashed"]

    play(story)


def test_an_undo_brings_the_same_file_back_and_may_be_asked_for_twice(play):
    async def story(bench):
        removal = await bench.removed()
        returning = removal.returning(now=bench.clock.now())

        once = await bench.remover.attempt(returning)
        again = await bench.remover.attempt(returning)

        assert once == again
        assert once.state is RemovalState.RETURNED
        assert not bench.file["trashed"]

    play(story)
