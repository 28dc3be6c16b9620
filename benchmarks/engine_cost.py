"""What a delivery costs beyond the copying: processor time, transactions, memory."""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.figures import Figure, Table, table_of
from benchmarks.workplace import House, School, opened_house
from hectograph import postgres

TICKS = os.sysconf("SC_CLK_TCK")
WINDOW_SECONDS = 12.0
"""Longer than PostgreSQL keeps a session's statistics back (10 s, when idle)."""
SHARE_SECONDS = 120.0

TRANSACTIONS = """
SELECT xact_commit + xact_rollback FROM pg_stat_database
 WHERE datname = current_database()
"""
STATE = "SELECT state FROM share WHERE id = %s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Seconds of processor time, user and system, and transactions."""

    worker: float
    server: float
    transactions: int

    def __sub__(self, other: "Used") -> "Used":
        return Used(
            worker=self.worker - other.worker,
            server=self.server - other.server,
            transactions=self.transactions - other.transactions,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """Reads what a worker and its server have used."""

    worker: int
    server: int
    connection: psycopg.Connection

    def read(self) -> Used:
        """What was used so far."""
        row = self.connection.execute(TRANSACTIONS).fetchone()
        assert row is not None
        return Used(
            worker=processor_seconds(self.worker),
            server=tree_seconds(self.server),
            transactions=row[0],
        )

    def used_by(self, work: Callable[[], None]) -> Used:
        """What the work used, less what an idle worker uses in the same time."""
        return self._window(work) - self._window(lambda: None)

    def _window(self, work: Callable[[], None]) -> Used:
        end = time.monotonic() + WINDOW_SECONDS
        before = self.read()
        work()
        while time.monotonic() < end:
            time.sleep(0.1)  # noqa: TID251 - no Clock here, and none is needed
        return self.read() - before


def measure_engine(place: Path, *, number: int, large: int, rounds: int) -> list[Table]:
    """The table of costs; shares of `number`, of 30 and of `large`."""
    with opened_house(place / "costs") as house:
        worker = house.start_worker()
        found = postgres.find_running(house.data_dir)
        assert found is not None
        assert found.pid is not None
        with psycopg.connect(house.url, autocommit=True) as connection:
            meter = Meter(worker=worker, server=found.pid, connection=connection)
            memory = _memory(house, worker, place, large=large)
            costs = _costs(house, meter, School.built(place, number), rounds=rounds)
    return [table_of("The cost of a delivery", [*costs, *memory], NOTE)]


NOTE = (
    "Processor time is user and system, from `/proc`, for the worker and for all "
    "processes of PostgreSQL; what an idle worker uses in the same time is taken off. "
    "The request's own transactions are counted, its process's time is not."
)


def _costs(house: House, meter: Meter, school: School, *, rounds: int) -> list[Figure]:
    def share() -> None:
        share_and_wait(house, meter.connection, school)

    used = [meter.used_by(share) for _ in range(rounds)]
    number = len(school.students)

    def each(what: str, values: list[float], unit: str, goal: float | None) -> Figure:
        value = statistics.median(values) / number
        return Figure(what=what, value=value, unit=unit, goal=goal)

    at = f"a share of {number:,}"
    worker, server = ([e.worker * 1e3 for e in used], [e.server * 1e3 for e in used])
    both = [a + b for a, b in zip(worker, server, strict=True)]
    return [
        each(f"processor time of worker and PostgreSQL, {at}", both, "ms", 1.5),
        each("— the worker's, the copying of the bytes included", worker, "ms", None),
        each("— PostgreSQL's", server, "ms", None),
        each(f"transactions, {at}", [float(e.transactions) for e in used], "", 0.2),
    ]


def _memory(house: House, worker: int, place: Path, *, large: int) -> list[Figure]:
    peaks = []
    for number in (30, large):
        school = School.built(place, number)
        with psycopg.connect(house.url, autocommit=True) as connection:
            share_and_wait(house, connection, school)
        peaks.append(memory_mb(worker, "VmHWM"))
    small, grown = peaks
    more = f"its growth at {large:,}"
    return [
        Figure(what="peak memory of a worker after 30", value=small, unit="MB", goal=None),
        Figure(what=f"— {more}", value=grown - small, unit="MB", goal=20),
        Figure(
            what=f"— held after {large:,}",
            value=memory_mb(worker, "VmRSS"),
            unit="MB",
            goal=None,
        ),
    ]


def share_and_wait(house: House, connection: psycopg.Connection, school: School) -> None:
    """Ask for a share, and wait for its end without the command's own polling."""
    into = school.folders()
    share = house.share(school, into, "--no-wait")["share"]
    deadline = time.monotonic() + SHARE_SECONDS
    while connection.execute(STATE, (share,)).fetchone() == ("running",):
        if time.monotonic() > deadline:
            message = "The share does not end."
            raise RuntimeError(message)
        time.sleep(0.2)  # noqa: TID251 - as above
    school.check(into)


def processor_seconds(process: int, *, children: bool = False) -> float:
    """User and system time of a process; with those of its children that ended."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    last = 15 if children else 13
    return sum(int(each) for each in fields[11:last]) / TICKS


def tree_seconds(process: int) -> float:
    """The same of a process, its children, and those that ended."""
    total = processor_seconds(process, children=True)
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) == process:
                total += processor_seconds(int(path.parent.name))
        except OSError:
            continue
    return total


def memory_mb(process: int, what: str) -> float:
    """A line of /proc/PID/status, in MB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    (found,) = (line for line in lines if line.startswith(f"{what}:"))
    return int(found.split()[1]) / 1024
