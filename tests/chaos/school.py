"""A school to share into: a class, a document, and what everybody ought to get."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .checker import Planned


def wait_until(happened: Callable[[], object], *, what: str, seconds: float = 60.0) -> None:
    """Wait for something in another process; a test that never sees it fails."""
    pause = threading.Event()
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        pause.wait(0.005)


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """`root` is the drive; `desk` holds the document and the roster."""

    root: Path
    desk: Path
    students: tuple[str, ...]
    content: bytes
    title: str = "Essay"

    @classmethod
    def build(
        cls,
        place: Path,
        *,
        students: int,
        size_bytes: int = 3000,
        root: Path | None = None,
        title: str = "Essay",
    ) -> "School":
        """Write the document and the roster; the students' folders are not made."""
        drive = root or place / "school"
        desk = place / "desk"
        drive.mkdir(parents=True, exist_ok=True)
        desk.mkdir(parents=True)
        names = tuple(f"Student {number:03}" for number in range(1, students + 1))
        school = cls(
            root=drive,
            desk=desk,
            students=names,
            content=random.Random(size_bytes).randbytes(size_bytes),
            title=title,
        )
        school.document.write_bytes(school.content)
        school.roster.write_text("\n".join(["name", *names]) + "\n")
        return school

    @property
    def document(self) -> Path:
        return self.desk / f"{self.title}.docx"

    @property
    def roster(self) -> Path:
        return self.desk / "class.csv"

    @property
    def request(self) -> list[str]:
        """The command line that shares the document with the class."""
        where = ["--roster", str(self.roster), "--into", str(self.root)]
        return ["share", str(self.document), *where]

    @property
    def planned(self) -> list[Planned]:
        return [
            Planned(folder=name, name=f"{self.title} - {name}.docx", content=self.content)
            for name in self.students
        ]

    def copy_of(self, student: int) -> Path:
        """Where the copy of the n-th student, from 0, ought to be."""
        each = self.planned[student]
        return self.root / each.folder / each.name

    def arrived(self) -> int:
        """How many copies are in their folders."""
        return sum(self.copy_of(n).exists() for n in range(len(self.students)))

    def seen(self) -> dict[str, tuple[int, int, bytes]]:
        """Everything on the drive, with inode, time of change and bytes."""
        return {
            str(path.relative_to(self.root)): (
                path.stat().st_ino,
                path.stat().st_mtime_ns,
                path.read_bytes(),
            )
            for path in self.root.rglob("*")
            if path.is_file()
        }
