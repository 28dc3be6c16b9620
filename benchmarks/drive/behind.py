"""A class behind a large share of the same account."""

import time
from functools import partial

from benchmarks.drive.bench import Bench, refill, told
from benchmarks.drive.results import Result, per
from benchmarks.drive.services import HUNDRED, TEN, Service
from benchmarks.drive.world import opened_world
from benchmarks.figures import Figure, Table

SMALL, LARGE = 25, 2000
LEARNING = 100
HEAD_START_SECONDS = 4.0
SERVICES = {"100 calls/s": HUNDRED, "10 calls/s": TEN}
MORE_SECONDS = 1.0


def measure_behind(
    bench: Bench, *, small: int = SMALL, large: int = LARGE, learning: int = LEARNING
) -> tuple[list[Table], list[Figure]]:
    """The class's time alone, and behind."""
    rows, goals = [], []
    for name, service in SERVICES.items():
        run = partial(_both, bench, service, small, large, learning)
        alone, behind = told(f"{small} behind {large}, {name}", run)
        seconds = alone.took.seconds, behind.took.seconds
        goal = 2 * seconds[0] + MORE_SECONDS
        shown = tuple(f"{each:.1f} s" for each in (*seconds, goal))
        rows.append((name, *shown, per(behind.refused_each)))
        goals.append(
            Figure(
                what=f"a class of {small} behind {large:,} on one account, {name}",
                value=seconds[1],
                unit="s",
                goal=goal,
            )
        )
    table = Table(
        title=f"A class of {small} behind a share of {large:,} on the same account",
        headings=("service", "alone", "behind", "goal: 2 × alone + 1 s", "refused"),
        rows=tuple(rows),
        notes=(
            (
                f"The quota is learned; the large share is {HEAD_START_SECONDS:.0f} s old when "
                "the class's is asked for. Refused calls are of both, for each of the class."
            ),
        ),
    )
    return [table], goals


def _both(
    bench: Bench, service: Service, small: int, large: int, learning: int
) -> tuple[Result, Result]:
    ours = bench.ours
    with opened_world(bench.new_place(), service, large) as world:
        drive = ours.drive(world)
        for _ in range(2):
            ours.share(world, drive, world.document(), first=learning)
            refill(service)
        alone = ours.share(world, drive, world.document(), first=small)
        refill(service)
        waiting = ours.start(world, drive, world.document())
        time.sleep(HEAD_START_SECONDS)  # noqa: TID251 - the large share's head start
        behind = ours.share(world, drive, world.document(), first=small)
        ours.cancel(waiting)
    return alone, behind
