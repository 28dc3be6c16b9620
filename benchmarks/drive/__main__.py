"""Measures shares on the Drive emulator, prints tables, and writes parts of the page."""

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.drive.behind import measure_behind
from benchmarks.drive.bench import Bench
from benchmarks.drive.clean import measure_clean
from benchmarks.drive.crews import measure_crews
from benchmarks.drive.natives import measure_natives
from benchmarks.drive.ours import opened_ours
from benchmarks.drive.page import describe_machine, write_part
from benchmarks.drive.tight import CASES, measure_tight
from benchmarks.drive.troubles import measure_troubles
from benchmarks.figures import Figure, Table, table_of
from benchmarks.page import show
from hectograph import postgres

Measured = tuple[list[Table], list[Figure]]
Measure = Callable[[Bench], Measured]

FULL: dict[str, Measure] = {
    "clean": lambda bench: measure_clean(bench, sizes=(30, 300, 2_000)),
    "natives": lambda bench: measure_natives(bench, sizes=(30, 300)),
    "tight": measure_tight,
    "troubles": lambda bench: measure_troubles(bench, number=300),
    "crews": measure_crews,
    "behind": measure_behind,
}
TITLES = {
    "clean": "a clean service",
    "natives": "documents of Google's own",
    "tight": "small quotas",
    "troubles": "a service in trouble",
    "crews": "several accounts, several workers",
    "behind": "a class behind a large share",
}
QUICK: dict[str, Measure] = {
    "clean": lambda bench: measure_clean(bench, sizes=(3,), learning=(3,)),
    "tight": lambda bench: measure_tight(
        bench, cases=[replace(CASES[1], number=6, before=(3,))]
    ),
    "crews": lambda bench: measure_crews(bench, crews=((2, 6),), shared=8),
}
"""A look at whether it works at all; natives and trouble take their time by nature."""


def main() -> None:
    """Measure."""
    asked = _arguments()
    measures = QUICK if asked.quick else FULL
    with _workplace() as place, opened_ours(place) as ours:
        bench = Bench(place=place, ours=ours)
        machine = describe_machine(postgres.ensure_running(ours.house.data_dir).version)
        for name in asked.only or measures:
            began = time.monotonic()
            tables, goals = measures[name](bench)
            tables.insert(0, table_of(f"Goals: {TITLES[name]}", goals))
            for table in tables:
                show(table)
            if not asked.quick:
                today = datetime.fromtimestamp(time.time(), UTC).date()
                minutes = (time.monotonic() - began) / 60
                write_part(name, tables, machine=machine, day=today, minutes=minutes)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drive", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="only see that it works; writes nothing"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=list(FULL),
        help="some parts; the others stay as they are",
    )
    return parser.parse_args()


@contextmanager
def _workplace() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="hectograph-benchmarks-"))
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
