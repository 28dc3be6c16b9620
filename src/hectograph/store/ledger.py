"""The Ledger on PostgreSQL: each move one conditional update in one transaction.

Every statement that a lane causes holds the account's row first, with the lane's epoch
as the condition: a lane that was taken over finds no row, and changes nothing.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zlib import crc32

from django.db import (
    DatabaseError,
    InterfaceError,
    ProgrammingError,
    connection,
    transaction,
)

from hectograph.domain.delivery import OPEN_STATES, Delivery, DeliveryState
from hectograph.domain.errors import (
    IllegalTransition,
    LaneLost,
    LaneWaiting,
    LedgerUnavailable,
    Misconfigured,
    OutcomeUnknown,
    UnknownShare,
)
from hectograph.domain.ids import AccountId, RequestKey, ShareId
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
from hectograph.ports.ledger import Claim, DayReport, Lane, LaneSign
from hectograph.ports.queue import Queue
from hectograph.store import statements
from hectograph.store.rows import (
    Row,
    claim_from,
    delivery_from,
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
        with _transaction():
            found: datetime = _one(statements.NOW)[0]
            return found

    def find_joinable(self, key: RequestKey, *, since: datetime) -> Share | None:
        with _transaction():
            return _find_joinable(key, since=since)

    def add(self, plan: PlannedShare, *, joins_since: datetime) -> tuple[Share, bool]:
        share = plan.share
        key = {"key": share.request_key, "since": joins_since}
        while True:
            with _transaction():
                if not share.again:
                    _run(statements.CLEAR_THE_WAY, key)
                if _add(plan, joinable=not share.again, settled_at=None):
                    self._wake(share.account)
                    return share, False
                if joined := _find_joinable(share.request_key, since=joins_since):
                    return joined, True

    def adopt(self, plan: PlannedShare) -> bool:
        with _transaction():
            return _add(plan, joinable=False, settled_at=plan.share.asked_at)

    def share(self, share: ShareId) -> Share:
        with _transaction():
            return _share(share)

    def list_shares(self, *, limit: int) -> Sequence[Progress]:
        with _transaction():
            rows = _all(statements.LIST_SHARES, {"limit": limit})
            return _with_counts([share_from(row) for row in rows])

    def progress(self, share: ShareId) -> Progress:
        with _transaction():
            return _with_counts([_share(share)])[0]

    def deliveries(self, share: ShareId) -> Sequence[Delivery]:
        with _transaction():
            _share(share)
            return [
                delivery_from(row) for row in _all(statements.DELIVERIES, {"share": share})
            ]

    def reopen_failed(self, share: ShareId, *, now: datetime) -> int:
        with _transaction():
            found = _lock_share(share)
            reopened = _run(statements.REOPEN_FAILED, {"share": share, "now": now})
            if reopened:
                _turn(found, state=ShareState.RUNNING, opened=reopened, now=now)
                self._wake(found.account)
            return reopened

    def cancel(self, share: ShareId, *, now: datetime) -> int:
        with _transaction():
            found = _lock_share(share)
            if found.state in ENDED_STATES:
                raise IllegalTransition(f"The share is {found.state} already.")
            withdrawn = len(_all(statements.CANCEL, {"share": share, "now": now}))
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
        with _transaction():
            found = _lock_share(share)
            if found.state != expected:
                raise IllegalTransition(
                    f"A share that is {found.state} cannot become {to}."
                )
            _turn(found, state=to, opened=0, now=now)
            if to is ShareState.RUNNING:
                self._wake(found.account)
            return _share(share)

    def begin_lane(self, account: AccountId, *, job: int, now: datetime) -> Lane:
        gone = OutcomeUnknown("The worker that was copying stopped.").reason()
        with _transaction():
            _run(statements.HOLD_PLACE, _place(job))
            row = _one(statements.BEGIN_LANE, {"account": account, "now": now})
            _run(
                statements.ABANDON,
                {
                    "account": account,
                    "now": now,
                    "code": gone.code,
                    "message": gone.message,
                    "remedy": gone.remedy,
                },
            )
            return Lane(account=account, epoch=row[0])

    def beat(self, lane: Lane, *, job: int, now: datetime) -> None:
        with _transaction():
            # Taken again where a new connection lost it.
            _run(statements.HOLD_PLACE, _place(job))
            if not _all(statements.BEAT, {**_lane(lane), "now": now}):
                raise _lost(lane)

    def end_lane(self, lane: Lane, *, job: int) -> None:
        with _transaction():
            _run(statements.LEAVE_PLACE, _place(job))
            _run(statements.FALL_SILENT, _lane(lane))

    def look_at_lane(
        self, account: AccountId, *, job: int, beat_since: datetime, seen_since: datetime
    ) -> LaneSign:
        times = {"beat_since": beat_since, "seen_since": seen_since}
        wanted = {**_place(job), **times, "account": account}
        with _transaction():
            rows = _all(statements.LOOK_AT_LANE, wanted)
        if not rows or rows[0][0]:
            return LaneSign.UNBORN
        return LaneSign.ALIVE if rows[0][1] else LaneSign.SILENT

    def mourn(self, account: AccountId, *, seen_since: datetime) -> None:
        with _transaction():
            _run(statements.MOURN, {"account": account, "seen_since": seen_since})

    def claim(self, lane: Lane, *, limit: int, now: datetime) -> Sequence[Claim]:
        with _transaction():
            _hold(lane)
            due = {"account": lane.account, "now": now}
            candidates = [_candidate(row) for row in _all(statements.CANDIDATES, due)]
            chosen = decide_next(candidates, now=now)
            if chosen is None:
                return []
            wanted = {"share": chosen, "now": now, "limit": limit}
            return [claim_from(row) for row in _all(statements.CLAIM, wanted)]

    def record(self, lane: Lane, settled: Sequence[Delivery], *, now: datetime) -> None:
        if not settled:
            return
        with _transaction():
            _hold(lane)
            rows = _all(statements.RECORD, record_columns(now, settled))
            closed = Counter(
                ShareId(share) for share, state in rows if state not in OPEN_STATES
            )
            for share, number in sorted(closed.items()):
                _close(share, number, now=now)

    def wake_due(self, *, now: datetime, silent_since: datetime) -> int:
        wanted = {"now": now, "silent_since": silent_since}
        with _transaction():
            accounts = [AccountId(row[0]) for row in _all(statements.DUE_ACCOUNTS, wanted)]
        return sum(self._woken(account) for account in accounts)

    def unthawed(self, account: AccountId) -> Sequence[ShareId]:
        with _transaction():
            return [
                ShareId(row[0]) for row in _all(statements.UNTHAWED, {"account": account})
            ]

    def thawed(self, share: ShareId) -> None:
        with _transaction():
            _run(statements.THAWED, {"share": share})

    def day_report(self, *, start: datetime, end: datetime) -> DayReport:
        with _transaction():
            row = _one(statements.DAY_REPORT, {"start": start, "end": end})
            return DayReport(
                delivered=row[0],
                failed=row[1],
                mean_seconds=row[2],
                p50_seconds=row[3],
                p95_seconds=row[4],
            )

    def _woken(self, account: AccountId) -> bool:
        with _transaction():
            return self._wake(account)

    def _wake(self, account: AccountId) -> bool:
        # The inner block is a savepoint: a refused wake-up must not undo the share.
        with suppress(LaneWaiting), transaction.atomic():
            self.queue.wake(account)
            return True
        return False


@contextmanager
def _transaction() -> Iterator[None]:
    """One transaction. A connection that failed is closed, so that the next is new."""
    try:
        with transaction.atomic():
            yield
    except ProgrammingError as error:
        raise Misconfigured(
            f"The tables are not those of this version: {_first_line(error)}.",
            effect="Nothing was written.",
            remedy="Run the same version of hectograph everywhere on one database.",
        ) from error
    except (DatabaseError, InterfaceError) as error:
        with suppress(DatabaseError, InterfaceError):
            connection.close()
        raise LedgerUnavailable(
            f"The database did not do what was asked: {_first_line(error)}.",
            effect="Nothing was written.",
        ) from error


def run_in_transaction(statement: str, parameters: Mapping[str, Any]) -> Any:
    """The first column of the one row of a statement, in a transaction of its own."""
    with _transaction():
        return _one(statement, parameters)[0]


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def _run(statement: str, parameters: Mapping[str, Any] | Sequence[Any] = ()) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def _all(statement: str, parameters: Mapping[str, Any] | Sequence[Any] = ()) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _one(statement: str, parameters: Mapping[str, Any] | Sequence[Any] = ()) -> Row:
    (row,) = _all(statement, parameters)
    return row


def _add(plan: PlannedShare, *, joinable: bool, settled_at: datetime | None) -> bool:
    share = plan.share
    _run(statements.ADD_ACCOUNT, {"account": share.account})
    written = share_parameters(share, joinable=joinable)
    if not _all(statements.ADD_SHARE, written):
        return False
    handouts = plan.handouts
    _run(
        statements.ADD_HANDOUTS,
        [
            share.id,
            list(range(len(handouts))),
            [each.title for each in handouts],
            ["/".join(each.tree) for each in handouts],
            [each.sha256 for each in handouts],
            [each.size_bytes for each in handouts],
        ],
    )
    state = plan.deliveries[0].state if plan.deliveries else DeliveryState.PLANNED
    constants = [share.id, share.asked_at, state, settled_at]
    _run(statements.ADD_DELIVERIES, [*constants, *plan_columns(plan.deliveries)])
    return True


def _find_joinable(key: RequestKey, *, since: datetime) -> Share | None:
    rows = _all(statements.FIND_JOINABLE, {"key": key, "since": since})
    return share_from(rows[0]) if rows else None


def _share(share: ShareId) -> Share:
    return _share_or_unknown(share, _all(statements.SHARE, {"share": share}))


def _lock_share(share: ShareId) -> Share:
    return _share_or_unknown(share, _all(statements.LOCK_SHARE, {"share": share}))


def _share_or_unknown(share: ShareId, rows: Sequence[Row]) -> Share:
    if not rows:
        raise UnknownShare(f"There is no share {share!r}.")
    return share_from(rows[0])


def _turn(found: Share, *, state: ShareState, opened: int, now: datetime) -> None:
    still_open = found.open + opened
    done = state in ENDED_STATES and not still_open
    _run(
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
    for share, state, number in _all(statements.COUNT, {"shares": list(shares)}):
        counts[ShareId(share)][DeliveryState(state)] = number
    return counts


def _with_counts(shares: Sequence[Share]) -> list[Progress]:
    counts = _counts([share.id for share in shares])
    return [Progress(share=share, counts=counts[share.id]) for share in shares]


def _close(share: ShareId, number: int, *, now: datetime) -> None:
    still_open, state = _one(statements.CLOSE_SOME, {"share": share, "closed": number})
    if still_open:
        return
    end = decide_end(_counts([share])[share])
    after = state if state == ShareState.CANCELLED else end
    _run(statements.END_SHARE, {"share": share, "state": after, "now": now})


def _candidate(row: Row) -> Candidate:
    share, service_class, remaining, asked_at = row
    return Candidate(
        share=ShareId(share),
        service_class=ServiceClass(service_class),
        remaining=remaining,
        asked_at=asked_at,
    )


def _hold(lane: Lane) -> None:
    if not _all(statements.HOLD_LANE, _lane(lane)):
        raise _lost(lane)


def _lane(lane: Lane) -> dict[str, Any]:
    return {"account": lane.account, "epoch": lane.epoch}


def _place(job: int) -> dict[str, int]:
    return {"room": ROOM, "seat": job % (1 << 31)}


def _lost(lane: Lane) -> LaneLost:
    return LaneLost(f"Lane {lane.epoch} was taken over.", effect="It changes nothing more.")
