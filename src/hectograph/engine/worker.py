"""A worker: lanes, clockwork and post together, across failures of the database."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from hectograph.domain.errors import LedgerUnavailable
from hectograph.engine.postman import Postman
from hectograph.engine.queue import LaneWorker
from hectograph.engine.timekeeper import Timekeeper
from hectograph.ports.clock import Clock

log = structlog.get_logger(__name__)

REOPEN_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Serves until told to stop. `reopen` finds or starts the database again."""

    build: Callable[[], tuple[LaneWorker, Timekeeper, Postman]]
    reopen: Callable[[], Awaitable[None]]
    clock: Clock

    async def run(self, stop: asyncio.Event) -> None:
        """Serve; when the database goes, wait for it, look again, and go on."""
        while not stop.is_set():
            try:
                await self._serve(stop)
            except* LedgerUnavailable as gone:
                log.warning("worker.database_gone", error=str(_first(gone)))
            if stop.is_set():
                return
            await self.clock.sleep(REOPEN_SECONDS)
            try:
                await self.reopen()
            except LedgerUnavailable as gone:
                log.warning("worker.database_gone", error=str(gone))

    async def _serve(self, stop: asyncio.Event) -> None:
        lanes, timekeeper, postman = self.build()
        async with lanes.opened(), asyncio.TaskGroup() as crew:
            runs = (lanes.run(), timekeeper.run(), postman.run())
            serving = [crew.create_task(each) for each in runs]
            crew.create_task(_stop_when(stop, serving))


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def _stop_when(stop: asyncio.Event, serving: list[asyncio.Task[None]]) -> None:
    await stop.wait()
    for task in serving:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*serving)
