"""What is compared: which share goes next, and how fast an account calls."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hectograph.domain.ids import ShareId
from hectograph.domain.order import decide_next
from hectograph.domain.pace import Verdict
from hectograph.domain.simulated_day import first_come
from hectograph.providers.google_drives import judge
from hectograph.providers.transport import Answer, Call, Transport

LONGEST_BACKOFF_SECONDS: Final = 64.0
AT_ONCE: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`fixed_rate` writes a second instead of our pace, which knows or learns the quota."""

    name: str
    decide: Callable[..., ShareId | None] = decide_next
    fixed_rate: float | None = None
    knows_quota: bool = True


OURS: Final = Policy(name="hectograph, quota learned")
COLD: Final = Policy(name="hectograph, quota unknown", knows_quota=False)
FIRST_COME: Final = Policy(name="first come, first served", decide=first_come)
FIXED: Final = Policy(
    name="first come, fixed 3 writes/s", decide=first_come, fixed_rate=3.0
)
EAGER: Final = Policy(
    name="first come, fixed 10 writes/s", decide=first_come, fixed_rate=10.0
)


@dataclass(slots=True, kw_only=True)
class FixedRate:
    """Writes at a fixed rate; a refusal stops them for 1 s, the next for 2 s, and so on."""

    transport: Transport
    rate: float
    _next_at: float = 0.0
    _backoff: float = 1.0
    _waiting: int = 0

    def room(self) -> int:
        return max(0, AT_ONCE - self._waiting)

    def give_up(self) -> None:
        """What waits goes on: it is sent soon."""

    async def send(self, call: Call) -> Answer:
        loop = asyncio.get_running_loop()
        if call.writes:
            at = max(self._next_at, loop.time())
            self._next_at = at + 1 / self.rate
            self._waiting += 1
            await asyncio.sleep(at - loop.time())
            self._waiting -= 1
        answer = await self.transport.send(call)
        if judge(answer) is Verdict.REFUSED:
            self._next_at = max(self._next_at, loop.time() + self._backoff)
            self._backoff = min(2 * self._backoff, LONGEST_BACKOFF_SECONDS)
        else:
            self._backoff = 1.0
        return answer
