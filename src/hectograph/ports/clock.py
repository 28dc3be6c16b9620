"""The only way to know the time, or to let it pass."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Time, as the ledger's database sees it."""

    def now(self) -> datetime:
        """The time, aware, in UTC."""
        ...

    def follow(self, now: datetime) -> None:
        """The database says that it is now this time."""
        ...

    def elapsed(self) -> float:
        """Seconds that never run backwards and go on while the machine sleeps."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let this much time pass."""
        ...
