"""What whoever runs the installation can do: pause everything, wait, let it go on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from hectograph.app.estimating import Estimating
from hectograph.domain.halt import Halt, UnderWay
from hectograph.ports.clock import Clock
from hectograph.ports.ledger import Ledger
from hectograph.threads import OneThread

LOOK_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Operating:
    """A lane that was silent for `takeover` does not count as alive any more.

    `by` is the person who asks, everywhere.
    """

    ledger: Ledger
    estimating: Estimating
    desk: OneThread
    clock: Clock
    takeover: timedelta

    async def pause(self, reason: str | None, *, by: str | None) -> Halt:
        """Have nothing begun any more, on any machine; what is under way ends.

        Safe to repeat: it keeps its time, and takes a new reason where one is given.
        """
        halt = await self.desk.run(self.ledger.halt, reason, by=by, now=self.clock.now())
        await self.estimating.forget(None)
        return halt

    async def resume(self, *, by: str | None) -> Halt | None:
        """Let everything go on, and wake lanes; None when nothing was paused."""
        now = self.clock.now()
        ended = await self.desk.run(self.ledger.resume, by=by, now=now)
        await self.desk.run(self.ledger.wake_due, now=now, silent_since=now - self.takeover)
        return ended

    async def find_halt(self) -> Halt | None:
        """Why nothing is begun, while that is so."""
        return await self.desk.run(self.ledger.find_halt)

    async def until_idle(
        self, *, told: Callable[[UnderWay], None], stopping: Callable[[], bool]
    ) -> bool:
        """Wait until nothing is under way on any worker; False if stopped before.

        `told` hears what is waited for, whenever that changes.
        """
        before = None
        while not stopping():
            now = self.clock.now()
            found = await self.desk.run(
                self.ledger.under_way, beat_since=now - self.takeover
            )
            if found.is_nothing:
                return True
            if found != before:
                told(found)
            before = found
            await self.clock.sleep(LOOK_SECONDS)
        return False
