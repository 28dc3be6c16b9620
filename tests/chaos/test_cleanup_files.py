"""Recalls on real files, at random: students at work, workers that die, a clock that jumps.

The model knows every file by its inode: what is in it, whether a student worked on it, and
whether anybody did anything about it at all. Hypothesis makes up what happens; whatever
that is, no byte is lost at any moment, and once every look was taken, work is in sight and
what nobody touched is not.

`make soak` does HECTOGRAPH_CLEANUP_RUNS of it, 5000 by default.
"""

import asyncio
import errno
import os
import shutil
import tempfile
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from hectograph.app.renaming import Renaming
from hectograph.domain.cleanup import Cleanup, Purpose
from hectograph.domain.delivery import DELIVERED_STATES, Delivery, DeliveryState
from hectograph.domain.errors import HectographError
from hectograph.domain.ids import AccountId, CleanupId
from hectograph.domain.names import fold, free_name
from hectograph.domain.removal import (
    LOOKS,
    Removal,
    RemovalKey,
    RemovalState,
    build_recall,
    delivery_move,
)
from hectograph.engine.remover import Remover
from hectograph.ports.ledger import Lane
from hectograph.providers.file_calls import FileCalls
from hectograph.providers.file_quarantine import QUARANTINE, look_at
from hectograph.providers.file_system import FileSystem
from simulation.stand_ins import InlineDesk

from ..builders import Allowed, FakeClock, a_plan
from ..memory_house import MemoryCleanups
from ..providers.test_file_system import PoorCalls

RUNS = int(os.environ.get("HECTOGRAPH_CLEANUP_RUNS", "5000"))
STEPS = 40
STUDENTS = ("Ada", "Bob")
AWAY = "_away"
MOUNTS = ((), ("lease",), ("lease", "renameat2"))
JUMPS = (-600, 1, 60, 3600, 86_400, 5 * 86_400, 30 * 86_400)
LONGEST_OPEN = LOOKS[-1] - timedelta(days=1)
"""Nobody keeps a file open for longer than it is looked at."""

CALLS = (
    *("open_folder", "list_folder", "look", "open_document", "close", "make_folder"),
    *("lease", "is_leased", "rename_new", "link", "remove", "remove_folder", "sync"),
)
CANNOT_FAIL = frozenset({"close", "lease", "is_leased"})
ACTS = (
    *("edit", "append", "edit_unseen", "write_the_same", "save", "rename", "delete"),
    *("move_away", "move_back", "open", "write_late", "close", "remove_folder"),
)
FAILURES = ("die", "EIO", "ENOSPC")

COUNTS: Counter[str] = Counter()


class Killed(BaseException):
    """The worker died right there."""


@dataclass(frozen=True)
class Mishap:
    """What happens around the n-th of a call: a student acts, or it fails."""

    call: str
    number: int
    after: bool
    act: str
    student: str
    pick: int


STUDENT = st.sampled_from(STUDENTS)
PICK = st.integers(0, 3)
MISHAP = st.builds(
    Mishap,
    call=st.sampled_from(CALLS),
    number=st.integers(0, 4),
    after=st.booleans(),
    act=st.sampled_from([*ACTS, *FAILURES, "undo"]),
    student=STUDENT,
    pick=PICK,
)
THE_ONE_IN_HAND = -1
IN_THE_GAP = st.builds(
    Mishap,
    call=st.sampled_from(["rename_new", "is_leased", "lease", "link", "remove"]),
    number=st.integers(0, 1),
    after=st.booleans(),
    act=st.sampled_from([*ACTS, *FAILURES]),
    student=STUDENT,
    pick=st.just(THE_ONE_IN_HAND),
)
MISHAPS = st.lists(MISHAP | IN_THE_GAP, min_size=1, max_size=4)


class SchoolCalls(PoorCalls):
    """The calls of a mount, with what is to happen around them."""

    def __init__(self, lacks, happen):
        super().__init__(*lacks)
        self._happen = happen
        self._mishaps: list[Mishap] = []
        self._seen: Counter[str] = Counter()

    def begin(self, mishaps):
        self._mishaps = list(mishaps)
        self._seen.clear()

    def sync(self, file):
        """Nobody pulls a plug here."""

    def __getattribute__(self, name):
        method = super().__getattribute__(name)
        if name not in CALLS:
            return method

        def hooked(*args, **kwargs):
            number = self._seen[name]
            self._seen[name] += 1
            dying = self._around(name, number, after=False)
            if dying and name != "close":  # a process that dies closes everything
                raise dying
            answer = method(*args, **kwargs)
            if late := dying or self._around(name, number, after=True):
                if name.startswith("open_"):
                    os.close(answer)  # nobody was told of it
                raise late
            return answer

        return hooked

    def _around(self, name, number, *, after):
        """Let happen what shall; returns what is to be raised."""
        found = None
        for each in list(self._mishaps):
            if (each.call, each.number, each.after) == (name, number, after):
                self._mishaps.remove(each)
                found = self._happen(each) or found
        return found


@dataclass
class Handle:
    """A file that a student has open."""

    file: int
    opened_at: object


class Cleaning(RuleBasedStateMachine):
    """Students, a teacher, and workers on one directory."""

    @initialize(lacks=st.sampled_from(MOUNTS))
    def mount(self, lacks):
        self.place = Path(tempfile.mkdtemp(prefix="cleanup-"))
        self.root = self.place / "school"
        for name in (*STUDENTS, AWAY):
            (self.root / name).mkdir(parents=True)
        self.account = AccountId(f"fs:{self.root}")
        self.lane = Lane(account=self.account, epoch=1, pool=self.account)
        self.clock = FakeClock()
        self.cleanups = MemoryCleanups()
        self.calls = SchoolCalls(lacks, self.happen)
        self.loop = asyncio.new_event_loop()
        self.loop.set_default_executor(ThreadPoolExecutor(1))
        self.drive = FileSystem(self.root, permit=Allowed(), calls=self.calls)
        self.remover = Remover(drive=self.drive, clock=self.clock)
        self.files: dict[int, bytes] = {}
        self.deleted: dict[int, bytes | None] = {}
        self.worked: set[int] = set()
        self.disturbed: set[int] = set()
        self.doubled: set[int] = set()
        self.copies: dict[int, str] = {}
        self.shares: dict[str, dict[str, Delivery]] = {}
        self.recalls: dict[str, CleanupId] = {}
        self.undoing = {}
        self.handles: list[Handle] = []
        self.waiting: list[threading.Thread] = []
        self.away: list[tuple[Path, Path]] = []
        self.number = 0
        self.current = 0
        COUNTS["runs"] += 1
        self.share()

    # The teacher.

    @rule()
    def share(self):
        COUNTS["steps"] += 1
        if len(self.shares) >= 3:
            return
        plan = a_plan(*STUDENTS, number=len(self.shares) + 1, account=self.account)
        copies = {}
        for delivery in plan.deliveries:
            folder = self.root / delivery.student
            folder.mkdir(exist_ok=True)
            taken = {fold(each) for each in os.listdir(folder)}
            path = folder / free_name("Essay.docx", taken)
            with path.open("xb") as file:
                file.write(self.token())
            copies[delivery.student] = self.delivered(delivery, path)
        self.shares[plan.share.id] = copies

    def delivered(self, delivery, path):
        folder = os.open(path.parent, os.O_RDONLY)
        evidence = look_at(FileCalls(), path.name, at=folder)
        os.close(folder)
        assert evidence is not None
        self.files[evidence.inode] = path.read_bytes()
        self.disturbed.discard(evidence.inode)
        self.deleted.pop(evidence.inode, None)
        self.copies[evidence.inode] = delivery.key.share
        state = DeliveryState.VERIFIED
        return replace(delivery, state=state, path=str(path), evidence=evidence)

    @rule(pick=PICK)
    def recall(self, pick):
        COUNTS["steps"] += 1
        share = list(self.shares)[pick % len(self.shares)]
        if share in self.recalls or self.is_half_back():
            return
        COUNTS["recalls"] += 1
        now = self.clock.now()
        if (undoing := self.undoing.get(share)) and self.cleanups.ask_again(
            undoing, now=now
        ):
            # As in the ledger: an undo that is under way stops, and its recall goes on.
            self.recalls[share] = undoing
            self.ask_delivered(share)
            return
        self.number += 1
        kept = Cleanup(
            id=CleanupId(f"recall-{self.number}"),
            purpose=Purpose.RECALL,
            subject=share,
            asked_at=now,
            asked_by=None,
        )
        self.cleanups.add(kept, [])
        self.recalls[share] = kept.id
        self.ask_delivered(share)

    def is_half_back(self):
        """Whether a worker died while a copy had two names: that is finished first.

        Without renameat2 a return links and unlinks. A recall that overtakes one that
        died in between may leave the copy in sight; nothing is lost by it.
        """
        return any(
            QUARANTINE in path.parts and path.stat().st_nlink > 1
            for path in self.root.rglob("*")
            if path.is_file()
        )

    def ask_delivered(self, share):
        """Ask for every copy of a recalled share that its list does not have yet."""
        kept, listed = self.cleanups.cleanup(self.recalls[share])
        returned = RemovalState.RETURNED
        known = {each.delivery for each in listed if each.state is not returned}
        back = {each.delivery for each in listed} - known
        removals: list[Removal] = []
        for delivery in self.shares[share].values():
            if delivery.state not in DELIVERED_STATES or delivery.key in known:
                continue
            if delivery.key in back and delivery.state is DeliveryState.KEPT:
                continue
            key = RemovalKey(cleanup=kept.id, position=len(listed) + len(removals))
            now = self.clock.now()
            removal = build_recall(delivery, key=key, account=self.account, now=now)
            assert removal is not None
            removals.append(removal)
        self.cleanups.add(kept, removals)

    @rule(pick=PICK)
    def undo(self, pick):
        COUNTS["steps"] += 1
        self.take_up(pick)

    def take_up(self, pick):
        if self.recalls:
            COUNTS["undos"] += 1
            share = list(self.recalls)[pick % len(self.recalls)]
            self.undoing[share] = self.recalls.pop(share)
            self.cleanups.undo(self.undoing[share], by=None, now=self.clock.now())

    @rule(pick=PICK, student=STUDENT, mishaps=st.lists(MISHAP | IN_THE_GAP, max_size=2))
    def rename_old(self, pick, student, mishaps):
        self.call_otherwise(pick, student, mishaps, make_old=True)

    @rule(pick=PICK, student=STUDENT, mishaps=st.lists(MISHAP | IN_THE_GAP, max_size=2))
    def give_the_name_back(self, pick, student, mishaps):
        self.call_otherwise(pick, student, mishaps, make_old=False)

    def call_otherwise(self, pick, student, mishaps, *, make_old):
        """One copy gets another name, for a fresh one, or its own again."""
        COUNTS["steps"] += 1
        delivery = list(self.shares.values())[pick % len(self.shares)][student]
        self.current = delivery.evidence.inode
        before = self.found()
        self.calls.begin(mishaps)
        with suppress(Killed, HectographError):
            self.loop.run_until_complete(self.rename_copy(delivery, make_old=make_old))
            COUNTS["renamings"] += 1
        self.calls.begin([])
        self.settle_opens()
        for inode, paths in self.found().items():
            if paths != before.get(inode):
                self.disturbed.add(inode)

    async def rename_copy(self, delivery, *, make_old):
        async def open_drive(_):
            return FileSystem(self.root, permit=Allowed(), calls=self.calls)

        renaming = Renaming(
            cleanups=self.cleanups,
            desk=InlineDesk(seconds=0),
            clock=self.clock,
            open_drive=open_drive,
        )
        if make_old:
            await renaming.make_old(
                delivery, account=self.account, drive=self.drive, by=None
            )
        else:
            await renaming.bring_back(delivery, account=self.account, by=None)

    # The workers.

    @rule()
    def work(self):
        COUNTS["steps"] += 1
        self.carry()

    @rule(mishaps=MISHAPS, pick=PICK)
    def recall_and_work_badly(self, mishaps, pick):
        self.recall(pick)
        self.carry_badly(mishaps)

    @rule(mishaps=MISHAPS, pick=PICK)
    def undo_and_work_badly(self, mishaps, pick):
        self.undo(pick)
        self.carry_badly(mishaps)

    @rule(mishaps=MISHAPS)
    def work_badly(self, mishaps):
        COUNTS["steps"] += 1
        if (next_at := self.next_due()) is not None:
            self.advance(max(0, (next_at - self.clock.now()).total_seconds()))
        self.carry_badly(mishaps)

    def carry_badly(self, mishaps):
        self.calls.begin(mishaps)
        with suppress(Killed):
            self.carry()
        self.calls.begin([])
        self.settle_opens()

    @rule()
    def work_without_the_drive(self):
        COUNTS["steps"] += 1
        elsewhere = self.place / "elsewhere"
        self.root.rename(elsewhere)
        self.root.mkdir()
        self.carry()
        self.root.rmdir()
        elsewhere.rename(self.root)

    def next_due(self):
        removals = self.cleanups.removals.values()
        return min((each.due_at for each in removals if each.due_at), default=None)

    def carry(self):
        for _ in range(20):
            now = self.clock.now()
            due = self.cleanups.list_due(self.lane, limit=9, now=now)
            if not due:
                return
            for each in due:
                self.current = each.original.evidence.inode
                COUNTS["attempts"] += 1
                settled = self.loop.run_until_complete(self.remover.attempt(each))
                self.record(each, settled)
        raise AssertionError("it never ends")

    def record(self, before, after):
        self.cleanups.recorded.clear()
        self.cleanups.record(self.lane, [before], [after], now=self.clock.now())
        for was, each in self.cleanups.recorded:
            COUNTS[each.state] += was.state is not each.state
            self.note_new_name(was, each)
            move = delivery_move(was, each)
            for copies in self.shares.values():
                for student, delivery in copies.items():
                    if delivery.key == each.delivery and move and delivery.state in move:
                        state = move[1]
                        copies[student] = replace(delivery, state=state, path=each.path)
            for share in self.recalls:
                self.ask_delivered(share)

    def note_new_name(self, was, each):
        """What came back under a number is renamed to a recall that was asked before."""
        others = [
            other
            for other in self.cleanups.removals.values()
            if (other.delivery, other.state) == (each.delivery, RemovalState.ASKED)
        ]
        if others and each.path != was.path:
            self.disturbed.add(each.original.evidence.inode)

    def happen(self, mishap):
        """What happens around a call of a worker; an error is returned, and raised there."""
        COUNTS["mishaps"] += 1
        if mishap.act == "die":
            COUNTS["deaths"] += 1
            return Killed()
        if mishap.act in FAILURES:
            if mishap.call in CANNOT_FAIL:
                return None
            self.disturbed.add(self.current)
            number = getattr(errno, mishap.act)
            return OSError(number, os.strerror(number))
        if mishap.act == "undo":
            self.take_up(mishap.pick)
        else:
            self.act(mishap.act, mishap.student, mishap.pick)
        return None

    # The students.

    @rule(act=st.sampled_from(ACTS), student=STUDENT, pick=PICK)
    def study(self, act, student, pick):
        COUNTS["steps"] += 1
        self.act(act, student, pick)

    def act(self, act, student, pick):
        paths = self.paths_of(student)
        if pick == THE_ONE_IN_HAND:
            everything = [path for each in STUDENTS for path in self.paths_of(each)]
            paths = [each for each in everything if each.stat().st_ino == self.current]
        if act in ("move_back", "write_late", "close", "remove_folder"):
            getattr(self, act)(student, pick)
        elif paths:
            COUNTS["acts"] += 1
            getattr(self, act)(paths[pick % len(paths)])

    def edit(self, path):
        """The same number of bytes."""
        self.write(path, lambda old: self.token() + old[8:])

    def append(self, path):
        self.write(path, lambda old: old + self.token())

    def edit_unseen(self, path):
        """By somebody who sets the time back."""
        self.write(path, lambda old: self.token() + old[8:], keeps_time=True)

    def write_the_same(self, path):
        self.write(path, lambda old: old)

    def write(self, path, change, *, keeps_time=False):
        if (file := self.opened(path)) is not None:
            self.write_to(file, change, keeps_time=keeps_time)
            os.close(file)

    def save(self, path):
        old = path.stat()
        new = path.with_name("~new")
        content = self.token()
        new.write_bytes(content)
        inode = new.stat().st_ino
        self.deleted.pop(inode, None)
        new.replace(path)
        self.forget(old)
        self.files[inode] = content
        self.worked.add(inode)

    def rename(self, path):
        self.number += 1
        inode = path.stat().st_ino
        path.rename(path.with_name(f"Mine {self.number}.docx"))
        self.worked.add(inode)
        self.disturbed.add(inode)

    def delete(self, path):
        old = path.stat()
        path.unlink()
        self.forget(old)

    def move_away(self, path):
        self.number += 1
        there = self.root / AWAY / str(self.number)
        status = path.stat()
        self.disturbed.add(status.st_ino)
        if status.st_nlink > 1:
            # Half back, and gone from where the next attempt will look for it.
            self.doubled.add(status.st_ino)
        path.rename(there)
        self.away.append((path, there))

    def move_back(self, student, pick):
        if self.away:
            path, there = self.away[pick % len(self.away)]
            if path.parent.is_dir() and not path.exists():
                there.rename(path)
                self.away.remove((path, there))

    def open(self, path):
        if (file := self.opened(path)) is not None:
            self.handles.append(Handle(file=file, opened_at=self.clock.now()))

    def write_late(self, student, pick):
        if self.handles:
            COUNTS["late writes"] += 1
            file = self.handles[pick % len(self.handles)].file
            keeps_time = pick % 2 == 0
            change = self.token() if keeps_time else self.token() * 2
            self.write_to(
                file, lambda old: change + old[len(change) :], keeps_time=keeps_time
            )

    def close(self, student, pick):
        if self.handles:
            os.close(self.handles.pop(pick % len(self.handles)).file)

    def remove_folder(self, student, pick):
        with suppress(OSError):
            (self.root / student).rmdir()

    @rule(student=STUDENT)
    def go_offline(self, student):
        """Everything stays open, and will be written to some day."""
        COUNTS["steps"] += 1
        for path in self.paths_of(student):
            self.open(path)

    @rule(pick=PICK)
    def come_online(self, pick):
        COUNTS["steps"] += 1
        self.write_late("", pick)

    @rule(seconds=st.sampled_from(JUMPS))
    def pass_time(self, seconds):
        COUNTS["steps"] += 1
        self.advance(seconds)

    # How it is done.

    def opened(self, path):
        """The file, open to write; None if somebody's lease must be waited for."""
        self.disturbed.add(path.stat().st_ino)
        try:
            return os.open(path, os.O_RDWR | os.O_NONBLOCK)
        except BlockingIOError:
            COUNTS["blocked opens"] += 1
            thread = threading.Thread(target=self.open_patiently, args=[path])
            thread.start()
            self.waiting.append(thread)
            threading.Event().wait(0.003)
            return None

    def open_patiently(self, path):
        with suppress(FileNotFoundError):
            file = os.open(path, os.O_RDWR)
            self.handles.append(Handle(file=file, opened_at=self.clock.now()))

    def settle_opens(self):
        for each in self.waiting:
            each.join(timeout=30)
            assert not each.is_alive(), "somebody waits for a file still"
        self.waiting.clear()

    def write_to(self, file, change, *, keeps_time):
        status = os.fstat(file)
        old = os.pread(file, 4096, 0)
        new = change(old)
        os.pwrite(file, new, 0)
        if keeps_time:
            os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
        if status.st_nlink and status.st_ino not in self.deleted:
            self.files[status.st_ino] = new
            self.worked.add(status.st_ino)

    def forget(self, status):
        """The student has deleted it; its number may be given again."""
        inode = status.st_ino
        content = self.files.pop(inode, None)
        self.copies.pop(inode, None)
        if status.st_nlink > 1:
            # Half back: linked, and not taken out of the quarantine yet. It may stay.
            self.deleted[inode] = content
        self.worked.discard(inode)
        self.disturbed.add(inode)

    def advance(self, seconds):
        until = self.clock.now() + timedelta(seconds=seconds)
        for each in [h for h in self.handles if until - h.opened_at > LONGEST_OPEN]:
            os.close(each.file)
            self.handles.remove(each)
        self.clock.advance(seconds)

    def token(self):
        self.number += 1
        return b"%08d" % self.number

    def paths_of(self, student):
        folder = self.root / student
        if not folder.is_dir():
            return []
        return sorted(each for each in folder.iterdir() if each.is_file())

    def found(self):
        """Every name there is, by inode."""
        found: dict[int, list[Path]] = {}
        for path in self.root.rglob("*"):
            if path.is_file():
                found.setdefault(path.stat().st_ino, []).append(path)
        return found

    @invariant()
    def nothing_is_lost(self):
        found = {inode: paths[0].read_bytes() for inode, paths in self.found().items()}
        for inode in self.deleted.keys() - self.files.keys():
            found.pop(inode, None)
        assert found == self.files

    def teardown(self):
        if not hasattr(self, "place"):
            return
        try:
            self.end()
        finally:
            for each in self.handles:
                os.close(each.file)
            self.loop.run_until_complete(self.drive.close())
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()
            shutil.rmtree(self.place)

    def end(self):
        """Take every look there is, then see where everything is."""
        self.settle_opens()
        for _ in range(300):
            if (next_at := self.next_due()) is None:
                break
            self.advance(max(0, (next_at - self.clock.now()).total_seconds()))
            self.carry()
            # What was edited offline arrives between one look and the next.
            self.write_late("", 0)
            self.close("", 0)
        else:
            raise AssertionError("it never ends")
        self.nothing_is_lost()
        self.everything_is_where_it_belongs()

    def everything_is_where_it_belongs(self):
        found = self.found()
        doubled = {inode for inode, paths in found.items() if len(paths) > 1}
        assert doubled <= self.doubled, "a file has two names"
        hidden = {
            str(path.relative_to(self.root)): inode
            for inode, paths in found.items()
            for path in paths
            if QUARANTINE in path.parts
        }
        removed = {
            each.hidden: each.original.evidence.inode
            for each in self.cleanups.removals.values()
            if each.state is RemovalState.REMOVED
        }
        assert hidden == removed, "what is hidden, and what is said to be"
        assert not self.worked & set(hidden.values()), "work is out of sight"
        for inode, share in self.copies.items():
            is_hidden = inode in hidden.values()
            if share not in self.recalls:
                assert not is_hidden, "a copy did not come back"
            elif inode not in self.disturbed | self.worked:
                assert is_hidden, "a leftover is in sight"


HABITS = settings(
    stateful_step_count=STEPS,
    suppress_health_check=list(HealthCheck),
    database=None,
)


def told(counts):
    return ", ".join(f"{number} {name}" for name, number in counts.items())


@pytest.mark.chaos
def test_no_word_is_lost_when_shares_are_recalled():
    COUNTS.clear()

    run_state_machine_as_test(Cleaning, settings=settings(HABITS, max_examples=120))

    assert COUNTS["runs"] >= 120


@pytest.mark.soak
def test_no_word_is_lost_in_thousands_of_recalls(capsys):
    COUNTS.clear()
    habits = settings(HABITS, max_examples=RUNS, phases=[Phase.generate, Phase.shrink])

    run_state_machine_as_test(Cleaning, settings=habits)

    with capsys.disabled():
        print(f"\n{told(COUNTS)}")  # noqa: T201
    assert COUNTS["runs"] >= RUNS
