"""The only file that knows Procrastinate: wakes lanes, runs them, buries dead ones."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg
import structlog
from procrastinate import App, JobContext, exceptions, jobs
from procrastinate.psycopg_connector import PsycopgConnector

from hectograph.domain.errors import HectographError, LaneWaiting, LedgerUnavailable
from hectograph.domain.ids import AccountId

log = structlog.get_logger(__name__)

DRAIN: Final = "hectograph.drain"

Drain = Callable[[AccountId, int], Awaitable[None]]
"""Drains an account, given the number of the job that asked for it."""


@dataclass(frozen=True, slots=True)
class LaneQueue:
    """One waiting and one running `drain` job for each account, and never more.

    `app` defers inside the caller's transaction.
    """

    app: App

    def wake(self, account: AccountId) -> None:
        # Asked first: a refusal by the unique index is an error in the server's log.
        if self.app.job_manager.list_jobs(queueing_lock=account, status="todo"):
            raise LaneWaiting(f"A lane for {account} waits already.")
        deferrer = self.app.configure_task(
            DRAIN, queue="lanes", lock=account, queueing_lock=account
        )
        try:
            deferrer.defer(account=account)
        except exceptions.AlreadyEnqueued as error:
            raise LaneWaiting(f"A lane for {account} waits already.") from error


@dataclass(frozen=True, slots=True)
class RunningLane:
    """A `drain` job that a worker has taken."""

    job: int
    account: AccountId


class LaneWorker:
    """Runs the lanes that the queue asks for, until told to stop."""

    def __init__(self, *, drain: Drain, parameters: dict[str, Any], lanes: int) -> None:
        self._lanes = lanes
        self._app = App(
            connector=PsycopgConnector(kwargs=parameters, min_size=1, max_size=4, timeout=5)
        )

        @self._app.task(name=DRAIN, pass_context=True)
        async def run_lane(context: JobContext, account: str) -> None:
            job = context.job.id
            assert job is not None  # noqa: S101 - a job that runs was fetched by its id
            try:
                await drain(AccountId(account), job)
            except* HectographError as failed:
                # What it left is in the ledger, and the clockwork wakes another.
                log.warning("lane.failed", job=job, error=str(failed.exceptions[0]))

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Hold connections for `run`, `running` and `bury`."""
        with _database_errors():
            async with self._app.open_async():
                yield

    async def run(self) -> None:
        """Serve until cancelled; then the lanes under way come to a good end first.

        Raises LedgerUnavailable when the database is gone.
        """
        with _database_errors():
            await self._app.run_worker_async(
                queues=["lanes"],
                concurrency=self._lanes,
                install_signal_handlers=False,
                delete_jobs=jobs.DeleteJobCondition.ALWAYS,
                fetch_job_polling_interval=1.0,
            )
        raise LedgerUnavailable("The queue's connection to the database broke.")

    async def running(self) -> Sequence[RunningLane]:
        """The lanes that some worker has taken, this one's among them."""
        with _database_errors():
            found = await self._app.job_manager.list_jobs_async(status="doing", task=DRAIN)
        return [
            RunningLane(job=each.id, account=AccountId(str(each.task_kwargs["account"])))
            for each in found
            if each.id is not None
        ]

    async def bury(self, lane: RunningLane) -> None:
        """End a dead lane's job, which frees its lock for the successor.

        It cannot be retried instead: a waiting job holds the same queueing lock.
        """
        with _database_errors():
            await self._app.job_manager.finish_job_by_id_async(
                job_id=lane.job, status=jobs.Status.FAILED, delete_job=True
            )


@contextmanager
def _database_errors() -> Iterator[None]:
    try:
        yield
    except (exceptions.ConnectorException, psycopg.Error) as error:
        raise LedgerUnavailable(f"The queue cannot reach the database: {error}") from error
