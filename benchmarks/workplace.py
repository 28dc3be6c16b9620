"""What the measurements need: a school on disk, a server, a worker, the command."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from hectograph import postgres
from hectograph.settings import PREFIX
from hectograph.store.presence import IS_ABOUT, ROOM

DOCUMENT_BYTES = 100_000
ABOUT_SECONDS = 30.0
CODE = Path(__file__).parent.parent / "src"


@dataclass(frozen=True, slots=True)
class School:
    """One document, and places for so many students."""

    place: Path
    document: Path
    roster: Path
    students: tuple[str, ...]

    @classmethod
    def built(cls, place: Path, number: int) -> "School":
        """A document that does not compress, and a roster."""
        place.mkdir(parents=True, exist_ok=True)
        document, roster = place / "Essay.docx", place / f"{number}.csv"
        document.write_bytes(random.Random(1).randbytes(DOCUMENT_BYTES))
        students = tuple(f"Student {each:05}" for each in range(number))
        roster.write_text("\n".join(("student", *students)) + "\n")
        return cls(place, document, roster, students)

    def folders(self) -> Path:
        """A new directory with an empty folder for each student.

        It stays until the end of all measurements: ext4 makes files several times
        slower for five minutes after many were deleted nearby (`recently_deleted`).
        """
        into = self.place / f"into-{random.SystemRandom().randrange(1 << 40):010x}"
        into.mkdir()
        for student in self.students:
            (into / student).mkdir()
        os.sync()  # what was dirtied before must not be paid for by who comes next
        return into

    def copy_name(self, student: str) -> str:
        """What a copy is called."""
        return f"{self.document.stem} - {student}{self.document.suffix}"

    def check(self, into: Path) -> None:
        """Every student has the whole document, once; a measurement of less is none."""
        for student in self.students:
            (copy,) = (into / student).iterdir()
            if copy.stat().st_size != DOCUMENT_BYTES:
                message = f"{copy} is not whole."
                raise RuntimeError(message)


@dataclass(slots=True)
class House:
    """An embedded server of its own, and the command that uses it."""

    data_dir: Path
    url: str
    worker: subprocess.Popen[bytes] | None = None
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        kept = {k: v for k, v in os.environ.items() if not k.startswith((PREFIX, "PYTHON"))}
        self.environment = {
            **kept,
            "PYTHONPYCACHEPREFIX": str(self.data_dir.with_suffix(".pyc")),
            f"{PREFIX}DATA_DIR": str(self.data_dir),
            "PYTHONPATH": str(CODE),
        }

    def command(self, *words: str) -> list[str]:
        """How the command is called."""
        return [sys.executable, "-m", "hectograph", *words]

    def share(self, school: School, into: Path, *options: str) -> dict[str, Any]:
        """Share the document by the command; what `--json` prints."""
        words = ("share", str(school.document), "--roster", str(school.roster))
        done = subprocess.run(
            self.command(*words, "--into", str(into), "--json", *options),
            env=self.environment,
            check=True,
            capture_output=True,
        )
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def start_worker(self, *, through: Sequence[str] = ()) -> int:
        """Start a worker; its process id once it is about."""
        self.worker = subprocess.Popen(
            [*through, *self.command("worker")],
            env=self.environment,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + ABOUT_SECONDS
        with psycopg.connect(self.url, autocommit=True) as connection:
            while connection.execute(IS_ABOUT, {"room": ROOM}).fetchone() != (True,):
                if time.monotonic() > deadline or self.worker.poll() is not None:
                    message = "The worker did not start."
                    raise RuntimeError(message)
        return self.worker.pid

    def stop_worker(self) -> None:
        """Let the worker end; what it still waits for is of no interest any more."""
        if self.worker is not None:
            self.worker.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.worker.wait(ABOUT_SECONDS)
            self.worker.kill()
            self.worker.wait()
            self.worker = None


@contextmanager
def opened_house(data_dir: Path) -> Iterator[House]:
    """A house with a running server, both gone afterwards."""
    house = House(data_dir, postgres.ensure_running(data_dir).url)
    try:
        yield house
    finally:
        house.stop_worker()
        postgres.stop(data_dir)
