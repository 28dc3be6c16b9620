"""Several accounts for one share, and several workers for one project."""

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from benchmarks.drive.bench import Bench, side_by_side, told
from benchmarks.drive.limits import limit_seconds
from benchmarks.drive.results import Result, per, ratio
from benchmarks.drive.services import THREE_WRITES, Service
from benchmarks.figures import Figure, Table

COURIERS = ((1, 300), (4, 300), (4, 2000), (16, 300), (16, 2000))
"""So many accounts for so many copies; the goal is for the most copies of each."""
LEARNING_EACH = 30
GOAL = 1.05
MANY = 8

PROJECT_PER_MINUTE = 3000
PROJECT = Service(rate=PROJECT_PER_MINUTE / 60, burst=PROJECT_PER_MINUTE / 20)
PROJECT_COURIERS = 8
PROJECT_NUMBER = 1000


def measure_crews(
    bench: Bench,
    *,
    crews: Sequence[tuple[int, int]] = COURIERS,
    shared: int = PROJECT_NUMBER,
) -> tuple[list[Table], list[Figure]]:
    """A table for couriers, and one for two workers with one project."""
    runs: dict[str, Callable[[], Any]] = {
        f"{accounts} couriers, {number}": partial(_by_couriers, bench, accounts, number)
        for accounts, number in crews
    }
    # Many accounts are busy: they go alone; the others mostly wait.
    busy = {
        f"{accounts} couriers, {number}" for accounts, number in crews if accounts > MANY
    }
    done = side_by_side({name: runs[name] for name in runs if name in busy}, at_once=1)
    done |= side_by_side({name: runs[name] for name in runs if name not in busy})
    results = dict(zip(crews, (done[name] for name in runs), strict=True))
    goals = [
        Figure(
            what=f"time over the limit, 3 writes/s an account, "
            f"accounts: {accounts}, {number:,} copies",
            value=_over(results[accounts, number], accounts),
            unit="",
            goal=GOAL,
        )
        for accounts, number in dict(sorted(crews)).items()
    ]
    return [_couriers(results), _workers(bench, shared)], goals


def _by_couriers(bench: Bench, accounts: int, number: int) -> Result:
    before = (min(LEARNING_EACH * accounts, number),) * 2
    (result,) = bench.learned(THREE_WRITES, [number], before=before, couriers=accounts)
    return result


def _over(result: Result, accounts: int) -> float:
    return result.took.seconds / limit_seconds(
        THREE_WRITES, result.number, accounts=accounts
    )


def _couriers(results: dict[tuple[int, int], Result]) -> Table:
    return Table(
        title="A pool of accounts with 3 writes a second each",
        headings=(
            "accounts",
            "N",
            "the limit",
            "time ÷ limit",
            "calls",
            "refused",
            "exact",
        ),
        rows=tuple(
            (
                str(accounts),
                f"{each.number:,}",
                f"{limit_seconds(THREE_WRITES, each.number, accounts=accounts):.1f} s",
                ratio(_over(each, accounts)),
                per(each.calls_each),
                per(each.refused_each),
                f"{each.copies.exact:,}",
            )
            for (accounts, _), each in results.items()
        ),
        notes=("Burst 3, quota learned; those by one and by four ran at the same time.",),
    )


NOTE = (
    f"A pool of {PROJECT_COURIERS} accounts; the service's bucket is the project's, "
    "and the drive is told of it."
)


def _workers(bench: Bench, number: int) -> Table:
    one = told("one worker", partial(_shared, bench, number))
    with _another_worker(bench):
        two = told("two workers", partial(_shared, bench, number))
    limit = limit_seconds(PROJECT, number)
    rows: Sequence[tuple[str, Result]] = (("one worker", one), ("two workers", two))
    return Table(
        title=f"One project's quota of {PROJECT_PER_MINUTE:,} calls a minute, shared",
        headings=("by", "N", "the limit", "time ÷ limit", "calls", "refused", "exact"),
        rows=tuple(
            (
                name,
                f"{number:,}",
                f"{limit:.1f} s",
                ratio(each.took.seconds / limit),
                per(each.calls_each),
                per(each.refused_each),
                f"{each.copies.exact:,}",
            )
            for name, each in rows
        ),
        notes=(NOTE,),
    )


def _shared(bench: Bench, number: int) -> Result:
    (result,) = bench.learned(
        PROJECT,
        [number],
        before=(min(number, 300),),
        couriers=PROJECT_COURIERS,
        per_minute=PROJECT_PER_MINUTE,
    )
    return result


@contextmanager
def _another_worker(bench: Bench) -> Iterator[None]:
    house = bench.ours.house
    worker = subprocess.Popen(
        house.command("worker"), env=house.environment, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(60)
