"""A service in trouble: whether everybody has exactly one copy in the end."""

from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.drive import peers
from benchmarks.drive.bench import Bench, side_by_side
from benchmarks.drive.results import Result, per
from benchmarks.drive.services import HOSTILE, HUNDRED, MILD, ROUGH
from benchmarks.figures import Figure, Table

LAG_SECONDS = 0.5
KINDS = {"blob": False, "native": True}
WEATHER = {
    "rough": HUNDRED.with_trouble(*ROUGH, lag=LAG_SECONDS),
    "hostile": HUNDRED.with_trouble(*HOSTILE, lag=LAG_SECONDS),
}
FIVE_PERCENT = HUNDRED.with_trouble(*MILD, lag=LAG_SECONDS)
MILD_GOAL, HOSTILE_GOAL = 1.12, 1.45
FEW_AT_ONCE = 2

Row = tuple[str, str, str]


def measure_troubles(bench: Bench, *, number: int) -> tuple[list[Table], list[Figure]]:
    """The table of all ways in all weathers."""
    runs: dict[str, Callable[[], Any]] = {
        "hectograph: 5 %": partial(bench.cold, FIVE_PERCENT, number)
    }
    rows: list[Row] = []
    for sky, service in WEATHER.items():
        for mode, native in (("staged", False), ("staged", True), ("direct", True)):
            name = f"hectograph, {mode}" if native else "hectograph"
            rows.append(_row(sky, name, native=native))
            runs[_key(rows[-1])] = partial(
                bench.cold, service, number, native=native, delivery=mode
            )
    done = side_by_side(runs, at_once=FEW_AT_ONCE)
    theirs = _peer_runs(bench, number, rows)
    done |= side_by_side(theirs)
    results = {row: done[_key(row)] for row in sorted(rows, key=_order)}
    return [_table(results, number)], _goals(results, done["hectograph: 5 %"])


def _peer_runs(bench: Bench, number: int, rows: list[Row]) -> dict[str, Callable[[], Any]]:
    runs: dict[str, Callable[[], Any]] = {}
    for sky, service in WEATHER.items():
        for name, way in _peers().items():
            for native in (False, True):
                if native and not _knows_natives(name):
                    continue
                rows.append(_row(sky, name, native=native))
                runs[_key(rows[-1])] = partial(
                    bench.peer, way, service, number, native=native
                )
    return runs


def _row(sky: str, name: str, *, native: bool) -> Row:
    return (sky, "native" if native else "blob", name)


def _key(row: Row) -> str:
    return ", ".join(row)


def _order(row: Row) -> tuple[int, int]:
    return list(WEATHER).index(row[0]), list(KINDS).index(row[1])


def _peers() -> dict[str, peers.Peer]:
    version, program = next(iter(peers.find_rclones().items()))
    found: dict[str, peers.Peer] = {
        f"rclone {version} rcd, 16 at once": peers.rclone(program),
        f"GAM 7, {peers.AT_ONCE} processes": peers.gam,
        "Google's client, 16 threads": peers.google_client("16"),
        "Google's client, batches, rounds": peers.google_client("batches"),
    }
    if peers.has_celery():
        found["Celery, 16 threads"] = peers.celery
    return found


def _knows_natives(name: str) -> bool:
    """rclone would export and import them; GAM takes as long as it does for blobs."""
    return not name.startswith(("rclone", "GAM"))


def _table(results: dict[Row, Result], number: int) -> Table:
    return Table(
        title=f"In trouble, N = {number:,}",
        headings=(
            "service",
            "document",
            "way",
            "exact / missing / extra",
            "calls",
            "seconds",
        ),
        rows=tuple(
            (
                *row,
                result.copies_shown() if not result.is_exact else f"**{number} / 0 / 0**",
                per(result.calls_each),
                f"{result.took.seconds:.0f}",
            )
            for row, result in results.items()
        ),
        notes=(
            (
                "*Rough*: 1 % answered 500, 2 % 503, 1 % 429, 0.5 % dropped before the effect, "
                "1 % dropped after it, 1 % 503 after it, 1 % slower by twenty medians. "
                "*Hostile*: a quarter of all calls in seventeen ways, most before the effect, "
                "7.5 % after it. Lists lag by half a second. 100 calls a second. "
                "A call's fate depends on what is called and how often, so that all meet much "
                "the same. Several peers ran at once: compare their copies, not their seconds."
            ),
        ),
    )


def _goals(results: dict[Row, Result], mild: Result) -> list[Figure]:
    ours = {row: each for row, each in results.items() if row[2].startswith("hectograph")}
    wrong = sum(each.number - each.copies.exact for each in ours.values())
    hostile = results["hostile", "blob", "hectograph"]
    return [
        Figure(what="students without exactly one copy", value=wrong, unit="", goal=0),
        Figure(
            what="calls for a blob, 5 % of calls fail",
            value=mild.calls_each,
            unit="",
            goal=MILD_GOAL,
        ),
        Figure(
            what="calls for a blob, 25 % of calls fail",
            value=hostile.calls_each,
            unit="",
            goal=HOSTILE_GOAL,
        ),
    ]
