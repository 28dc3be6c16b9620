"""A Ledger that forgets: for tests, and as the model the real one is held against."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from statistics import fmean, quantiles

from hectograph.domain.delivery import (
    DELIVERED_STATES,
    OPEN_STATES,
    PREPARED,
    READY_AHEAD,
    Delivery,
    DeliveryState,
    DriveEvidence,
)
from hectograph.domain.duplicates import Wished
from hectograph.domain.errors import IllegalTransition, LaneLost, LaneWaiting, UnknownShare
from hectograph.domain.halt import MAINTENANCE, Halt, UnderWay
from hectograph.domain.ids import (
    AccountId,
    DeliveryKey,
    OccurrenceKey,
    RequestKey,
    ShareId,
    WishKey,
    drive_of,
)
from hectograph.domain.line import Carrier, InLine, Line
from hectograph.domain.order import Candidate, Tally, decide_next, fair_bound
from hectograph.domain.retry import AT_FIRST
from hectograph.domain.share import (
    ENDED_STATES,
    JOINABLE_STATES,
    WITHDRAWN_STATES,
    WORKED_STATES,
    PlannedShare,
    Progress,
    Share,
    ShareState,
    Timing,
    count_states,
    decide_end,
)
from hectograph.domain.throughput import UNKNOWN_RATE
from hectograph.ports.clock import Clock
from hectograph.ports.ledger import Claim, DayReport, Earlier, Lane, LaneSign, Note
from hectograph.ports.queue import Queue

WITHDRAWN_FROM = frozenset({DeliveryState.PLANNED, DeliveryState.FAILED})
CLAIMABLE = frozenset({DeliveryState.PLANNED, DeliveryState.WAITING})
HALF_WAY = frozenset({DeliveryState.PLACING, DeliveryState.PLACED})

THAWED_IN = frozenset({ShareState.COMPLETE, ShareState.CANCELLED, ShareState.RECALLED})


@dataclass(slots=True)
class _Account:
    pool: AccountId | None
    epoch: int = 0
    beat_at: datetime | None = None
    settled: int = 0
    goodput: float | None = None


@dataclass(slots=True, kw_only=True)
class MemoryLedger:
    """Shares and deliveries in dictionaries. Not safe across threads.

    `decide` says which share goes next.
    """

    queue: Queue
    clock: Clock
    decide: Callable[..., ShareId | None] = decide_next
    _shares: dict[ShareId, Share] = field(default_factory=dict)
    _pools: dict[AccountId, list[ShareId]] = field(default_factory=dict)
    _deliveries: dict[ShareId, list[Delivery]] = field(default_factory=dict)
    _first_tried: dict[DeliveryKey, datetime] = field(default_factory=dict)
    _tried_since: dict[DeliveryKey, datetime] = field(default_factory=dict)
    _settled: dict[DeliveryKey, datetime] = field(default_factory=dict)
    _joinable: dict[RequestKey, ShareId] = field(default_factory=dict)
    _occurrences: dict[OccurrenceKey | None, ShareId] = field(default_factory=dict)
    _accounts: dict[AccountId, _Account] = field(default_factory=dict)
    _claimed_by: dict[DeliveryKey, AccountId] = field(default_factory=dict)
    _places: set[int] = field(default_factory=set)
    _thawed: set[ShareId] = field(default_factory=set)
    _halt: Halt | None = None

    def now(self) -> datetime:
        return self.clock.now()

    def find_joinable(self, key: RequestKey, *, since: datetime) -> Share | None:
        share = self._shares.get(self._joinable.get(key, ShareId("")))
        if share is None or share.asked_at < since or share.state not in JOINABLE_STATES:
            return None
        return share

    def add(self, plan: PlannedShare, *, joins_since: datetime) -> tuple[Share, bool]:
        share = plan.share
        if earlier := self._occurrences.get(plan.occurrence):
            return self._shares[earlier], True
        joined = self.find_joinable(share.request_key, since=joins_since)
        if joined and not share.again:
            return joined, True
        if share.id in self._shares:
            return self._shares[share.id], True
        if not share.again:
            self._joinable[share.request_key] = share.id
        if plan.occurrence is not None:
            self._occurrences[plan.occurrence] = share.id
        self._keep(plan)
        if share.state is ShareState.RUNNING:
            self._wake_pool(share.account)
        return share, False

    def add_all(
        self, plans: Sequence[PlannedShare], *, joins_since: datetime
    ) -> Sequence[tuple[Share, bool]]:
        return [self.add(plan, joins_since=joins_since) for plan in plans]

    def adopt(self, plan: PlannedShare) -> bool:
        if plan.share.id in self._shares:
            return False
        self._keep(plan)
        for each in plan.deliveries:
            self._settled[each.key] = plan.share.asked_at
        return True

    def share(self, share: ShareId) -> Share:
        if share not in self._shares:
            raise UnknownShare(f"There is no share {share!r}.")
        return self._shares[share]

    def list_shares(self, *, limit: int) -> Sequence[Progress]:
        newest = sorted(self._shares.values(), key=lambda each: each.asked_at, reverse=True)
        return [self.progress(each.id) for each in newest[:limit]]

    def progress(self, share: ShareId) -> Progress:
        return Progress(
            share=self.share(share), counts=count_states(self._deliveries[share])
        )

    def deliveries(self, share: ShareId) -> Sequence[Delivery]:
        self.share(share)
        return list(self._deliveries[share])

    def reopen_failed(self, share: ShareId, *, now: datetime) -> int:
        found = self.share(share)
        failed = self._in(share, {DeliveryState.FAILED})
        for each in failed:
            self._write(each.reopened(now=now))
            self._tried_since.pop(each.key, None)
        if failed:
            self._turn(found, ShareState.RUNNING, now=now)
            self._wake_pool(found.account)
        return len(failed)

    def cancel(self, share: ShareId, *, now: datetime) -> int:
        found = self.share(share)
        if found.state in ENDED_STATES:
            raise IllegalTransition(f"The share is {found.state} already.")
        withdrawn = [
            each
            for each in self._deliveries[share]
            if each.state in WITHDRAWN_FROM or _waits_and_is_known(each)
        ]
        for each in withdrawn:
            self._write(each.cancelled())
            self._settled[each.key] = now
        self._turn(found, ShareState.CANCELLED, now=now)
        return len(withdrawn)

    def turn(self, share: ShareId, *, to: ShareState, now: datetime) -> Share:
        found = self.share(share)
        return self._turn_and_wake(found, found.turned(to, now=now), now=now)

    def move(self, share: ShareId, timing: Timing, *, now: datetime) -> Share:
        moved = replace(self.share(share).moved(timing, now=now), fair_by=None)
        for each in self._in(share, {DeliveryState.WAITING}):
            if each.reason == PREPARED:
                self._write(replace(each, due_at=timing.reveals_at or now))
        return self._turn_and_wake(moved, moved.state, now=now)

    def _turn_and_wake(self, found: Share, state: ShareState, *, now: datetime) -> Share:
        self._turn(found, state, now=now)
        if state is ShareState.RUNNING:
            self._wake_pool(found.account)
        return self._shares[found.id]

    def begin_lane(self, account: AccountId, *, job: int, now: datetime) -> Lane:
        self._places.add(job)
        known = self._accounts.setdefault(account, _Account(pool=account))
        known.epoch += 1
        known.beat_at = now
        pool = known.pool or account
        for each in self._half_way(account, pool):
            self._write(each.abandoned(now=now))
        return Lane(account=account, epoch=known.epoch, pool=pool, goodput=known.goodput)

    def beat(
        self, lane: Lane, *, job: int, now: datetime, goodput: float | None = None
    ) -> None:
        account = self._hold(lane)
        account.beat_at = now
        account.goodput = goodput or account.goodput
        self._places.add(job)

    def end_lane(self, lane: Lane, *, job: int) -> None:
        self._places.discard(job)
        account = self._accounts[lane.account]
        if account.epoch == lane.epoch:
            account.beat_at = None

    def look_at_lane(
        self, account: AccountId, *, job: int, beat_since: datetime, seen_since: datetime
    ) -> LaneSign:
        known = self._accounts.get(account)
        beat_at = known.beat_at if known else None
        if beat_at is None:
            return LaneSign.UNBORN
        has_place = job in self._places or beat_at >= seen_since
        return LaneSign.ALIVE if beat_at >= beat_since and has_place else LaneSign.SILENT

    def mourn(self, account: AccountId, *, seen_since: datetime) -> None:
        known = self._accounts.get(account)
        if known and known.beat_at is not None and known.beat_at < seen_since:
            known.beat_at = None

    def claim(self, lane: Lane, *, limit: int, now: datetime) -> Sequence[Claim]:
        self._hold(lane)
        if self._halt:
            return []
        due = {
            each.id: self._due(each.id, lane.account, now) for each in self._of(lane.pool)
        }
        candidates = [
            Candidate(
                share=each.id,
                service_class=each.service_class,
                remaining=each.open,
                waits_since=each.waits_since,
                fair_by=each.fair_by,
                deadline=each.deadline,
                is_revealing=each.reveals_at is not None and each.reveals_at <= now,
            )
            for each in self._of(lane.pool)
            if due[each.id]
        ]
        chosen = self.decide(candidates, now=now, tally=self._tally(lane.pool))
        if chosen is None:
            return []
        return [self._claim(each, lane.account, now) for each in due[chosen][:limit]]

    def next_due(self, lane: Lane) -> datetime | None:
        if self._halt:
            return None
        latest = datetime.max.replace(tzinfo=UTC)
        due = [
            each.due_at
            for share in self._of(lane.pool)
            for each in self._due(share.id, lane.account, latest)
        ]
        return min(due, default=None)

    def note(self, lane: Lane, notes: Sequence[Note]) -> None:
        self._hold(lane)
        for note in notes:
            held = self._delivery(note.key)
            if held.state is DeliveryState.PLACING:
                self._write(replace(held, trace=note.trace, bound=note.bound))

    def list_needs(self, keys: Sequence[DeliveryKey]) -> Mapping[DeliveryKey, str | None]:
        known = [self._delivery(key) for key in keys if key.share in self._shares]
        owed = {each.key: None for each in known if each.state in OPEN_STATES}
        told = {
            each.key: each.evidence.file
            for each in known
            if isinstance(each.evidence, DriveEvidence)
        }
        return {**told, **owed}

    def list_wished(self, wishes: Sequence[WishKey]) -> Sequence[Wished]:
        return [
            Wished(delivery=each, again=self._shares[share].again)
            for share, deliveries in self._deliveries.items()
            for each in deliveries
            if each.wish in wishes
        ]

    def record(self, lane: Lane, settled: Sequence[Delivery], *, now: datetime) -> None:
        if not settled:
            return
        self._hold(lane)
        for each in settled:
            held = self._delivery(each.key)
            if held.state is DeliveryState.PLACING:
                self._write(replace(each, trace=held.trace, bound=held.bound))
                self._settled[each.key] = now
                if each.reason == PREPARED:
                    self._tried_since.pop(each.key, None)
                    self._first_tried.pop(each.key, None)
                self._accounts[lane.pool].settled += each.state not in OPEN_STATES
        for share in {each.key.share for each in settled}:
            self._close(self._shares[share], now=now)

    def wake_due(self, *, now: datetime, silent_since: datetime) -> int:
        for each in list(self._shares.values()):
            waits = each.state is ShareState.SCHEDULED and each.begins_at is not None
            if waits and each.state_at(now) is ShareState.RUNNING:
                self._turn_and_wake(each, ShareState.RUNNING, now=now)
        return sum(
            self._wake(account)
            for account in sorted(self._accounts)
            if self._needs_lane(account, now, silent_since)
        )

    def unthawed(self, pool: AccountId) -> Sequence[ShareId]:
        if self._halt:
            return []
        return [
            each.id
            for each in self._all_of(pool)
            if each.id not in self._thawed and not each.open and each.state in THAWED_IN
        ]

    def thawed(self, share: ShareId) -> None:
        self._thawed.add(share)

    def day_report(self, *, start: datetime, end: datetime) -> DayReport:
        asked = [each for each in self._shares.values() if start <= each.asked_at < end]
        rows = [(share, each) for share in asked for each in self._deliveries[share.id]]
        took = sorted(
            (self._settled[each.key] - share.asked_at).total_seconds()
            for share, each in rows
            if each.state in DELIVERED_STATES
        )
        cuts = quantiles(took, n=20, method="inclusive") if len(took) > 1 else took * 19
        return DayReport(
            delivered=len(took),
            failed=sum(each.state is DeliveryState.FAILED for _, each in rows),
            mean_seconds=fmean(took) if took else None,
            p50_seconds=cuts[9] if took else None,
            p95_seconds=cuts[18] if took else None,
        )

    def list_open(self, account: AccountId) -> Sequence[Share]:
        """The shares of an account that are not through."""
        return self._of(account)

    def list_open_accounts(self) -> Sequence[AccountId]:
        """The accounts that have one."""
        return sorted(each for each in self._pools if self._of(each))

    def line(
        self, account: AccountId, *, now: datetime, lanes: Sequence[AccountId] = ()
    ) -> Line:
        """What a MemoryOutlook tells of it; of its carriers, the goodput alone."""
        known = self._accounts.get(account, _Account(pool=account))
        pool = [each for each, it in self._accounts.items() if it.pool == account]
        drive = drive_of(account)
        troubled = [
            self._tried_since[each.key]
            for other in self._pools
            if drive_of(other) == drive
            for share in self._of(other)
            for each in self._in(share.id, OPEN_STATES)
            if each.tries_in_vain > AT_FIRST
        ]
        return Line(
            account=account,
            now=now,
            settled=known.settled,
            carriers=tuple(
                Carrier(account=each, goodput=self._goodput(each))
                for each in sorted(lanes or pool or [account])
            ),
            shares=tuple(self._in_line(each, now=now) for each in self._of(account)),
            crowd=sum(
                other != account
                and drive_of(other) == drive
                and any(each.state is ShareState.RUNNING for each in self._of(other))
                for other in self._pools
            ),
            troubled=len(troubled),
            troubled_since=min(troubled, default=None),
            halt=self._halt,
        )

    def _goodput(self, account: AccountId) -> float | None:
        known = self._accounts.get(account)
        return known.goodput if known else None

    def _in_line(self, share: Share, *, now: datetime) -> InLine:
        waiting = self._in(share.id, {DeliveryState.WAITING})
        prepared = sum(each.reason == PREPARED for each in waiting)
        later = [
            each.due_at for each in waiting if each.due_at > now and each.reason != PREPARED
        ]
        under_way = self._in(share.id, HALF_WAY)
        tried = [self._tried_since[each.key] for each in under_way]
        return InLine(
            share=share,
            is_native=any(
                each.handout.is_native for each in self._deliveries[share.id][:1]
            ),
            tries=max(each.tries_in_vain for each in self._in(share.id, OPEN_STATES)),
            under_way=len(under_way),
            staged=sum(each.bound for each in under_way),
            oldest_at=min(tried, default=None),
            newest_at=max(tried, default=None),
            retries=len(later),
            retry_at=max(later, default=None),
            prepared=prepared,
        )

    def _keep(self, plan: PlannedShare) -> None:
        self._shares[plan.share.id] = plan.share
        self._pools.setdefault(plan.share.account, []).append(plan.share.id)
        self._deliveries[plan.share.id] = [
            replace(each, earlier=self._earlier(each, plan)) for each in plan.deliveries
        ]
        account = plan.share.account
        lanes = plan.lanes or (account,)
        self._accounts.setdefault(account, _Account(pool=None))
        for each in lanes:
            self._accounts.setdefault(each, _Account(pool=account)).pool = account
        self._bound(plan.share)

    def halt(self, reason: str | None, *, by: str | None, now: datetime) -> Halt:
        before = self._halt or Halt(reason=MAINTENANCE, by=by, since=now)
        self._halt = replace(before, reason=reason or before.reason, by=by)
        return self._halt

    def resume(self, *, by: str | None, now: datetime) -> Halt | None:  # noqa: ARG002
        ended, self._halt = self._halt, None
        return ended

    def find_halt(self) -> Halt | None:
        return self._halt

    def under_way(self, *, beat_since: datetime) -> UnderWay:
        alive = {
            account: known.pool or account
            for account, known in self._accounts.items()
            if known.beat_at is not None and known.beat_at >= beat_since
        }
        copies = sum(len(self._half_way(each, pool)) for each, pool in alive.items())
        return UnderWay(lanes=len(alive), copies=copies)

    def _earlier(self, delivery: Delivery, plan: PlannedShare) -> DeliveryKey | None:
        if plan.adopts_since is None:
            return None
        counts = OPEN_STATES | DELIVERED_STATES
        found = [
            (share.asked_at, share.id, each.key)
            for share in self._shares.values()
            if share.id != plan.share.id
            and share.asked_at >= plan.adopts_since
            and share.destination == plan.share.destination
            for each in self._deliveries[share.id]
            if each.wish == delivery.wish and each.state in counts
        ]
        return min(found)[2] if found else None

    def _tally(self, pool: AccountId) -> Tally:
        rates = [
            each.goodput
            for each in self._accounts.values()
            if each.pool == pool and each.goodput is not None
        ]
        rate = sum(rates) if rates else UNKNOWN_RATE
        return Tally(settled=self._accounts[pool].settled, rate=rate)

    def _bound(self, share: Share) -> None:
        if share.state is not ShareState.RUNNING or not share.timing.is_bound_fairly:
            return
        ahead = sum(
            each.open
            for each in self._of(share.account)
            if each.state is ShareState.RUNNING and each.id != share.id
        )
        bound = fair_bound(
            settled=self._accounts[share.account].settled,
            ahead=ahead,
            remaining=share.open,
        )
        self._shares[share.id] = replace(share, fair_by=bound)

    def _delivery(self, key: DeliveryKey) -> Delivery:
        return self._deliveries[key.share][key.position]

    def _half_way(self, account: AccountId, pool: AccountId) -> list[Delivery]:
        return [
            each
            for share in self._of(pool)
            for each in self._in(share.id, HALF_WAY)
            if self._claimed_by.get(each.key) == account
        ]

    def _wake_pool(self, pool: AccountId) -> None:
        for account in sorted(self._accounts):
            if self._accounts[account].pool == pool:
                self._wake(account)

    def _wake(self, account: AccountId) -> bool:
        if self._halt:
            return False
        try:
            self.queue.wake(account)
        except LaneWaiting:
            return False
        return True

    def _hold(self, lane: Lane) -> _Account:
        account = self._accounts[lane.account]
        if account.epoch != lane.epoch:
            raise LaneLost(f"Lane {lane.epoch} was taken over.")
        return account

    def _of(self, account: AccountId) -> list[Share]:
        return [each for each in self._all_of(account) if each.open]

    def _all_of(self, account: AccountId) -> list[Share]:
        return [self._shares[each] for each in self._pools.get(account, ())]

    def _in(self, share: ShareId, states: Iterable[DeliveryState]) -> list[Delivery]:
        return [each for each in self._deliveries[share] if each.state in states]

    def _due(self, share: ShareId, account: AccountId, now: datetime) -> list[Delivery]:
        if self._shares[share].state not in WORKED_STATES:
            return []
        due = [
            each
            for each in self._in(share, CLAIMABLE)
            if each.due_at <= now
            and not (each.bound and self._claimed_by.get(each.key) != account)
        ]
        return sorted(due, key=lambda each: (each.due_at, each.key.position))

    def _shows_soon(self, share: ShareId, account: AccountId, now: datetime) -> bool:
        soon = self._due(share, account, now + READY_AHEAD)
        return any(each.reason == PREPARED for each in soon)

    def _claim(self, delivery: Delivery, account: AccountId, now: datetime) -> Claim:
        share = self._shares[delivery.key.share]
        shown_at = share.reveals_at
        claimed = delivery.claimed()
        earlier = self._delivery(delivery.earlier) if delivery.earlier else None
        self._claimed_by[delivery.key] = account
        self._write(claimed)
        first_tried_at = self._first_tried.get(delivery.key)
        self._first_tried.setdefault(delivery.key, now)
        self._tried_since.setdefault(delivery.key, now)
        return Claim(
            delivery=claimed,
            asked_at=share.asked_at,
            again=share.again,
            first_tried_at=first_tried_at,
            tried_since=self._tried_since[delivery.key],
            earlier=Earlier(state=earlier.state, evidence=earlier.evidence)
            if earlier
            else None,
            withdrawn=share.state in WITHDRAWN_STATES,
            shown_at=shown_at if shown_at and shown_at > now else None,
        )

    def _write(self, delivery: Delivery) -> None:
        self._deliveries[delivery.key.share][delivery.key.position] = delivery

    def _turn(self, share: Share, state: ShareState, *, now: datetime) -> None:
        still_open = len(self._in(share.id, OPEN_STATES))
        done = state in ENDED_STATES and not still_open
        self._shares[share.id] = replace(
            share, state=state, open=still_open, ended_at=now if done else None
        )
        self._bound(self._shares[share.id])

    def _close(self, share: Share, *, now: datetime) -> None:
        still_open = len(self._in(share.id, OPEN_STATES))
        if still_open or not share.open:
            self._shares[share.id] = replace(share, open=still_open)
            return
        end = decide_end(count_states(self._deliveries[share.id]))
        after = share.state if share.state in WITHDRAWN_STATES else end
        if after is not None:
            self._shares[share.id] = replace(share, open=0, state=after, ended_at=now)

    def _needs_lane(
        self, account: AccountId, now: datetime, silent_since: datetime
    ) -> bool:
        beat_at = self._accounts[account].beat_at
        silent = beat_at is None or beat_at < silent_since
        pool = self._accounts[account].pool
        if pool is None:
            return False
        working = [each for each in self._of(pool) if each.state in WORKED_STATES]
        half_way = {each.key.share for each in self._half_way(account, pool)}
        return (
            any(
                self._due(each.id, account, now) or self._shows_soon(each.id, account, now)
                for each in working
            )
            or (silent and any(each.id in half_way for each in working))
            or (bool(self.unthawed(pool)) and account == self._first_of(pool))
        )

    def _first_of(self, pool: AccountId) -> AccountId:
        return min(each for each in self._accounts if self._accounts[each].pool == pool)


def _waits_and_is_known(delivery: Delivery) -> bool:
    waits = delivery.state is DeliveryState.WAITING
    return waits and (delivery.reason is None or delivery.reason.code != "outcome_unknown")
