"""Where asynchronous callers meet blocking work: few threads, many calls at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")


class OneThread:
    """A thread for what must always be called from the same one."""

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call it there and wait for its result."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, lambda: call(*args, **kwargs))

    def close(self, *, at_last: Callable[[], object] | None = None) -> None:
        """Let the thread end once its calls have, and after one more."""
        if at_last is not None:
            self._executor.submit(at_last)
        self._executor.shutdown()


class Grouped(Generic[T, R]):
    """Many awaited calls, one trip: what came in meanwhile goes together.

    `work` takes the items and returns for each its result, or the error that `call`
    raises; what `work` itself raises, all of them raise. At most `width` trips of at
    most `limit` items are under way, and they depart at least `pause_seconds` apart.
    """

    def __init__(
        self,
        work: Callable[[Sequence[T]], Awaitable[Sequence[R | Exception]]],
        *,
        limit: int,
        width: int = 1,
        pause_seconds: float = 0.0,
    ) -> None:
        self._work = work
        self._limit = limit
        self._width = width
        self._pause_seconds = pause_seconds
        self._departs_at = 0.0
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._under_way: set[asyncio.Task[None]] = set()

    async def call(self, item: T) -> R:
        """Have the item done in the next trip."""
        promise: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, promise))
        self._depart()
        return await promise

    def _depart(self) -> None:
        if self._waiting and len(self._under_way) < self._width:
            trip = asyncio.create_task(self._trip())
            self._under_way.add(trip)

    async def _trip(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._departs_at - loop.time()))
        self._departs_at = loop.time() + self._pause_seconds
        taken = self._waiting[: self._limit]
        del self._waiting[: self._limit]
        this = asyncio.current_task()
        assert this is not None  # noqa: S101 - a coroutine of ours always runs in a task
        this.add_done_callback(lambda trip: self._arrived(trip, taken))
        results = await self._work([item for item, _ in taken])
        for (_, promise), result in zip(taken, results, strict=True):
            if promise.done():
                continue
            if isinstance(result, Exception):
                promise.set_exception(result)
            else:
                promise.set_result(result)

    def _arrived(
        self, trip: asyncio.Task[None], taken: Sequence[tuple[T, asyncio.Future[R]]]
    ) -> None:
        self._under_way.discard(trip)
        error = asyncio.CancelledError() if trip.cancelled() else trip.exception()
        for _, promise in taken:
            if error is not None and not promise.done():
                promise.set_exception(error)
        self._depart()
