"""Takes an older tool's litter out of a district and back, and writes the page."""

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from benchmarks.district import Contents, Size, build_district
from benchmarks.drive.district import TOOL, build_drive_district
from benchmarks.drive.world import OFFICE, service_key
from benchmarks.figures import Table, with_unit
from benchmarks.page import as_markdown, describe_machine, show
from benchmarks.workplace import House, opened_house
from emulators.drive.running import Admin, running
from hectograph import postgres

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "benchmarks-litter.md"
QUICK = Size(folders=200, litter=100, edited=20)
EXCEPTIONS = 3
NO_UNITS = {"user_units": 10**9, "project_units": 10**9}

HEAD = """\
# Benchmarks of the litter command

Written by `make bench-litter`, which does everything anew and takes some {minutes:.0f} minutes; it is also how to repeat it.
Nothing on this page is written by hand.

Measured on {day}: {machine}.

A made-up district has {folders:,} students' folders, each with a file of the student's.
An older tool left {litter:,} files `temp_…` in them, by {shares} shares; students worked on {edited} of those.
In a directory they appended, saved as a new file under the old name, wrote over it at the same size, and did so with the old time put back; on Drive they edited, wrote over it at the same size, commented, and renamed: a quarter each.
`hectograph cleanup plan --pattern 'temp_*' --parents FILE`, `cleanup apply` and `cleanup undo` are run as commands beside a worker.
After the second it is checked that exactly the {edited} are there as they were, after the third that all {litter:,} are, at their places and byte for byte; otherwise no page is written.

The Drive is the project's own emulator, over HTTP without latency: its seconds are those of hectograph and of the emulator together, and not of Google's.
Its quota is none, or Google's default for a project: 1,000,000 units a minute, 325,000 for each account.
Google also takes three writes a second from an account, so that there the removals of one tool's account last at least a third of a second each; in a directory nothing of the kind counts.
"""


class Place(Protocol):
    """Where litter lies."""

    table: Path

    def left(self) -> Contents:
        """What is in every temporary file that a student finds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How long one command took, and the calls that reached the service meanwhile."""

    seconds: float
    calls: int
    refused: int


@dataclass(slots=True, kw_only=True)
class Round:
    """One district: the commands on it, each measured."""

    house: House
    admin: Admin | None
    steps: dict[str, Step]

    def run(self, step: str, *words: str) -> dict[str, Any]:
        """Run `cleanup …`; what `--json` prints."""
        before, began = self._counts(), time.monotonic()
        done = subprocess.run(
            self.house.command("cleanup", *words, "--json"),
            env=self.house.environment,
            capture_output=True,
            check=False,
        )
        seconds, after = time.monotonic() - began, self._counts()
        if done.returncode not in (0, EXCEPTIONS):
            raise RuntimeError(f"{step} ended with {done.returncode}: {done.stderr!r}")
        calls, refused = (now - was for was, now in zip(before, after, strict=True))
        self.steps[step] = Step(seconds=seconds, calls=calls, refused=refused)
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def _counts(self) -> tuple[int, int]:
        if self.admin is None:
            return 0, 0
        counts = self.admin.counts()
        return counts["calls"], counts["refused"]


def main() -> None:
    """Measure."""
    asked = _arguments()
    began = time.monotonic()
    size = QUICK if asked.quick else Size()
    with _workplace(asked.place) as place, opened_house(place / "data") as house:
        os.environ["NO_PROXY"] = house.environment["NO_PROXY"] = "127.0.0.1"
        house.start_worker()
        rounds: dict[str, Callable[[], Table]] = {
            "directory": lambda: measure_directory(place, house, size),
            "drive": lambda: measure_drive(place, house, size, name="unlimited"),
            "quota": lambda: measure_drive(place, house, size, name="usual"),
        }
        tables = [rounds[name]() for name in asked.only or rounds]
        machine = describe_machine(place, postgres.ensure_running(house.data_dir).version)
    for table in tables:
        show(table)
    if not (asked.quick or asked.only):
        head = HEAD.format(
            minutes=max(1.0, (time.monotonic() - began) / 60),
            day=datetime.fromtimestamp(time.time(), UTC).date(),
            machine=machine,
            folders=size.folders,
            litter=size.litter,
            shares=size.shares,
            edited=size.edited,
        )
        PAGE.write_text("\n".join([head, *map(as_markdown, tables)]), encoding="utf-8")


def measure_directory(place: Path, house: House, size: Size) -> Table:
    """On a real directory."""
    district = build_district(place, size)
    measured = Round(house=house, admin=None, steps={})
    edited = {str(each) for each in district.edited}
    where = ("--into", str(district.root))
    _clean(measured, district, where, edited=edited, size=size)
    return _table("In a directory", measured, size)


def measure_drive(place: Path, house: House, size: Size, *, name: str) -> Table:
    """On the emulator, with or without a quota."""
    quotas = NO_UNITS if name == "unlimited" else {}
    with running(settings={"quotas": quotas}) as emulator:
        key = place / f"{name}.json"
        key.write_text(json.dumps(service_key(emulator.url)), encoding="utf-8")
        key.chmod(0o600)
        table = place / f"{name}.csv"
        district = build_drive_district(emulator.admin, table, size)
        subprocess.run(
            house.command(
                *("drive", "add", "google", name, "--service-account", str(key)),
                *("--acting", f"institution:{OFFICE}", "--api-root", emulator.url),
            ),
            env=house.environment,
            check=True,
            capture_output=True,
        )
        measured = Round(house=house, admin=emulator.admin, steps={})
        where = ("--drive", name, "--creator", TOOL)
        _clean(measured, district, where, edited=district.edited, size=size)
    title = {
        "unlimited": "On Google Drive, without a quota",
        "usual": "On Google Drive, with a project's usual quota",
    }
    return _table(title[name], measured, size)


def _clean(
    measured: Round, place: Place, where: tuple[str, ...], *, edited: set[str], size: Size
) -> None:
    """Plan, apply and undo, each with a look at what students find."""
    before = place.left()
    _check(len(before) == size.litter, "the district is not as it should be")
    goes = size.litter - size.edited
    table = str(place.table)
    pattern = ("--pattern", "temp_*")
    plan = measured.run("plan", "plan", *pattern, *where, "--parents", table)
    proposed, kept = plan["counts"]["proposed"], plan["counts"]["kept"]
    _check((proposed, kept) == (goes, size.edited), f"planned {plan['counts']}")
    _check(place.left() == before, "the plan did something")

    applied = measured.run("apply", "apply", plan["cleanup"])
    _check(applied["counts"]["removed"] == goes, f"removed {applied['counts']}")
    expected = {each: content for each, content in before.items() if each in edited}
    _check(place.left() == expected, "not exactly the edited files stay")

    undone = measured.run("undo", "undo", plan["cleanup"])
    _check(undone["counts"]["returned"] == goes, f"returned {undone['counts']}")
    _check(place.left() == before, "not everything is back as it was")


def _check(good: bool, otherwise: str) -> None:  # noqa: FBT001
    if not good:
        raise RuntimeError(otherwise)


def _table(title: str, measured: Round, size: Size) -> Table:
    goes = size.litter - size.edited
    files = {"plan": size.litter, "apply": goes, "undo": goes}
    words = {
        "plan": f"plan: {goes:,} would go, {size.edited} stay",
        "apply": f"apply: {goes:,} went, {size.edited} stayed",
        "undo": f"undo: {goes:,} came back",
    }
    headings: tuple[str, ...] = ("step", "took", "a file")
    rows = []
    for name, step in measured.steps.items():
        each = with_unit(step.seconds * 1e3 / files[name], "ms")
        row: tuple[str, ...] = (words[name], with_unit(step.seconds, "s"), each)
        if measured.admin is not None:
            a_file = f"{step.calls / files[name]:.2f}"
            row = (*row, f"{step.calls:,}", a_file, f"{step.refused:,}")
        rows.append(row)
    if measured.admin is not None:
        headings = (*headings, "calls", "calls a file", "refused")
    return Table(title=title, headings=headings, rows=tuple(rows))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.litter", description=__doc__
    )
    parser.add_argument(
        "--quick", action="store_true", help="only see that it works; writes no page"
    )
    parser.add_argument("--only", nargs="+", choices=("directory", "drive", "quota"))
    parser.add_argument("--place", type=Path, help="where the district is made")
    return parser.parse_args()


@contextmanager
def _workplace(parent: Path | None) -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="hectograph-litter-", dir=parent))
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
