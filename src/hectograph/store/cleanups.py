"""Clean-ups, removals and the audit log in PostgreSQL."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from hectograph.domain.cleanup import OF_A_SHARE, Cleanup, Purpose
from hectograph.domain.decision import Decision
from hectograph.domain.delivery import DeliveryState
from hectograph.domain.errors import IllegalTransition, UnknownCleanup
from hectograph.domain.ids import AccountId, CleanupId, DeliveryKey, ShareId
from hectograph.domain.removal import (
    Removal,
    RemovalState,
    delivery_move,
    find_gift,
    find_loss,
)
from hectograph.domain.share import PlannedShare, Share, ShareState, decide_end
from hectograph.ports.cleanups import AuditEntry, Scope
from hectograph.ports.ledger import Lane
from hectograph.ports.queue import Queue
from hectograph.store import removal_statements
from hectograph.store import statements as ledger_statements
from hectograph.store.decision_rows import act_of, decision_from, decision_json
from hectograph.store.lanes import hold_lane
from hectograph.store.plans import add_plan
from hectograph.store.queries import Row, atomic, fetch_all, run
from hectograph.store.recalls import (
    ask_delivered,
    ask_late,
    begin_correction,
    find_recall,
    find_undoing,
)
from hectograph.store.removal_rows import (
    cleanup_from,
    evidence_json,
    gift_columns,
    outcome_columns,
    removal_columns,
    removal_from,
)
from hectograph.store.shares import (
    close_some,
    count_deliveries,
    lock_share,
    turn_share,
    withdraw,
)
from hectograph.store.waking import wake

UNDOABLE: Final = frozenset({RemovalState.REMOVED, RemovalState.REPLACED})


@dataclass(frozen=True, slots=True)
class PostgresCleanups:
    """Clean-ups in PostgreSQL. Use it from one thread."""

    queue: Queue

    def add(self, cleanup: Cleanup, removals: Sequence[Removal]) -> None:
        with atomic():
            _add(cleanup)
            if removals:
                run(removal_statements.ADD_REMOVALS, removal_columns(removals))
            states = Counter(each.state for each in removals)
            counts = {str(state): number for state, number in sorted(states.items())}
            entry = _Entry(
                act=f"{cleanup.purpose}.listed", subject=cleanup.id, facts=counts
            )
            _audit([(cleanup.id, entry)], by=cleanup.asked_by, now=cleanup.asked_at)
            self._wake(cleanup.id)

    def recall(
        self, share: ShareId, *, cleanup: CleanupId, by: str | None, now: datetime
    ) -> CleanupId:
        with atomic():
            found = lock_share(share)
            if found.state is ShareState.RECALLED and (earlier := find_recall(share)):
                return earlier
            if undoing := find_undoing(share, now=now):
                cleanup = undoing
            else:
                _add(_recall_of(share, cleanup=cleanup, by=by, now=now))
            withdrawn = withdraw(found, state=ShareState.RECALLED, now=now)
            removals = ask_delivered(share, cleanup=cleanup, now=now)
            asked = sum(each.state is RemovalState.ASKED for each in removals)
            counts = {"asked": asked, "kept": len(removals) - asked, "withdrawn": withdrawn}
            entry = _Entry(
                act="share.recalled",
                subject=share,
                facts=counts,
                undo=f"hectograph recall {share} --undo",
            )
            _audit([(share, entry)], by=by, now=now)
            self._wake(cleanup)
            return cleanup

    def correct(
        self,
        share: ShareId,
        plan: PlannedShare,
        *,
        cleanup: CleanupId,
        by: str | None,
        now: datetime,
    ) -> None:
        with atomic():
            found = lock_share(share)
            if found.state is ShareState.RECALLED:
                raise IllegalTransition("The share is recalled already.")
            kept = Cleanup(
                id=cleanup,
                purpose=Purpose.CORRECTION,
                subject=share,
                asked_at=now,
                asked_by=by,
                then=plan.share.id,
            )
            _add(kept)
            add_plan(plan, joinable=False)
            withdrawn = withdraw(found, state=ShareState.RECALLED, now=now)
            removals = ask_delivered(share, cleanup=cleanup, now=now)
            counts = {"removals": len(removals), "withdrawn": withdrawn}
            entry = _Entry(
                act="share.corrected",
                subject=share,
                facts={"by_share": plan.share.id, **counts},
                undo=f"hectograph cleanup undo {cleanup}",
            )
            _audit([(share, entry)], by=by, now=now)
            begin_correction(self.queue, share)
            self._wake(cleanup)

    def cleanup(self, cleanup: CleanupId) -> tuple[Cleanup, Sequence[Removal]]:
        with atomic():
            found = _cleanup(cleanup)
            rows = fetch_all(removal_statements.REMOVALS, {"cleanup": cleanup})
            return found, [removal_from(row) for row in rows]

    def find_recall(self, share: ShareId) -> CleanupId | None:
        with atomic():
            return find_recall(share)

    def find_last_recall(self, share: ShareId) -> CleanupId | None:
        with atomic():
            rows = fetch_all(removal_statements.FIND_LAST_RECALL, {"share": share})
        return CleanupId(rows[0][0]) if rows else None

    def list_cleanups(self, *, limit: int) -> Sequence[Cleanup]:
        with atomic():
            rows = fetch_all(removal_statements.CLEANUPS, {"limit": limit})
            return [cleanup_from(row) for row in rows]

    def apply(self, cleanup: CleanupId, *, by: str | None, now: datetime) -> int:
        with atomic():
            found = _cleanup(cleanup, hold=True)
            wanted = {"cleanup": cleanup, "now": now}
            asked = run(removal_statements.APPLY, wanted)
            undo = f"hectograph cleanup undo {cleanup}"
            entry = _Entry(
                act=f"{found.purpose}.applied",
                subject=cleanup,
                facts={"asked": asked},
                undo=undo,
            )
            _audit([(cleanup, entry)], by=by, now=now)
            self._wake(cleanup)
            return asked

    def undo(self, cleanup: CleanupId, *, by: str | None, now: datetime) -> int:
        with atomic():
            found = _cleanup(cleanup, hold=True)
            wanted = {"cleanup": cleanup, "now": now}
            returning = run(removal_statements.UNDO, wanted)
            run(removal_statements.UNDONE, wanted)
            if found.purpose in OF_A_SHARE:
                _take_up(lock_share(ShareId(found.subject)), now=now)
            if found.then is not None:
                _call_off(lock_share(found.then), now=now)
            entry = _Entry(
                act=f"{found.purpose}.undone", subject=cleanup, facts={"asked": returning}
            )
            _audit([(_about(found), entry)], by=by, now=now)
            self._wake(cleanup)
            return returning

    def list_accounts(self, scope: Scope) -> Sequence[AccountId]:
        with atomic():
            rows = fetch_all(removal_statements.ACCOUNTS_IN, asdict(scope))
        return [AccountId(row[0]) for row in rows]

    def list_shares(self, scope: Scope) -> frozenset[ShareId] | None:
        if scope == Scope():
            return None
        with atomic():
            rows = fetch_all(removal_statements.SHARES_IN, asdict(scope))
        return frozenset(ShareId(row[0]) for row in rows)

    def list_due(self, lane: Lane, *, limit: int, now: datetime) -> Sequence[Removal]:
        wanted = {"account": lane.account, "limit": limit, "now": now}
        with atomic():
            rows = fetch_all(removal_statements.DUE_REMOVALS, wanted)
            return [removal_from(row) for row in rows]

    def record(
        self,
        lane: Lane,
        before: Sequence[Removal],
        after: Sequence[Removal],
        *,
        now: datetime,
    ) -> None:
        if not after:
            return
        with atomic():
            hold_lane(lane)
            columns = outcome_columns(before, after)
            rows = fetch_all(removal_statements.RECORD_REMOVALS, columns)
            written = {(cleanup, position) for cleanup, position in rows}
            pairs = [
                (was, each)
                for was, each in zip(before, after, strict=True)
                if (each.key.cleanup, each.key.position) in written
            ]
            for share in _move_deliveries(pairs, now=now):
                begin_correction(self.queue, share)
            moved = [each for was, each in pairs if was.state is not each.state]
            entries = [(_subject(each), _settled(each)) for each in moved]
            _audit(entries, by=None, now=now)

    def note(self, decision: Decision) -> None:
        entry = _Entry(
            act=act_of(decision),
            subject=str(decision.key),
            facts=decision_json(decision),
            undo=decision.undo,
        )
        with atomic():
            _audit([(decision.key.share, entry)], by=decision.by, now=decision.at)

    def note_folders(self, account: AccountId, number: int, *, now: datetime) -> None:
        entry = _Entry(
            act="folders.removed", subject=account, facts={"number": number}, undo=None
        )
        with atomic():
            _audit([(account, entry)], by=None, now=now)

    def list_decisions(self, share: ShareId) -> Sequence[Decision]:
        with atomic():
            rows = fetch_all(removal_statements.DECISIONS, {"share": share})
        return [decision_from(row) for row in rows]

    def audit(
        self,
        *,
        subject: str | None,
        limit: int,
        school: str | None = None,
        before: int | None = None,
    ) -> Sequence[AuditEntry]:
        wanted = {"about": subject, "limit": limit, "school": school, "before": before}
        with atomic():
            rows = fetch_all(removal_statements.AUDIT, wanted)
        return [_entry_from(row) for row in rows]

    def _wake(self, cleanup: CleanupId) -> None:
        wanted = {"cleanup": cleanup}
        for row in fetch_all(removal_statements.REMOVAL_ACCOUNTS, wanted):
            wake(self.queue, AccountId(row[0]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    act: str
    subject: str
    facts: Mapping[str, Any]
    undo: str | None = None


def _add(cleanup: Cleanup) -> None:
    run(
        removal_statements.ADD_CLEANUP,
        {
            "id": cleanup.id,
            "purpose": cleanup.purpose,
            "subject": cleanup.subject,
            "asked_at": cleanup.asked_at,
            "asked_by": cleanup.asked_by,
            "then_share": cleanup.then,
        },
    )


def _recall_of(
    share: ShareId, *, cleanup: CleanupId, by: str | None, now: datetime
) -> Cleanup:
    return Cleanup(
        id=cleanup, purpose=Purpose.RECALL, subject=share, asked_at=now, asked_by=by
    )


def _cleanup(cleanup: CleanupId, *, hold: bool = False) -> Cleanup:
    statement = removal_statements.LOCK_CLEANUP if hold else removal_statements.CLEANUP
    rows = fetch_all(statement, {"cleanup": cleanup})
    if not rows:
        raise UnknownCleanup(f"There is no clean-up {cleanup!r}.")
    return cleanup_from(rows[0])


def _call_off(found: Share, *, now: datetime) -> None:
    """A correction that has not begun is cancelled; one that has stays as it is."""
    if found.state is ShareState.SCHEDULED:
        rows = fetch_all(ledger_statements.CANCEL, {"share": found.id, "now": now})
        turn_share(found, state=ShareState.CANCELLED, opened=-len(rows), now=now)


def _take_up(found: Share, *, now: datetime) -> None:
    """A recalled share counts as what its deliveries say again."""
    if found.state is not ShareState.RECALLED:
        raise IllegalTransition(f"The share is {found.state}, and not recalled.")
    state = decide_end(count_deliveries([found.id])[found.id]) or ShareState.CANCELLED
    turn_share(found, state=state, opened=0, now=now)


def _move_deliveries(
    pairs: Sequence[tuple[Removal, Removal]], *, now: datetime
) -> list[ShareId]:
    """Give deliveries the states that follow; the shares that removals were about."""
    moves = [
        (each.delivery, *move, each.path)
        for was, each in pairs
        if each.delivery is not None and (move := delivery_move(was, each)) is not None
    ]
    moves += [
        (lost, DeliveryState.VERIFIED, DeliveryState.RECALLED, each.path)
        for _, each in pairs
        if (lost := find_loss(each)) is not None
    ]
    shares = sorted({each.delivery.share for _, each in pairs if each.delivery})
    keys: list[DeliveryKey] = [key for key, *_ in moves]
    columns = [
        [key.share for key in keys],
        [key.position for key in keys],
        [before for _, before, _, _ in moves],
        [after for _, _, after, _ in moves],
        [path for *_, path in moves],
    ]
    given = _give([each for _, each in pairs], now=now)
    if moves:
        run(removal_statements.MOVE_DELIVERIES, columns)
    for share in shares:
        if lock_share(share).state is ShareState.RECALLED:
            ask_late(share, now=now)
    for share, number in sorted(given.items()):
        close_some(share, number, now=now)
    return shares


def _give(removals: Sequence[Removal], *, now: datetime) -> Counter[ShareId]:
    """Write down what files in place have become; how many copies shares owe less."""
    gifts = [gift for each in removals if (gift := find_gift(each)) is not None]
    if not gifts:
        return Counter()
    rows = fetch_all(removal_statements.GIVE, [now, *gift_columns(gifts)])
    return Counter(ShareId(share) for share, was in rows if was == DeliveryState.PLANNED)


def _settled(removal: Removal) -> _Entry:
    """What became of a file, with the evidence by which it was judged."""
    undo = f"hectograph cleanup undo {removal.key.cleanup}"
    why = {"why": removal.reason.message} if removal.reason else {}
    evidence = {"before": evidence_json(removal.original.evidence)}
    if removal.given is not None:
        evidence["after"] = evidence_json(removal.given.evidence)
    return _Entry(
        act=f"removal.{removal.state}",
        subject=str(removal.key),
        facts={"delivery": str(removal.delivery or ""), **why, **evidence},
        undo=undo if removal.state in UNDOABLE else None,
    )


def _subject(removal: Removal) -> str:
    return removal.delivery.share if removal.delivery else removal.key.cleanup


def _about(cleanup: Cleanup) -> str:
    return cleanup.subject if cleanup.purpose in OF_A_SHARE else cleanup.id


def _audit(entries: Sequence[tuple[str, _Entry]], *, by: str | None, now: datetime) -> None:
    """Add entries, each with the share or clean-up that it is about."""
    columns = (
        [each.act for _, each in entries],
        [each.subject for _, each in entries],
        [about for about, _ in entries],
        [json.dumps(dict(each.facts)) for _, each in entries],
        [each.undo for _, each in entries],
    )
    run(removal_statements.ADD_AUDIT, [now, by, *columns])


def _entry_from(row: Row) -> AuditEntry:
    number, at, by, act, subject, facts, undo = row
    return AuditEntry(
        number=number,
        at=at,
        by=by,
        act=act,
        subject=subject,
        facts=json.loads(facts),
        undo=undo,
    )
