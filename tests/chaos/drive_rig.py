"""A class on the Drive emulator, lanes that are killed between two calls, and a checker.

Everything is real but the time, the ledger's storage and the process: lanes, provider and
HTTP are those of a worker, the ledger is the model that the real one is held against, and
a kill drops everything that a lane has, at a call or a commit, without another word.
Sleeping lets the emulator's time pass as well.
"""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from emulators.drive.running import Admin, Running
from hectograph.app.sharing import RequestShare, Sharing
from hectograph.domain.delivery import DELIVERED_STATES
from hectograph.domain.drive import Acting, DeliveryMode, Drive
from hectograph.domain.errors import LedgerUnavailable, ProviderError
from hectograph.domain.retry import RetryPolicy
from hectograph.domain.roster import Recipient, Roster
from hectograph.engine.lane import LaneLimits, Lanes
from hectograph.providers.drive_api import DriveApi
from hectograph.providers.google_drive import DriveTools, GoogleDrive
from hectograph.providers.transport import Answer, Call, Connections
from hectograph.store.memory import MemoryLedger
from hectograph.threads import OneThread

from ..builders import A_DAY, Allowed, FakeQueue
from ..memory_house import MemoryAccounts

TEACHER = "teacher@school.test"
NATIVE = "application/vnd.google-apps.document"
FOLDER = "application/vnd.google-apps.folder"
LIMITS = LaneLimits(
    width=64,
    lane_seconds=600,
    beat_seconds=3600,
    permit_seconds=36000,
    retry=RetryPolicy(
        attempts=40,
        patience=timedelta(hours=2),
        first=timedelta(seconds=1),
        longest=timedelta(seconds=60),
    ),
    joins_within=A_DAY,
    linger=timedelta(seconds=0),
    park=timedelta(hours=1),
    sweep_after=timedelta(hours=1),
)


NEVER = 3600.0
"""The beat's time, which must not pass: nobody else waits for so long."""


class Killed(Exception):
    """The process is gone."""


@dataclass(frozen=True, slots=True)
class Kill:
    """At which call or commit of a lane it is killed; `after`: with its effect done."""

    what: str
    number: int
    after: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One of the many; printed, it can be repeated alone."""

    branch: str
    faults: tuple[Mapping[str, Any], ...] = ()
    kills: tuple[Kill, ...] = ()
    lag: float = 0.0
    students: str = ""
    seed: int = 1
    class_size: int = 2


class EmulatedTime:
    """A clock whose sleeping lets the emulator's time pass, once no call is under way."""

    def __init__(self, admin: Admin) -> None:
        self._admin = admin
        self.seconds = 0.0
        self.began_at = datetime.fromtimestamp(float(admin.state()["now"]), UTC)
        self.calls = 0
        self._wakes: list[float] = []

    def now(self):
        return self.began_at + timedelta(seconds=self.seconds)

    def follow(self, now):
        """This clock leads."""

    def elapsed(self):
        return self.seconds

    async def sleep(self, seconds):
        if seconds >= NEVER:
            await asyncio.Event().wait()
        wakes_at = self.seconds + seconds
        self._wakes.append(wakes_at)
        try:
            while self.seconds < wakes_at:
                await asyncio.sleep(0.001)
                if not self.calls and wakes_at <= min(self._wakes):
                    self.advance(wakes_at - self.seconds)
        finally:
            self._wakes.remove(wakes_at)

    def advance(self, seconds):
        if seconds > 0:
            self.seconds += seconds
            self._admin.advance(seconds)


@dataclass
class Life:
    """One incarnation of a worker: what it calls and commits is counted, until it ends."""

    kill: Kill | None
    dead: bool = False
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def is_time(self, what: str) -> Kill | None:
        """Whether it is killed at this call or commit."""
        if self.dead:
            raise Killed
        self.counts[what] += 1
        kill = self.kill
        there = kill is not None and kill.what == what
        return kill if there and kill.number == self.counts[what] else None

    def die(self):
        self.dead = True
        raise Killed


@dataclass
class MortalTransport:
    """Sends what a living worker sends."""

    inner: Any
    life: Life
    clock: EmulatedTime

    async def send(self, call: Call) -> Answer:
        kill = self.life.is_time(call.name)
        if kill and not kill.after:
            self.life.die()
        self.clock.calls += 1
        try:
            answer = await self.inner.send(call)
        finally:
            self.clock.calls -= 1
        if kill or self.life.dead:
            self.life.die()
        return answer


class MortalLedger:
    """Writes what a living worker writes."""

    WRITES = frozenset({"claim", "note", "record"})

    def __init__(self, inner: MemoryLedger, life: Life) -> None:
        self._inner = inner
        self._life = life

    def __getattr__(self, name):
        method = getattr(self._inner, name)
        if name not in self.WRITES:
            return self._checked(method)
        return lambda *args, **kwargs: self._write(name, method, *args, **kwargs)

    def _checked(self, method):
        def call(*args, **kwargs):
            if self._life.dead:
                raise LedgerUnavailable("This worker is dead.")
            return method(*args, **kwargs)

        return call

    def _write(self, name, method, *args, **kwargs):
        try:
            kill = self._life.is_time(name)
            if kill and not kill.after:
                self._life.die()
            result = method(*args, **kwargs)
            if kill:
                self._life.die()
        except Killed:
            raise LedgerUnavailable("This worker is dead.") from None
        return result


class Tokens:
    def __init__(self, admin: Admin, account: str) -> None:
        self._token = admin.token(account)["access_token"]

    async def token(self):
        return self._token

    def forget(self, token):
        """The emulator's last long enough."""


class DriveRig:
    """A class on an emulator, for one scenario."""

    def __init__(self, emulator: Running, scenario: Scenario) -> None:
        self.scenario = scenario
        self.admin = emulator.admin
        students = {}
        if scenario.students:
            students = {"students": {"actions": [scenario.students], "share": 1.0}}
        self.admin.reset(
            seed=scenario.seed,
            token_seconds=1e9,
            lag=[scenario.lag / 2, scenario.lag] if scenario.lag else 0.0,
            **students,
        )
        names = ["Ada", "Bob", "Cleo", "Dan"][: scenario.class_size]
        emails = [f"{name.lower()}@school.test" for name in names]
        self.admin.call("users", {"users": [{"email": e} for e in (TEACHER, *emails)]})
        self.folders = self.admin.files(
            [
                {
                    "owner": TEACHER,
                    "name": f"Folder of {name}",
                    "mimeType": FOLDER,
                    "permissions": [
                        {"role": "writer", "type": "user", "emailAddress": email}
                    ],
                }
                for name, email in zip(names, emails, strict=True)
            ]
        )
        native = scenario.branch != "numbered"
        kind = NATIVE if native else "text/plain"
        self.document = self.admin.file(TEACHER, "Essay", mimeType=kind, content="sea")
        self.roster = Roster(
            recipients=tuple(
                Recipient(student=name, email=email, folder=(folder,))
                for name, email, folder in zip(names, emails, self.folders, strict=True)
            )
        )
        self.drive = Drive(
            name="school",
            credentials="",
            acting=Acting.TEACHER,
            delivery=DeliveryMode.DIRECT
            if scenario.branch == "direct"
            else DeliveryMode.STAGED,
            api_root=emulator.url,
        )
        self.account = self.drive.account(TEACHER)
        self.tokens = Tokens(self.admin, TEACHER)
        self.clock = EmulatedTime(self.admin)
        self.ledger = MemoryLedger(queue=FakeQueue(), clock=self.clock)
        self.accounts = MemoryAccounts()
        self.jobs = itertools.count(1)
        self.share = None

    async def run(self) -> None:
        """Share, die and be followed as the scenario says, to the end and the sweep."""
        self.desk = OneThread("ledger")
        try:
            async with Connections() as self.connections:
                self.admin.faults(*self.scenario.faults)
                for kill in (*self.scenario.kills, None):
                    await self._live(Life(kill))
                self.admin.faults()
                await self._sweep()
        finally:
            self.desk.close()

    async def _live(self, life: Life) -> None:
        """A worker from its start to its end, whichever comes first."""
        for _ in range(60):
            try:
                await self._request(life)
                await self._drain(life)
            except ProviderError:
                self.clock.advance(1)
            except (Killed, LedgerUnavailable, ExceptionGroup) as end:
                if not life.dead:
                    raise
                assert end is not None
                return
            if self.share is not None and self.ledger.share(self.share).is_ended:
                return
            self._wait_for_what_is_due()
        message = f"The share does not end: {self.scenario}"
        raise AssertionError(message)

    def _wait_for_what_is_due(self) -> None:
        if self.share is None:
            return
        due = [each.due_at for each in self.ledger.deliveries(self.share)]
        waits = [(at - self.clock.now()).total_seconds() for at in due]
        ahead = [seconds for seconds in waits if seconds > 0]
        self.clock.advance(min(ahead, default=0.0) + 0.001)

    async def _request(self, life: Life) -> None:
        if self.share is not None:
            return
        sharing = Sharing(
            ledger=MortalLedger(self.ledger, life),
            desk=self.desk,
            clock=self.clock,
            open_drive=lambda account: self._opened(life, Allowed(), _Nowhere()),
            random_bytes=lambda n: bytes([self.scenario.seed % 32] * n),
            joins_within=A_DAY,
            zone=UTC,
        )
        requested = await sharing.request(
            RequestShare(
                documents=(self.document,),
                roster=self.roster,
                account=self.account,
                destination="google:school",
            )
        )
        self.share = requested.share.id

    async def _drain(self, life: Life) -> None:
        lanes = Lanes(
            ledger=MortalLedger(self.ledger, life),
            accounts=self.accounts,
            desk=self.desk,
            clock=self.clock,
            open_drive=lambda account, permit, notes: self._opened(life, permit, notes),
            limits=LIMITS,
            jitter=lambda: 1.0,
            stopping=lambda: False,
        )
        await lanes.drain(self.account, next(self.jobs))
        if life.dead:
            raise Killed

    async def _opened(self, life: Life, permit, notes) -> GoogleDrive:
        transport = MortalTransport(
            self.connections.transport(self.drive.api_root), life, self.clock
        )

        async def close():
            """The connections are the rig's."""

        return GoogleDrive(
            DriveTools(
                drive=self.drive,
                account=self.account,
                api_for=lambda email: DriveApi(transport=transport, tokens=self.tokens),
                accounts=self.accounts,
                desk=self.desk,
                clock=self.clock,
                permit=permit,
                notes=notes,
                room=lambda: 64,
                refused_for=lambda: 0.0,
                joins_within=A_DAY,
                sweep_after=LIMITS.sweep_after,
                close=close,
            )
        )

    async def _sweep(self) -> None:
        """Let the time of the sweep come, twice: the first may meet what is too young."""
        for _ in range(2):
            self.clock.advance(LIMITS.sweep_after.total_seconds() + 60)
            await self._drain(Life(None))

    def faults_found(self) -> list[str]:
        """What is not as it was promised; nothing, when all is well."""
        state = self.admin.state()
        return list(_Checker(self, state["files"]).faults())


class _Nowhere:
    async def keep(self, key, trace, *, bound):
        """It carries no delivery."""


@dataclass
class _Checker:
    """The promises, held against the drive's end state."""

    rig: DriveRig
    files: Sequence[Mapping[str, Any]]

    def faults(self):
        for recipient, delivery in zip(
            self.rig.roster.recipients, self.rig.ledger.deliveries(self.rig.share), strict=True
        ):
            yield from self._of_one(recipient, delivery)
        yield from self._staging()
        source = next(file for file in self.files if file["id"] == self.rig.document)
        if source["version"] != 1 or source["trashed"]:
            yield "the source was touched"
        if any(file["deleted"] for file in self.files):
            yield "something was deleted for good"

    def _of_one(self, recipient, delivery):
        seen = [
            file
            for file in self._ours()
            if _stamp(file).startswith(f"1.{delivery.key}.")
            and self._was_seen(file, recipient)
        ]
        live = [file for file in seen if not self._taken_back(file)]
        if len(live) != 1:
            yield f"{recipient.student} has {len(live)} copies"
        if self.rig.scenario.branch != "direct" and len(seen) != 1:
            yield f"{recipient.student} has seen {len(seen)} copies"
        if delivery.state not in DELIVERED_STATES:
            yield f"{recipient.student}: the ledger says {delivery.state}"
        for file in live:
            students = {event["by"] for event in file["history"]} - {TEACHER}
            if not students:
                yield from self._as_made(file, recipient, delivery)
            if delivery.evidence and delivery.evidence.file != file["id"]:
                yield f"{recipient.student}: the ledger knows another file"

    def _as_made(self, file, recipient, delivery):
        if file["name"] != delivery.name:
            yield f"{recipient.student}: the name is {file['name']}"
        if file["parents"] != list(recipient.folder):
            yield f"{recipient.student}: it is in another folder"
        if file["trashed"]:
            yield f"{recipient.student}: it is in the trash"
        if file["size"] == 0 and self.rig.scenario.branch == "numbered":
            yield f"{recipient.student}: it is empty"

    def _was_seen(self, file, recipient):
        by_them = any(event["by"] == recipient.email for event in file["history"])
        in_folder = list(recipient.folder) == file["parents"]
        return by_them or in_folder

    def _taken_back(self, file):
        """Trashed by the audit, and touched by no student."""
        return file["trashed"] and {event["by"] for event in file["history"]} == {TEACHER}

    def _staging(self):
        folders = [
            file["id"]
            for file in self.files
            if file["name"].startswith("hectograph") and not file["trashed"]
        ]
        if len(folders) > 1:
            yield f"there are {len(folders)} staging folders"
        left = [
            file["id"]
            for file in self._ours()
            if not file["trashed"] and set(file["parents"]) & set(folders)
        ]
        if left:
            yield f"{len(left)} copies are left in staging"

    def _ours(self):
        return [file for file in self.files if file["parents"] and _stamp(file)[:2] == "1."]


def _stamp(file) -> str:
    for properties in file["appProperties"].values():
        if "hx" in properties:
            return str(properties["hx"])
    return ""


def with_seed(scenario: Scenario, seed: int) -> Scenario:
    """The same, with other numbers."""
    return replace(scenario, seed=seed)
