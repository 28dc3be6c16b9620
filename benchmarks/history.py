"""The same questions to a young ledger and to an old one, in turn."""

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import psycopg
from django.db import connection

from benchmarks.figures import Table, with_unit
from benchmarks.filling import ACCOUNTS, OPEN_SHARES, PER_SHARE, fill
from hectograph.domain.ids import AccountId, RequestKey, ShareId
from hectograph.ports.ledger import Ledger
from hectograph.store.database import migrate

GOAL = 1.5
ROUNDS = 5
TIMES = 12
ACCOUNT = AccountId("fs:/srv/school-0")
NOTE = (
    f"Shares of {PER_SHARE} of {ACCOUNTS} accounts over five years; the day of the report "
    "and the open shares are the same in both. Medians of "
    f"{ROUNDS * TIMES}, the two ledgers in turn, shares chosen at random. "
    "The large one was built in {:.0f} s."
)
GRADED = frozenset({"claim", "progress of a share", "deliveries of a share", "day report"})

UNCLAIM = """
UPDATE delivery SET state = 'planned', attempts = 0, first_tried_at = NULL,
       tried_since = NULL
 WHERE state = 'placing'
   AND share_id = ANY(ARRAY(SELECT id FROM share WHERE open > 0))
"""
SOME_SHARES = """
SELECT id, request_key FROM share WHERE id = ANY(
  SELECT substr(md5(n::text), 1, 10) FROM unnest(%s::int[]) n)
"""

Question = Callable[[], object]


@dataclass(slots=True)
class Years:
    """A ledger with so many deliveries, and what was measured on it."""

    name: str
    deliveries: int
    taken: dict[str, list[float]] = field(default_factory=dict)

    def use(self) -> None:
        """Turn the process's connection to this one."""
        connection.close()
        connection.settings_dict["NAME"] = self.name


def measure_history(url: str, ledger: Ledger, *, small: int, large: int) -> Table:
    """Build both beside the database of `url`, and compare them."""
    now = datetime.fromtimestamp(time.time(), UTC)
    home = str(connection.settings_dict["NAME"])
    years = [Years("benchmark_small", small), Years("benchmark_large", large)]
    built = [_build(url, each, now=now) for each in years]
    try:
        for _ in range(ROUNDS):
            for each in random.sample(years, len(years)):
                each.use()
                _ask(ledger, each, now=now)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = home
        for each in years:
            _run(url, f"DROP DATABASE {each.name} WITH (FORCE)")
    return _table(*years, built_seconds=built[-1])


def _build(url: str, years: Years, *, now: datetime) -> float:
    began = time.monotonic()
    _run(url, f"DROP DATABASE IF EXISTS {years.name} WITH (FORCE)")
    _run(url, f"CREATE DATABASE {years.name}")
    there = beside(url, years.name)
    years.use()
    migrate(there)
    connection.close()
    fill(there, years.deliveries, now=now)
    return time.monotonic() - began


def beside(url: str, name: str) -> str:
    """The address of another database on the same server."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def _run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as own:
        own.execute(statement.encode())


def _ask(ledger: Ledger, years: Years, *, now: datetime) -> None:
    lane = ledger.begin_lane(ACCOUNT, job=1, now=now)
    shares = _some_shares(years.deliveries // PER_SHARE)
    day = now - timedelta(days=1, minutes=1)
    hours = timedelta(hours=12)

    def of(share: ShareId, key: RequestKey) -> dict[str, Question]:
        return {
            "claim": lambda: ledger.claim(lane, limit=PER_SHARE, now=now),
            "progress of a share": lambda: ledger.progress(share),
            "deliveries of a share": lambda: ledger.deliveries(share),
            "day report": lambda: ledger.day_report(start=day, end=day + hours),
            "list of 20 shares": lambda: ledger.list_shares(limit=20),
            "find what to join": lambda: ledger.find_joinable(
                key, since=now - timedelta(days=4000)
            ),
            "wake what is due": lambda: ledger.wake_due(
                now=now, silent_since=now - timedelta(seconds=20)
            ),
        }

    for number, (share, key) in enumerate(shares):
        for name, question in of(share, key).items():
            took = _timed(question)
            if number:  # the first warms the new connection
                years.taken.setdefault(name, []).append(took)
        with connection.cursor() as cursor:
            cursor.execute(UNCLAIM)
    ledger.end_lane(lane, job=1)


def _some_shares(number: int) -> list[tuple[ShareId, RequestKey]]:
    chosen = random.sample(range(1, number - OPEN_SHARES), TIMES + 1)
    with connection.cursor() as cursor:
        cursor.execute(SOME_SHARES, [chosen])
        return [(ShareId(row[0]), RequestKey(row[1])) for row in cursor.fetchall()]


def _timed(question: Question) -> float:
    began = time.perf_counter()
    question()
    return time.perf_counter() - began


def _table(small: Years, large: Years, *, built_seconds: float) -> Table:
    rows = []
    for name, taken in small.taken.items():
        young, old = statistics.median(taken), statistics.median(large.taken[name])
        graded = name in GRADED
        verdict = "met" if old / young <= GOAL else "**missed**"
        times = (with_unit(young * 1e3, "ms"), with_unit(old * 1e3, "ms"))
        goal = (f"≤ {GOAL}", verdict) if graded else ("", "")
        rows.append((name, *times, f"{old / young:.2f}", *goal))
    return Table(
        title="As the ledger grows",
        headings=(
            "question",
            f"{small.deliveries:,}",
            f"{large.deliveries:,}",
            "ratio",
            "goal",
            "",
        ),
        rows=tuple(rows),
        notes=(NOTE.format(built_seconds),),
    )
