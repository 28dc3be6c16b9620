"""A worker is killed before and after every call it makes; another one finishes.

The calls are counted in a run without a cut, then each is cut at, twice, in a process of
its own with a real SIGKILL. What the two processes leave is judged by the model checker.
"""

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from .checker import check
from .conftest import NewDatabase
from .knife import Cut, Point
from .school import School
from .warm import Warm

pytestmark = pytest.mark.chaos

WAYS = {
    # lacks: how few points the enumeration may have before it has lost its meaning
    "unnamed": ((), 100),
    "linked": (("O_TMPFILE",), 104),
}
AT_ONCE = 8
LEARNED_FROM = 5
RECURRING = ("now", "beat", "look_at_lane", "wake_due")
"""What the clockwork calls again and again: the first of each stands for all."""
TWO_HOURS = 7200


class Bench:
    """A database, a warm parent on it, and drives to try things on."""

    def __init__(self, place: Path, database_url: str, lacks: Sequence[str]) -> None:
        self.place = place
        self.warm = Warm(database_url)
        self._database_url = database_url
        self._lacks = lacks

    def learn(self, name: str) -> list[Point]:
        """Every point of a run that nobody cuts."""
        school, log = self._begin(name)
        trace = self.place / name / "trace"
        code = self._deliver(school, log=log, trace=str(trace))
        assert code == 0, log.read_text()
        assert self._violations(school) == []
        points = [Point(**each) for each in json.loads(trace.read_text())]
        return [each for each in points if each.call not in RECURRING or each.number == 1]

    def cut(self, name: str, cut: Cut) -> list[str]:
        """Kill there, let another finish, and list what is wrong afterwards."""
        school, log = self._begin(name)
        code = self._deliver(school, log=log, cut=cut.told())
        if code != -signal.SIGKILL:
            return [f"not killed {cut}, but ended with {code}: {log.read_text()}"]
        self._let_hours_pass(school)
        asks = cut.point.phase == "request"
        code = self._deliver(school, log=log, asks=asks)
        if code != 0:
            return [f"killed {cut}: not finished, {code}: {log.read_text()}"]
        return [f"killed {cut}: {each}" for each in self._violations(school)]

    def _begin(self, name: str) -> tuple[School, Path]:
        with psycopg.connect(self._database_url) as connection:
            # A wake-up that came too late for the drive before: not for this one's lane.
            connection.execute("DELETE FROM procrastinate_jobs")
        school = School.build(self.place / name, students=3)
        return school, self.place / name / "log"

    def _deliver(
        self,
        school: School,
        *,
        log: Path,
        asks: bool = True,
        cut: object = None,
        trace: str | None = None,
    ) -> int:
        where = {"document": school.document, "roster": school.roster, "into": school.root}
        request = {name: str(path) for name, path in where.items()} if asks else None
        return self.warm.run(
            "deliver", log=log, request=request, cut=cut, trace=trace, lacks=self._lacks
        )

    def _let_hours_pass(self, school: School) -> None:
        """What no ledger knows is litter after an hour; what it knows is not."""
        then = time.time() - TWO_HOURS
        for kept in school.root.glob(".hectograph/*"):
            os.utime(kept, (then, then))

    def _violations(self, school: School) -> list[str]:
        with psycopg.connect(self._database_url) as connection:
            rows = connection.execute(
                "SELECT id FROM share WHERE destination = %s", [str(school.root)]
            ).fetchall()
        if len(rows) != 1:
            return [f"{len(rows)} shares in the ledger"]
        return check(
            school.root, school.planned, database_url=self._database_url, share=rows[0][0]
        )


@pytest.mark.parametrize("way", WAYS)
def test_a_kill_at_any_call_costs_nobody_a_copy(
    way: str,
    new_database: NewDatabase,
    tmp_path: Path,
    closing: ExitStack,
    capsys: pytest.CaptureFixture[str],
):
    lacks, floor = WAYS[way]
    began = time.monotonic()
    benches = [
        Bench(tmp_path / f"bench-{number}", new_database(), lacks)
        for number in range(AT_ONCE)
    ]
    for bench in benches:
        closing.enter_context(bench.warm)
    # The shortest: now and then a lane has a successor with nothing left to do.
    learned = (benches[0].learn(f"learned-{number}") for number in range(LEARNED_FROM))
    points = min(learned, key=len)
    cuts = [Cut(point=each, after=after) for each in points for after in (False, True)]

    def cut_all(bench: Bench, mine: Sequence[Cut]) -> list[str]:
        return [
            each
            for number, cut in enumerate(mine)
            for each in bench.cut(f"cut-{number}", cut)
        ]

    with ThreadPoolExecutor(AT_ONCE) as crew:
        shares_of_work = [cuts[number::AT_ONCE] for number in range(AT_ONCE)]
        violations = [
            each for found in crew.map(cut_all, benches, shares_of_work) for each in found
        ]

    _tell(capsys, way, points, kills=len(cuts), seconds=time.monotonic() - began)
    assert violations == []
    assert len(points) >= floor


def _tell(
    capsys: pytest.CaptureFixture[str],
    way: str,
    points: Sequence[Point],
    *,
    kills: int,
    seconds: float,
) -> None:
    with capsys.disabled():
        print(f"\n{way}: {len(points)} points, {kills} kills, {seconds:.0f} s")  # noqa: T201
        for phase in ("request", "work"):
            counts = Counter(each.call for each in points if each.phase == phase)
            named = ", ".join(f"{call} {number}" for call, number in counts.items())
            print(f"  {phase}: {named}")  # noqa: T201
