"""Quotas that are soon used up: 10 calls a second, 3 writes a second."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.drive import peers
from benchmarks.drive.bench import Bench, side_by_side
from benchmarks.drive.clean import COLD, LEARNED
from benchmarks.drive.limits import limit_seconds
from benchmarks.drive.results import Result, per, ratio
from benchmarks.drive.services import TEN, THREE_WRITES, THREE_WRITES_SAVED, Service
from benchmarks.figures import Figure, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A service, how many copies, and what a learned account did before."""

    title: str
    service: Service
    number: int
    before: tuple[int, ...]
    refused_goal: float


CASES = (
    Case(title="10 calls/s", service=TEN, number=300, before=(100, 100), refused_goal=0.01),
    Case(
        title="3 writes/s, burst 3",
        service=THREE_WRITES,
        number=100,
        before=(50, 50),
        refused_goal=0.05,
    ),
    Case(
        title="3 writes/s, burst 30",
        service=THREE_WRITES_SAVED,
        number=100,
        before=(80, 80),
        refused_goal=0.05,
    ),
)


def measure_tight(
    bench: Bench, *, cases: Sequence[Case] = CASES
) -> tuple[list[Table], list[Figure]]:
    """A table for each service. All ways go side by side: they mostly wait."""
    ways = _peers()
    runs: dict[str, Callable[[], Any]] = {}
    for case in cases:
        runs[f"{LEARNED}: {case.title}"] = partial(_learned, bench, case)
    for case in cases:
        runs[f"{COLD}: {case.title}"] = partial(bench.cold, case.service, case.number)
        for name, way in ways.items():
            runs[f"{name}: {case.title}"] = partial(
                bench.peer, way, case.service, case.number
            )
    done = side_by_side(runs, at_once=10)
    names = (LEARNED, COLD, *ways)
    tables = [
        _table(case, {n: done[f"{n}: {case.title}"] for n in names}) for case in cases
    ]
    goals = [_goal(case, done[f"{LEARNED}: {case.title}"]) for case in cases]
    return tables, goals


def _peers() -> dict[str, peers.Peer]:
    """The newest rclone is the first."""
    found: dict[str, peers.Peer] = {
        "Google's client, 16 threads": peers.google_client("16"),
        "Google's client, 64 threads": peers.google_client("64"),
    }
    version, program = next(iter(peers.find_rclones().items()))
    found[f"rclone {version} rcd, copyfile, 16 at once"] = peers.rclone(program)
    if peers.has_celery():
        found[f"Celery, 16 threads, by {peers.celery_broker()}"] = peers.celery
    return found


def _learned(bench: Bench, case: Case) -> Result:
    (result,) = bench.learned(case.service, [case.number], before=case.before)
    return result


def _table(case: Case, results: dict[str, Result]) -> Table:
    limit = limit_seconds(case.service, case.number)
    return Table(
        title=f"{case.title}, N = {case.number:,}",
        headings=("way", "time ÷ limit", "calls", "refused", "exact / missing / extra"),
        rows=(
            ("**the limit**", f"{limit:.1f} s", "1", "0", f"{case.number} / 0 / 0"),
            *(
                (
                    name,
                    ratio(each.took.seconds / limit),
                    per(each.calls_each),
                    per(each.refused_each),
                    each.copies_shown(),
                )
                for name, each in results.items()
            ),
        ),
    )


def _goal(case: Case, learned: Result) -> Figure:
    return Figure(
        what=f"refused calls for each delivery, learned, {case.title}",
        value=learned.refused_each,
        unit="",
        goal=case.refused_goal,
    )
