"""A school's day, played through the order and the pace that lanes keep, in no time.

The very functions decide that decide in earnest: `order.py` which share goes next,
`pace.py` when a call leaves, `budget.py` what a project may spend. What a service allows
is made up: buckets that nobody tells of, and answers that take a while.

Nothing fails in it but calls that come too fast, and nobody acts but hectograph.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from math import inf
from typing import Final

from hectograph.domain.budget import handful
from hectograph.domain.ids import AccountId, ShareId
from hectograph.domain.order import Candidate, Tally, decide_next, fair_bound
from hectograph.domain.pace import Departure, LearnedPace, Pace, Verdict
from hectograph.domain.share import NOW, Timing
from hectograph.domain.simulated_budget import BudgetLine, Happening, Purse, Spending
from hectograph.domain.storage_service import Service

RETRY_SECONDS: Final = 1.0
"""Until a call is tried again that came too fast."""

HELD_PART: Final = 8
"""A decision among n shares holds for n / 8 deliveries; among fewer than 8, for a claim.

What is decided anew at every claim in earnest would cost the square of the backlog.
"""

LANE_SECONDS: Final = 180.0
"""After so long a lane makes room for an account that waits: the default setting."""

Decide = Callable[..., ShareId | None]
"""`decide_next`, or an order to compare it with."""

Draw = Callable[[], float]
"""Gives random numbers from 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcuts:
    """What is done otherwise than in earnest, so that a day is soon played."""

    make_line: Callable[..., Spending] = BudgetLine
    held_part: int = HELD_PART


SHORTCUTS: Final = Shortcuts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A share that somebody asks for: when, on which account, how many deliveries.

    `is_plain`: of documents with bytes of their own, which are copied by a single write.
    """

    share: ShareId
    account: AccountId
    at: datetime
    deliveries: int
    timing: Timing = NOW
    is_plain: bool = False

    @property
    def begins_at(self) -> datetime:
        """When it takes its place in the queue."""
        return max(self.at, self.timing.begins_at or self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """When a share of the day was through."""

    arrival: Arrival
    ended_at: datetime

    @property
    def seconds(self) -> float:
        """From its taking a place in the queue to its end."""
        return (self.ended_at - self.arrival.begins_at).total_seconds()

    @property
    def is_in_time(self) -> bool:
        """Whether it kept its deadline; True if it has none."""
        deadline = self.arrival.timing.deadline
        return deadline is None or self.ended_at <= deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of a day: every share's end, and how many calls were refused.

    `queued` counts how often an account had to wait for a worker's lane.
    """

    completions: tuple[Completion, ...]
    calls: int
    refused: int
    queued: int = 0


@dataclass(slots=True, kw_only=True)
class _Share:
    arrival: Arrival
    to_claim: int
    remaining: int
    fair_by: int | None


@dataclass(slots=True, kw_only=True)
class _Pool:
    """An account's shares under way, and the lanes that carry them.

    `chosen` is the share whose turn it is until `held` deliveries are settled.
    """

    lanes: list["_Lane"] = field(default_factory=list)
    shares: dict[ShareId, _Share] = field(default_factory=dict)
    to_claim: int = 0
    settled: int = 0
    chosen: _Share | None = None
    held: int = 0


@dataclass(slots=True, kw_only=True)
class _Work:
    """A delivery under way: the writes that are left of it."""

    share: _Share
    writes: int


@dataclass(slots=True, kw_only=True, eq=False)
class _Lane:
    """A lane; `began_at` is None while no worker has it."""

    pool: _Pool
    pace: Pace
    level: float
    refilled_at: float = 0.0
    purse: Purse = field(default_factory=Purse)
    turn_at: float | None = None
    waiting: deque[_Work] = field(default_factory=deque)
    under_way: int = 0
    began_at: float | None = None
    is_queued: bool = False


class SimulatedDay:
    """Plays arrivals on a service. `couriers` carry the shares of an account, else one.

    Workers have so many `lanes` together; None for as many as there are accounts.
    Answers take as long as `draw` has it; without it each takes the same, and each call is
    at the service as soon as it leaves.
    """

    def __init__(
        self,
        service: Service,
        *,
        begins_at: datetime,
        couriers: Mapping[AccountId, int] | int = 1,
        lanes: int | None = None,
        decide: Decide = decide_next,
        draw: Draw | None = None,
        shortcuts: Shortcuts = SHORTCUTS,
    ) -> None:
        self._service = service
        self._began_at = begins_at
        self._couriers = couriers
        self._free = inf if lanes is None else lanes
        self._decide = decide
        self._draw = draw
        self._held_part = shortcuts.held_part
        self._events: list[tuple[float, int, Happening]] = []
        self._number = 0
        self._pools: dict[AccountId, _Pool] = {}
        self._budget = shortcuts.make_line(service.quota, at=self._at)
        self._queue: deque[_Lane] = deque()
        self._completions: list[Completion] = []
        self._calls = self._refused = self._queued = 0

    def play(self, arrivals: Sequence[Arrival]) -> Played:
        """Play them all to their ends."""
        for each in arrivals:
            self._at(self._seconds(each.begins_at), self._arriving(each))
        while self._events:
            at, _, happen = heappop(self._events)
            happen(at)
        return Played(
            completions=tuple(self._completions),
            calls=self._calls,
            refused=self._refused,
            queued=self._queued,
        )

    def _at(self, seconds: float, happen: Happening) -> None:
        self._number += 1
        heappush(self._events, (seconds, self._number, happen))

    def _seconds(self, at: datetime) -> float:
        return max(0.0, (at - self._began_at).total_seconds())

    def _time(self, seconds: float) -> datetime:
        return self._began_at + timedelta(seconds=seconds)

    # Lanes

    def _arriving(self, arrival: Arrival) -> Happening:
        def arrive(now: float) -> None:
            pool = self._pools.get(arrival.account) or self._open(arrival.account, now)
            pool.shares[arrival.share] = _Share(
                arrival=arrival,
                to_claim=arrival.deliveries,
                remaining=arrival.deliveries,
                fair_by=_fair_by(arrival, pool),
            )
            pool.to_claim += arrival.deliveries
            pool.chosen = None
            for lane in pool.lanes:
                self._wake(lane, now)

        return arrive

    def _open(self, account: AccountId, now: float) -> _Pool:
        service = self._service
        learned = LearnedPace(rate=service.rate, burst=service.burst)
        count = self._couriers
        pool = self._pools[account] = _Pool()
        for _ in range(count if isinstance(count, int) else count.get(account, 1)):
            pace = Pace.begin(learned if service.learned else None, now=now)
            lane = _Lane(pool=pool, pace=pace, level=service.burst, refilled_at=now)
            pool.lanes.append(lane)
        return pool

    def _wake(self, lane: _Lane, now: float) -> None:
        """Go on with the lane, once a worker has it."""
        if lane.began_at is None and self._free >= 1:
            self._free -= 1
            lane.began_at = now
        if lane.began_at is not None:
            self._go_on(lane, now)
        elif not lane.is_queued:
            lane.is_queued = True
            self._queued += 1
            self._queue.append(lane)

    def _end(self, lane: _Lane, now: float) -> None:
        """The worker lets go of the lane, and takes the next that waits."""
        lane.began_at = None
        if self._queue:
            following = self._queue.popleft()
            following.is_queued = False
            following.began_at = now
            self._at(now, lambda at: self._go_on(following, at))
        else:
            self._free += 1
        if lane.pool.to_claim:
            self._wake(lane, now)

    def _has_to_end(self, lane: _Lane, now: float) -> bool:
        """Whether it claims nothing more, for the sake of those who wait for a worker."""
        began_at = now if lane.began_at is None else lane.began_at
        return bool(self._queue) and now - began_at > LANE_SECONDS

    def _go_on(self, lane: _Lane, now: float) -> None:
        """Send what may leave now, and see when the next may."""
        if lane.began_at is None:
            return
        while self._has_work(lane, now):
            at = lane.pace.next_at(now=now, cost=1.0)
            if at > now:
                self._turn_at(lane, at)
                return
            if not self._may_spend(lane, now):
                return
            self._send(lane, lane.waiting.popleft(), now)
        if not lane.under_way:
            self._end(lane, now)

    def _turn_at(self, lane: _Lane, at: float) -> None:
        # Infinite: an answer to come will tell.
        if at == inf or (lane.turn_at is not None and lane.turn_at <= at):
            return
        lane.turn_at = at

        def turn(now: float) -> None:
            if lane.turn_at == at:
                lane.turn_at = None
                self._go_on(lane, now)

        self._at(at, turn)

    # Claims

    def _has_work(self, lane: _Lane, now: float) -> bool:
        """Whether a call waits, after some were taken up if there is room for them."""
        if lane.pool.to_claim and not self._has_to_end(lane, now):
            room = lane.pace.room(len(lane.waiting), now=now)
            if room > 0 and (share := self._choose(lane.pool, now)):
                self._claim(lane, share, room)
        return bool(lane.waiting)

    def _claim(self, lane: _Lane, share: _Share, room: int) -> None:
        taken = min(share.to_claim, room)
        share.to_claim -= taken
        lane.under_way += taken
        lane.pool.to_claim -= taken
        writes = self._service.writes_of(is_plain=share.arrival.is_plain)
        lane.waiting.extend(_Work(share=share, writes=writes) for _ in range(taken))

    def _choose(self, pool: _Pool, now: float) -> _Share | None:
        """The share whose turn it is; some are due."""
        chosen = pool.chosen
        if chosen is not None and chosen.to_claim and pool.settled < pool.held:
            return chosen
        due = [each for each in pool.shares.values() if each.to_claim]
        rate = self._service.rate * len(pool.lanes) / self._service.writes
        found = self._decide(
            [_candidate(each) for each in due],
            now=self._time(now),
            tally=Tally(settled=pool.settled, rate=rate),
        )
        pool.chosen = None if found is None else pool.shares[found]
        pool.held = pool.settled + len(due) // self._held_part
        return pool.chosen

    # Calls

    def _may_spend(self, lane: _Lane, now: float) -> bool:
        """Take a write's part of the project's quota; else the lane is told later."""
        if lane.purse.is_in_line:
            return False
        first = lane.waiting[0].share.arrival
        cost = self._service.write_tokens(is_plain=first.is_plain)
        return self._budget.spend(
            lane.purse,
            cost=cost,
            wanted=handful(lane.pace.rate, cost=cost),
            now=now,
            then=lambda at: self._go_on(lane, at),
        )

    def _send(self, lane: _Lane, work: _Work, now: float) -> None:
        lane.pace, departure = lane.pace.sent(now=now, cost=1.0)
        self._calls += 1
        if self._draw is None:
            self._reach(lane, work, departure, rest=self._service.latency, now=now)
            return
        latency = self._service.latency_of(self._draw())
        way = latency * self._draw()
        rest = latency - way
        self._at(
            now + way, lambda at: self._reach(lane, work, departure, rest=rest, now=at)
        )

    def _reach(
        self, lane: _Lane, work: _Work, departure: Departure, *, rest: float, now: float
    ) -> None:
        """A call reaches the service; its answer takes the rest of the time."""
        admitted = self._is_admitted(lane, now)
        self._refused += not admitted

        def answer(at: float) -> None:
            self._answer(lane, work, departure, admitted=admitted, now=at)

        self._at(now + rest, answer)

    def _is_admitted(self, lane: _Lane, now: float) -> bool:
        """Whether the service takes a write: it has a bucket for each account."""
        gained = (now - lane.refilled_at) * self._service.rate
        lane.level = min(self._service.burst, lane.level + gained)
        lane.refilled_at = now
        if lane.level < 1:
            return False
        lane.level -= 1
        return True

    def _answer(
        self, lane: _Lane, work: _Work, departure: Departure, *, admitted: bool, now: float
    ) -> None:
        verdict = Verdict.ADMITTED if admitted else Verdict.REFUSED
        lane.pace = lane.pace.answered(departure, verdict, now=now)
        work.writes -= admitted
        follow = self._carry_on if work.writes else self._settle
        wait = self._pause(work) if admitted else self._retry_seconds(work)
        self._at(now + wait, lambda at: follow(lane, work, at))
        self._go_on(lane, now)

    def _pause(self, work: _Work) -> float:
        """Seconds after a write."""
        if work.share.arrival.is_plain:
            return 0.0
        return self._service.rest if work.writes else self._service.check

    def _retry_seconds(self, work: _Work) -> float:
        """Until a refused write is sent again: a try begins with a look, and a rest."""
        is_plain = work.share.arrival.is_plain
        is_copied = work.writes < self._service.writes_of(is_plain=is_plain)
        begin = self._service.rest if is_copied else self._service.latency
        return RETRY_SECONDS + begin

    def _carry_on(self, lane: _Lane, work: _Work, now: float) -> None:
        lane.waiting.append(work)
        self._go_on(lane, now)

    def _settle(self, lane: _Lane, work: _Work, now: float) -> None:
        pool, share = lane.pool, work.share
        lane.under_way -= 1
        share.remaining -= 1
        pool.settled += 1
        if not share.remaining:
            del pool.shares[share.arrival.share]
            done = Completion(arrival=share.arrival, ended_at=self._time(now))
            self._completions.append(done)
        if not lane.under_way:
            self._go_on(lane, now)


def _candidate(share: _Share) -> Candidate:
    arrival = share.arrival
    return Candidate(
        share=arrival.share,
        service_class=arrival.timing.service_class,
        remaining=share.remaining,
        waits_since=arrival.begins_at,
        fair_by=share.fair_by,
        deadline=arrival.timing.deadline,
    )


def _fair_by(arrival: Arrival, pool: _Pool) -> int | None:
    if not arrival.timing.is_bound_fairly:
        return None
    ahead = sum(each.remaining for each in pool.shares.values())
    return fair_bound(settled=pool.settled, ahead=ahead, remaining=arrival.deliveries)


def first_come(candidates: Sequence[Candidate], **_: object) -> ShareId | None:
    """The order of asking, to compare ours with."""
    oldest = min(candidates, key=lambda each: (each.waits_since, each.share), default=None)
    return oldest.share if oldest else None
