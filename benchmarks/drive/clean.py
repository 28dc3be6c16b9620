"""Shares at 100 calls a second, in fair weather, against everybody else."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from statistics import median

from benchmarks.drive import peers
from benchmarks.drive.bench import Bench, side_by_side, told
from benchmarks.drive.limits import limit_seconds
from benchmarks.drive.results import Result, per, ratio
from benchmarks.drive.services import HUNDRED
from benchmarks.figures import Figure, Table

LEARNED = "hectograph, quota learned"
COLD = "hectograph, cold"
COMMAND = "– the whole command"
ROUNDS = {30: 5, 300: 3}
SLOW_AT_MOST = 300
GAM_AT_MOST = 300
LEARNING = (300, 300)

Results = dict[int, list[Result]]


def measure_clean(
    bench: Bench, *, sizes: Sequence[int], learning: Sequence[int] = LEARNING
) -> tuple[list[Table], list[Figure]]:
    """The tables of times and of costs."""
    ways: dict[str, Results] = {
        LEARNED: told(LEARNED, lambda: _learned(bench, sizes, learning)),
        COLD: told(COLD, lambda: _cold(bench, sizes)),
    }
    for name, way in _quick_peers().items():
        ways[name] = told(name, partial(_by_peer, bench, way, sizes))
    some = [size for size in sizes if size <= GAM_AT_MOST]
    gam_name = f"GAM 7, csv, {peers.AT_ONCE} processes"
    ways[gam_name] = told(gam_name, lambda: _by_peer(bench, peers.gam, some))
    ways |= _slow(bench, [size for size in sizes if size <= SLOW_AT_MOST])
    limits = {size: limit_seconds(HUNDRED, size) for size in sizes}
    return [_times(ways, limits), _costs(ways)], _goals(ways, limits)


def _learned(bench: Bench, sizes: Sequence[int], learning: Sequence[int]) -> Results:
    numbers = [size for size in sizes for _ in range(ROUNDS.get(size, 1))]
    done = bench.learned(HUNDRED, numbers, before=learning)
    return {size: [each for each in done if each.number == size] for size in sizes}


def _cold(bench: Bench, sizes: Sequence[int]) -> Results:
    return {
        size: [
            bench.cold(HUNDRED, size, seed=1 + seed) for seed in range(ROUNDS.get(size, 1))
        ]
        for size in sizes
    }


def _quick_peers() -> Mapping[str, peers.Peer]:
    found = {
        "Google's client, 64 threads": peers.google_client("64"),
        "Google's client, 16 threads": peers.google_client("16"),
        "Google's client, batches of 100, rounds": peers.google_client("batches"),
    }
    if peers.has_celery():
        found[f"Celery, 16 threads, by {peers.celery_broker()}"] = peers.celery
    return found


def _by_peer(bench: Bench, way: peers.Peer, sizes: Sequence[int]) -> Results:
    return {size: [bench.peer(way, HUNDRED, size)] for size in sizes}


def _slow(bench: Bench, sizes: Sequence[int]) -> dict[str, Results]:
    """Those that hardly work while they wait go side by side."""
    ways = {"Google's client, a loop": peers.google_client("loop")}
    for version, program in peers.find_rclones().items():
        ways[f"rclone {version} rcd, copyfile, 16 at once"] = peers.rclone(program)
    runs: dict[str, Callable[[], Results]] = {
        name: partial(_by_peer, bench, way, sizes) for name, way in ways.items()
    }
    return side_by_side(runs)


def _times(ways: Mapping[str, Results], limits: Mapping[int, float]) -> Table:
    limit = ("**the limit**", *(f"{each:.2f} s" for each in limits.values()))
    rows = [limit]
    for name, results in ways.items():
        rows.append((name, *(_over(results, size, limits) for size in limits)))
        if name in (LEARNED, COLD):
            rows.append((COMMAND, *(_whole(results, size, limits) for size in limits)))
    return Table(
        title="A clean service, 100 calls a second",
        headings=("way", *(f"N = {size:,}" for size in limits)),
        rows=tuple(rows),
        notes=(NOTE,),
    )


NOTE = (
    "Time over the limit; a dash was not run, for it would have taken too long. "
    "A share's time is from the asking to its end in the ledger, a worker being about; "
    "the whole command starts Python, asks, watches and tells. "
    "Peers are timed from their first call: neither their start nor that of their servers "
    "counts, but for GAM, which starts for every share."
)


def _over(results: Results, size: int, limits: Mapping[int, float]) -> str:
    if size not in results:
        return "–"
    return ratio(median(each.took.seconds for each in results[size]) / limits[size])


def _whole(results: Results, size: int, limits: Mapping[int, float]) -> str:
    return ratio(median(each.took.whole_seconds for each in results[size]) / limits[size])


def _costs(ways: Mapping[str, Results]) -> Table:
    return Table(
        title="What it costs",
        headings=("way", "N", "calls", "refused", "copies missing", "too many", "CPU"),
        rows=tuple(_cost(name, results) for name, results in ways.items()),
        notes=(
            (
                "Calls, calls refused for the quota, and processor time are for each delivery; "
                "at the largest N that was run. Hectograph's processor time is the worker's "
                "and the command's; then that of its database."
            ),
        ),
    )


def _cost(name: str, results: Results) -> tuple[str, ...]:
    size = max(results)
    last = results[size][-1]
    took = last.took
    processor = f"{took.processor_seconds / size * 1e3:.1f} ms"
    if took.database_seconds:
        processor += f" + {took.database_seconds / size * 1e3:.1f} ms"
    return (
        name,
        f"{size:,}",
        per(last.calls_each),
        per(last.refused_each),
        str(last.copies.missing),
        str(last.copies.extra),
        processor,
    )


GOALS = {(2000, LEARNED): 1.05, (2000, COLD): 1.2, (300, LEARNED): 1.15, (300, COLD): 1.6}
CPU_GOAL = 1.5
CALLS_GOAL = 1.02


def _goals(ways: Mapping[str, Results], limits: Mapping[int, float]) -> list[Figure]:
    figures = [
        Figure(
            what=f"time over the limit, {size:,} copies, {name.split(', ')[1]}",
            value=median(each.took.seconds for each in ways[name][size]) / limits[size],
            unit="",
            goal=goal,
        )
        for (size, name), goal in GOALS.items()
        if size in limits
    ]
    size = max(limits)
    last = ways[LEARNED][size][-1]
    used = (last.took.engine_seconds + last.took.database_seconds) / size * 1e3
    return [
        *figures,
        Figure(
            what="calls for a blob, clean", value=last.calls_each, unit="", goal=CALLS_GOAL
        ),
        Figure(
            what="processor time of a delivery, worker and database",
            value=used,
            unit="ms",
            goal=CPU_GOAL,
        ),
    ]
