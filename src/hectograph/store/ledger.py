"""The Ledger on PostgreSQL: each move one conditional update in one transaction.

Every statement that a lane causes holds the account's row first, with the lane's epoch
as the condition: a lane that was taken over finds no row, and changes nothing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zlib import crc32

from django.db import transaction

from hectograph.domain.delivery import OPEN_STATES, Delivery, DeliveryState
from hectograph.domain.errors import (
    IllegalTransition,
    LaneLost,
    LaneWaiting,
    OutcomeUnknown,
    UnknownShare,
)
from hectograph.domain.ids import AccountId, DeliveryKey, RequestKey, ShareId
from hectograph.domain.order import Candidate, decide_next
from hectograph.domain.share import (
    ENDED_STATES,
    PlannedShare,
    Progress,
    ServiceClass,
    Share,
    ShareState,
    decide_end,
)
from hectograph.ports.ledger import Claim, DayReport, Lane, LaneSign, Note
from hectograph.ports.queue import Queue
from hectograph.store import statements
from hectograph.store.queries import Row, atomic, fetch_all, fetch_one, run
from hectograph.store.rows import (
    claim_from,
    delivery_from,
    handout_columns,
    key_columns,
    note_columns,
    plan_columns,
    record_columns,
    share_from,
    share_parameters,
)

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
        share = plan.share
        key = {"key": share.request_key, "since": joins_since}
        while True:
            with atomic():
                if not share.again:
                    run(statements.CLEAR_THE_WAY, key)
                if _add(plan, joinable=not share.again, settled_at=None):
                    self._wake_pool(share.account)
                    return share, False
                if joined := _find_joinable(share.request_key, since=joins_since):
                    return joined, True

    def adopt(self, plan: PlannedShare) -> bool:
        with atomic():
            return _add(plan, joinable=False, settled_at=plan.share.asked_at)

    def share(self, share: ShareId) -> Share:
        with atomic():
            return _share(share)

    def list_shares(self, *, limit: int) -> Sequence[Progress]:
        with atomic():
            rows = fetch_all(statements.LIST_SHARES, {"limit": limit})
            return _with_counts([share_from(row) for row in rows])

    def progress(self, share: ShareId) -> Progress:
        with atomic():
            return _with_counts([_share(share)])[0]

    def deliveries(self, share: ShareId) -> Sequence[Delivery]:
        with atomic():
            _share(share)
            return [
                delivery_from(row)
                for row in fetch_all(statements.DELIVERIES, {"share": share})
            ]

    def reopen_failed(self, share: ShareId, *, now: datetime) -> int:
        with atomic():
            found = _lock_share(share)
            reopened = run(statements.REOPEN_FAILED, {"share": share, "now": now})
            if reopened:
                _turn(found, state=ShareState.RUNNING, opened=reopened, now=now)
                self._wake_pool(found.account)
            return reopened

    def cancel(self, share: ShareId, *, now: datetime) -> int:
        with atomic():
            found = _lock_share(share)
            if found.state in ENDED_STATES:
                raise IllegalTransition(f"The share is {found.state} already.")
            withdrawn = len(fetch_all(statements.CANCEL, {"share": share, "now": now}))
            still_open = sum(_counts([share])[share][state] for state in OPEN_STATES)
            _turn(
                found, state=ShareState.CANCELLED, opened=still_open - found.open, now=now
            )
            return withdrawn

    def turn(self, share: ShareId, *, to: ShareState, now: datetime) -> Share:
        expected = {
            ShareState.PAUSED: ShareState.RUNNING,
            ShareState.RUNNING: ShareState.PAUSED,
        }[to]
        with atomic():
            found = _lock_share(share)
            if found.state != expected:
                raise IllegalTransition(
                    f"A share that is {found.state} cannot become {to}."
                )
            _turn(found, state=to, opened=0, now=now)
            if to is ShareState.RUNNING:
                self._wake_pool(found.account)
            return _share(share)

    def begin_lane(self, account: AccountId, *, job: int, now: datetime) -> Lane:
        gone = OutcomeUnknown("The worker that was copying stopped.").reason()
        with atomic():
            run(statements.HOLD_PLACE, _place(job))
            row = fetch_one(statements.BEGIN_LANE, {"account": account, "now": now})
            lane = Lane(account=account, epoch=row[0], pool=AccountId(row[1]))
            why = {"code": gone.code, "message": gone.message, "remedy": gone.remedy}
            run(statements.ABANDON, {**_lane(lane), **why, "now": now})
            return lane

    def beat(self, lane: Lane, *, job: int, now: datetime) -> None:
        with atomic():
            # Taken again where a new connection lost it.
            run(statements.HOLD_PLACE, _place(job))
            if not fetch_all(statements.BEAT, {**_lane(lane), "now": now}):
                raise _lost(lane)

    def end_lane(self, lane: Lane, *, job: int) -> None:
        with atomic():
            run(statements.LEAVE_PLACE, _place(job))
            run(statements.FALL_SILENT, _lane(lane))

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
            _hold(lane)
            due = {**_lane(lane), "now": now}
            candidates = [_candidate(row) for row in fetch_all(statements.CANDIDATES, due)]
            chosen = decide_next(candidates, now=now)
            if chosen is None:
                return []
            wanted = {**due, "share": chosen, "limit": limit}
            return [claim_from(row) for row in fetch_all(statements.CLAIM, wanted)]

    def next_due(self, lane: Lane) -> datetime | None:
        with atomic():
            found: datetime | None = fetch_one(statements.NEXT_DUE, _lane(lane))[0]
            return found

    def note(self, lane: Lane, notes: Sequence[Note]) -> None:
        with atomic():
            _hold(lane)
            run(statements.NOTE, note_columns(notes))

    def list_needs(self, keys: Sequence[DeliveryKey]) -> Mapping[DeliveryKey, str | None]:
        with atomic():
            rows = fetch_all(statements.LIST_NEEDS, key_columns(keys))
        return {
            DeliveryKey(share=ShareId(share), position=position): None if owed else file
            for share, position, owed, file in rows
            if owed or file is not None
        }

    def record(self, lane: Lane, settled: Sequence[Delivery], *, now: datetime) -> None:
        if not settled:
            return
        with atomic():
            _hold(lane)
            rows = fetch_all(statements.RECORD, record_columns(now, settled))
            closed = Counter(
                ShareId(share) for share, state in rows if state not in OPEN_STATES
            )
            for share, number in sorted(closed.items()):
                _close(share, number, now=now)

    def wake_due(self, *, now: datetime, silent_since: datetime) -> int:
        wanted = {"now": now, "silent_since": silent_since}
        with atomic():
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

    def _woken(self, account: AccountId) -> bool:
        with atomic():
            return self._wake(account)

    def _wake_pool(self, pool: AccountId) -> None:
        for row in fetch_all(statements.POOL, {"pool": pool}):
            self._wake(AccountId(row[0]))

    def _wake(self, account: AccountId) -> bool:
        # The inner block is a savepoint: a refused wake-up must not undo the share.
        with suppress(LaneWaiting), transaction.atomic():
            self.queue.wake(account)
            return True
        return False


def _add(plan: PlannedShare, *, joinable: bool, settled_at: datetime | None) -> bool:
    share = plan.share
    run(statements.ADD_ACCOUNTS, _accounts(plan))
    if plan.adopts_since is not None:
        run(statements.HOLD_DESTINATION, {"destination": share.destination})
    written = share_parameters(share, joinable=joinable)
    if not fetch_all(statements.ADD_SHARE, written):
        return False
    run(statements.ADD_HANDOUTS, [share.id, *handout_columns(plan.handouts)])
    state = plan.deliveries[0].state if plan.deliveries else DeliveryState.PLANNED
    constants = [share.id, share.asked_at, state, settled_at]
    run(statements.ADD_DELIVERIES, [*constants, *plan_columns(plan.deliveries)])
    if plan.adopts_since is not None:
        _tie_to_earlier(plan, since=plan.adopts_since)
    return True


def _tie_to_earlier(plan: PlannedShare, *, since: datetime) -> None:
    wishes = [each.wish for each in plan.deliveries]
    share = {"share": plan.share.id, "destination": plan.share.destination}
    run(statements.TIE_TO_EARLIER, {**share, "since": since, "wishes": wishes})


def _accounts(plan: PlannedShare) -> dict[str, Any]:
    """What ADD_ACCOUNTS takes: the share's account, and those that serve it."""
    account = plan.share.account
    lanes = plan.lanes or (account,)
    pools = {account: None, **dict.fromkeys(lanes, account)}
    return {"accounts": list(pools), "pools": list(pools.values())}


def _find_joinable(key: RequestKey, *, since: datetime) -> Share | None:
    rows = fetch_all(statements.FIND_JOINABLE, {"key": key, "since": since})
    return share_from(rows[0]) if rows else None


def _share(share: ShareId) -> Share:
    return _share_or_unknown(share, fetch_all(statements.SHARE, {"share": share}))


def _lock_share(share: ShareId) -> Share:
    return _share_or_unknown(share, fetch_all(statements.LOCK_SHARE, {"share": share}))


def _share_or_unknown(share: ShareId, rows: Sequence[Row]) -> Share:
    if not rows:
        raise UnknownShare(f"There is no share {share!r}.")
    return share_from(rows[0])


def _turn(found: Share, *, state: ShareState, opened: int, now: datetime) -> None:
    still_open = found.open + opened
    done = state in ENDED_STATES and not still_open
    run(
        statements.TURN,
        {
            "share": found.id,
            "state": state,
            "open": still_open,
            "ended_at": now if done else None,
        },
    )


def _counts(shares: Sequence[ShareId]) -> dict[ShareId, dict[DeliveryState, int]]:
    counts = {share: dict.fromkeys(DeliveryState, 0) for share in shares}
    for share, state, number in fetch_all(statements.COUNT, {"shares": list(shares)}):
        counts[ShareId(share)][DeliveryState(state)] = number
    return counts


def _with_counts(shares: Sequence[Share]) -> list[Progress]:
    counts = _counts([share.id for share in shares])
    return [Progress(share=share, counts=counts[share.id]) for share in shares]


def _close(share: ShareId, number: int, *, now: datetime) -> None:
    still_open, state = fetch_one(statements.CLOSE_SOME, {"share": share, "closed": number})
    if still_open:
        return
    end = decide_end(_counts([share])[share])
    after = state if state == ShareState.CANCELLED else end
    run(statements.END_SHARE, {"share": share, "state": after, "now": now})


def _candidate(row: Row) -> Candidate:
    share, service_class, remaining, asked_at = row
    return Candidate(
        share=ShareId(share),
        service_class=ServiceClass(service_class),
        remaining=remaining,
        asked_at=asked_at,
    )


def _hold(lane: Lane) -> None:
    if not fetch_all(statements.HOLD_LANE, _lane(lane)):
        raise _lost(lane)


def _lane(lane: Lane) -> dict[str, Any]:
    return {"account": lane.account, "epoch": lane.epoch, "pool": lane.pool}


def _place(job: int) -> dict[str, int]:
    return {"room": ROOM, "seat": job % (1 << 31)}


def _lost(lane: Lane) -> LaneLost:
    return LaneLost(f"Lane {lane.epoch} was taken over.", effect="It changes nothing more.")
