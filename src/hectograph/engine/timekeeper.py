"""The clockwork: finds lanes that died and work that nobody was woken for."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo
from typing import Final, Protocol

import structlog

from hectograph.domain.risk import Risk
from hectograph.engine.queue import RunningLane
from hectograph.ports.accounts import Accounts
from hectograph.ports.clock import Clock
from hectograph.ports.ledger import LaneSign, Ledger
from hectograph.threads import OneThread

log = structlog.get_logger(__name__)

SWEPT_AGAIN: Final = timedelta(days=7)
"""For so long after its last share an account is swept each night."""


class LaneList(Protocol):
    """What the clockwork needs of the queue."""

    async def running(self) -> Sequence[RunningLane]:
        """The lanes that some worker has taken."""
        ...

    async def bury(self, lane: RunningLane) -> None:
        """End a dead lane's job."""
        ...


class Foresight(Protocol):
    """Looks ahead; both are asked at each patrol, and do it when it is time to."""

    async def take_note(self) -> None:
        """Keep estimates of what runs."""
        ...

    async def watch_deadlines(self) -> Sequence[Risk]:
        """What has come to be at risk, and what no more."""
        ...


@dataclass(slots=True, kw_only=True)
class Timekeeper:
    """Every worker has one; they may all do the same at once without harm.

    Once a night, at `sweep_hour` in the school's `zone`, every account that had a share in
    the last week is to look for leftovers once more.

    `ask_due` asks for what repeats, beside the patrol: how long a document takes to read
    must not keep lanes from being taken over. None where nothing does.

    `takeover` is the silence that ends a lane whose process seems to live, `grace` the
    one of a lane that has no process, or has not begun yet.
    """

    ledger: Ledger
    accounts: Accounts
    desk: OneThread
    clock: Clock
    queue: LaneList
    takeover: timedelta
    grace: timedelta
    patrol_seconds: float
    sweep_hour: int
    zone: tzinfo | None
    foresight: Foresight
    ask_due: Callable[[], Awaitable[None]] | None = None
    _night: date | None = None
    _suspects: dict[int, float] = field(default_factory=dict)

    async def run(self) -> None:
        """Patrol until cancelled."""
        async with asyncio.TaskGroup() as rounds:
            rounds.create_task(self._repeat(self.patrol))
            if self.ask_due is not None:
                rounds.create_task(self._repeat(self.ask_due))

    async def _repeat(self, round_: Callable[[], Awaitable[None]]) -> None:
        while True:
            await round_()
            await self.clock.sleep(self.patrol_seconds)

    async def patrol(self) -> None:
        """Bury dead lanes, and wake one for every account that has work due."""
        self.clock.follow(await self.desk.run(self.ledger.now))
        lanes = await self.queue.running()
        for lane in lanes:
            await self._examine(lane)
        for job in self._suspects.keys() - {lane.job for lane in lanes}:
            del self._suspects[job]
        now = self.clock.now()
        await self._sweep_at_night()
        await self.desk.run(self.ledger.wake_due, now=now, silent_since=now - self.takeover)
        await self._look_ahead()

    async def _look_ahead(self) -> None:
        await self.foresight.take_note()
        for risk in await self.foresight.watch_deadlines():
            if risk.over_at is None:
                log.warning(
                    "deadline.at_risk",
                    share=risk.share,
                    deadline=risk.deadline.isoformat(),
                    latest_at=risk.latest_at.isoformat(),
                )
            else:
                log.info("deadline.risk_over", share=risk.share)

    async def _sweep_at_night(self) -> None:
        now = self.clock.now()
        begun = now.astimezone(self.zone) - timedelta(hours=self.sweep_hour)
        before, self._night = self._night, begun.date()
        if before not in (None, self._night):
            since = now - SWEPT_AGAIN
            await self.desk.run(self.accounts.expect_sweeps, worked_since=since, at=now)

    async def _examine(self, lane: RunningLane) -> None:
        now = self.clock.now()
        sign = await self.desk.run(
            self.ledger.look_at_lane,
            lane.account,
            job=lane.job,
            beat_since=now - self.takeover,
            seen_since=now - self.grace,
        )
        if sign is LaneSign.ALIVE:
            self._suspects.pop(lane.job, None)
        elif sign is LaneSign.SILENT or self._is_overdue(lane.job):
            await self.queue.bury(lane)
            await self.desk.run(
                self.ledger.mourn, lane.account, seen_since=now - self.grace
            )
            log.warning("lane.buried", account=lane.account, job=lane.job)

    def _is_overdue(self, job: int) -> bool:
        """Whether a lane that has not begun was given its time to begin."""
        now = self.clock.elapsed()
        return now - self._suspects.setdefault(job, now) >= self.grace.total_seconds()
