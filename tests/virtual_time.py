"""An event loop whose time passes only when everybody waits, and then at once."""

import asyncio
import selectors
from datetime import UTC, datetime, timedelta

EPOCH = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


class _Impatient(selectors.DefaultSelector):
    def __init__(self, loop):
        super().__init__()
        self.loop = loop

    def select(self, timeout=None):
        # None is a loop in which nothing will ever happen: better a test that fails.
        assert timeout is not None, "everybody waits for nothing"
        self.loop.seconds += max(0.0, timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self):
        self.seconds = 0.0
        super().__init__(_Impatient(self))

    def time(self):
        return self.seconds


class VirtualClock:
    """The Clock of such a loop."""

    def now(self):
        return EPOCH + timedelta(seconds=self.elapsed())

    def follow(self, now):
        """This clock leads."""

    def elapsed(self):
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds):
        await asyncio.sleep(seconds)


def run(coroutine):
    """Run it to its end; all tasks that are left are a mistake."""

    async def alone():
        result = await coroutine
        await asyncio.sleep(0)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, left
        return result

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(alone())
