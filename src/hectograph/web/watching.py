"""Pages that show what goes on: one look at a thing, however many people watch it."""

import asyncio
import contextvars
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from hectograph.domain.errors import LedgerUnavailable

K = TypeVar("K")
T = TypeVar("T")

LOOK_SECONDS: Final = 0.5
BEAT_SECONDS: Final = 10.0


@dataclass(slots=True)
class _Watch(Generic[T]):
    """One thing that is watched: what was seen last, and how many wait for the next."""

    latest: T | None = None
    is_over: bool = False
    watchers: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Let all who wait look."""
        before, self.changed = self.changed, asyncio.Event()
        before.set()


class Watching(Generic[K, T]):
    """Looks at a thing while somebody watches it, and until it `is_over`.

    `look` is given what it found before.
    """

    def __init__(
        self,
        look: Callable[[K, T | None], Awaitable[T]],
        *,
        is_over: Callable[[T], bool],
        look_seconds: float = LOOK_SECONDS,
        beat_seconds: float = BEAT_SECONDS,
    ) -> None:
        self._look = look
        self._is_over = is_over
        self._look_seconds = look_seconds
        self._beat_seconds = beat_seconds
        self._watches: dict[K, _Watch[T]] = {}

    async def follow(self, key: K) -> AsyncGenerator[T | None, None]:
        """What is found whenever it changes, to the end; None when nothing did for long."""
        watch = self._join(key)
        last = None
        try:
            while True:
                changed = watch.changed
                if watch.latest is not last:
                    last = watch.latest
                    yield last
                elif watch.is_over:
                    return
                elif not await self._is_in_time(changed):
                    yield None
        finally:
            self._leave(key, watch)

    async def _is_in_time(self, changed: asyncio.Event) -> bool:
        try:
            async with asyncio.timeout(self._beat_seconds):
                await changed.wait()
        except TimeoutError:
            return False
        return True

    def _join(self, key: K) -> _Watch[T]:
        watch = self._watches.get(key)
        if watch is None or watch.is_over:
            watch = self._watches[key] = _Watch()
            # Not in the request's context: its threads end with it.
            watch.task = asyncio.create_task(
                self._keep_looking(key, watch), context=contextvars.Context()
            )
        watch.watchers += 1
        return watch

    def _leave(self, key: K, watch: _Watch[T]) -> None:
        watch.watchers -= 1
        if watch.watchers:
            return
        if watch.task is not None:
            watch.task.cancel()
        if self._watches.get(key) is watch:
            del self._watches[key]

    async def _keep_looking(self, key: K, watch: _Watch[T]) -> None:
        try:
            while not await self._look_once(key, watch):  # noqa: ASYNC110 - it is a pace
                await asyncio.sleep(self._look_seconds)
        finally:
            # Also when it cannot be looked at any more: who watches asks anew.
            watch.is_over = True
            watch.wake()

    async def _look_once(self, key: K, watch: _Watch[T]) -> bool:
        """Look, and tell whether it was for the last time."""
        try:
            found = await self._look(key, watch.latest)
        except LedgerUnavailable:
            return False
        if found != watch.latest:
            watch.latest = found
            watch.wake()
        return self._is_over(found)
