"""Drains one account: claims what is due, has it carried, records what became of it.

A lane's rule: nothing happens at the drive without a permit, and nothing in the ledger
without the epoch. Both end when another lane takes over.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from hectograph.domain.cleanup import Cleanup, Purpose
from hectograph.domain.delivery import DELIVERED_STATES, Delivery, Prepared, Receipt
from hectograph.domain.errors import (
    Exhausted,
    LaneLost,
    LedgerUnavailable,
    ProviderError,
    Rejected,
    UnknownShare,
)
from hectograph.domain.ids import AccountId, cleanup_id_from
from hectograph.domain.removal import Removal, RemovalKey
from hectograph.domain.rest import Parked
from hectograph.domain.retry import RetryPolicy
from hectograph.domain.throughput import Throughput
from hectograph.engine.courier import Courier
from hectograph.engine.notes import LaneNotes
from hectograph.engine.remover import RemovalRun, Remover
from hectograph.ports.accounts import Accounts
from hectograph.ports.cleanups import Cleanups
from hectograph.ports.clock import Clock
from hectograph.ports.ledger import Claim, Lane, Ledger
from hectograph.ports.provider import Notes, Permit, Provider, Stray
from hectograph.threads import Grouped, OneThread

log = structlog.get_logger(__name__)

GROUP_COMMIT_SECONDS = 0.05
LOOK_SECONDS = 0.1
"""How soon to look for more work, or for room, while some is under way."""
CLAIM = 256
"""Deliveries to a claim: few, so that the drive has the first ones soon."""
DEADLY_TRIES = 50
"""Times the budget after which a delivery that never got an answer is given up."""
LITTER_AGE = timedelta(hours=1)
"""How long a document may be frozen before its share is in the ledger."""
OpenDrive = Callable[[AccountId, Permit, Notes], Awaitable[Provider]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneLimits:
    """How wide, how long, how patient a lane is; times in seconds.

    A lane with nothing to do stays for what is due within `linger`. An account that had
    too much rests for `park`; what lay hidden for `sweep_after` is taken away.
    """

    width: int
    lane_seconds: float
    beat_seconds: float
    permit_seconds: float
    retry: RetryPolicy
    joins_within: timedelta
    linger: timedelta
    park: timedelta
    sweep_after: timedelta


class Lease:
    """The permit of a lane: good for some seconds after each sign of life."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._until = clock.elapsed() + seconds

    def extend(self, *, since: float) -> None:
        """The ledger confirmed the epoch at some time after `since`."""
        self._until = since + self._seconds

    def check(self) -> None:
        """Raise LaneLost when the last confirmation is too old to act upon."""
        if self._clock.elapsed() > self._until:
            raise LaneLost("The lane was not heard of for too long.", effect="It stops.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """Makes and runs lanes. `jitter` gives random numbers from 0 to 1.

    `random_bytes` makes the ids of clean-ups.
    """

    ledger: Ledger
    cleanups: Cleanups
    accounts: Accounts
    desk: OneThread
    clock: Clock
    open_drive: OpenDrive
    limits: LaneLimits
    jitter: Callable[[], float]
    random_bytes: Callable[[int], bytes]
    stopping: Callable[[], bool]

    async def drain(self, account: AccountId, job: int) -> None:
        """Deliver what is due for the account, then end; `job` names this lane."""
        lease = Lease(self.clock, self.limits.permit_seconds)
        now = self.clock.now()
        lane = await self.desk.run(self.ledger.begin_lane, account, job=job, now=now)
        notes = LaneNotes(ledger=self.ledger, desk=self.desk, lane=lane)
        drive = await self.open_drive(account, lease, notes)
        run = LaneRun(lanes=self, lane=lane, lease=lease, job=job, drive=drive)
        log.info("lane.begun", account=account, epoch=lane.epoch, job=job)
        try:
            await run.run()
        except* LaneLost:
            log.warning("lane.lost", account=account, epoch=lane.epoch)
        finally:
            await run.close()
            with suppress(LedgerUnavailable):
                await self.desk.run(self.ledger.end_lane, lane, job=job)
        log.info("lane.ended", account=account, epoch=lane.epoch, settled=run.settled)


class LaneRun:
    """One lane from its beginning to its end."""

    def __init__(
        self, *, lanes: Lanes, lane: Lane, lease: Lease, job: int, drive: Provider
    ) -> None:
        self.settled = 0
        self._made = 0
        self._throughput = Throughput.known(lane.goodput)
        self._has_lacked_work = False
        self._job = job
        self._to = lanes
        self._lane = lane
        self._lease = lease
        self._drive = drive
        self._courier = Courier(drive=drive, joins_within=lanes.limits.joins_within)
        self._removals = RemovalRun(
            cleanups=lanes.cleanups,
            desk=lanes.desk,
            clock=lanes.clock,
            lane=lane,
            remover=Remover(drive=drive, clock=lanes.clock),
            stopping=self._is_stopping,
        )
        self._recorder = Grouped(
            self._record, limit=4096, pause_seconds=GROUP_COMMIT_SECONDS
        )
        self._under_way = 0
        self._has_worked = False
        self._landed = asyncio.Event()
        self._parked = False

    async def run(self) -> None:
        """Drain until nothing is due, or the lane's time is over."""
        async with asyncio.TaskGroup() as crew:
            beating = crew.create_task(self._beat())
            await self._drain(crew)
            await self._thaw()
            with suppress(ProviderError):
                await self._sweep()
            await self._removals.carry()
            beating.cancel()

    async def close(self) -> None:
        """Let go of the drive."""
        await self._drive.close()

    async def _drain(self, crew: asyncio.TaskGroup) -> None:
        end = self._to.clock.elapsed() + self._to.limits.lane_seconds
        while self._to.clock.elapsed() < end and not self._is_stopping():
            self._removals.look(crew)
            room = self._room()
            claims = await self._claim(limit=room) if room else []
            self._has_lacked_work |= bool(room) and not claims
            if claims and not self._has_worked:
                await self._expect_sweep()
            for claim in claims:
                self._under_way += 1
                crew.create_task(self._deliver(claim))
            at_work = self._under_way or self._removals.is_under_way
            idle = bool(room) and not claims and not at_work
            if idle and not await self._is_due_soon():
                return
            if not claims:
                await self._look_again()
        if self._is_stopping():
            self._drive.hasten()
        await self._until(0)

    async def _is_due_soon(self) -> bool:
        """Whether to stay: what waits for a moment need not wait for another lane."""
        due_at = await self._to.desk.run(self._to.ledger.next_due, self._lane)
        now = self._to.clock.now()
        return due_at is not None and due_at - now < self._to.limits.linger

    def _is_stopping(self) -> bool:
        return self._parked or self._to.stopping()

    def _room(self) -> int:
        """How many to claim: few at a time, and none before there is room for a group."""
        width = self._to.limits.width
        room = width - self._under_way
        return min(CLAIM, room, self._drive.room()) if room >= min(CLAIM, width) else 0

    async def _look_again(self) -> None:
        """Wait until a delivery lands, or a moment."""
        self._landed.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._landed.wait(), LOOK_SECONDS)

    async def _claim(self, *, limit: int) -> list[Claim]:
        now = self._to.clock.now()
        return list(
            await self._to.desk.run(self._to.ledger.claim, self._lane, limit=limit, now=now)
        )

    async def _until(self, under_way: int) -> None:
        """Wait until no more deliveries than these are under way."""
        while self._under_way > under_way:
            self._landed.clear()
            await self._landed.wait()

    async def _attempt(self, claim: Claim) -> Receipt | Prepared | ProviderError:
        if claim.delivery.attempts > DEADLY_TRIES * self._to.limits.retry.attempts:
            return Rejected(
                "Every worker that tried this copy stopped.",
                effect="It is not tried any more, so that others get theirs.",
                remedy="Read the workers' logs, then run `hectograph shares retry ID`.",
            )
        return await self._courier.attempt(claim)

    async def _deliver(self, claim: Claim) -> None:
        outcome = await self._attempt(claim)
        self._landed.set()  # the drive may have room now, whatever the record takes
        if isinstance(outcome, Exhausted):
            await self._park(outcome)
        if isinstance(outcome, ProviderError):
            log.info(
                "delivery.not_made",
                delivery=str(claim.delivery.key),
                attempt=claim.delivery.attempts,
                error=outcome.code,
            )
        now = self._to.clock.now()
        settled = claim.delivery.settled(
            outcome,
            tried_since=claim.tried_since,
            now=now,
            policy=self._to.limits.retry,
            jitter=self._to.jitter(),
        )
        await self._recorder.call(settled)
        self.settled += 1
        self._made += settled.state in DELIVERED_STATES
        self._under_way -= 1
        self._landed.set()

    async def _record(self, settled: Sequence[Delivery]) -> list[None]:
        now = self._to.clock.now()
        await self._to.desk.run(self._to.ledger.record, self._lane, settled, now=now)
        return [None] * len(settled)

    async def _beat(self) -> None:
        """Leave signs of life, but not for a lane that hangs."""
        began = self._to.clock.elapsed()
        longest = 2 * self._to.limits.lane_seconds + self._to.limits.permit_seconds
        before = began
        while True:
            await self._to.clock.sleep(self._to.limits.beat_seconds)
            since = self._to.clock.elapsed()
            if since - began > longest:
                raise LaneLost("The lane hangs.", effect="It gives its account up.")
            goodput = self._measure(seconds=since - before)
            before = since
            await self._to.desk.run(
                self._to.ledger.beat,
                self._lane,
                job=self._job,
                now=self._to.clock.now(),
                goodput=goodput,
            )
            self._lease.extend(since=since)

    def _measure(self, *, seconds: float) -> float | None:
        """Deliveries a second, by what was made since the last time; if it was at work."""
        if self._has_lacked_work:
            self._throughput = self._throughput.interrupted()
        else:
            self._throughput = self._throughput.observed(self._made, seconds=seconds)
        self._made, self._has_lacked_work = 0, False
        return self._throughput.rate or None

    async def _park(self, why: Exhausted) -> None:
        """Let the account rest; what it was at goes to others, or waits."""
        if self._parked:
            return
        self._parked = True
        parked = Parked(
            until=self._to.clock.now() + self._to.limits.park, reason=why.reason()
        )
        await self._to.desk.run(self._to.accounts.park, self._lane.account, parked)
        log.warning("account.parked", account=self._lane.account, error=why.code)

    async def _sweep(self) -> None:
        """Take away what attempts left hidden, when it is time to, but nothing needed."""
        desk, accounts, now = self._to.desk, self._to.accounts, self._to.clock.now()
        account = await desk.run(accounts.account, self._lane.account)
        if account.sweep_at is None or account.sweep_at > now or self._parked:
            return
        strays = await self._drive.list_strays()
        keys = [each.key for each in strays if each.key is not None]
        needs = await desk.run(self._to.ledger.list_needs, keys)
        since = now - self._to.limits.sweep_after
        left = [
            each for each in strays if each.born_at < since and not each.is_needed(needs)
        ]
        if left:
            await desk.run(self._to.cleanups.add, *self._cleanup_of(left))
        folders = await self._drive.sweep_folders(before=since)
        if folders:
            await desk.run(self._to.cleanups.note_folders, account.id, folders, now=now)
        log.info(
            "lane.swept",
            account=account.id,
            strays=len(strays),
            swept=len(left),
            folders=folders,
        )
        # What this lane itself has left, lists may not show yet.
        is_over = len(left) == len(strays) and not self._has_worked
        again_at = None if is_over else now + self._to.limits.sweep_after
        await desk.run(accounts.swept, account.id, again_at=again_at)

    def _cleanup_of(self, strays: Sequence[Stray]) -> tuple[Cleanup, list[Removal]]:
        """The list by which leftovers go; they are judged again when they do."""
        account, now = self._lane.account, self._to.clock.now()
        cleanup = Cleanup(
            id=cleanup_id_from(self._to.random_bytes(10)),
            purpose=Purpose.LEFTOVER,
            subject=account,
            asked_at=now,
            asked_by=None,
        )
        removals = [
            stray.as_removal(
                RemovalKey(cleanup=cleanup.id, position=position), account=account
            ).asked(now=now)
            for position, stray in enumerate(strays)
        ]
        return cleanup, removals

    async def _expect_sweep(self) -> None:
        """Have it known, before anything is done, that something may be left over."""
        self._has_worked = True
        sweep_at = self._to.clock.now() + self._to.limits.sweep_after
        await self._to.desk.run(self._to.accounts.sweep_at, self._lane.account, sweep_at)

    async def _thaw(self) -> None:
        """Let go of frozen documents that nobody needs: of ended shares, and litter."""
        desk, ledger = self._to.desk, self._to.ledger
        for share in await desk.run(ledger.unthawed, self._lane.pool):
            await self._drive.thaw(share)
            await desk.run(ledger.thawed, share)
        long_ago = self._to.clock.now() - LITTER_AGE
        for share in await self._drive.list_frozen(before=long_ago):
            try:
                await desk.run(ledger.share, share)
            except UnknownShare:
                await self._drive.thaw(share)
