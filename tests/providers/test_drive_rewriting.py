"""Other content for a copy in its place on the emulated Drive: races, lost answers, deaths."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import md5
from typing import Any

import pytest
import pytest_socket

from emulators.drive.running import running
from hectograph.domain.errors import OutcomeUnknown, Unavailable
from hectograph.domain.ids import DeliveryKey, ShareId, WishKey
from hectograph.domain.removal import RemovalState, find_gift, find_loss
from hectograph.domain.rewriting import Rewrite, Version
from hectograph.domain.stamp import Stamp
from hectograph.providers.drive_receipts import properties_of
from hectograph.providers.transport import Connections

from .test_drive_removal import STUDENT, TEACHER, Bench

FIRST, BETTER = "sea", "ocean"
CALLS_TO_REPLACE = 9
"""Three looks before, the document's facts and bytes, the write, three looks after."""
ASKED_AT = datetime(2026, 9, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="module", name="emulator")
def _emulator():
    pytest_socket.enable_socket()
    with running() as emulator:
        yield emulator


@pytest.fixture(autouse=True)
def _loopback(_no_network):
    pytest_socket.enable_socket()


class Died(Exception):
    """The worker is dead."""


class Rewriting:
    """A copy of a first version, the better one, and what carries the correction."""

    def __init__(self, bench):
        self.bench = bench
        self.admin = bench.admin

    async def opened(self, *, better=BETTER):
        bench = self.bench
        document = self.admin.file(
            TEACHER, "Better.txt", mimeType="text/plain", content=better
        )
        removal = await bench.removal()
        becomes = Version(
            stamp=a_stamp("2222222222"),
            name="Essay - Ada.txt",
            media_type="text/plain",
            md5=digest(better),
            origin=document,
        )
        former = Version(
            stamp=a_stamp("1111111111"),
            name=removal.original.name,
            media_type="text/plain",
            md5=digest(FIRST),
            revision=removal.original.evidence.revision,
        )
        await bench.api(TEACHER).update(
            bench.id, body={"appProperties": properties_of(former.stamp)}
        )
        rewrite = Rewrite(becomes=becomes, former=former)
        self.document = document
        return replace(removal, rewrite=rewrite, delivery=former.key)

    async def attempt(self, removal):
        return await self.bench.remover.attempt(removal)

    def asked_back(self, removal):
        return removal.returning(now=self.bench.clock.now())

    def edit(self):
        self.admin.act(STUDENT, "edit", self.bench.id)


def a_stamp(share):
    key = DeliveryKey(share=ShareId(share), position=0)
    return Stamp(key=key, wish=WishKey("0" * 20), asked_at=ASKED_AT)


def the_gift(removal) -> Any:
    gift = find_gift(removal)
    assert gift is not None
    return gift


def digest(text):
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def play(emulator, scene, **how):
    async def act():
        async with Connections() as connections:
            await scene(Rewriting(Bench(emulator, connections, **how)))

    asyncio.run(act())


async def now_of(desk):
    return await desk.bench.api(TEACHER).get(desk.bench.id)


def test_name_stamp_and_bytes_go_in_one_write_and_the_file_stays(emulator):
    async def scene(desk):
        removal = await desk.opened()
        before = await now_of(desk)

        done = await desk.attempt(removal)

        after = await now_of(desk)
        assert done.state is RemovalState.REPLACED
        assert done.due_at is None
        assert (after.id, after.web_link, after.parents) == (
            before.id,
            before.web_link,
            before.parents,
        )
        assert (after.name, after.md5) == ("Essay - Ada.txt", digest(BETTER))
        gift = the_gift(done)
        assert gift.key == removal.rewrite.becomes.key
        assert gift.after == "verified"
        assert gift.receipt.evidence.revision == after.head_revision_id
        revisions = await desk.bench.api(TEACHER).list_revisions(desk.bench.id)
        assert revisions == (removal.rewrite.former.revision, after.head_revision_id)

    play(emulator, scene)


@pytest.mark.parametrize("do", ["edit", "rename", "comment"])
def test_work_between_the_look_and_the_write_is_never_written_over(emulator, do):
    async def scene(desk):
        removal = await desk.opened()

        def work():
            desk.admin.act(STUDENT, do, desk.bench.id)

        desk.bench.transport.before["v2.files.update"] = work

        done = await desk.attempt(removal)

        file = await now_of(desk)
        assert done.state is RemovalState.KEPT
        assert done.reason.code == "touched"
        assert file.md5 != digest(BETTER)
        assert file.app_properties["hs"] == "1111111111"

    play(emulator, scene)


def test_work_right_after_the_write_belongs_to_the_student(emulator):
    async def scene(desk):
        removal = await desk.opened()
        reads = []

        def second_look():
            reads.append(1)
            if len(reads) == 2:
                desk.edit()
            else:
                desk.bench.transport.before["v2.files.get"] = second_look

        desk.bench.transport.before["v2.files.get"] = second_look

        done = await desk.attempt(removal)

        assert done.state is RemovalState.REPLACED
        assert the_gift(done).after == "kept"
        assert (await now_of(desk)).md5 != done.given.evidence.md5

    play(emulator, scene)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(CALLS_TO_REPLACE))
@pytest.mark.parametrize("kind", ["dies", "loses"])
def test_whatever_call_fails_the_next_attempt_finds_out_by_looking(
    emulator, when, number, kind
):
    async def scene(desk):
        removal = await desk.opened()
        failing = Failing.into(desk.bench, number=number, when=when, kind=kind)

        try:
            done = await desk.attempt(removal)
        except Died:
            done = removal
        assert failing.failed
        failing.number = -1
        if done.state is RemovalState.ASKED:
            done = await desk.attempt(removal)

        assert done.state is RemovalState.REPLACED
        file = await now_of(desk)
        assert file.md5 == digest(BETTER)
        assert the_gift(done).after == "verified"
        revisions = await desk.bench.api(TEACHER).list_revisions(desk.bench.id)
        assert len(revisions) == 2

        back = await desk.attempt(desk.asked_back(done))

        assert back.state is RemovalState.RETURNED
        assert (await now_of(desk)).md5 == digest(FIRST)

    play(emulator, scene)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(8))
def test_whatever_call_of_an_undo_fails_the_next_attempt_finds_out(emulator, when, number):
    async def scene(desk):
        done = await desk.attempt(await desk.opened())
        failing = Failing.into(desk.bench, number=number, when=when, kind="dies")
        asked = desk.asked_back(done)

        try:
            back = await desk.attempt(asked)
        except Died:
            assert failing.failed
            failing.number = -1
            back = await desk.attempt(asked)

        file = await now_of(desk)
        assert back.state is RemovalState.RETURNED
        assert (file.md5, file.name) == (digest(FIRST), "Essay - Ada")
        assert the_gift(back).key == done.delivery
        assert the_gift(back).receipt.evidence.revision == file.head_revision_id
        assert find_loss(back) == done.rewrite.becomes.key

    play(emulator, scene)


def test_an_undo_leaves_what_was_worked_on_in_the_gap(emulator):
    async def scene(desk):
        done = await desk.attempt(await desk.opened())
        desk.bench.transport.before["v2.files.update"] = desk.edit

        back = await desk.attempt(desk.asked_back(done))

        assert back.state is RemovalState.KEPT
        assert back.reason.code == "touched"
        assert (await now_of(desk)).app_properties["hs"] == "2222222222"

    play(emulator, scene)


def test_an_undo_of_what_was_never_replaced_changes_nothing(emulator):
    async def scene(desk):
        removal = await desk.opened()

        back = await desk.attempt(desk.asked_back(removal))

        assert back.state is RemovalState.RETURNED
        assert back.given is None
        assert (await now_of(desk)).md5 == digest(FIRST)

    play(emulator, scene)


def test_what_was_written_back_and_then_thrown_away_is_known_for_what_it_is(emulator):
    async def scene(desk):
        done = await desk.attempt(await desk.opened())
        failing = Failing.into(desk.bench, number=4, when="after", kind="dies")
        asked = desk.asked_back(done)
        with pytest.raises(Died):
            await desk.attempt(asked)
        failing.number = -1
        desk.admin.act(TEACHER, "trash", desk.bench.id)

        back = await desk.attempt(asked)

        assert back.state is RemovalState.RETURNED
        assert the_gift(back).receipt.evidence.md5 == digest(FIRST)

    play(emulator, scene)


def test_what_was_written_back_and_then_worked_on_is_known_for_what_it_is(emulator):
    async def scene(desk):
        done = await desk.attempt(await desk.opened())
        failing = Failing.into(desk.bench, number=4, when="after", kind="dies")
        asked = desk.asked_back(done)
        with pytest.raises(Died):
            await desk.attempt(asked)
        failing.number = -1
        desk.edit()

        back = await desk.attempt(asked)

        assert back.state is RemovalState.RETURNED
        assert find_loss(back) == done.rewrite.becomes.key
        # As hectograph wrote it: what was done since is somebody's work to a later look.
        assert the_gift(back).receipt.evidence.md5 == digest(FIRST)
        assert (await now_of(desk)).md5 != digest(FIRST)

    play(emulator, scene)


def test_a_document_that_changed_since_is_not_written_but_copied_later(emulator):
    async def scene(desk):
        removal = await desk.opened()
        desk.admin.act(TEACHER, "edit", desk.document)

        done = await desk.attempt(removal)

        assert done.state is RemovalState.REMOVED
        assert (await now_of(desk)).md5 == digest(FIRST)

    play(emulator, scene)


def test_what_was_thrown_away_by_hand_is_taken_for_removed(emulator):
    async def scene(desk):
        removal = await desk.opened()
        desk.admin.act(TEACHER, "trash", desk.bench.id)

        done = await desk.attempt(removal)

        assert done.state is RemovalState.REMOVED
        assert (await now_of(desk)).md5 == digest(FIRST)

    play(emulator, scene)


class Failing:
    """A transport of which one call fails, before it is sent or after it was answered."""

    def __init__(self, transport, *, number, when, kind):
        self._transport = transport
        self.number, self._when, self._kind = number, when, kind
        self.failed = False
        self._calls = 0

    @classmethod
    def into(cls, bench, **how):
        """Between a bench and the emulator."""
        failing = cls(bench.transport._transport, **how)
        bench.transport._transport = failing
        return failing

    async def send(self, call):
        is_it = self._calls == self.number
        self._calls += 1
        if is_it and self._when == "before":
            raise self._trouble(call)
        answer = await self._transport.send(call)
        if is_it:
            raise self._trouble(call)
        return answer

    def _trouble(self, call):
        self.failed = True
        if self._kind == "dies":
            return Died()
        return (OutcomeUnknown if call.writes else Unavailable)("No answer came.")
