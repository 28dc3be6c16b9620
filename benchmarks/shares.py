"""Shares against other ways to make the same copies, as ratios within a round."""

import random
import statistics
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders import (
    Contender,
    copy_bare,
    copy_by_cp,
    copy_by_rclone_server,
    copy_by_rclone_tree,
    copy_durable,
    rclone_version,
)
from benchmarks.figures import Table, with_unit
from benchmarks.workplace import House, School, opened_house

BARE = "bare loop of copy_file_range, not durable (the limit)"
DURABLE = "the same and one syncfs (the durable limit)"
SHARE = "hectograph, from the request to the end, a worker is about"
COMMAND = "hectograph, the whole command, no worker is about"
GOALS: Mapping[str, float] = {SHARE: 1.6}
SLOW_ROUNDS = 2
"""How often those go that take long and are not close."""

Round = dict[str, float]


@dataclass(frozen=True, slots=True)
class ByCommand:
    """The command, its start included, or the share alone as the ledger says it."""

    house: House
    start_included: bool

    def __call__(self, school: School, into: Path) -> float:
        """Share; raises when not every copy is there."""
        began = time.perf_counter()
        told = self.house.share(school, into)
        took = time.perf_counter() - began
        if told["state"] != "complete":
            message = f"The share ended {told['state']}."
            raise RuntimeError(message)
        return took if self.start_included else float(told["seconds"])


def measure_shares(place: Path, *, sizes: Sequence[int], rounds: int) -> list[Table]:
    """A table for each number of students."""
    with ExitStack() as open_houses:
        alone = open_houses.enter_context(opened_house(place / "alone"))
        served = open_houses.enter_context(opened_house(place / "served"))
        served.start_worker()
        quick, slow = _contenders(alone, served)
        return [
            _measure(School.built(place, number), quick, slow, rounds=rounds)
            for number in sizes
        ]


def _contenders(
    alone: House, served: House
) -> tuple[dict[str, Contender], dict[str, Contender]]:
    quick: dict[str, Contender] = {
        BARE: copy_bare,
        DURABLE: copy_durable,
        SHARE: ByCommand(served, start_included=False),
        COMMAND: ByCommand(alone, start_included=True),
    }
    slow: dict[str, Contender] = {"cp, a process each, not durable": copy_by_cp}
    if version := rclone_version():
        slow[f"rclone {version}: copy of a prepared tree, 16 at once"] = copy_by_rclone_tree
        slow[f"rclone {version}: rcd, 16 at once"] = copy_by_rclone_server
    return quick, slow


def _measure(
    school: School,
    quick: Mapping[str, Contender],
    slow: Mapping[str, Contender],
    *,
    rounds: int,
) -> Table:
    taken = []
    for number in range(rounds):
        some = {**quick, **slow} if number < SLOW_ROUNDS else dict(quick)
        taken.append(_round(school, some))
    rows = [_row(name, taken, len(school.students)) for name in (*quick, *slow)]
    if rclone_version() is None:
        rows.append(("rclone", "not installed", "", "", "", ""))
    return Table(
        title=f"{len(school.students):,} students",
        headings=("way", "÷ the limit", "goal", "", "÷ the durable limit", "a copy"),
        rows=tuple(rows),
    )


def _round(school: School, contenders: Mapping[str, Contender]) -> Round:
    """Each once, in random order, in folders of its own."""
    taken = {}
    for name in random.sample(list(contenders), len(contenders)):
        into = school.folders()
        taken[name] = contenders[name](school, into)
        school.check(into)
    return taken


def _row(name: str, taken: Sequence[Round], number: int) -> tuple[str, ...]:
    theirs = [each for each in taken if name in each]

    def over(limit: str) -> float:
        return statistics.median(each[name] / each[limit] for each in theirs)

    goal, verdict = "", ""
    if name in GOALS:
        goal = f"≤ {GOALS[name]}"
        verdict = "met" if over(BARE) <= GOALS[name] else "**missed**"
    milliseconds = statistics.median(each[name] for each in theirs) / number * 1e3
    ratios = (f"{over(BARE):.2f}", goal, verdict, f"{over(DURABLE):.2f}")
    return (name, *ratios, with_unit(milliseconds, "ms"))
