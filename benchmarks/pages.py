"""Asks for the pages of a full school, alone and while many people watch."""

import argparse
import asyncio
import os
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import aiohttp
import psycopg

from benchmarks.figures import Figure, Table, table_of, with_unit
from benchmarks.page import as_markdown, describe_machine, show
from benchmarks.school_filling import (
    PER_CLASS,
    Extent,
    class_number,
    fill_school,
    share_number,
)
from benchmarks.workplace import House, opened_house

PAGE: Final = Path(__file__).parent.parent / "docs" / "reference" / "benchmarks-pages.md"
GOAL_MS: Final = 100.0
FULL: Final = Extent(classes=1667, shares=5000, running=20)
QUICK: Final = Extent(classes=6, shares=12, running=4)
TESS: Final = "tess@school.test"
TOKEN: Final = "t" * 43
PASSWORD: Final = "a long and quiet password"
READY_SECONDS: Final = 60.0
TICK_SECONDS: Final = 1.0
CLOCK_TICKS: Final = os.sysconf("SC_CLK_TCK")

HEAD = """\
# Benchmarks of the pages

Written by `make bench-pages`, which measures everything anew and takes some {minutes:.0f} minutes; it is also how to repeat it.
Nothing on this page is written by hand.

Measured on {day}: {machine}.

`hectograph serve` over real HTTP, on an embedded PostgreSQL with a school of {students:,} students in {classes:,} classes, {teachers:,} teachers, and {shares:,} shares of 30, of which {running} are under way.
Each page is asked for {times} times, one request after the other, by a teacher of five classes or by the operator, who sees all of the school; times are those of the whole request, as the client on the same machine sees it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A page: who asks for it, and its address."""

    who: str
    what: str
    address: str


@dataclass(slots=True, kw_only=True)
class Visitors:
    """A teacher and the operator, signed in; and how to ask."""

    url: str
    sessions: dict[str, aiohttp.ClientSession]

    async def seconds(self, asked: Asked, *, times: int) -> list[float]:
        """How long each request took, after one that is not counted."""
        session = self.sessions[asked.who]
        taken = []
        for _ in range(times + 1):
            began = time.perf_counter()
            async with session.get(self.url + asked.address) as answer:
                await answer.read()
            taken.append(time.perf_counter() - began)
            if answer.status != 200:  # noqa: PLR2004
                message = f"{asked.address} answers {answer.status}."
                raise RuntimeError(message)
        return taken[1:]


@dataclass(slots=True, kw_only=True)
class Ticker:
    """Has a copy of every running share arrive each second, as a lane would write it."""

    url: str
    shares: Sequence[str]
    at: dict[tuple[str, int], float] = field(default_factory=dict)

    async def run(self) -> None:
        """Until cancelled."""
        for copies in range(1, PER_CLASS):
            await asyncio.sleep(TICK_SECONDS)
            await asyncio.to_thread(self._tick, copies)

    def _tick(self, copies: int) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute(
                "UPDATE delivery SET state = 'verified', settled_at = now()"
                " WHERE share_id = ANY(%s) AND position = %s",
                [list(self.shares), copies - 1],
            )
            connection.execute(
                "UPDATE share SET open = open - 1 WHERE id = ANY(%s)", [list(self.shares)]
            )
        now = time.perf_counter()
        self.at |= {(share, copies): now for share in self.shares}


@dataclass(slots=True, kw_only=True)
class Watchers:
    """People who watch shares, and how long after a change each saw it."""

    visitors: Visitors
    ticker: Ticker
    delays: list[float] = field(default_factory=list)

    async def watch(self, share: str) -> None:
        """One of them, until cancelled."""
        address = f"{self.visitors.url}/shares/{share}/events"
        seen = re.compile(rb"(\d+) of 30 copies are there")
        async with self.visitors.sessions["operator"].get(address) as answer:
            last = -1
            async for line in answer.content:
                if (found := seen.search(line)) and int(found[1]) != last:
                    last = int(found[1])
                    if at := self.ticker.at.get((share, last)):
                        self.delays.append(time.perf_counter() - at)


def pages(extent: Extent) -> Sequence[Asked]:
    """Every page that grows with the school, and those that most people see."""
    # The one before the last of the first class, which the teacher teaches.
    ended, a_class = share_number(extent.shares - extent.classes), class_number(1)
    teacher = {
        "first page": "/",
        "search": "/?search=Essay",
        "share with a class": f"/classes/{a_class}/share/",
        "a share that is complete": f"/shares/{ended}/",
        "what a recall would do": f"/shares/{ended}/recall/",
        "its table": f"/shares/{ended}/copies.csv",
    }
    operator = {
        "first page": "/",
        "search": "/?search=Essay",
        "people": "/school/people/",
        "classes": "/school/classes/",
        "a class": f"/school/classes/{a_class}/",
        "rosters": "/school/rosters/",
        "audit log": "/school/audit/",
        "drives": "/school/drives/",
        "queue": "/school/queue/",
        "pause": "/school/pause/",
    }
    return [
        Asked(who=who, what=what, address=address)
        for who, each in (("teacher", teacher), ("operator", operator))
        for what, address in each.items()
    ]


@contextmanager
def served(house: House, place: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The pages alone, and where they are."""
    log = place / "serve.log"
    words = house.command("serve", "--port", "0", "--no-worker")
    with log.open("wb") as written:
        process = subprocess.Popen(
            words, env=house.environment, stdout=written, stderr=written
        )
        try:
            yield process, _url(log, process)
        finally:
            process.terminate()
            process.wait(READY_SECONDS)


def _url(log: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"Hectograph is at http://\S+:(\d+)/", log.read_text()):
            return f"http://127.0.0.1:{found[1]}"
        threading.Event().wait(0.05)
    raise RuntimeError(log.read_text())


def invite(url: str) -> None:
    """Links by which the operator and the teacher may come in."""
    with psycopg.connect(url, autocommit=True) as connection:
        for role, email in (("operator", "olga@school.test"), ("teacher", TESS)):
            connection.execute(
                "INSERT INTO invitation (token_sha256, email, role, school, expires_at)"
                " VALUES (%s, %s, %s, 'school', now() + interval '1 day')",
                [sha256((TOKEN + role).encode()).hexdigest(), email, role],
            )


def have_taught(url: str) -> None:
    """Tess teaches the classes of the first teacher."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "UPDATE teaching SET person_id = (SELECT id FROM person WHERE email = %s)"
            " WHERE person_id = (SELECT id FROM person WHERE name = 'Teacher 1')",
            [TESS],
        )


@asynccontextmanager
async def signed_in(url: str) -> AsyncIterator[Visitors]:
    """Both, come in by their links."""
    sessions: dict[str, aiohttp.ClientSession] = {}
    try:
        for role, email in (("operator", "olga@school.test"), ("teacher", TESS)):
            session = sessions[role] = aiohttp.ClientSession(
                cookie_jar=aiohttp.CookieJar(unsafe=True),
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=None),
            )
            who = {"name": role.title(), "email": email, "password": PASSWORD}
            await _send(session, f"{url}/welcome/{TOKEN}{role}/", who)
            signing = {"login": email, "password": PASSWORD}
            await _send(session, f"{url}/account/login/", signing)
        yield Visitors(url=url, sessions=sessions)
    finally:
        for each in sessions.values():
            await each.close()


async def _send(session: aiohttp.ClientSession, url: str, typed: dict[str, str]) -> None:
    async with session.get(url) as answer:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', await answer.text())
    if token is None:
        message = f"{url} shows no form."
        raise RuntimeError(message)
    sent = {**typed, "csrfmiddlewaretoken": token[1]}
    async with session.post(url, data=sent, headers={"Referer": url}) as answer:
        answer.raise_for_status()


async def measure(
    url: str, database: str, process: int, *, extent: Extent, times: int, watchers: int
) -> list[Table]:
    """The pages alone, then while people watch."""
    asked = pages(extent)
    shares = [share_number(extent.shares - each) for each in range(extent.running)]
    async with signed_in(url) as visitors:
        await asyncio.to_thread(have_taught, database)
        quiet = [await visitors.seconds(each, times=times) for each in asked]
        ticker = Ticker(url=database, shares=shares)
        watching = Watchers(visitors=visitors, ticker=ticker)
        tasks = [
            asyncio.create_task(watching.watch(shares[each % len(shares)]))
            for each in range(watchers)
        ]
        await asyncio.sleep(2.0)
        began, before = time.perf_counter(), _processor_seconds(process)
        ticking = asyncio.create_task(ticker.run())
        await asyncio.sleep(2.5 * TICK_SECONDS)
        watched = [await visitors.seconds(each, times=times // 4) for each in asked]
        ticking.cancel()
        busy = _processor_seconds(process) - before
        busy /= time.perf_counter() - began
        for each in tasks:
            each.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    _check(ends, watching)
    return [
        _table("Alone", asked, quiet),
        _table(f"While {watchers} people watch {len(shares)} shares", asked, watched),
        table_of(
            "What is seen of a change",
            [
                Figure(what="p50", value=1e3 * _at(watching.delays, 0.5), unit="ms"),
                Figure(what="p95", value=1e3 * _at(watching.delays, 0.95), unit="ms"),
                Figure(what="one core busy with pages", value=100 * busy, unit="%"),
            ],
            f"Once a second a copy of each share arrives; a share is looked at every half second. {len(watching.delays):,} sights by {watchers} people, each from the commit until the browser has it.",
        ),
    ]


def _check(ends: Sequence[object], watching: Watchers) -> None:
    failed = [each for each in ends if not isinstance(each, asyncio.CancelledError)]
    if failed or not watching.delays:
        message = f"Not everybody watched to the end: {failed[:1]}."
        raise RuntimeError(message)


def _processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def _table(title: str, pages: Sequence[Asked], taken: Sequence[Sequence[float]]) -> Table:
    rows = []
    for asked, seconds in zip(pages, taken, strict=True):
        p95 = Figure(what="", value=1e3 * _at(seconds, 0.95), unit="ms", goal=GOAL_MS)
        p50 = with_unit(1e3 * _at(seconds, 0.5), "ms")
        rows.append(
            (asked.what, asked.who, p50, p95.shown(), p95.goal_shown(), p95.verdict())
        )
    return Table(
        title=title, headings=("page", "who", "p50", "p95", "goal", ""), rows=tuple(rows)
    )


def _at(values: Sequence[float], part: float) -> float:
    return sorted(values)[int(part * (len(values) - 1))]


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="only see that it works; writes no page"
    )
    asked = parser.parse_args()
    extent, times, watchers = (QUICK, 4, 8) if asked.quick else (FULL, 100, 200)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        with opened_house(place / "data") as house, served(house, place) as (process, url):
            fill_school(house.url, extent)
            invite(house.url)
            tables = asyncio.run(
                measure(
                    url,
                    house.url,
                    process.pid,
                    extent=extent,
                    times=times,
                    watchers=watchers,
                )
            )
            with psycopg.connect(house.url) as connection:
                server = f"{connection.info.server_version // 10_000}"
            machine = describe_machine(place, server)
    for table in tables:
        show(table)
    if not asked.quick:
        head = HEAD.format(
            minutes=max(1.0, (time.monotonic() - began) / 60),
            day=datetime.fromtimestamp(time.time(), UTC).date(),
            machine=machine,
            students=extent.students,
            classes=extent.classes,
            teachers=extent.teachers,
            shares=extent.shares,
            running=extent.running,
            times=times,
        )
        PAGE.write_text("\n".join([head, *map(as_markdown, tables)]), encoding="utf-8")


if __name__ == "__main__":
    main()
