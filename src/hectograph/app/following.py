"""Follows work to its end, and does a worker's part while there is none."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar

from hectograph.app.house import House
from hectograph.domain.errors import LedgerUnavailable
from hectograph.domain.halt import Halt

LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 15.0
"""How long a worker that is about may record nothing before this process helps."""
OUTAGE_SECONDS = 120.0


class Followed(Protocol):
    """How far a share or a clean-up is; `counts` change when anything is recorded."""

    @property
    def counts(self) -> Mapping[Any, int]:
        """What there is of each state."""
        ...

    @property
    def is_ended(self) -> bool:
        """Whether there is nothing to wait for."""
        ...

    @property
    def halted(self) -> Halt | None:
        """Why nothing more is begun, while the installation is paused."""
        ...


F = TypeVar("F", bound=Followed)


async def follow(
    house: House, look: Callable[[], Awaitable[F]], *, show: Callable[[F], None]
) -> None:
    """Return when what `look` finds has ended, or when the house is told to stop.

    Outlasts a database that is away for two minutes, then raises LedgerUnavailable.
    """
    helper = StandIn(house)
    try:
        while True:
            progress = await _look(house, look)
            show(progress)
            if progress.is_ended or house.stopping.is_set():
                return
            if progress.halted is None:
                await helper.consider(progress)
            await _pause(house.stopping)
    finally:
        await helper.end()


async def _look(house: House, look: Callable[[], Awaitable[F]]) -> F:
    """How far it is, across a restart of the database."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + OUTAGE_SECONDS
    while True:
        try:
            return await look()
        except LedgerUnavailable:
            if loop.time() > deadline or house.stopping.is_set():
                raise
            await _pause(house.stopping)
            await house.reopen()


async def _pause(stopping: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            await stopping.wait()
    except TimeoutError:
        return


class StandIn:
    """Works inside this process when no worker is about, one process at a time."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._stop = asyncio.Event()
        self._working: asyncio.Task[None] | None = None
        self._seen: Mapping[Any, int] | None = None
        self._seen_at = asyncio.get_running_loop().time()

    async def consider(self, progress: Followed) -> None:
        """Start to work when it is needed. Raises what ended the work."""
        if self._working is not None:
            if self._working.done():
                self._working.result()
            return
        if await self._is_needed(progress):
            self._working = asyncio.create_task(self._work())

    async def end(self) -> None:
        """Let what is under way come to a good end."""
        self._stop.set()
        if self._working is not None:
            self._house.stopping.set()
            await self._working

    async def _is_needed(self, progress: Followed) -> bool:
        now = asyncio.get_running_loop().time()
        if self._seen != progress.counts:
            self._seen, self._seen_at = progress.counts, now
        presence, desk = self._house.presence, self._house.desk
        try:
            if now - self._seen_at < PATIENCE_SECONDS and await desk.run(
                presence.is_worker_about
            ):
                return False
            return await desk.run(presence.try_stand_in)
        except LedgerUnavailable:
            return False

    async def _work(self) -> None:
        await self._house.work(self._stop)
