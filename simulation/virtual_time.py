"""An event loop whose time passes only when everybody waits, and then at once."""

import asyncio
import selectors
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

T = TypeVar("T")

EPOCH: Final = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


class _Impatient(selectors.DefaultSelector):
    def __init__(self, loop: "VirtualLoop") -> None:
        super().__init__()
        self._loop = loop

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            # A loop in which nothing will ever happen: better an error than a halt.
            raise RuntimeError("everybody waits for nothing")
        self._loop.seconds += max(0.0, timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its time is `seconds`, and jumps to the next timer when nothing is ready."""

    def __init__(self) -> None:
        self.seconds = 0.0
        super().__init__(_Impatient(self))

    def time(self) -> float:
        return self.seconds


@dataclass(slots=True)
class VirtualClock:
    """The Clock of such a loop.

    `slept` are seconds for which the machine was asleep: they count for `elapsed`, as
    timers do not know. `astray` is by how much the database's clock was put forward.
    """

    slept: float = 0.0
    astray: float = 0.0

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.elapsed() + self.astray)

    def follow(self, now: datetime) -> None:
        """This clock leads."""

    def elapsed(self) -> float:
        return asyncio.get_running_loop().time() + self.slept

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run it to its end; tasks that are left over are a mistake."""

    async def alone() -> T:
        result = await coroutine
        await asyncio.sleep(0)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if left:
            raise RuntimeError(f"left over: {left}")
        return result

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(alone())
