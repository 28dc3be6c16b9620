"""The Ledger on PostgreSQL: each move one conditional update in one transaction.

Every statement that a lane causes holds the account's row first, with the lane's epoch
as the condition: a lane that was taken over finds no row, and changes nothing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from zlib import crc32

from hectograph.domain.delivery import OPEN_STATES, Delivery, DeliveryState
from hectograph.domain.duplicates import Wished
from hectograph.domain.errors import (
    IllegalTransition,
    OutcomeUnknown,
)
from hectograph.domain.halt import Halt, UnderWay
from hectograph.domain.ids import AccountId, DeliveryKey, RequestKey, ShareId, WishKey
from hectograph.domain.order import Candidate, Tally, decide_next
from hectograph.domain.share import (
    ENDED_STATES,
    PlannedShare,
    Progress,
    ServiceClass,
    Share,
    ShareState,
    Timing,
)
from hectograph.domain.throughput import UNKNOWN_RATE
from hectograph.ports.ledger import Claim, DayReport, Lane, LaneSign, Note
from hectograph.ports.queue import Queue
from hectograph.store import statements
from hectograph.store.events import tell_failed
from hectograph.store.halts import begin_halt, end_halt, find_halt
from hectograph.store.lanes import hold_lane, lane_parameters, lost
from hectograph.store.plans import add_plan, share_occurrence
from hectograph.store.queries import Row, atomic, fetch_all, fetch_one, run
from hectograph.store.recalls import ask_late, begin_correction
from hectograph.store.rows import (
    claim_from,
    delivery_from,
    key_columns,
    note_columns,
    record_columns,
    share_from,
)
from hectograph.store.shares import (
    close_some,
    find_share,
    lock_share,
    turn_share,
    with_counts,
    withdraw,
)
from hectograph.store.waking import wake, wake_pool

ROOM = crc32(b"hectograph.lane") % (1 << 31)
"""The first half of the advisory locks by which lanes show that they live."""


@dataclass(frozen=True, slots=True)
class PostgresLedger:
    """Shares and deliveries in PostgreSQL. Use it from one thread."""

    queue: Queue

    def now(self) -> datetime:
        with atomic():
            found: datetime = fetch_one(statements.NOW)[0]
            return found

    def find_joinable(self, key: RequestKey, *, since: datetime) -> Share | None:
        with atomic():
            return _find_joinable(key, since=since)

    def add(self, plan: PlannedShare, *, joins_since: datetime) -> tuple[Share, bool]:
        with atomic():
            return self._add(plan, joins_since=joins_since)

    def add_all(
        self, plans: Sequence[PlannedShare], *, joins_since: datetime
    ) -> Sequence[tuple[Share, bool]]:
        # Whoever asks for some of the same at this moment takes them in the same order.
        in_order = sorted(plans, key=lambda plan: plan.share.request_key)
        with atomic():
            added = {
                plan.share.id: self._add(plan, joins_since=joins_since) for plan in in_order
            }
        return [added[plan.share.id] for plan in plans]

    def _add(self, plan: PlannedShare, *, joins_since: datetime) -> tuple[Share, bool]:
        share = plan.share
        key = {"key": share.request_key, "since": joins_since}
        while True:
            if earlier := share_occurrence(plan):
                return find_share(earlier), True
            if not share.again:
                run(statements.CLEAR_THE_WAY, key)
            if add_plan(plan, joinable=not share.again, settled_at=None):
                if share.state is ShareState.RUNNING:
                    wake_pool(self.queue, share.account)
                return share, False
            if joined := _find_same(share, since=joins_since):
                return joined, True

    def adopt(self, plan: PlannedShare) -> bool:
        with atomic():
            return add_plan(plan, joinable=False, settled_at=plan.share.asked_at)

    def share(self, share: ShareId) -> Share:
        with atomic():
            return find_share(share)

    def list_shares(self, *, limit: int) -> Sequence[Progress]:
        with atomic():
            rows = fetch_all(statements.LIST_SHARES, {"limit": limit})
            return with_counts([share_from(row) for row in rows])

    def progress(self, share: ShareId) -> Progress:
        with atomic():
            return with_counts([find_share(share)])[0]

    def deliveries(self, share: ShareId) -> Sequence[Delivery]:
        with atomic():
            find_share(share)
            return [
                delivery_from(row)
                for row in fetch_all(statements.DELIVERIES, {"share": share})
            ]

    def reopen_failed(self, share: ShareId, *, now: datetime) -> int:
        with atomic():
            found = lock_share(share)
            reopened = run(statements.REOPEN_FAILED, {"share": share, "now": now})
            if reopened:
                turn_share(found, state=ShareState.RUNNING, opened=reopened, now=now)
                wake_pool(self.queue, found.account)
            return reopened

    def cancel(self, share: ShareId, *, now: datetime) -> int:
        with atomic():
            found = lock_share(share)
            if found.state in ENDED_STATES:
                raise IllegalTransition(f"The share is {found.state} already.")
            return withdraw(found, state=ShareState.CANCELLED, now=now)

    def turn(self, share: ShareId, *, to: ShareState, now: datetime) -> Share:
        with atomic():
            found = lock_share(share)
            self._turn(found, found.turned(to, now=now), now=now)
            return find_share(share)

    def move(self, share: ShareId, timing: Timing, *, now: datetime) -> Share:
        with atomic():
            found = lock_share(share)
            moved = found.moved(timing, now=now)
            wanted = {"share": share, "now": now, **asdict(timing)}
            run(statements.MOVE_SHARE, wanted)
            run(statements.MOVE_PREPARED, wanted)
            self._turn(moved, moved.state, now=now)
            return find_share(share)

    def _turn(self, found: Share, state: ShareState, *, now: datetime) -> None:
        turn_share(found, state=state, opened=0, now=now)
        if state is ShareState.RUNNING:
            wake_pool(self.queue, found.account)

    def begin_lane(self, account: AccountId, *, job: int, now: datetime) -> Lane:
        gone = OutcomeUnknown("The worker that was copying stopped.").reason()
        with atomic():
            run(statements.HOLD_PLACE, _place(job))
            row = fetch_one(statements.BEGIN_LANE, {"account": account, "now": now})
            lane = Lane(
                account=account, epoch=row[0], pool=AccountId(row[1]), goodput=row[2]
            )
            why = {"code": gone.code, "message": gone.message, "remedy": gone.remedy}
            run(statements.ABANDON, {**lane_parameters(lane), **why, "now": now})
            return lane

    def beat(
        self, lane: Lane, *, job: int, now: datetime, goodput: float | None = None
    ) -> None:
        with atomic():
            # Taken again where a new connection lost it.
            run(statements.HOLD_PLACE, _place(job))
            sign = {**lane_parameters(lane), "now": now, "goodput": goodput}
            if not fetch_all(statements.BEAT, sign):
                raise lost(lane)

    def end_lane(self, lane: Lane, *, job: int) -> None:
        with atomic():
            run(statements.LEAVE_PLACE, _place(job))
            run(statements.FALL_SILENT, lane_parameters(lane))

    def look_at_lane(
        self, account: AccountId, *, job: int, beat_since: datetime, seen_since: datetime
    ) -> LaneSign:
        times = {"beat_since": beat_since, "seen_since": seen_since}
        wanted = {**_place(job), **times, "account": account}
        with atomic():
            rows = fetch_all(statements.LOOK_AT_LANE, wanted)
        if not rows or rows[0][0]:
            return LaneSign.UNBORN
        return LaneSign.ALIVE if rows[0][1] else LaneSign.SILENT

    def mourn(self, account: AccountId, *, seen_since: datetime) -> None:
        with atomic():
            run(statements.MOURN, {"account": account, "seen_since": seen_since})

    def claim(self, lane: Lane, *, limit: int, now: datetime) -> Sequence[Claim]:
        with atomic():
            hold_lane(lane)
            due = {**lane_parameters(lane), "now": now}
            rows = fetch_all(statements.CANDIDATES, due)
            if not rows:
                return []
            candidates = [_candidate(row) for row in rows]
            chosen = decide_next(candidates, now=now, tally=_tally(rows[0]))
            wanted = {**due, "share": chosen, "limit": limit}
            return [claim_from(row) for row in fetch_all(statements.CLAIM, wanted)]

    def next_due(self, lane: Lane) -> datetime | None:
        with atomic():
            found: datetime | None = fetch_one(statements.NEXT_DUE, lane_parameters(lane))[
                0
            ]
            return found

    def note(self, lane: Lane, notes: Sequence[Note]) -> None:
        with atomic():
            hold_lane(lane)
            run(statements.NOTE, note_columns(notes))

    def list_needs(self, keys: Sequence[DeliveryKey]) -> Mapping[DeliveryKey, str | None]:
        with atomic():
            rows = fetch_all(statements.LIST_NEEDS, key_columns(keys))
        return {
            DeliveryKey(share=ShareId(share), position=position): None if owed else file
            for share, position, owed, file in rows
            if owed or file is not None
        }

    def list_wished(self, wishes: Sequence[WishKey]) -> Sequence[Wished]:
        with atomic():
            rows = fetch_all(statements.LIST_WISHED, {"wishes": list(wishes)})
        return [
            Wished(delivery=delivery_from(columns), again=again) for *columns, again in rows
        ]

    def record(self, lane: Lane, settled: Sequence[Delivery], *, now: datetime) -> None:
        if not settled:
            return
        with atomic():
            hold_lane(lane)
            rows = fetch_all(statements.RECORD, record_columns(now, settled))
            closed = Counter(
                ShareId(share) for share, state, *_ in rows if state not in OPEN_STATES
            )
            tell_failed(_failed(rows), now=now)
            if closed:
                settled_now = {"pool": lane.pool, "number": closed.total()}
                run(statements.COUNT_SETTLED, settled_now)
            for share, number in sorted(closed.items()):
                if close_some(share, number, now=now) is ShareState.RECALLED:
                    ask_late(share, now=now)
                    begin_correction(self.queue, share)

    def wake_due(self, *, now: datetime, silent_since: datetime) -> int:
        wanted = {"now": now, "silent_since": silent_since}
        with atomic():
            for row in fetch_all(statements.DUE_TO_BEGIN, {"now": now}):
                self._turn(share_from(row), ShareState.RUNNING, now=now)
            run(statements.UNPARK_RESTED, {"now": now})
            accounts = [
                AccountId(row[0]) for row in fetch_all(statements.DUE_ACCOUNTS, wanted)
            ]
        return sum(self._woken(account) for account in accounts)

    def unthawed(self, pool: AccountId) -> Sequence[ShareId]:
        with atomic():
            return [
                ShareId(row[0]) for row in fetch_all(statements.UNTHAWED, {"pool": pool})
            ]

    def thawed(self, share: ShareId) -> None:
        with atomic():
            run(statements.THAWED, {"share": share})

    def day_report(self, *, start: datetime, end: datetime) -> DayReport:
        with atomic():
            row = fetch_one(statements.DAY_REPORT, {"start": start, "end": end})
            return DayReport(
                delivered=row[0],
                failed=row[1],
                mean_seconds=row[2],
                p50_seconds=row[3],
                p95_seconds=row[4],
            )

    def halt(self, reason: str | None, *, by: str | None, now: datetime) -> Halt:
        with atomic():
            return begin_halt(reason, by=by, now=now)

    def resume(self, *, by: str | None, now: datetime) -> Halt | None:
        with atomic():
            return end_halt(by=by, now=now)

    def find_halt(self) -> Halt | None:
        with atomic():
            return find_halt()

    def under_way(self, *, beat_since: datetime) -> UnderWay:
        with atomic():
            lanes, copies = fetch_one(statements.UNDER_WAY, {"beat_since": beat_since})
            return UnderWay(lanes=lanes, copies=copies)

    def _woken(self, account: AccountId) -> bool:
        with atomic():
            return wake(self.queue, account)


def _find_joinable(key: RequestKey, *, since: datetime) -> Share | None:
    rows = fetch_all(statements.FIND_JOINABLE, {"key": key, "since": since})
    return share_from(rows[0]) if rows else None


def _find_same(share: Share, *, since: datetime) -> Share | None:
    """The share in whose way another stands: the same request, or itself, sent twice."""
    if not share.again and (found := _find_joinable(share.request_key, since=since)):
        return found
    rows = fetch_all(statements.SHARE, {"share": share.id})
    return share_from(rows[0]) if rows else None


def _candidate(row: Row) -> Candidate:
    return Candidate(
        share=ShareId(row[0]),
        service_class=ServiceClass(row[1]),
        remaining=row[2],
        waits_since=row[3],
        fair_by=row[4],
        deadline=row[5],
        is_revealing=row[6],
    )


def _tally(row: Row) -> Tally:
    settled, rate = row[7:9]
    return Tally(settled=settled, rate=UNKNOWN_RATE if rate is None else rate)


def _failed(rows: Sequence[Row]) -> list[tuple[DeliveryKey, str]]:
    """Of what RECORD wrote, the copies that were not made, with their codes."""
    return [
        (DeliveryKey(share=ShareId(share), position=position), code)
        for share, state, position, code in rows
        if state == DeliveryState.FAILED
    ]


def _place(job: int) -> dict[str, int]:
    return {"room": ROOM, "seat": job % (1 << 31)}
