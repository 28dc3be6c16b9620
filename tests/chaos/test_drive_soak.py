"""Shares on the Drive emulator, at random, while workers are killed and answers get lost.

`make soak` runs it for a quarter of an hour or HECTOGRAPH_SOAK_SECONDS; the suite for half
a minute. HECTOGRAPH_SOAK_SEED repeats the choices, though not the moments.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from pytest_socket import enable_socket

from emulators.drive.running import Running, running
from hectograph import DriveDestination, share
from hectograph.domain.drive import ActingChoice, Drive
from hectograph.store.drives import PostgresDrives

from ..drive.school import OFFICE, TEACHER, DriveSchool, write_key

COURIERS = [f"courier{n}@school.test" for n in (1, 2, 3)]
FAULTS = [
    {"call": "*", "kind": kind, "when": when, "rate": 0.0125}
    for kind in ("drop", "503", "403", "502html")
    for when in ("before", "after")
]
WORKERS = 2
GRACE_SECONDS = 1800
"""Every fortieth call says "too fast", which nobody can tell from a quota: it takes long."""
nap = threading.Event().wait


@dataclass
class Soak:
    """A school, its workers, and what was asked for."""

    emulator: Running
    database_url: str
    place: Path
    random: random.Random
    workers: list[subprocess.Popen] = field(default_factory=list)
    kills: int = 0
    shares: list[str] = field(default_factory=list)

    def open(self, students: int) -> None:
        self.school = DriveSchool(self.emulator, self.place)
        roster = self.school.open(students, couriers=len(COURIERS))
        self.lines = roster.read_text().splitlines()
        key = write_key(self.place / "key.json", self.emulator.url)
        for name, acting in (
            ("teachers", "teacher"),
            ("pool", f"couriers:{','.join(COURIERS)}"),
        ):
            choice = ActingChoice.parse(acting)
            drive = Drive(
                name=name,
                credentials=str(key),
                acting=choice.acting,
                accounts=choice.accounts,
                api_root=self.emulator.url,
            )
            PostgresDrives().put(drive)

    def ask(self, largest: int) -> None:
        size = self.random.randint(5, largest)
        roster = self.place / f"class{len(self.shares)}.csv"
        chosen = self.random.sample(self.lines[1:], size)
        roster.write_text("\n".join([self.lines[0], *chosen]))
        document = self.school.document(
            native=self.random.random() < 0.4, readers=[OFFICE, *COURIERS]
        )
        name = self.random.choice(("teachers", "pool"))
        into = DriveDestination(drive=name, teacher=TEACHER)
        report = share([document], roster=roster, into=into, wait=False)
        self.shares.append(report.share.id)

    def employ(self) -> None:
        command = [sys.executable, "-m", "hectograph", "worker"]
        self.workers.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))

    def kill_one(self) -> None:
        victim = self.workers.pop(self.random.randrange(len(self.workers)))
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        self.kills += 1
        self.employ()

    def is_over(self) -> bool:
        with psycopg.connect(self.database_url) as connection:
            ((owed,),) = connection.execute("SELECT sum(open) FROM share").fetchall()
        return not owed

    def wrong(self) -> list[str]:
        """What is not as it was promised."""
        with psycopg.connect(self.database_url) as connection:
            rows = connection.execute(
                "SELECT share_id, position, state, file, folder FROM delivery"
            ).fetchall()
        copies = defaultdict(list)
        for file in self.emulator.admin.state()["files"]:
            for stamp in (each.get("hx", "") for each in file["appProperties"].values()):
                in_sight = set(file["parents"]) & set(self.school.folders.values())
                if stamp.startswith("1.") and in_sight:
                    copies[".".join(stamp.split(".")[1:3])].append(file)
        faults = []
        for share_id, position, state, file, folder in rows:
            found = copies.pop(f"{share_id}.{position}", [])
            right = [
                each["id"]
                for each in found
                if each["parents"] == [folder] and not each["trashed"]
            ]
            if right != [file] or len(found) != 1 or state not in ("verified", "kept"):
                faults.append(f"{share_id}.{position} is {state}: {len(found)} copies")
        return faults + [f"{key} is nobody's" for key in copies]


@pytest.fixture
def soak(empty_database, tmp_path, monkeypatch):
    enable_socket()
    monkeypatch.setenv("HECTOGRAPH_DATABASE_URL", empty_database)
    monkeypatch.setenv("HECTOGRAPH_RETRY_FIRST_SECONDS", "0.3")
    seed = int(os.environ.get("HECTOGRAPH_SOAK_SEED", time.time_ns() % 100_000))
    print(f"HECTOGRAPH_SOAK_SEED={seed}")  # noqa: T201 - to repeat it by
    with running() as emulator:
        emulator.admin.reset(
            seed=seed,
            lag=[0.0, 1.0],
            latency={"median": 0.05, "sigma": 0.5},
            students={"actions": ["edit", "rename"], "share": 0.1, "delay": [0, 1]},
            quotas={"user_units": 100_000_000, "project_units": 100_000_000},
        )
        soak = Soak(emulator, empty_database, tmp_path, random.Random(seed))
        yield soak
        for worker in soak.workers:
            worker.kill()
            worker.wait()


def run(soak: Soak, *, seconds: float, shares: int, largest: int) -> None:
    """Ask and kill until the time is over or all was asked; then let it finish."""
    soak.open(largest)
    soak.emulator.admin.faults(*FAULTS)
    for _ in range(WORKERS):
        soak.employ()
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if len(soak.shares) < shares:
            soak.ask(largest)
        nap(seconds / shares / 2)
        if soak.random.random() < 0.3:
            soak.kill_one()
    end = time.monotonic() + GRACE_SECONDS
    while not soak.is_over() and time.monotonic() < end:
        nap(0.5)
    print(f"{len(soak.shares)} shares, {soak.kills} kills")  # noqa: T201 - its figures

    assert soak.wrong() == []
    assert len(soak.shares) == shares


@pytest.mark.chaos
def test_half_a_minute_of_trouble_loses_nothing_and_doubles_nothing(soak):
    run(soak, seconds=30, shares=10, largest=60)


@pytest.mark.soak
def test_a_quarter_of_an_hour_of_trouble_loses_nothing_and_doubles_nothing(soak):
    seconds = float(os.environ.get("HECTOGRAPH_SOAK_SECONDS", "900"))
    run(soak, seconds=seconds, shares=200, largest=300)
