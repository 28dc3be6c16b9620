"""A transport that keeps an account's pace and its project's budget.

`domain/pace.py` decides when a call may leave; this is where calls wait for it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import inf
from typing import Final

from hectograph.domain.budget import (
    LONGEST_WAIT_SECONDS,
    MINUTE,
    Grant,
    Plan,
    handful,
)
from hectograph.domain.errors import Unavailable
from hectograph.domain.pace import Departure, LearnedPace, Pace, Verdict
from hectograph.ports.clock import Clock
from hectograph.providers.transport import Answer, Call, Transport

WRITE: Final = 1.0
READ: Final = 0.0

EMPTY_HANDED_SECONDS: Final = 1.0
"""Until the budget is asked again that gave nothing and did not say why."""

Reserve = Callable[[int], Awaitable[Grant]]
"""Asks the project's budget for so many tokens."""


class Handful:
    """Tokens that were reserved from the project's budget and are not yet spent.

    The next are asked for when half of them are gone, one request at a time.
    """

    def __init__(self, plan: Plan, *, reserve: Reserve, clock: Clock) -> None:
        self._plan = plan
        self._reserve = reserve
        self._clock = clock
        self._tokens = 0
        self._granted_at = 0.0
        self._spent = self._spent_before = 0
        self._second = 0
        self._request: asyncio.Task[None] | None = None
        self._tell: Callable[[BaseException | None], None] = _tell_nobody

    def tell(self, listener: Callable[[BaseException | None], None]) -> None:
        """Call this when tokens came, or with the error when they cannot be had."""
        self._tell = listener

    def take(self, units: int, *, rate: float) -> bool:
        """Spend what a call costs, if it is there; `rate` calls a second will follow."""
        cost = self._plan.cost(units)
        now = self._clock.elapsed()
        if now - self._granted_at > MINUTE:
            # Saved up, they would come on top of what that minute grants.
            self._tokens = 0
        taken = self._tokens >= cost
        if taken:
            self._tokens -= cost
            self._count(cost, now=now)
        wanted = max(handful(rate, cost=cost), self._spent, self._spent_before)
        if self._request is None and (not taken or 2 * self._tokens < wanted):
            self._request = asyncio.create_task(self._ask(wanted))
            self._request.add_done_callback(self._asked)
        return taken

    def _count(self, cost: int, *, now: float) -> None:
        second = int(now)
        if second != self._second:
            self._spent_before = self._spent if second == self._second + 1 else 0
            self._spent, self._second = 0, second
        self._spent += cost

    async def _ask(self, wanted: int) -> None:
        grant = await self._reserve(wanted)
        self._tokens += grant.granted
        self._granted_at = self._clock.elapsed()
        wait = grant.wait_seconds
        if not grant.granted and wait <= 0:
            wait = EMPTY_HANDED_SECONDS
        if wait > 0:
            self._tell(None)
            await self._clock.sleep(min(wait, LONGEST_WAIT_SECONDS))

    def _asked(self, request: asyncio.Task[None]) -> None:
        self._request = None
        if not request.cancelled():
            self._tell(request.exception())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Waiting:
    order: int
    cost: float
    units: int
    turn: asyncio.Future[Departure]


class Paced:
    """A transport for one account, shared by all its calls.

    Writes wait for the pace, reads only while a refusal holds everything; of each kind
    the first to come goes first. `judge` says what an answer means for the quota: whatever
    the service did not refuse for its sake is ADMITTED, "not found" as well. Of refused
    answers `retry_after` reads how many seconds to stay away, or None.

    A call that is cancelled while it waits takes no turn; one that is cancelled under way
    counts as failed.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        pace: Pace,
        judge: Callable[[Answer], Verdict],
        retry_after: Callable[[Answer], float | None],
        clock: Clock,
        handful: Handful | None = None,
    ) -> None:
        self._transport = transport
        self._pace = pace
        self._judge = judge
        self._retry_after = retry_after
        self._clock = clock
        self._handful = handful
        self._writes: deque[_Waiting] = deque()
        self._reads: deque[_Waiting] = deque()
        self._order = 0
        self._is_given_up = False
        self._timer: asyncio.Task[None] | None = None
        self._rings_at = inf
        if handful is not None:
            handful.tell(self._tokens_came)

    @property
    def pace(self) -> Pace:
        """The pace as it is."""
        return self._pace

    def room(self) -> int:
        """How many more writes it is of use to bring: few, so that others come first."""
        return self._pace.room(len(self._writes), now=self._clock.elapsed())

    def learned(self) -> LearnedPace | None:
        """What to store for the account; None before anything was learned."""
        return self._pace.learned()

    def refused_for_seconds(self) -> float:
        """How long the service has refused every call; 0.0 when it does not."""
        since = self._pace.refused_since
        return 0.0 if since is None else max(0.0, self._clock.elapsed() - since)

    def give_up(self) -> None:
        """Let whoever waits go, and all who come from now on, with Unavailable."""
        self._is_given_up = True
        self._fail(_stopping())
        self._sleep_on()

    async def send(self, call: Call) -> Answer:
        """Send it when it is its turn."""
        if self._is_given_up:
            raise _stopping()
        departure = await self._turn(call)
        verdict, retry_after = Verdict.FAILED, None
        try:
            answer = await self._transport.send(call)
            verdict = self._judge(answer)
            if verdict is not Verdict.ADMITTED:
                retry_after = self._retry_after(answer)
        finally:
            self._came_back(departure, verdict, retry_after=retry_after)
        return answer

    async def _turn(self, call: Call) -> Departure:
        cost = WRITE if call.writes else READ
        if not self._writes and not self._reads:
            now = self._clock.elapsed()
            if self._may_leave(cost, units=call.units, now=now):
                return self._leave(cost, now=now)
        turn: asyncio.Future[Departure] = asyncio.get_running_loop().create_future()
        self._order += 1
        waiting = _Waiting(order=self._order, cost=cost, units=call.units, turn=turn)
        (self._writes if call.writes else self._reads).append(waiting)
        self._let_go()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._came_back(turn.result(), Verdict.FAILED, retry_after=None)
            else:
                self._let_go()
            raise

    def _may_leave(self, cost: float, *, units: int, now: float) -> bool:
        if self._pace.next_at(now=now, cost=cost) > now:
            return False
        return self._handful is None or self._handful.take(units, rate=self._pace.rate)

    def _leave(self, cost: float, *, now: float) -> Departure:
        self._pace, departure = self._pace.sent(now=now, cost=cost)
        return departure

    def _came_back(
        self, departure: Departure, verdict: Verdict, *, retry_after: float | None
    ) -> None:
        now = self._clock.elapsed()
        self._pace = self._pace.answered(
            departure, verdict, now=now, retry_after=retry_after
        )
        if self._writes or self._reads:
            self._let_go()

    def _let_go(self) -> None:
        """Let everybody leave whose turn it is, and wake up for the next."""
        while first := self._first(now := self._clock.elapsed()):
            at, waiting, queue = first
            if at > now:
                self._wake_at(at, now=now)
                return
            if not self._may_leave(waiting.cost, units=waiting.units, now=now):
                return
            queue.popleft()
            waiting.turn.set_result(self._leave(waiting.cost, now=now))
        self._sleep_on()

    def _first(self, now: float) -> tuple[float, _Waiting, deque[_Waiting]] | None:
        found = None
        for queue in (self._writes, self._reads):
            while queue and queue[0].turn.done():
                queue.popleft()
            if queue:
                head = queue[0]
                at = max(now, self._pace.next_at(now=now, cost=head.cost))
                if found is None or (at, head.order) < (found[0], found[1].order):
                    found = at, head, queue
        return found

    def _tokens_came(self, error: BaseException | None) -> None:
        if error is not None:
            self._fail(error)
        self._let_go()

    def _fail(self, error: BaseException) -> None:
        for queue in (self._writes, self._reads):
            while queue:
                waiting = queue.popleft()
                if not waiting.turn.done():
                    waiting.turn.set_exception(error)

    def _wake_at(self, at: float, *, now: float) -> None:
        if at >= self._rings_at:
            return
        self._sleep_on()
        if at < inf:
            self._rings_at = at
            self._timer = asyncio.create_task(self._ring(at - now))

    async def _ring(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._timer, self._rings_at = None, inf
        self._let_go()

    def _sleep_on(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer, self._rings_at = None, inf


def _stopping() -> Unavailable:
    return Unavailable("The worker is stopping.", effect="Nothing was done.")


def _tell_nobody(error: BaseException | None) -> None:
    """Before anybody listens."""
