"""One share on the emulated Google Drive, with harm at exact places, in virtual time.

The engine, the provider, the pace and the transport are the real ones, and so is HTTP. The
ledger is the one in memory, which `tests/store/contract.py` holds to be the same as the
real one. Time passes only when everybody waits; the emulator's stands still and follows.

`python -m tests.chaos.drive_rig "Scenario(...)"` plays one scenario and tells its calls.
"""

import asyncio
import http.client
import itertools
import json
import random
import selectors
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from emulators.drive.running import FOLDER, Admin, running
from hectograph.app.estimating import Estimating
from hectograph.app.sharing import RequestShare, Sharing
from hectograph.domain.cleanup import UNSETTLED
from hectograph.domain.delivery import DriveEvidence
from hectograph.domain.drive import Acting, DeliveryMode, Drive
from hectograph.domain.errors import OutcomeUnknown, ProviderError, Unavailable
from hectograph.domain.ids import ShareId
from hectograph.domain.pace import Pace
from hectograph.domain.roster import Recipient, Roster
from hectograph.domain.school_days import SchoolDays
from hectograph.domain.school_time import Night, SchoolTime
from hectograph.domain.share import Timing
from hectograph.engine.lane import Lanes
from hectograph.providers.drive_api import DriveApi
from hectograph.providers.google_drive import DriveTools, GoogleDrive
from hectograph.providers.google_drives import Permitted, judge, read_wait
from hectograph.providers.paced import Handful, Paced
from hectograph.providers.transport import Answer, Connections
from hectograph.store.memory import MemoryLedger
from hectograph.store.memory_outlook import MemoryOutlook
from simulation.school import LIMITS

from ..builders import A_DAY, Allowed, FakeQueue, no_common
from ..drive.checker import Entry, Findings, Planned, check
from ..memory_house import FakePresence, MemoryAccounts, MemoryCleanups

NATIVE = "application/vnd.google-apps.document"
TEACHER, OFFICE = "teacher@school.test", "office@school.test"
COURIERS = ("courier1@school.test", "courier2@school.test")
CONTENT = b"Write about the sea."

PATIENCE_SECONDS, SHORT_PATIENCE_SECONDS = 10.0, 0.1
"""How long, in earnest, an answer is waited for before it counts as one that hangs."""
SLOW_SECONDS = 30.0
LOOK_SECONDS = 60.0
"""For so long a direct copy in doubt is looked for: what lags longer may get a twin."""
COMMITS = frozenset(
    {
        "add",
        "add_all",
        "begin_lane",
        "note",
        "record",
        "end_lane",
        "keep_staging",
        "sweep_at",
        "swept",
        "park",
    }
)
"""What the desk does that a crash may come before or after; and `claim`, if it finds."""
ROUNDS = 40
REVEAL_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Trouble with calls of one name, from `phase` on. Once done is "after".

    Kinds are the emulator's, and three of ours: "slow" takes half a minute, on the way
    there or back; "late" is a lost answer to a call that arrives half a minute later;
    "day" is the answer that sends an account to rest for hours.
    """

    call: str
    kind: str
    when: str = "after"
    times: int = 1
    skip: int = 0
    phase: str = "work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """The process dies at its n-th point, counted from 1: before it, or after it."""

    point: int
    after: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One share to `students` people. `branch` is numbered, staged or direct.

    Of several crashes each hits the next process. `eager` is what every student does as
    soon as they see something. `lag` is the listings', in seconds. With `reveals` the
    copies may be seen only after `REVEAL_SECONDS`. `writes` are those that an account may
    make in a second, and at once.
    """

    branch: str
    acting: str = "teacher"
    seed: int = 1
    lag: tuple[float, float] = (0.0, 0.0)
    faults: tuple[Fault, ...] = ()
    crashes: tuple[Crash, ...] = ()
    eager: str = ""
    students: int = 2
    in_shared_drive: bool = False
    reveals: bool = False
    writes: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """How a scenario ended, and each process's points in their order.

    `shown` are the seconds from the reveal until each copy could be seen.
    """

    scenario: Scenario
    findings: Findings
    points: tuple[tuple[str, ...], ...]
    calls: tuple[str, ...]
    struck: int
    shown: tuple[float, ...] = ()

    @property
    def crashed(self) -> int:
        return len(self.points) - 1


OURS = ("slow", "late", "day")
USED_UP = {"error": {"code": 403, "errors": [{"reason": "dailyLimitExceeded"}]}}


class QuickAdmin(Admin):
    """The admin API over one connection that stays."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        parts = urlsplit(url)
        self._path = parts.path
        self._wire = http.client.HTTPConnection(parts.netloc, timeout=60)

    def call(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self.ask(f"{self._path}/{path}", body)

    def ask(
        self, path: str, body: Mapping[str, Any] | None = None, **headers: str
    ) -> dict[str, Any]:
        """GET, or POST a body, anywhere at the emulator."""
        data = None if body is None else json.dumps(body)
        self._wire.request("GET" if data is None else "POST", path, data, headers)
        answer = self._wire.getresponse()
        text = answer.read()
        assert answer.status == 200, text
        told: dict[str, Any] = json.loads(text)
        return told

    def close(self) -> None:
        self._wire.close()


class _Waits(selectors.DefaultSelector):
    loop: "RigLoop"

    def select(self, timeout: float | None = None) -> Any:
        loop = self.loop
        if loop.under_way and (timeout is None or timeout > 0):
            if events := super().select(loop.patience_seconds):
                return events
            loop.under_way.clear()  # they hang, and time goes on
        assert timeout is not None, "everybody waits for nothing"
        loop.seconds += max(0.0, timeout)
        return super().select(0)


class RigLoop(asyncio.SelectorEventLoop):
    """Time passes only when everybody waits, and not while a call is under way."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.under_way: set[object] = set()
        self.patience_seconds = PATIENCE_SECONDS
        waits = _Waits()
        waits.loop = self
        super().__init__(waits)

    def time(self) -> float:
        return self.seconds


class RigClock:
    def __init__(self, loop: RigLoop, *, began_at: datetime) -> None:
        self._loop = loop
        self._began_at = began_at

    def now(self) -> datetime:
        return self._began_at + timedelta(seconds=self.elapsed())

    def follow(self, now: datetime) -> None:
        """This clock leads."""

    def elapsed(self) -> float:
        return self._loop.seconds

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class OneToken:
    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        return self._token

    def forget(self, token: str) -> None:
        raise AssertionError("the emulator refused a good token")


class School:
    """The emulator with a class in it, as one scenario wants it."""

    def __init__(self, scenario: Scenario, admin: QuickAdmin) -> None:
        self.scenario = scenario
        self.admin = admin
        self.students = [f"student{n}@school.test" for n in range(1, scenario.students + 1)]
        self.settings: dict[str, Any] = {
            "seed": scenario.seed,
            "lag": scenario.lag,
            "stands_still": True,
            "token_seconds": 1e9,
        }
        if scenario.writes:
            rate, burst = scenario.writes
            self.settings["quotas"] = {"write": {"rate": rate, "burst": burst}}
        if scenario.eager:
            delay = (0.0, 0.0) if scenario.seed % 2 else (0.05, 2.0)
            self.settings["students"] = {
                "actions": [scenario.eager],
                "share": 1.0,
                "delay": delay,
            }
        admin.reset(**self.settings)
        staff = [{"email": each} for each in (TEACHER, OFFICE, *COURIERS)]
        people = [{"email": each, "kind": "student"} for each in self.students]
        admin.call("users", {"users": [*staff, *people]})
        self.tokens = {
            email: admin.token(email)["access_token"]
            for email in (TEACHER, *COURIERS, *self.students)
        }
        self.folders = self._make_folders()
        self.document = self._make_document()
        self.before = admin.state()
        self.struck = 0

    @property
    def is_native(self) -> bool:
        return self.scenario.branch != "numbered"

    def _make_folders(self) -> list[str]:
        above: dict[str, Any] = {}
        if self.scenario.in_shared_drive:
            made = self.admin.ask(
                "/drive/v3/drives?requestId=1",
                {"name": "School"},
                Authorization=f"Bearer {self.tokens[TEACHER]}",
            )
            above = {"parents": [made["id"]]}
        owner = TEACHER if self.scenario.in_shared_drive else OFFICE
        role = "fileOrganizer" if self.scenario.in_shared_drive else "writer"
        return self.admin.files(
            [
                {
                    **above,
                    "owner": owner,
                    "name": f"Folder of {email}",
                    "mimeType": FOLDER,
                    "permissions": [
                        {"role": role, "type": "user", "emailAddress": each}
                        for each in (email, TEACHER, *COURIERS)
                    ],
                }
                for email in self.students
            ]
        )

    def _make_document(self) -> str:
        readers = [OFFICE, *COURIERS, *self.students]
        return self.admin.file(
            TEACHER,
            "Essay" if self.is_native else "Essay.txt",
            mimeType=NATIVE if self.is_native else "text/plain",
            content=CONTENT.decode(),
            permissions=[
                {"role": "reader", "type": "user", "emailAddress": each} for each in readers
            ],
        )

    def roster(self) -> Roster:
        return Roster(
            recipients=tuple(
                Recipient(student=f"Student {n}", email=email, folder=(folder,))
                for n, (email, folder) in enumerate(
                    zip(self.students, self.folders, strict=True), start=1
                )
            )
        )

    def planned(self, share: str) -> list[Planned]:
        end = "" if self.is_native else ".txt"
        return [
            Planned(
                share=share,
                position=n,
                email=email,
                folder=self.folders[n],
                name=f"Essay - Student {n + 1}{end}",
                content=CONTENT,
            )
            for n, email in enumerate(self.students)
        ]

    def trouble(self, phase: str) -> None:
        """Let the faults of a phase begin."""
        rules = [
            {
                "call": each.call,
                "kind": each.kind,
                "when": each.when,
                "times": each.times,
                "skip": each.skip,
            }
            for each in self.scenario.faults
            if each.phase == phase and each.kind not in OURS
        ]
        if rules:
            self.struck += self._count_struck()
            self.admin.faults(*rules)

    def count_struck(self) -> int:
        """How many calls met the emulator's faults."""
        return self.struck + self._count_struck()

    def _count_struck(self) -> int:
        rules = self.admin.call("faults")["faults"]
        return sum(each["struck"] for each in rules)


class Network:
    """Carries calls to the emulator, each of which takes a moment on either way."""

    def __init__(self, school: School, loop: RigLoop, *, url: str) -> None:
        self._school = school
        self._loop = loop
        self._told_seconds = loop.seconds
        self._counts: Counter[Fault] = Counter()
        self.random = random.Random(school.scenario.seed)
        self.connections = Connections()
        self.transport = self.connections.transport(url)
        self.phase = "request"
        self.flying: set[asyncio.Task[Any]] = set()
        self.calls: list[str] = []
        self.struck = 0

    def begin(self, call: Any) -> asyncio.Task[Any]:
        """Send a call, whoever still listens."""
        self.calls.append(call.name)
        task = asyncio.create_task(self._carry(call, self._fault_for(call)))
        self.flying.add(task)
        task.add_done_callback(self._landed)
        return task

    def lose_some(self) -> None:
        """The process is dead: some of what it had sent does not arrive any more."""
        for each in list(self.flying):
            if self.random.random() < 0.5:
                each.cancel()

    async def settle(self) -> None:
        """Let everything arrive that is under way."""
        while self.flying:
            await asyncio.wait(self.flying)

    async def _carry(self, call: Any, fault: Fault | None) -> Any:
        there, back = (self.random.uniform(0.02, 0.25) for _ in range(2))
        if fault and fault.kind == "late":
            self.flying.add(late := asyncio.create_task(self._late(call)))
            late.add_done_callback(self._landed)
            raise (OutcomeUnknown if call.writes else Unavailable)("No answer came.")
        slow = SLOW_SECONDS if fault and fault.kind == "slow" else 0.0
        is_before = fault is not None and fault.when == "before"
        await asyncio.sleep(there + (slow if is_before else 0.0))
        is_used_up = fault is not None and fault.kind == "day"
        if is_used_up and is_before:
            return Answer(status=403, body=json.dumps(USED_UP).encode())
        answer = await self._exchange(call)
        await asyncio.sleep(back + (0.0 if is_before else slow))
        if is_used_up:
            return Answer(status=403, body=json.dumps(USED_UP).encode())
        return answer

    async def _late(self, call: Any) -> None:
        await asyncio.sleep(SLOW_SECONDS)
        with suppress(ProviderError):
            await self._exchange(call)

    async def _exchange(self, call: Any) -> Any:
        self.keep_time()
        this = object()
        self._loop.under_way.add(this)
        try:
            return await self.transport.send(call)
        finally:
            self._loop.under_way.discard(this)

    def keep_time(self) -> None:
        """Have the emulator's clock show what ours shows."""
        behind = self._loop.seconds - self._told_seconds
        if behind > 0:
            self._told_seconds = self._loop.seconds
            self._school.admin.advance(behind)

    def _fault_for(self, call: Any) -> Fault | None:
        for each in self._school.scenario.faults:
            if (each.call, each.phase) != (_emulators_name(call), self.phase):
                continue
            self._counts[each] += 1
            is_hit = each.skip < self._counts[each] <= each.skip + each.times
            if is_hit and each.kind in OURS:
                self.struck += 1
                return each
        return None

    def _landed(self, task: asyncio.Task[Any]) -> None:
        self.flying.discard(task)
        if not task.cancelled():
            task.exception()


class Life:
    """One process from its start to its end, or to where it is killed."""

    def __init__(self, rig: "Rig", crash: Crash | None) -> None:
        self.rig = rig
        self.trace: list[str] = []
        self.is_dead = False
        self._crash = crash
        self._task: asyncio.Task[Any] | None = None

    async def live(self) -> bool:
        """Whether it came to its end."""
        self._task = asyncio.create_task(self.rig.work(self))
        await asyncio.wait([self._task])
        if not self.is_dead:
            self._task.result()
            return True
        network = self.rig.network
        network.lose_some()
        left = asyncio.all_tasks() - {asyncio.current_task()} - network.flying
        for each in left:
            each.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        return False

    def begin(self, name: str) -> int:
        """The next point; it may be the last."""
        self.check()
        self.trace.append(name)
        self._strike(len(self.trace), after=False)
        return len(self.trace)

    def end(self, point: int) -> None:
        self.check()
        self._strike(point, after=True)

    def check(self) -> None:
        """A dead process does nothing more."""
        if self.is_dead:
            raise asyncio.CancelledError

    def _strike(self, point: int, *, after: bool) -> None:
        if self._crash == Crash(point=point, after=after):
            self.is_dead = True
            assert self._task is not None
            self._task.cancel()
            raise asyncio.CancelledError


@dataclass(frozen=True)
class Mortal:
    """A process's way to the network."""

    life: Life

    async def send(self, call: Any) -> Any:
        point = self.life.begin(call.name)
        answer = await asyncio.shield(self.life.rig.network.begin(call))
        self.life.end(point)
        return answer


@dataclass(frozen=True)
class Desk:
    """A process's way to the ledger."""

    life: Life

    async def run(self, call: Any, /, *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0)
        self.life.check()
        if not self._is_commit(call, args, kwargs):
            return call(*args, **kwargs)
        point = self.life.begin(call.__name__)
        result = call(*args, **kwargs)
        self.life.end(point)
        return result

    def _is_commit(self, call: Any, args: Any, kwargs: Any) -> bool:
        if call.__name__ == "claim":
            due_at = self.life.rig.ledger.next_due(*args)
            return due_at is not None and due_at <= kwargs["now"]
        return call.__name__ in COMMITS


def a_desk(life: Life) -> Any:
    """The desk of a life; it stands in for OneThread, which is a class and no protocol."""
    return Desk(life)


class Rig:
    """Everything of one scenario that outlives a process."""

    def __init__(
        self, scenario: Scenario, admin: QuickAdmin, loop: RigLoop, *, url: str
    ) -> None:
        self.scenario = scenario
        self.school = School(scenario, admin)
        self.network = Network(self.school, loop, url=url)
        began_at = datetime.fromtimestamp(self.school.before["now"] - loop.seconds, UTC)
        self.clock = RigClock(loop, began_at=began_at)
        self.ledger = MemoryLedger(queue=FakeQueue(), clock=self.clock)
        self.accounts = MemoryAccounts()
        self.cleanups = MemoryCleanups()
        self.drive = Drive(
            name="school",
            credentials="",
            acting=Acting(scenario.acting),
            accounts=COURIERS if scenario.acting == "couriers" else (),
            delivery=DeliveryMode.DIRECT
            if scenario.branch == "direct"
            else DeliveryMode.STAGED,
            api_root=url,
        )
        self.account = self.drive.acting_account(TEACHER)
        self.share = ""
        self.reveals_at = (
            began_at + timedelta(seconds=REVEAL_SECONDS) if scenario.reveals else None
        )
        self._jobs = itertools.count(1)
        self._random = random.Random(scenario.seed)

    async def play(self) -> Played:
        lives = []
        crashes = [*self.scenario.crashes, None]
        for crash in crashes:
            lives.append(Life(self, crash))
            if await lives[-1].live():
                break
            await asyncio.sleep(self._random.choice((0.0, 1.0, 20.0)))
        await self.network.settle()
        self.network.keep_time()
        await self.network.connections.close()
        return Played(
            scenario=self.scenario,
            findings=self._findings(),
            shown=self._shown(),
            points=tuple(tuple(each.trace) for each in lives),
            calls=tuple(self.network.calls),
            struck=self.network.struck + self.school.count_struck(),
        )

    async def work(self, life: Life) -> None:
        """What a command and then a worker do, until nothing is left."""
        if not self.share or self.network.phase == "request":
            await self._ask(life)
        if self.network.phase == "request":
            self.network.phase = "work"
            self.school.trouble("work")
        lanes = self._lanes(life)
        await self._drain(lanes, life)
        if self.network.phase == "work":
            self.network.phase = "sweep"
            self.school.trouble("sweep")
        for _ in range(ROUNDS):
            await asyncio.sleep(LIMITS.sweep_after.total_seconds() + 60)
            await self._drain(lanes, life)
            is_owed = any(
                each.state in UNSETTLED for each in self.cleanups.removals.values()
            )
            if not is_owed and not any(
                each.sweep_at for each in self.accounts.known.values()
            ):
                return

    async def _ask(self, life: Life) -> None:
        """As a teacher does, who tries again when it does not work."""
        self.school.trouble("request")
        sharing = Sharing(
            ledger=self.ledger,
            estimating=Estimating(
                outlook=MemoryOutlook(ledger=self.ledger, accounts=self.accounts),
                presence=FakePresence(),
                desk=a_desk(life),
                clock=self.clock,
            ),
            desk=a_desk(life),
            clock=self.clock,
            open_drive=lambda account: self._open_freely(life, account),
            make_common=no_common,
            random_bytes=self._random.randbytes,
            joins_within=A_DAY,
            school=SchoolTime(zone=UTC, night=Night.parse("20:00-07:30")),
            calendar=lambda today: SchoolDays(),
        )
        request = RequestShare(
            documents=(self.school.document,),
            roster=self.school.roster(),
            account=self.account,
            destination="google:school",
            timing=Timing(reveals_at=self.reveals_at),
        )
        while True:
            try:
                asked = await sharing.request(request)
            except ProviderError:
                await asyncio.sleep(60)
            else:
                self.share = asked.share.id
                return

    async def _drain(self, lanes: Lanes, life: Life) -> None:
        for _ in range(ROUNDS):
            accounts = [
                each for each in self.drive.lanes(self.account) if self._works(each)
            ]
            await asyncio.gather(
                *(lanes.drain(each, next(self._jobs)) for each in accounts)
            )
            life.check()
            due = [each.due_at for each in self._deliveries() if not _is_settled(each)]
            if not due:
                return
            wait = (min(due) - self.clock.now()).total_seconds()
            rests = [
                each.parked.until for each in self.accounts.known.values() if each.parked
            ]
            if wait <= 0 and rests:
                # It is bound to the account that rests.
                wait = (min(rests) - self.clock.now()).total_seconds()
            await asyncio.sleep(max(1.0, wait))

    def _works(self, account: Any) -> bool:
        """Whether the account need not rest, any more."""
        parked = self.accounts.account(account).parked
        if parked and parked.until > self.clock.now():
            return False
        self.accounts.park(account, None)
        return True

    def _deliveries(self) -> Any:
        return self.ledger.deliveries(ShareId(self.share)) if self.share else ()

    def _lanes(self, life: Life) -> Lanes:
        async def open_drive(account: Any, permit: Any, notes: Any) -> GoogleDrive:
            return self._open(life, account, permit, notes)

        return Lanes(
            ledger=self.ledger,
            cleanups=self.cleanups,
            accounts=self.accounts,
            desk=a_desk(life),
            clock=self.clock,
            open_drive=open_drive,
            limits=LIMITS,
            jitter=self._random.random,
            random_bytes=self._random.randbytes,
            stopping=lambda: False,
        )

    def _open(self, life: Life, account: Any, permit: Any, notes: Any) -> GoogleDrive:
        async def reserve(wanted: int) -> Any:
            return self.accounts.reserve(
                "project", drive=self.drive.name, wanted=wanted, plan=self.drive.quota
            )

        paced = Paced(
            Permitted(Mortal(life), permit),
            pace=Pace.begin(None, now=self.clock.elapsed()),
            judge=judge,
            retry_after=read_wait,
            clock=self.clock,
            handful=Handful(self.drive.quota, reserve=reserve, clock=self.clock),
        )
        return self._drive_with(
            life,
            account,
            permit,
            notes,
            transport=paced,
            room=paced.room,
            refused_for=paced.refused_for_seconds,
            hasten=paced.give_up,
        )

    async def _open_freely(self, life: Life, account: Any) -> GoogleDrive:
        return self._drive_with(
            life,
            account,
            Allowed(),
            None,
            transport=Mortal(life),
            room=lambda: sys.maxsize,
            refused_for=lambda: 0.0,
            hasten=lambda: None,
        )

    def _drive_with(
        self, life: Life, account: Any, permit: Any, notes: Any, **more: Any
    ) -> GoogleDrive:
        transport = more.pop("transport")

        def api_for(email: str) -> DriveApi:
            tokens = OneToken(self.school.tokens[email])
            return DriveApi(transport=transport, tokens=tokens, quota_user=email)

        async def close() -> None:
            """The connections are the network's."""

        return GoogleDrive(
            DriveTools(
                drive=self.drive,
                account=account,
                api_for=api_for,
                accounts=self.accounts,
                desk=a_desk(life),
                clock=self.clock,
                permit=permit,
                notes=notes,
                joins_within=A_DAY,
                sweep_after=LIMITS.sweep_after,
                close=close,
                **more,
            )
        )

    def _shown(self) -> tuple[float, ...]:
        if self.reveals_at is None:
            return ()
        began, folders = self.reveals_at.timestamp(), set(self.school.folders)
        times = [
            [each["at"] for each in file["history"] if each["parent"] in folders]
            for file in self.school.admin.state()["files"]
        ]
        return tuple(sorted(min(each) - began for each in times if each))

    def _findings(self) -> Findings:
        entries = [_entry(each) for each in self._deliveries()]
        is_direct = self.scenario.branch == "direct"
        state, planned = self.school.admin.state(), self.school.planned(self.share)
        findings = check(
            state,
            planned,
            entries,
            before=self.school.before,
            twins_allowed=is_direct and self.scenario.lag[1] > LOOK_SECONDS,
        )
        early = _seen_before(self.reveals_at, state, planned) if self.reveals_at else ()
        return replace(findings, violations=(*findings.violations, *early))


def _seen_before(
    moment: datetime, state: Mapping[str, Any], planned: Sequence[Planned]
) -> Iterator[str]:
    folders = {each.folder for each in planned}
    for file in state["files"]:
        for event in file["history"]:
            if event["parent"] in folders and event["at"] < moment.timestamp():
                yield f"{file['name']} could be seen at {event['at']}"


def _emulators_name(call: Any) -> str:
    """The emulator's name for a call: v2 has the same ones, and one of its own."""
    return str(call.name.removeprefix("v2.").replace("files.patch", "files.update"))


def _is_settled(delivery: Any) -> bool:
    return delivery.state in ("verified", "kept", "failed", "cancelled")


def _entry(delivery: Any) -> Entry:
    evidence = delivery.evidence
    return Entry(
        share=delivery.key.share,
        position=delivery.key.position,
        state=str(delivery.state),
        file=evidence.file if isinstance(evidence, DriveEvidence) else None,
        error=delivery.reason.message if delivery.reason else None,
    )


class Stage:
    """An emulator on which one scenario after the other is played."""

    def __init__(self, url: str, admin_url: str) -> None:
        self._url = url
        self.admin = QuickAdmin(admin_url)

    def play(self, scenario: Scenario) -> Played:
        loops: list[RigLoop] = []

        def make_loop() -> RigLoop:
            loops.append(RigLoop())
            return loops[-1]

        with asyncio.Runner(loop_factory=make_loop) as runner:
            hangs = any(each.kind == "hang" for each in scenario.faults)
            runner.get_loop()
            if hangs:
                loops[-1].patience_seconds = SHORT_PATIENCE_SECONDS
            return runner.run(self._play(scenario, loops[-1]))

    async def _play(self, scenario: Scenario, loop: RigLoop) -> Played:
        return await Rig(scenario, self.admin, loop, url=self._url).play()


@contextmanager
def staged() -> Iterator[Stage]:
    """A stage on an emulator of its own."""
    with running() as emulator:
        stage = Stage(emulator.url, emulator.admin.url)
        yield stage
        stage.admin.close()


def main() -> None:
    scenario = eval(sys.argv[1], {"Scenario": Scenario, "Fault": Fault, "Crash": Crash})
    with staged() as stage:
        played = stage.play(scenario)
        for each in stage.admin.log():
            print(each["at"], each["call"], each["target"], each["status"], each["fault"])  # noqa: T201 - asked for by hand
        print(played.findings)  # noqa: T201 - asked for by hand
        for points in played.points:
            print(*points)  # noqa: T201 - asked for by hand


if __name__ == "__main__":
    main()
