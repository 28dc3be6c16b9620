"""Days at school, at random: shares, kills, and students who work on what they got.

`make soak` runs it for HECTOGRAPH_SOAK_SECONDS (60 by default). A day that goes wrong
is told with its seed; HECTOGRAPH_SOAK_SEED runs that one day again.
"""

import os
import random
import signal
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from .checker import read_record
from .command import ask
from .knife import Cut, Point
from .school import School, wait_until
from .warm import Warm

pytestmark = pytest.mark.soak

SECONDS = float(os.environ.get("HECTOGRAPH_SOAK_SECONDS", "60"))
SEED = os.environ.get("HECTOGRAPH_SOAK_SEED")
STUDENTS = 12
CALLS = ("open_folder", "make_folder", "write_stamp", "copy", "sync_all", "look", "close")
WAYS = {(): "name_unnamed", ("O_TMPFILE",): "link", ("O_TMPFILE", "link"): "rename_new"}


@dataclass
class Day:
    """One day: some shares of documents of their own, under random harm."""

    seed: int
    warm: Warm
    place: Path
    database_url: str
    kills: int = 0
    edits: int = 0
    shares: list[tuple[School, str]] = field(default_factory=list)
    touched: dict[Path, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.lacks = self.random.choice(list(WAYS))
        self.root = self.place / "school"

    def run(self) -> list[str]:
        """Share, harm, finish; then list what is wrong."""
        for number in range(self.random.randint(1, 3)):
            self._share(number)
            for _ in range(self.random.randint(0, 3)):
                self._work_and_die()
                self._students_work()
        self._finish()
        return self._violations()

    def _share(self, number: int) -> None:
        place = self.place / f"share-{number}"
        size_bytes = self.random.randint(1, 100_000)
        school = School.build(
            place,
            students=STUDENTS,
            size_bytes=size_bytes,
            root=self.root,
            title=f"Essay {number}",
        )
        code, answer = ask(self.warm, *school.request, "--no-wait", place=school.desk)
        assert code == 0, answer
        self.shares.append((school, answer["share"]))

    def _work_and_die(self) -> None:
        call = self.random.choice((*CALLS, WAYS[self.lacks]))
        point = Point(
            phase="command", call=call, number=self.random.randint(1, 2 * STUDENTS)
        )
        cut = Cut(point=point, after=self.random.random() < 0.5)
        stopped = self.random.random() < 0.2
        log = self.place / "worker.log"
        told = {**cut.told(), "by": signal.SIGSTOP if stopped else signal.SIGKILL}
        pid = self.warm.start(
            "hectograph", argv=["worker"], lacks=self.lacks, cut=told, log=log
        )
        threading.Event().wait(self.random.uniform(0.2, 1.5))
        if self.warm.poll(pid) is None:
            os.kill(pid, signal.SIGKILL)
            self.warm.wait(pid)
        self.kills += 1

    def _students_work(self) -> None:
        for school, _ in self.shares:
            for number in range(STUDENTS):
                copy = school.copy_of(number)
                if (
                    self.random.random() < 0.1
                    and copy.exists()
                    and copy not in self.touched
                ):
                    with copy.open("ab") as file:
                        file.write(b" my answer")
                    self.touched[copy] = copy.read_bytes()
                    self.edits += 1

    def _finish(self) -> None:
        log = self.place / "worker.log"
        pid = self.warm.start("hectograph", argv=["worker"], lacks=self.lacks, log=log)
        try:
            for _, share in self.shares:

                def is_over(share: str = share) -> bool:
                    record = read_record(self.database_url, share)
                    return record.open == 0 and record.thawed

                wait_until(is_over, what=f"the end of {share}", seconds=60)
        finally:
            assert self.warm.end(pid) == [0], log.read_text()

    def _violations(self) -> list[str]:
        wanted = {
            school.copy_of(number): school.content
            for school, _ in self.shares
            for number in range(STUDENTS)
        } | self.touched
        found = {path: path.read_bytes() for path in self.root.rglob("*") if path.is_file()}
        violations = [f"missing: {path}" for path in wanted.keys() - found.keys()]
        violations += [f"not planned: {path}" for path in found.keys() - wanted.keys()]
        violations += [
            f"not the same bytes: {path}"
            for path in wanted.keys() & found.keys()
            if wanted[path] != found[path]
        ]
        hidden = [str(path) for path in self.root.glob(".*")]
        states = [read_record(self.database_url, share).state for _, share in self.shares]
        return violations + hidden + [each for each in states if each != "complete"]


def test_days_at_school(
    warm: Warm, ledger_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    seeds = random.Random(SEED)
    ends = time.monotonic() + SECONDS
    days: list[Day] = []
    while time.monotonic() < ends and not (SEED and days):
        seed = int(SEED) if SEED else seeds.randrange(10**9)
        place = tmp_path / str(len(days))
        days.append(Day(seed=seed, warm=warm, place=place, database_url=ledger_url))
        with psycopg.connect(ledger_url) as connection:
            connection.execute("DELETE FROM procrastinate_jobs")
        violations = days[-1].run()
        assert violations == [], f"the day of HECTOGRAPH_SOAK_SEED={seed}"
    with capsys.disabled():
        shares = sum(len(day.shares) for day in days)
        kills, edits = sum(day.kills for day in days), sum(day.edits for day in days)
        copies = shares * STUDENTS
        told = f"{shares} shares, {copies} copies, {kills} kills, {edits} edits"
        print(f"\n{len(days)} days, {told}")  # noqa: T201
