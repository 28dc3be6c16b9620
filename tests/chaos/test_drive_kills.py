"""Real workers on a real database, killed at each call to Google Drive; another finishes.

The emulator itself kills them, before it does what a call asks or right after.
"""

import random
import signal
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pytest_socket import enable_socket, socket_allow_hosts

from emulators.drive.running import running

from ..drive.checker import Entry, Planned, check
from ..drive.school import TEACHER, DriveSchool, write_key
from .command import Command
from .conftest import NewDatabase
from .school import wait_until
from .warm import Warm

pytestmark = pytest.mark.chaos

STUDENTS = 3
IN_POOL, WORKERS, KILLED = 60, 3, 6
AT_ONCE = 6
FEWEST = 40
SWEEP = {"HECTOGRAPH_SWEEP_SECONDS": "1", "HECTOGRAPH_RETRY_FIRST_SECONDS": "0.2"}
COURIERS = ("courier1@school.test", "courier2@school.test", "courier3@school.test")
CONTENT = b"Write about the sea."
EMPTY = """
TRUNCATE account, share, handout, delivery, budget, folder, procrastinate_jobs,
         procrastinate_events, procrastinate_workers, procrastinate_periodic_defers CASCADE
"""

# For each branch its calls, and how often it makes each of them.
CALLS = {
    "numbered": {
        "files.get": 1,
        "files.generateIds": 1,
        "files.list": 1,
        "files.copy": STUDENTS,
    },
    "staged": {
        "files.generateIds": 2,
        "files.create": 1,
        "files.copy": STUDENTS,
        "files.get": 1 + 2 * STUDENTS,
        "files.list": 1,
        "files.update": STUDENTS,
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """Where a worker dies: at the n-th call of a name, before its effect or after."""

    branch: str
    call: str
    number: int
    when: str

    def __str__(self) -> str:
        return f"{self.branch}: {self.when} {self.call} {self.number}"


KILLS = [
    Kill(branch=branch, call=call, number=number, when=when)
    for branch, calls in CALLS.items()
    for call, count in calls.items()
    for number in range(1, count + 1)
    for when in ("before", "after")
]


@pytest.fixture(autouse=True)
def _loopback(_no_network: None) -> None:
    enable_socket()
    socket_allow_hosts(["127.0.0.1", "localhost"], allow_unix_socket=True)


def planned(school: DriveSchool, share: str, *, title: str) -> list[Planned]:
    stem, dot, extension = title.partition(".")
    return [
        Planned(
            share=share,
            position=n,
            email=email,
            folder=school.folders[email],
            name=f"{stem} - Student {n + 1:04d}{dot}{extension}",
            content=CONTENT,
        )
        for n, email in enumerate(school.students)
    ]


def read_entries(database_url: str, share: str) -> list[Entry]:
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT position, state, file, error_message FROM delivery WHERE share_id = %s",
            [share],
        ).fetchall()
    return [
        Entry(share=share, position=row[0], state=row[1], file=row[2], error=row[3])
        for row in rows
    ]


class Bench:
    """A database, a warm parent on it, and an emulator."""

    def __init__(self, place: Path, database_url: str, closing: ExitStack) -> None:
        place.mkdir()
        self._place = place
        self._database_url = database_url
        self._emulator = closing.enter_context(running())
        self._warm = closing.enter_context(Warm(database_url, **SWEEP))
        self._key = write_key(place / "key.json", self._emulator.url)

    def kill(self, kill: Kill) -> list[str]:
        """Kill there, let another finish, and list what is wrong afterwards."""
        place = self._place / str(kill).replace(": ", "-").replace(" ", "-")
        place.mkdir()
        log = place / "log"
        admin = self._emulator.admin
        admin.reset(settle_seconds=[0.2, 1.0], lag=[0.0, 0.8], seed=len(str(kill)))
        with psycopg.connect(self._database_url, autocommit=True) as connection:
            connection.execute(EMPTY)
        school = DriveSchool(self._emulator, place)
        request = self._request(school, kill.branch)
        before = admin.state()
        gate = place / "gate"
        pid = self._warm.start("deliver", request=request, gate=str(gate), log=log)
        rule = {"call": kill.call, "when": kill.when, "skip": kill.number - 1, "times": 1}
        admin.faults({**rule, "kind": "kill", "pid": pid})
        gate.touch()
        code = self._warm.wait(pid)
        if code != -signal.SIGKILL:
            return [f"{kill}: not killed, but ended with {code}: {log.read_text()}"]
        code = self._warm.run("deliver", request=request, log=log)
        if code != 0:
            return [f"{kill}: not finished, {code}: {log.read_text()}"]
        return [f"{kill}: {each}" for each in self._violations(school, kill, before)]

    def _request(self, school: DriveSchool, branch: str) -> dict[str, Any]:
        roster = school.open(STUDENTS)
        drive = {
            "key": str(self._key),
            "acting": "teacher",
            "teacher": TEACHER,
            "delivery": "staged",
            "url": self._emulator.url,
        }
        document = school.document(native=branch != "numbered")
        return {"document": document, "roster": str(roster), "drive": drive}

    def _violations(
        self, school: DriveSchool, kill: Kill, before: dict[str, Any]
    ) -> Sequence[str]:
        with psycopg.connect(self._database_url) as connection:
            rows = connection.execute("SELECT id, state FROM share").fetchall()
        if [row[1] for row in rows] != ["complete"]:
            return [f"the ledger has {rows}"]
        title = "Essay.txt" if kill.branch == "numbered" else "Essay"
        share = rows[0][0]
        return check(
            self._emulator.admin.state(),
            planned(school, share, title=title),
            read_entries(self._database_url, share),
            before=before,
        ).violations


@pytest.fixture
def benches(
    tmp_path: Path, new_database: NewDatabase, closing: ExitStack, _loopback: None
) -> list[Bench]:
    return [
        Bench(tmp_path / f"bench-{number}", new_database(), closing)
        for number in range(AT_ONCE)
    ]


def test_a_worker_that_is_killed_at_any_call_costs_nobody_a_copy(benches, capsys):
    began_at = time.monotonic()

    def kill_all(number: int) -> list[str]:
        mine = KILLS[number::AT_ONCE]
        return [each for kill in mine for each in benches[number].kill(kill)]

    with ThreadPoolExecutor(AT_ONCE) as crew:
        violations = [
            each for found in crew.map(kill_all, range(AT_ONCE)) for each in found
        ]

    with capsys.disabled():
        print(f"\n{len(KILLS)} kills, {time.monotonic() - began_at:.0f} s")  # noqa: T201
    assert violations == []
    assert len(KILLS) >= FEWEST


@pytest.mark.soak
def test_a_pool_of_accounts_survives_the_deaths_of_its_workers(
    ledger_url, tmp_path, closing
):
    """Several workers on one database, several accounts on one share, and kills."""
    emulator = closing.enter_context(running())
    emulator.admin.reset(
        settle_seconds=[0.2, 1.0],
        lag=[0.0, 1.0],
        latency={"median": 0.05, "sigma": 0.4},
        quotas={"write": {"rate": 5, "burst": 5}},
    )
    school = DriveSchool(emulator, tmp_path)
    roster = school.open(IN_POOL, couriers=len(COURIERS))
    titles = {False: "Essay.txt", True: "Essay"}
    shared = {
        native: school.document(native=native, readers=[*COURIERS]) for native in titles
    }
    before = emulator.admin.state()
    drive = {
        "key": str(write_key(tmp_path / "key.json", emulator.url)),
        "acting": f"couriers:{','.join(COURIERS)}",
        "teacher": TEACHER,
        "delivery": "staged",
        "url": emulator.url,
    }
    told = {**SWEEP, "HECTOGRAPH_DATABASE_URL": ledger_url}

    def employ() -> Command:
        worker = Command("worker", place=tmp_path, environment=told)
        closing.enter_context(worker)
        return worker

    workers = [employ() for _ in range(WORKERS)]
    with Warm(ledger_url, **SWEEP) as warm:
        for document in shared.values():
            request = {"document": document, "roster": str(roster), "drive": drive}
            log = tmp_path / "asking.log"
            code = warm.run("deliver", request=request, works=False, log=log)
            assert code == 0, log.read_text()
    draw, kills = random.Random(7), 0
    while kills < KILLED and not is_over(ledger_url):
        victim = workers[kills % WORKERS]
        rule = {
            "kind": "kill",
            "pid": victim.pid,
            "call": draw.choice(("files.copy", "files.update", "*")),
            "when": draw.choice(("before", "after")),
            "skip": draw.randint(0, 3),
            "times": 1,
        }
        emulator.admin.faults(rule)
        wait_until(partial(is_dead_or_done, victim, ledger_url), what="a kill")
        workers[kills % WORKERS] = employ()
        kills += 1
    emulator.admin.faults()
    wait_until(lambda: is_over(ledger_url), what="the end of the pool's shares")

    with psycopg.connect(ledger_url) as connection:
        rows = connection.execute("SELECT share_id, origin FROM handout").fetchall()
    plans: list[Planned] = []
    entries: list[Entry] = []
    for share, origin in rows:
        native = shared[True] == origin
        plans += planned(school, share, title=titles[native])
        entries += read_entries(ledger_url, share)
    violations = check(emulator.admin.state(), plans, entries, before=before).violations
    assert violations == ()
    assert kills >= WORKERS


def is_dead_or_done(worker: Command, database_url: str) -> bool:
    return not worker.is_running() or is_over(database_url)


def is_over(database_url: str) -> bool:
    """Whether every share has ended and everything left over is swept."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT NOT EXISTS (SELECT 1 FROM share WHERE open > 0)"
            " AND NOT EXISTS (SELECT 1 FROM account WHERE sweep_at IS NOT NULL)"
        ).fetchone()
    return bool(row and row[0])
