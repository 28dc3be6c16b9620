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
from typing import Final

from hectograph.domain.budget import Budget, Plan, handful
from hectograph.domain.ids import AccountId, ShareId
from hectograph.domain.order import Candidate, Tally, decide_next, fair_bound
from hectograph.domain.pace import Departure, LearnedPace, Pace, Verdict
from hectograph.domain.share import NOW, Timing

RETRY_SECONDS: Final = 1.0
"""Until a call is tried again that came too fast."""

DRIVE: Final = "school"

Decide = Callable[..., ShareId | None]
"""`decide_next`, or an order to compare it with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A share that somebody asks for: when, on which account, how many deliveries."""

    share: ShareId
    account: AccountId
    at: datetime
    deliveries: int
    timing: Timing = NOW

    @property
    def begins_at(self) -> datetime:
        """When it takes its place in the queue."""
        return max(self.at, self.timing.begins_at or self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What a storage service allows and how long it takes.

    `rate` are the writes a second that it takes from an account for any length of time,
    `burst` those it takes at once, `latency` the seconds until it answers. A delivery is
    so many `writes`, one after the other, with a `rest` of seconds between them, and takes
    `calls` of the project's quota, reads included. `learned`: the pace of each account is
    known from earlier days.
    """

    rate: float = 3.0
    burst: float = 30.0
    latency: float = 0.3
    writes: int = 1
    rest: float = 0.0
    calls: int = 1
    quota: Plan
    learned: bool = True

    def alone_seconds(self, deliveries: int, *, couriers: int = 1) -> float:
        """How long a share takes that has its accounts for itself, at the very best."""
        writes = deliveries * self.writes
        waiting = max(0.0, writes - self.burst * couriers) / (self.rate * couriers)
        return waiting + self.writes * self.latency + (self.writes - 1) * self.rest


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
    """What came of a day: every share's end, and how many calls were refused."""

    completions: tuple[Completion, ...]
    calls: int
    refused: int


@dataclass(slots=True, kw_only=True)
class _Share:
    arrival: Arrival
    to_claim: int
    remaining: int
    fair_by: int | None


@dataclass(slots=True, kw_only=True)
class _Pool:
    """An account's shares under way, and the lanes that carry them."""

    lanes: list["_Lane"] = field(default_factory=list)
    shares: dict[ShareId, _Share] = field(default_factory=dict)
    settled: int = 0


@dataclass(slots=True, kw_only=True)
class _Work:
    """A delivery under way: the writes that are left of it."""

    share: _Share
    writes: int


@dataclass(slots=True, kw_only=True, eq=False)
class _Lane:
    pool: _Pool
    pace: Pace
    level: float
    refilled_at: float = 0.0
    tokens: int = 0
    turn_at: float | None = None
    waiting: deque[_Work] = field(default_factory=deque)


class SimulatedDay:
    """Plays arrivals on a service. `couriers` carry the shares of an account, else one."""

    def __init__(
        self,
        service: Service,
        *,
        begins_at: datetime,
        couriers: Mapping[AccountId, int] | int = 1,
        decide: Decide = decide_next,
    ) -> None:
        self._service = service
        self._began_at = begins_at
        self._couriers = couriers
        self._decide = decide
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._number = 0
        self._pools: dict[AccountId, _Pool] = {}
        self._budget = Budget.begin(service.quota, now=0.0)
        self._completions: list[Completion] = []
        self._calls = self._refused = 0

    def play(self, arrivals: Sequence[Arrival]) -> Played:
        """Play them all to their ends."""
        for each in arrivals:
            self._at(self._seconds(each.begins_at), self._arriving(each))
        while self._events:
            at, _, happen = heappop(self._events)
            happen(at)
        return Played(
            completions=tuple(self._completions), calls=self._calls, refused=self._refused
        )

    def _at(self, seconds: float, happen: Callable[[float], None]) -> None:
        self._number += 1
        heappush(self._events, (seconds, self._number, happen))

    def _seconds(self, at: datetime) -> float:
        return max(0.0, (at - self._began_at).total_seconds())

    def _time(self, seconds: float) -> datetime:
        return self._began_at + timedelta(seconds=seconds)

    def _arriving(self, arrival: Arrival) -> Callable[[float], None]:
        def arrive(now: float) -> None:
            pool = self._pools.get(arrival.account) or self._open(arrival.account, now)
            pool.shares[arrival.share] = _Share(
                arrival=arrival,
                to_claim=arrival.deliveries,
                remaining=arrival.deliveries,
                fair_by=_fair_by(arrival, pool),
            )
            for lane in pool.lanes:
                self._go_on(lane, now)

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

    def _go_on(self, lane: _Lane, now: float) -> None:
        """Send what may leave now, and see when the next may."""
        while lane.waiting or self._claim(lane, now):
            at = lane.pace.next_at(now=now, cost=1.0)
            if at > now:
                self._wake(lane, at)
                return
            wait = self._spend(lane, now)
            if wait > 0:
                self._wake(lane, now + wait)
                return
            self._send(lane, lane.waiting.popleft(), now)

    def _wake(self, lane: _Lane, at: float) -> None:
        # Infinite: an answer to come will tell.
        if at == float("inf") or (lane.turn_at is not None and lane.turn_at <= at):
            return
        lane.turn_at = at

        def turn(now: float) -> None:
            if lane.turn_at == at:
                lane.turn_at = None
                self._go_on(lane, now)

        self._at(at, turn)

    def _claim(self, lane: _Lane, now: float) -> bool:
        """Take some deliveries up of the share whose turn it is; False if none is due."""
        pool = lane.pool
        due = [each for each in pool.shares.values() if each.to_claim]
        if not due:
            return False
        rate = self._service.rate * len(pool.lanes) / self._service.writes
        chosen = self._decide(
            [_candidate(each) for each in due],
            now=self._time(now),
            tally=Tally(settled=pool.settled, rate=rate),
        )
        if chosen is None:
            return False
        share = pool.shares[chosen]
        taken = min(share.to_claim, lane.pace.useful(now=now))
        share.to_claim -= taken
        writes = self._service.writes
        lane.waiting.extend(_Work(share=share, writes=writes) for _ in range(taken))
        return True

    def _spend(self, lane: _Lane, now: float) -> float:
        """Take a write's part of the project's quota; seconds to wait if there is none."""
        cost = max(1, round(self._service.calls / self._service.writes))
        if lane.tokens < cost:
            wanted = handful(lane.pace.rate, cost=cost)
            self._budget, grant = self._budget.reserve(wanted, drive=DRIVE, now=now)
            lane.tokens += grant.granted
            if lane.tokens < cost:
                return max(grant.wait_seconds, 1 / self._service.quota.rate)
        lane.tokens -= cost
        return 0.0

    def _send(self, lane: _Lane, work: _Work, now: float) -> None:
        lane.pace, departure = lane.pace.sent(now=now, cost=1.0)
        admitted = self._is_admitted(lane, now)
        self._calls += 1
        self._refused += not admitted

        def answer(at: float) -> None:
            self._answer(lane, work, departure, admitted=admitted, now=at)

        self._at(now + self._service.latency, answer)

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
        wait = RETRY_SECONDS
        if admitted:
            work.writes -= 1
            wait = self._service.rest
        if work.writes:
            self._at(now + wait, lambda at: self._carry_on(lane, work, at))
        else:
            self._settle(lane.pool, work.share, now)
        self._go_on(lane, now)

    def _carry_on(self, lane: _Lane, work: _Work, now: float) -> None:
        lane.waiting.appendleft(work)
        self._go_on(lane, now)

    def _settle(self, pool: _Pool, share: _Share, now: float) -> None:
        share.remaining -= 1
        pool.settled += 1
        if not share.remaining:
            del pool.shares[share.arrival.share]
            done = Completion(arrival=share.arrival, ended_at=self._time(now))
            self._completions.append(done)


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
