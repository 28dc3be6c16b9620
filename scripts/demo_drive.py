"""Shares with a class and with a whole year, on a Google Drive that fails now and then.

The Drive is the emulator, started as a user would start it: slow, with Google's quotas,
listings that lag, and one call in twenty that goes wrong. The commands are run as they are
printed. In the end the emulator says what every student has.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.drive.services import MILD  # noqa: E402 - the line above finds it
from benchmarks.drive.world import FOLDER, NATIVE, WRITES, service_key  # noqa: E402
from emulators.drive.running import Admin, running  # noqa: E402
from hectograph.directories.sample_school import STUDENTS  # noqa: E402

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TEACHER, OFFICE = "teacher@school.test", "office@school.test"
COURIERS = tuple(f"copier{n}@school.test" for n in range(1, 11))
CLASS, YEAR = 30, 300
SERVICE = {
    "latency": {"median": 0.45, "sigma": 0.2},
    "lag": [0.5, 3.0],
    "quotas": {"write": {"rate": 3, "burst": 10}},
    "seed": 7,
}
BIN = Path(sys.executable).parent

shown = Console(highlight=False, width=min(80, Console().width))


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document of the teacher's; `stem` begins the copies' names."""

    id: str
    stem: str
    native: bool

    @property
    def link(self) -> str:
        """What the browser shows as its address."""
        if self.native:
            return f"https://docs.google.com/document/d/{self.id}/edit"
        return f"https://drive.google.com/file/d/{self.id}/view"


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """Students and their folders, and what is shared with them."""

    admin: Admin
    folders: dict[str, str]
    worksheet: Document
    essay: Document


def main() -> None:
    """Show it; the exit code says whether all is as it should be."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hectograph-demo-") as name:
        place = Path(name)
        place.chmod(0o755)
        with running(settings=SERVICE) as emulator, _commands(place) as run:
            school = _open_school(emulator.admin)
            _write_files(school, place, url=emulator.url)
            _introduce()
            emulator.admin.faults(*MILD)
            codes = _share_all(school, run, url=emulator.url)
            emulator.admin.faults()
            is_right = _tell(school) and not any(codes)
    shown.print(f"  The demo took {time.monotonic() - began:.0f} s.\n", style="dim")
    sys.exit(0 if is_right else 1)


# The school


def _open_school(admin: Admin) -> School:
    staff = (TEACHER, OFFICE, *COURIERS)
    admin.call("users", {"users": [{"email": each} for each in staff]})
    writers = [_may("writer", each) for each in (TEACHER, *COURIERS)]
    names = _names(CLASS + YEAR)
    made = admin.files(
        [
            {"owner": OFFICE, "name": each, "mimeType": FOLDER, "permissions": writers}
            for each in names
        ]
    )
    return School(
        admin=admin,
        folders=dict(zip(names, made, strict=True)),
        worksheet=_document(admin, "The water cycle", native=False),
        essay=_document(admin, "My summer essay", native=True),
    )


def _names(number: int) -> list[str]:
    """As many as are wanted, from the sample class's first and last names."""
    pairs = [each.split(" ", 1) for each in STUDENTS]
    some = len(pairs)
    return [
        f"{pairs[n % some][0]} {pairs[(n + n // some) % some][1]}" for n in range(number)
    ]


def _document(admin: Admin, stem: str, *, native: bool) -> Document:
    number = admin.file(
        TEACHER,
        stem if native else f"{stem}.docx",
        mimeType=NATIVE if native else DOCX,
        content="What do you know, and what did you find out?",
        permissions=[_may("reader", each) for each in COURIERS],
    )
    return Document(id=number, stem=stem, native=native)


def _may(role: str, email: str) -> dict[str, str]:
    return {"role": role, "type": "user", "emailAddress": email}


def _write_files(school: School, place: Path, *, url: str) -> None:
    (place / "key.json").write_text(json.dumps(service_key(url)), encoding="utf-8")
    (place / "key.json").chmod(0o600)
    rows = [
        (student, f"https://drive.google.com/drive/folders/{folder}")
        for student, folder in school.folders.items()
    ]
    for name, some in (("class-9b.csv", rows[:CLASS]), ("year-8.csv", rows[CLASS:])):
        with (place / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows((("Student", "Folder"), *some))


# The commands


class Commands:
    """Prints a command as a person types it, and runs it in this terminal."""

    def __init__(self, place: Path) -> None:
        self._place = place
        # Where a path is long, the command calls itself by its name alone.
        self._program = place / "commands-of-the-demo" / "hectograph"
        self._program.parent.mkdir()
        self._program.symlink_to(BIN / "hectograph")
        self._environment = {
            **os.environ,
            "HECTOGRAPH_DATA_DIR": str(place / "data"),
            "COLUMNS": str(shown.width),
        }

    def __call__(self, *lines: Sequence[str]) -> int:
        """Run the words of all lines together; the exit code."""
        typed = " \\\n      ".join(_broken(" ".join(words)) for words in lines)
        shown.print(f"\n  [bold green]$[/] [bold]hectograph {typed}[/]", soft_wrap=True)
        return self.run([word for words in lines for word in words])

    def run(self, words: Sequence[str], **more: Any) -> int:
        """Run it without a word."""
        command = [str(self._program), *words]
        done = subprocess.run(
            command, cwd=self._place, env=self._environment, check=False, **more
        )
        return done.returncode


def _broken(line: str) -> str:
    """The line, broken after commas where it is too long, as a shell lets it be."""
    parts = line.split(",")
    if len(line) < shown.width:
        return line
    groups = [",".join(parts[n : n + 2]) for n in range(0, len(parts), 2)]
    return ",\\\n".join(groups)


@contextmanager
def _commands(place: Path) -> Iterator[Commands]:
    run = Commands(place)
    try:
        yield run
    finally:
        run.run(["doctor", "--stop"], capture_output=True)


def _share_all(school: School, run: Commands, *, url: str) -> list[int]:
    add = ("drive", "add", "google")
    key = ("--service-account", "key.json", "--api-root", url)
    _title("A class, and the teacher's own account")
    codes = [
        run((*add, "class", "--acting", "teacher"), key),
        run(("drive", "check", "class", "--as", TEACHER)),
        *_share(school, run, "--drive", "class", "--roster", "class-9b.csv"),
    ]
    _title("A whole year, and ten accounts of the school's to carry it")
    pool = f"couriers:{','.join(COURIERS)}"
    return [
        *codes,
        run((*add, "year"), ("--acting", pool), key),
        *_share(school, run, "--drive", "year", "--roster", "year-8.csv"),
    ]


def _share(school: School, run: Commands, *options: str) -> list[int]:
    documents = (school.worksheet, school.essay)
    return [run(("share", each.link), ("--as", TEACHER, *options)) for each in documents]


# What is told


def _introduce() -> None:
    _title("A school on Google Drive, and the Drive is not well")
    shown.print(
        Padding(
            "It answers within 0.3 to 0.7 s, and takes 3 writes a second from an account. "
            "Its lists lag by up to 3 s. One call in twenty goes wrong: some before "
            f"anything was done, some after. {CLASS} students are in class 9b, {YEAR} in "
            "year 8. The teacher has a worksheet, a .docx file, and an essay in Docs.",
            (1, 2, 0, 2),
        )
    )


def _title(text: str) -> None:
    shown.print()
    shown.rule(f"[bold]{text}[/]", align="left", style="dim")


def _tell(school: School) -> bool:
    _title("What went wrong, and what was done about it")
    _show_troubles(school)
    _title("What every student has, as the Drive itself says")
    return _show_copies(school)


def _show_troubles(school: School) -> None:
    """A row for each kind of failure, from the emulator's log."""
    log = school.admin.log()
    failed = [each for each in log if _is_failure(each)]
    kinds = Counter((_what(each, school), _how(each)) for each in failed)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("times", justify="right", style="bold yellow")
    for heading in ("what failed", "how", "what hectograph did"):
        table.add_column(heading, no_wrap=True)
    for (what, how), answer in ANSWERS.items():
        if times := kinds[what, how]:
            table.add_row(str(times), what, how, answer)
    shown.print(Padding(table, (1, 2)))
    there = sum(each["status"] == CONFLICT for each in log)
    shown.print(f"  {len(failed)} of {len(log):,} calls failed.")
    shown.print(
        f"  {there} times Drive said that a copy's number was taken: the copy was there\n"
        "  already, and no second one was made."
    )


CONFLICT = 409
WORKSHEET, ESSAY = "worksheet, copy", "essay, hidden copy"
MOVE, OTHER = "essay, move", "look, or other"
REFUSED, BEFORE, AFTER = "too many calls", "without effect", "it took effect"
SLOWER, AGAIN = "slowed down, asked again", "asked again"
ANSWERS = {
    (WORKSHEET, BEFORE): "asked again, same number",
    (WORKSHEET, AFTER): "asked again: number is taken",
    (WORKSHEET, REFUSED): SLOWER,
    (ESSAY, BEFORE): "looked: not there, copied again",
    (ESSAY, AFTER): "looked: there, went on with it",
    (ESSAY, REFUSED): SLOWER,
    (MOVE, BEFORE): "looked: not moved, moved again",
    (MOVE, AFTER): "looked: moved",
    (MOVE, REFUSED): SLOWER,
    (OTHER, BEFORE): AGAIN,
    (OTHER, REFUSED): SLOWER,
}
"""The rows, in their order."""


def _is_failure(call: dict[str, Any]) -> bool:
    return bool(call["fault"]) or call["reason"].endswith("ateLimitExceeded")


def _what(call: dict[str, Any], school: School) -> str:
    if call["call"] == "files.copy":
        return ESSAY if call["target"] == school.essay.id else WORKSHEET
    return MOVE if call["call"] == "files.update" else OTHER


def _how(call: dict[str, Any]) -> str:
    if call["reason"].endswith("ateLimitExceeded"):
        return REFUSED
    reads = call["call"] not in WRITES
    return AFTER if call["fault"].endswith("after") and not reads else BEFORE


def _show_copies(school: School) -> bool:
    """Whether everybody has one copy of each document and nothing else."""
    files = school.admin.state()["files"]
    found: dict[str, list[str]] = {folder: [] for folder in school.folders.values()}
    for file in files:
        for parent in file["parents"]:
            if parent in found and not file["deleted"]:
                found[parent].append(file["name"])
    wanted = {
        folder: sorted(
            (
                f"{school.essay.stem} - {student}",
                f"{school.worksheet.stem} - {student}.docx",
            )
        )
        for student, folder in school.folders.items()
    }
    wrong = [folder for folder in found if sorted(found[folder]) != wanted[folder]]
    right = len(found) - len(wrong)
    number = len(found)
    mark, style = ("✓", "bold green") if not wrong else ("✗", "bold red")
    shown.print(
        f"\n  {mark} {right} of {number} students have one worksheet and one essay, "
        "and nothing else.\n",
        style=style,
    )
    for folder in wrong[:5]:
        shown.print(f"    {wanted[folder][0]}: {found[folder]}")
    return not wrong


if __name__ == "__main__":
    main()
