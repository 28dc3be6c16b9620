"""Google's own documents, staged and direct, side by side."""

from collections.abc import Callable, Sequence
from functools import partial

from benchmarks.drive.bench import Bench, side_by_side
from benchmarks.drive.results import Result, per
from benchmarks.drive.services import HUNDRED_WRITES, MILD, Service
from benchmarks.figures import Figure, Table

MODES = ("staged", "direct")
WEATHER = {
    "clean": HUNDRED_WRITES,
    "lists lag 5 s": HUNDRED_WRITES.with_trouble(lag=5.0),
    "lists lag 5 s, 5 % of calls fail": HUNDRED_WRITES.with_trouble(*MILD, lag=5.0),
}
WRITES_GOAL, CALLS_GOAL = 2.1, 4.1

Key = tuple[int, str, str]


def measure_natives(
    bench: Bench, *, sizes: Sequence[int]
) -> tuple[list[Table], list[Figure]]:
    """The table of both modes."""
    keys = [(size, sky, mode) for size in sizes for sky in WEATHER for mode in MODES]
    runs: dict[str, Callable[[], Result]] = {
        f"native {key}": partial(_run, bench, WEATHER[key[1]], key[0], key[2])
        for key in keys
    }
    clean = {name: run for name, run in runs.items() if "clean" in name}
    done = side_by_side(clean, at_once=1)
    done |= side_by_side({name: runs[name] for name in runs if name not in clean})
    results = {key: done[f"native {key}"] for key in keys}
    return [_table(results)], _goals(results, max(sizes))


def _run(bench: Bench, service: Service, size: int, mode: str) -> Result:
    return bench.cold(service, size, native=True, delivery=mode)


NOTE = (
    "Cold, 100 writes a second; writes and calls are for each delivery. "
    "Staged copies rest for four seconds in a hidden folder before they are moved. "
    "An extra copy is one that a student sees when the share has ended."
)


def _table(results: dict[Key, Result]) -> Table:
    return Table(
        title="Google's own documents",
        headings=(
            "N",
            "service",
            "mode",
            "seconds",
            "writes",
            "calls",
            "exact / missing / extra",
        ),
        rows=tuple(
            (
                f"{size:,}",
                sky,
                mode,
                f"{result.took.seconds:.1f}",
                per(result.calls.writes / size),
                per(result.calls_each),
                result.copies_shown(),
            )
            for (size, sky, mode), result in results.items()
        ),
        notes=(NOTE,),
    )


def _goals(results: dict[Key, Result], size: int) -> list[Figure]:
    staged = results[size, "clean", "staged"]
    return [
        Figure(
            what="writes for a native document, staged, clean",
            value=staged.calls.writes / size,
            unit="",
            goal=WRITES_GOAL,
        ),
        Figure(
            what="calls for a native document, staged, clean",
            value=staged.calls_each,
            unit="",
            goal=CALLS_GOAL,
        ),
    ]
