"""The simplest honest stand-ins for what a lane uses besides the ledger and the drive."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import ParamSpec, TypeVar

from hectograph.domain.budget import Budget, Grant, Plan
from hectograph.domain.cleanup import Cleanup
from hectograph.domain.decision import Decision
from hectograph.domain.errors import HectographError, LaneWaiting
from hectograph.domain.ids import AccountId, CleanupId, ShareId
from hectograph.domain.pace import LearnedPace
from hectograph.domain.removal import Removal
from hectograph.domain.rest import Parked
from hectograph.domain.risk import Risk
from hectograph.domain.share import PlannedShare
from hectograph.engine.queue import Drain, RunningLane
from hectograph.ports.accounts import Account
from hectograph.ports.cleanups import AuditEntry, Scope
from hectograph.ports.clock import Clock
from hectograph.ports.ledger import Lane
from hectograph.threads import OneThread

P = ParamSpec("P")
T = TypeVar("T")


class InlineDesk(OneThread):
    """A desk without a thread: a call takes `seconds`, and then happens at once."""

    def __init__(self, *, seconds: float) -> None:
        super().__init__("never begun")
        self._seconds = seconds

    async def run(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        # Others go on meanwhile: lanes count on the tasks that they made having begun.
        await asyncio.sleep(self._seconds)
        return call(*args, **kwargs)


@dataclass(slots=True, kw_only=True)
class MemoryAccounts:
    """Accounts and budgets in dictionaries."""

    clock: Clock
    known: dict[AccountId, Account] = field(default_factory=dict)
    kept_at: dict[AccountId, float] = field(default_factory=dict)
    budgets: dict[str, Budget] = field(default_factory=dict)

    def account(self, account: AccountId) -> Account:
        known = self.known.get(account, Account(id=account, pool=account))
        if account not in self.kept_at:
            return known
        rested = self.clock.elapsed() - self.kept_at[account]
        return replace(known, rested_seconds=rested)

    def list_pool(self, pool: AccountId) -> Sequence[Account]:
        return [each for each in self.known.values() if each.pool == pool]

    def list_of_drive(self, pool: AccountId) -> Sequence[Account]:
        return self.list_pool(pool)

    def keep_pace(self, account: AccountId, pace: LearnedPace) -> None:
        self.known[account] = replace(self.account(account), pace=pace)
        self.kept_at[account] = self.clock.elapsed()

    def keep_staging(self, account: AccountId, folder: str, *, old: str | None) -> str:
        raise NotImplementedError

    def park(self, account: AccountId, parked: Parked | None) -> None:
        self.known[account] = replace(self.account(account), parked=parked)

    def expect_sweeps(self, *, worked_since: datetime, at: datetime) -> None:
        """Nothing is left over that anybody would sweep."""

    def sweep_at(self, account: AccountId, at: datetime) -> None:
        """Nothing is left over that anybody would sweep."""

    def swept(self, account: AccountId, *, again_at: datetime | None) -> None:
        """Nothing is left over that anybody would sweep."""

    def reserve(self, project: str, *, drive: str, wanted: int, plan: Plan) -> Grant:
        now = self.clock.now().timestamp()
        budget = self.budgets.get(project) or Budget.begin(plan, now=now)
        self.budgets[project], grant = budget.reserve(wanted, drive=drive, now=now)
        return grant


@dataclass(slots=True, kw_only=True)
class NoCleanups:
    """Nobody takes anything away."""

    def list_due(self, lane: Lane, *, limit: int, now: datetime) -> Sequence[Removal]:  # noqa: ARG002
        return ()

    def add(self, cleanup: Cleanup, removals: Sequence[Removal]) -> None:
        raise NotImplementedError

    def recall(
        self, share: ShareId, *, cleanup: CleanupId, by: str | None, now: datetime
    ) -> CleanupId:
        raise NotImplementedError

    def correct(
        self,
        share: ShareId,
        plan: PlannedShare,
        *,
        cleanup: CleanupId,
        by: str | None,
        now: datetime,
    ) -> None:
        raise NotImplementedError

    def note_folders(self, account: AccountId, number: int, *, now: datetime) -> None:
        raise NotImplementedError

    def cleanup(self, cleanup: CleanupId) -> tuple[Cleanup, Sequence[Removal]]:
        raise NotImplementedError

    def find_recall(self, share: ShareId) -> CleanupId | None:
        raise NotImplementedError

    def find_last_recall(self, share: ShareId) -> CleanupId | None:
        raise NotImplementedError

    def list_cleanups(self, *, limit: int) -> Sequence[Cleanup]:
        raise NotImplementedError

    def apply(self, cleanup: CleanupId, *, by: str | None, now: datetime) -> int:
        raise NotImplementedError

    def undo(self, cleanup: CleanupId, *, by: str | None, now: datetime) -> int:
        raise NotImplementedError

    def list_accounts(self, scope: Scope) -> Sequence[AccountId]:
        raise NotImplementedError

    def list_shares(self, scope: Scope) -> frozenset[ShareId] | None:
        raise NotImplementedError

    def record(
        self,
        lane: Lane,
        before: Sequence[Removal],
        after: Sequence[Removal],
        *,
        now: datetime,
    ) -> None:
        raise NotImplementedError

    def note(self, decision: Decision) -> None:
        raise NotImplementedError

    def list_decisions(self, share: ShareId) -> Sequence[Decision]:
        raise NotImplementedError

    def audit(
        self,
        *,
        subject: str | None,
        limit: int,
        school: str | None = None,
        before: int | None = None,
    ) -> Sequence[AuditEntry]:
        raise NotImplementedError


class Nobody:
    """Nobody looks ahead."""

    async def take_note(self) -> None:
        """Nothing is noted."""

    async def watch_deadlines(self) -> Sequence[Risk]:
        return ()


class Somebody:
    """A worker is about, always."""

    def attend(self) -> None:
        """This one."""

    def try_stand_in(self) -> bool:
        return False

    def is_worker_about(self) -> bool:
        return True


@dataclass(slots=True, kw_only=True)
class LanePool:
    """The queue and its workers: `width` lanes at once, one running for each account."""

    width: int
    waiting: dict[AccountId, int] = field(default_factory=dict)
    _running: dict[int, AccountId] = field(default_factory=dict)
    _jobs: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _drain: Drain | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    errors: list[BaseException] = field(default_factory=list)

    def serve(self, drain: Drain) -> None:
        """Run lanes from now on."""
        self._drain, self._loop = drain, asyncio.get_running_loop()
        self._fetch()

    def wake(self, account: AccountId) -> None:
        if account in self.waiting:
            raise LaneWaiting(f"A lane for {account} waits already.")
        self.waiting[account] = next(self._jobs)
        if self._loop is not None:
            # After the transaction; the ledger may live in a thread of its own.
            self._loop.call_soon_threadsafe(self._fetch)

    async def running(self) -> Sequence[RunningLane]:
        """The lanes that have begun."""
        return [
            RunningLane(job=job, account=account) for job, account in self._running.items()
        ]

    async def bury(self, lane: RunningLane) -> None:
        """End a lane's job; what it was about goes on until it notices."""
        self._running.pop(lane.job, None)
        self._fetch()

    async def end(self) -> None:
        """Wait until every lane has ended, buried ones as well."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _fetch(self) -> None:
        if self._drain is None:
            return
        busy = set(self._running.values())
        free = [each for each in self.waiting if each not in busy]
        for account in free[: max(0, self.width - len(self._running))]:
            job = self.waiting.pop(account)
            task = asyncio.create_task(self._run(self._drain(account, job)))
            self._running[job] = account
            self._tasks.add(task)
            task.add_done_callback(partial(self._ended, job))

    async def _run(self, drain: Awaitable[None]) -> None:
        try:
            await drain
        except* HectographError as failed:
            self.errors.extend(failed.exceptions)

    def _ended(self, job: int, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._running.pop(job, None)
        self._fetch()
