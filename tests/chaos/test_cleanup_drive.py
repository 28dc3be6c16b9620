"""Students at work while shares are recalled, corrected and undone, on Google Drive.

The drive, the rule and the one that carries removals are the real ones, over real HTTP on
the emulator; workers die and answers get lost at any call. What every student did is noted
here, and held against what is on the drive once everything was looked at again.

`make soak` plays HECTOGRAPH_CLEANUP_RUNS runs, 5,000 by default; the suite a few.
"""

import asyncio
import hashlib
import os
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pytest_socket import enable_socket

from emulators.drive.running import FOLDER, AdminRefused, running
from hectograph.domain.cleanup import UNSETTLED, Cleanup, Purpose
from hectograph.domain.delivery import Receipt
from hectograph.domain.drive import Acting, Drive
from hectograph.domain.errors import OutcomeUnknown, Unavailable
from hectograph.domain.ids import AccountId, CleanupId, DeliveryKey, ShareId, WishKey
from hectograph.domain.removal import Gift, Removal, RemovalKey, RemovalState, find_gift
from hectograph.domain.rewriting import Rewrite, Version
from hectograph.domain.stamp import Stamp
from hectograph.domain.touch import Original
from hectograph.engine.remover import RemovalRun, Remover
from hectograph.ports.ledger import Lane
from hectograph.providers.drive_api import DriveApi
from hectograph.providers.drive_receipts import evidence_of, properties_of
from hectograph.providers.google_drive import DriveTools, GoogleDrive
from hectograph.providers.transport import Connections

from ..builders import A_DAY, Allowed, FakeClock
from ..memory_house import MemoryAccounts, MemoryCleanups
from .drive_rig import NATIVE, OFFICE, TEACHER, OneToken, QuickAdmin

STUDENTS = ("ada@school.test", "bob@school.test")
CONTENT = b"Write about the sea."
ACCOUNT = AccountId(f"google:school/{TEACHER}")
MODES = ("teacher-file", "teacher-native", "recipient-file")
DEEDS = ("edit", "rename", "move", "back", "comment")
WORK = frozenset({"edit", "rename", "comment"})
"""Deeds that stay work whatever follows; a move may be taken back."""
TROUBLE = ("die before", "die after", "lose before", "lose after")
LONGEST_RUN = timedelta(hours=8)
"""So that everything is looked at for the last time before the first trash is emptied."""
COUNTS: Counter[str] = Counter()


class Died(Exception):
    """The worker is dead."""


class Desk:
    async def run(self, call: Any, /, *args: Any, **kwargs: Any) -> Any:
        return call(*args, **kwargs)


@dataclass
class Network:
    """The way to the emulator, on which a student may be faster, and answers get lost."""

    transport: Any
    trouble: dict[int, str] = field(default_factory=dict)
    gaps: list[Any] = field(default_factory=list)
    is_dead: bool = False
    calls: int = 0

    async def send(self, call: Any) -> Any:
        if self.is_dead:
            raise Died
        self.calls += 1
        trouble = self.trouble.get(self.calls, "")
        self._strike(call, trouble, when="before")
        if call.name in ("v2.files.patch", "v2.files.update") and self.gaps:
            self.gaps.pop()(call.path.rsplit("/", 1)[1])
        answer = await self.transport.send(call)
        self._strike(call, trouble, when="after")
        return answer

    def _strike(self, call: Any, trouble: str, *, when: str) -> None:
        what, _, moment = trouble.partition(" ")
        if moment != when:
            return
        COUNTS[trouble] += 1
        if what == "die":
            self.is_dead = True
            raise Died
        raise (OutcomeUnknown if call.writes else Unavailable)("No answer came.")


@dataclass
class Copy:
    """A copy as its share left it, and what people did to it."""

    student: str
    folder: str
    original: Original
    deeds: list[str] = field(default_factory=list)
    thrown_away: bool = False
    """By a person, and not by us."""
    taken_out: bool = False
    """Of the trash, by a person."""
    is_away: bool = False
    content: bytes = CONTENT
    """What hectograph has written last, as far as it is recorded."""
    key: DeliveryKey | None = None

    @property
    def id(self) -> str:
        return self.original.evidence.file  # type: ignore[union-attr]

    @property
    def is_work(self) -> bool:
        return self.is_away or bool(WORK.intersection(self.deeds))


@dataclass
class Share:
    copies: list[Copy]
    recall: CleanupId | None = None
    """The clean-up of a recall that was not undone."""
    corrections: list[tuple[CleanupId, bytes]] = field(default_factory=list)
    """Those that were not undone, with what they brought."""

    @property
    def content(self) -> bytes:
        return self.corrections[-1][1] if self.corrections else CONTENT


class Place:
    """The emulator of all runs."""

    url = ""
    admin: QuickAdmin


class School(RuleBasedStateMachine):
    """One class, its teacher, and a worker that dies now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.shares: list[Share] = []
        self.clock = FakeClock()
        self.began_at = self.clock.now()
        self.cleanups = MemoryCleanups()
        self.made = 0
        self.contents = {hashlib.md5(CONTENT).hexdigest(): CONTENT}

    @initialize(mode=st.sampled_from(MODES), seed=st.integers(1, 1000))
    def open(self, mode: str, seed: int) -> None:
        COUNTS["runs"] += 1
        self.acting, _, kind = mode.partition("-")
        self.is_native = kind == "native"
        self.admin = Place.admin
        self.admin.reset(seed=seed, stands_still=True, token_seconds=1e9)
        people = [{"email": each} for each in (TEACHER, OFFICE, *STUDENTS)]
        self.admin.call("users", {"users": people})
        self.tokens = {
            each: self.admin.token(each)["access_token"] for each in (TEACHER, *STUDENTS)
        }
        writers = [
            {"role": "writer", "type": "user", "emailAddress": each}
            for each in (*STUDENTS, TEACHER)
        ]
        self.folders = self.admin.files(
            [
                {
                    "owner": OFFICE,
                    "name": name,
                    "mimeType": FOLDER,
                    "permissions": writers,
                }
                for name in (*STUDENTS, "Elsewhere")
            ]
        )
        self.document = self.admin.file(
            TEACHER,
            "Essay",
            mimeType=NATIVE if self.is_native else "text/plain",
            content=CONTENT.decode(),
            permissions=[{**each, "role": "reader"} for each in writers[:-1]],
        )
        self.runner = asyncio.Runner()
        self.runner.get_loop()
        self.connections = Connections()
        self.network = Network(self.runner.run(self._connected()))
        self.drive = self._opened()
        self.share()

    async def _connected(self) -> Any:
        return self.connections.transport(Place.url)

    def _api(self, email: str) -> DriveApi:
        return DriveApi(transport=self.network, tokens=OneToken(self.tokens[email]))

    def _opened(self) -> GoogleDrive:
        async def close() -> None:
            """The connections are the run's."""

        desk: Any = Desk()
        notes: Any = None
        return GoogleDrive(
            DriveTools(
                drive=Drive(
                    name="school", credentials="", acting=Acting(self.acting), accounts=()
                ),
                account=ACCOUNT,
                api_for=self._api,
                accounts=MemoryAccounts(),
                desk=desk,
                clock=self.clock,
                permit=Allowed(),
                notes=notes,
                room=lambda: sys.maxsize,
                refused_for=lambda: 0.0,
                hasten=lambda: None,
                joins_within=A_DAY,
                sweep_after=timedelta(hours=1),
                close=close,
            )
        )

    # What the teacher does

    @precondition(lambda self: len(self.shares) < 3)
    @rule()
    def share(self) -> None:
        """Give everybody a copy; the evidence is the copy's own answer."""
        COUNTS["shares"] += 1
        self.runner.run(self._share())

    async def _share(self) -> None:
        self.made += 1
        copies = []
        for at, (student, folder) in enumerate(zip(STUDENTS, self.folders, strict=False)):
            stamp = self._stamp(f"share-{self.made}", at)
            maker = student if self.acting == "recipient" else TEACHER
            file = await DriveApi(
                transport=self.network.transport, tokens=OneToken(self.tokens[maker])
            ).copy(
                self.document,
                name=f"Essay {self.made}",
                parent=folder,
                app_properties=properties_of(stamp),
            )
            receipt = Receipt(path=file.id, evidence=evidence_of(file))
            original = Original(evidence=receipt.evidence, folder=(folder,), name=file.name)
            copy = Copy(student=student, folder=folder, original=original, key=stamp.key)
            copies.append(copy)
        self.shares.append(Share(copies))

    def _stamp(self, share: str, position: int) -> Stamp:
        key = DeliveryKey(share=ShareId(share), position=position)
        return Stamp(key=key, wish=WishKey("0" * 20), asked_at=self.began_at)

    @rule(which=st.integers(0, 2), at_once=st.booleans())
    def recall(self, which: int, *, at_once: bool) -> None:
        share = self.shares[which % len(self.shares)]
        if share.recall is not None or self._is_unsettled(share):
            return
        COUNTS["recalls"] += 1
        share.recall = CleanupId(f"recall-{len(self.cleanups.known)}")
        self._ask(share, share.recall, {}, purpose=Purpose.RECALL, at_once=at_once)

    @precondition(lambda self: not self.is_native)
    @rule(which=st.integers(0, 2), at_once=st.booleans())
    def correct(self, which: int, *, at_once: bool) -> None:
        """Send a better version: it is written to the files that nobody touched."""
        share = self.shares[which % len(self.shares)]
        if share.recall is not None or self._is_unsettled(share):
            return
        COUNTS["corrections"] += 1
        number = len(self.cleanups.known)
        content = f"Version {number}.".encode()
        document = self.admin.file(
            TEACHER, "Better", mimeType="text/plain", content=content.decode()
        )
        self.contents[hashlib.md5(content).hexdigest()] = content
        cleanup = CleanupId(f"correction-{number}")
        share.corrections.append((cleanup, content))
        rewrites = {
            copy.id: Rewrite(
                becomes=Version(
                    stamp=self._stamp(cleanup, position),
                    name=copy.original.name,
                    media_type="text/plain",
                    md5=hashlib.md5(content).hexdigest(),
                    origin=document,
                ),
                former=self._version_of(copy),
            )
            for position, copy in enumerate(share.copies)
        }
        self._ask(share, cleanup, rewrites, purpose=Purpose.CORRECTION, at_once=at_once)

    def _version_of(self, copy: Copy) -> Version:
        evidence: Any = copy.original.evidence
        assert copy.key is not None
        return Version(
            stamp=self._stamp(copy.key.share, copy.key.position),
            name=copy.original.name,
            media_type="text/plain",
            md5=evidence.md5,
            revision=evidence.revision,
        )

    def _ask(
        self,
        share: Share,
        cleanup: CleanupId,
        rewrites: dict[str, Rewrite],
        *,
        purpose: Purpose,
        at_once: bool,
    ) -> None:
        now = self.clock.now()
        removals = [
            Removal(
                key=RemovalKey(cleanup=cleanup, position=position),
                account=ACCOUNT,
                original=copy.original,
                path=copy.id,
                state=RemovalState.ASKED,
                due_at=now,
                actor=copy.student if self.acting == "recipient" else None,
                delivery=copy.key,
                rewrite=rewrites.get(copy.id),
            )
            for position, copy in enumerate(share.copies)
        ]
        asked = Cleanup(
            id=cleanup,
            purpose=purpose,
            subject=str(self.shares.index(share)),
            asked_at=now,
            asked_by="teacher",
        )
        self.cleanups.add(asked, removals)
        if at_once:
            self.carry()

    def _is_unsettled(self, share: Share) -> bool:
        """Whether an undo is under way; the ledger has a recall withdraw that."""
        ids = {copy.id for copy in share.copies}
        return any(
            each.state in UNSETTLED and each.original.evidence.file in ids
            for each in self.cleanups.removals.values()
        )

    @rule(which=st.integers(0, 2))
    def undo(self, which: int) -> None:
        share = self.shares[which % len(self.shares)]
        if share.recall is None and not share.corrections:
            return
        if share.recall is not None:
            undone, share.recall = share.recall, None
        elif self._is_unsettled(share):
            return
        else:
            undone, _ = share.corrections.pop()
        COUNTS[f"undos of {undone.partition('-')[0]}s"] += 1
        self.cleanups.undo(undone, by="teacher", now=self.clock.now())

    @rule(number=st.integers(0, 5), do=st.sampled_from(["trash", "untrash"]))
    def throw_away_or_take_out(self, number: int, do: str) -> None:
        """By hand, as a copy's owner may."""
        copy = self._copy(number)
        owner = copy.student if self.acting == "recipient" else TEACHER
        was = self._file(copy)["explicitlyTrashed"]
        if was == (do == "trash"):
            return
        self.admin.act(owner, do, copy.id)
        COUNTS[f"{do} by hand"] += 1
        copy.thrown_away, copy.taken_out = do == "trash", copy.taken_out or do != "trash"

    # What students do

    @rule(number=st.integers(0, 5), do=st.sampled_from(DEEDS))
    def work(self, number: int, do: str) -> None:
        self._do(self._copy(number), do)

    @rule(number=st.integers(0, 5), do=st.sampled_from(DEEDS))
    def work_in_the_gap(self, number: int, do: str) -> None:
        """Between the look and the act; whichever copy it is that goes next."""
        by_id = {copy.id: copy for share in self.shares for copy in share.copies}

        met: list[Copy] = []

        def act(file_id: str) -> None:
            COUNTS["in the gap"] += 1
            met.append(by_id[file_id])
            self._do(by_id[file_id], do)

        self.network.gaps = [act] * (1 + number % 2)
        self.carry()
        self.network.gaps = []
        for copy in met:
            is_out = self._file(copy)["trashed"]
            assert not (is_out and copy.is_work), f"{do} in the gap, and taken away"

    def _do(self, copy: Copy, do: str) -> None:
        is_hidden = self._file(copy)["trashed"]
        more = {"move": {"to": self.folders[-1]}, "back": {"to": copy.folder}}.get(do, {})
        try:
            self.admin.act(copy.student, do.replace("back", "move"), copy.id, **more)
        except (AdminRefused, AssertionError):
            COUNTS["refused"] += 1
            return
        COUNTS[f"{do} in the trash" if is_hidden else do] += 1
        copy.deeds.append(do)
        copy.is_away = {"move": True, "back": False}.get(do, copy.is_away)

    def _copy(self, number: int) -> Copy:
        copies = [copy for share in self.shares for copy in share.copies]
        return copies[number % len(copies)]

    def _file(self, copy: Copy) -> Any:
        return next(each for each in self.admin.state()["files"] if each["id"] == copy.id)

    # What the worker does

    @rule()
    def carry(self) -> None:
        self.runner.run(self._carry())

    @rule(at=st.integers(1, 12), what=st.sampled_from(TROUBLE))
    def carry_with_trouble(self, at: int, what: str) -> None:
        self.network.trouble = {self.network.calls + at: what}
        self.carry()
        self.network.trouble = {}

    @rule(seconds=st.sampled_from([1, 4, 61, 61, 601, 3601, 3601]))
    def pass_time(self, seconds: int) -> None:
        if self.clock.now() - self.began_at < LONGEST_RUN:
            self._pass(seconds)

    def _pass(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.admin.advance(seconds)

    async def _carry(self) -> None:
        self.network.is_dead = False
        desk: Any = Desk()
        run = RemovalRun(
            cleanups=self.cleanups,
            desk=desk,
            clock=self.clock,
            lane=Lane(account=ACCOUNT, pool=ACCOUNT, epoch=1),
            remover=Remover(drive=self.drive, clock=self.clock),
            stopping=lambda: False,
        )
        try:
            await run.carry()
        except Died:
            # What it had sent arrives; nobody writes down what came of it.
            others = asyncio.all_tasks() - {asyncio.current_task()}
            await asyncio.gather(*others, return_exceptions=True)
        self._learn()

    def _learn(self) -> None:
        """As the ledger does: a copy's evidence is that of what was written to it last."""
        by_id = {copy.id: copy for share in self.shares for copy in share.copies}
        for _, each in self.cleanups.recorded:
            if (gift := find_gift(each)) is not None:
                evidence: Any = gift.receipt.evidence
                copy = by_id[evidence.file]
                copy.original = replace(copy.original, evidence=evidence)
                copy.key, copy.content = gift.key, self.contents[evidence.md5]
                self._remember(gift)
                COUNTS[f"{each.state} in place"] += 1
        self.cleanups.recorded.clear()

    def _remember(self, gift: Gift) -> None:
        """What a delivery's evidence is, every correction that brought it is told."""
        for key, each in self.cleanups.removals.items():
            if each.rewrite is not None and each.rewrite.becomes.key == gift.key:
                rewrite = each.rewrite.read_back(gift.receipt.evidence)
                self.cleanups.removals[key] = replace(each, rewrite=rewrite)

    @invariant()
    def count(self) -> None:
        COUNTS["steps"] += 1

    # How it ends

    def teardown(self) -> None:
        if not self.shares:
            return
        try:
            self._end()
        finally:
            self.runner.run(self.connections.close())
            self.runner.close()

    def _end(self) -> None:
        for _ in range(8):
            self.carry()
            if not any(each.state in UNSETTLED for each in self.cleanups.removals.values()):
                break
            self._pass(601)
        for seconds in (61, 3601, 86401):
            self._pass(seconds)
            self.carry()
        self._check()
        for number in range(2):
            self._do(self._copy(number), "edit")
        self._pass(timedelta(days=28, hours=9).total_seconds())
        self.carry()
        self._check()
        for each in self.cleanups.removals.values():
            COUNTS[f"ended {each.state}"] += 1
            assert each.due_at is None, each

    def _check(self) -> None:
        files = {each["id"]: each for each in self.admin.state()["files"]}
        wrong = [
            (fault, copy, files[copy.id]["history"])
            for share in self.shares
            for copy in share.copies
            for fault in self._faults(share, copy, files[copy.id])
        ]
        told = defaultdict(list)
        for each in self.cleanups.removals.values():
            told[each.original.evidence.file].append((each.key.cleanup, each.state))
        assert not wrong, (wrong, dict(told))

    def _faults(self, share: Share, copy: Copy, file: Any) -> Any:
        is_hidden = file["trashed"]
        if file["deleted"]:
            yield "deleted for good"
        content = copy.content + b"\nmine" * copy.deeds.count("edit")
        if file["sha256"] != hashlib.sha256(content).hexdigest():
            yield "bytes are missing"
        if copy.is_work and is_hidden and not copy.thrown_away:
            yield "work is out of sight"
        by_hand = copy.thrown_away or copy.taken_out
        if not copy.deeds and not by_hand and copy.content != share.content:
            yield "untouched, and of another version"
        if not copy.deeds and not by_hand and is_hidden != (share.recall is not None):
            yield "untouched, and in the trash" if is_hidden else "untouched, and left over"


@pytest.fixture(scope="module")
def _place() -> Any:
    enable_socket()
    with running() as emulator:
        Place.url, Place.admin = emulator.url, QuickAdmin(emulator.admin.url)
        yield
        Place.admin.close()


@pytest.fixture(autouse=True)
def _loopback(_no_network: None, _place: None) -> None:
    enable_socket()


def play(runs: int, *, steps: int, capsys: Any) -> None:
    """Play so many runs, and tell what came up in them."""
    COUNTS.clear()
    run_state_machine_as_test(
        School,
        settings=settings(
            max_examples=runs,
            stateful_step_count=steps,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    with capsys.disabled():
        told = ", ".join(f"{name} {count}" for name, count in sorted(COUNTS.items()))
        print(f"\n{told}")  # noqa: T201 - its figures


@pytest.mark.chaos
def test_a_few_runs_lose_nobodys_work_and_leave_nothing_over(capsys):
    play(
        int(os.environ.get("HECTOGRAPH_CLEANUP_SHORT_RUNS", "250")), steps=30, capsys=capsys
    )


@pytest.mark.soak
def test_thousands_of_runs_lose_nobodys_work_and_leave_nothing_over(capsys):
    runs = int(os.environ.get("HECTOGRAPH_CLEANUP_RUNS", "5000"))
    play(runs, steps=45, capsys=capsys)
