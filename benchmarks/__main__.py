"""Runs every measurement, prints the tables, and writes the page in the docs."""

import argparse
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from procrastinate.contrib.django import app as django_queue

from benchmarks.engine_cost import measure_engine
from benchmarks.figures import Table
from benchmarks.history import measure_history
from benchmarks.page import describe_machine, show, write_page, write_readme
from benchmarks.planning import measure_planning
from benchmarks.shares import measure_shares
from benchmarks.workplace import opened_house
from hectograph import postgres
from hectograph.engine.queue import LaneQueue
from hectograph.store.database import migrate, open_database
from hectograph.store.ledger import PostgresLedger

MILLION = 1_000_000
TEN_THOUSAND = 10_000


def main() -> None:
    """Measure."""
    asked = _arguments()
    began = time.monotonic()
    tables: list[Table] = []
    with _workplace(asked.place) as place:
        # The ledger's are first: what they leave behind is gone before files are made.
        for measured in (_ledger, _costs, _shares):
            found = measured(place, asked)
            tables[:0] = found
            for table in found:
                show(table)
        machine = describe_machine(place, _server_version(place))
    if not asked.quick:
        today = datetime.fromtimestamp(time.time(), UTC).date()
        minutes = (time.monotonic() - began) / 60
        write_page(tables, machine=machine, day=today, minutes=minutes)
        write_readme(tables, machine=machine)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="only see that it works; writes no page"
    )
    parser.add_argument(
        "--small", action="store_true", help="1 million deliveries of history, not 10"
    )
    parser.add_argument(
        "--place",
        type=Path,
        default=None,
        help="the directory to measure in, on the file system that matters",
    )
    return parser.parse_args()


@contextmanager
def _workplace(chosen: Path | None) -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="hectograph-benchmarks-", dir=chosen))
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place)


def _shares(place: Path, asked: argparse.Namespace) -> list[Table]:
    if asked.quick:
        return measure_shares(place, sizes=(5,), rounds=1)
    return measure_shares(place, sizes=(30, 300, 2_000), rounds=5)


def _costs(place: Path, asked: argparse.Namespace) -> list[Table]:
    if asked.quick:
        return measure_engine(place, number=5, large=40, rounds=1)
    return measure_engine(place, number=2_000, large=5_000, rounds=3)


def _ledger(place: Path, asked: argparse.Namespace) -> list[Table]:
    with opened_house(place / "ledger") as house:
        open_database(house.url)
        migrate(house.url)
        ledger = PostgresLedger(queue=LaneQueue(app=django_queue))
        if asked.quick:
            return [measure_planning(ledger, number=50, rounds=1)]
        large = MILLION if asked.small else 10 * MILLION
        return [
            measure_planning(ledger, number=5_000, rounds=5),
            measure_history(house.url, ledger, small=TEN_THOUSAND, large=large),
        ]


def _server_version(place: Path) -> str:
    with opened_house(place / "alone") as house:
        return postgres.ensure_running(house.data_dir).version


if __name__ == "__main__":
    main()
