"""The real clock: the database's time, carried on by the machine's own count."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

# Unlike CLOCK_MONOTONIC it goes on while the machine sleeps, where there is one.
COUNT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class DatabaseClock:
    """Starts at the machine's time and follows the database's once it was told."""

    def __init__(self) -> None:
        self.follow(datetime.fromtimestamp(time.time(), UTC))

    def follow(self, now: datetime) -> None:
        self._told = (now, self.elapsed())

    def now(self) -> datetime:
        told_at, told_elapsed = self._told
        return told_at + timedelta(seconds=self.elapsed() - told_elapsed)

    def elapsed(self) -> float:
        return time.clock_gettime(COUNT)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
