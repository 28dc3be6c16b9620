"""Takes delivered copies of a recalled share up into its clean-up; in a transaction."""

from datetime import datetime, timedelta

from hectograph.domain.ids import AccountId, CleanupId, ShareId
from hectograph.domain.removal import SHARED, Removal, RemovalKey, build_recall
from hectograph.store import removal_statements as statements
from hectograph.store.queries import fetch_all, fetch_one, run
from hectograph.store.removal_rows import removal_columns
from hectograph.store.rows import delivery_from

SHARED_WITHIN = timedelta(days=7)
"""How far apart two shares may have been asked for, of which one adopted a copy."""


def find_recall(share: ShareId) -> CleanupId | None:
    """The clean-up of a share that is recalled."""
    rows = fetch_all(statements.FIND_RECALL, {"share": share})
    return CleanupId(rows[0][0]) if rows else None


def find_undoing(share: ShareId, *, now: datetime) -> CleanupId | None:
    """The recall of a share whose undo is under way; that stops, and it is asked again."""
    rows = fetch_all(statements.FIND_UNDOING, {"share": share})
    if not rows:
        return None
    wanted = {"cleanup": rows[0][0]}
    run(statements.DELIVERED_AGAIN, wanted)
    run(statements.ASK_AGAIN, {**wanted, "now": now})
    run(statements.NOT_UNDONE, wanted)
    return CleanupId(rows[0][0])


def ask_late(share: ShareId, *, now: datetime) -> None:
    """Ask for what arrived although its share was recalled meanwhile."""
    if (cleanup := find_recall(share)) is not None:
        ask_delivered(share, cleanup=cleanup, now=now)


def ask_delivered(share: ShareId, *, cleanup: CleanupId, now: datetime) -> list[Removal]:
    """Ask for every copy of a share that the clean-up does not have yet."""
    wanted = {"share": share, "cleanup": cleanup, "within": SHARED_WITHIN}
    rows = fetch_all(statements.RECALLABLE, wanted)
    position = fetch_one(statements.NEXT_POSITION, {"cleanup": cleanup})[0]
    removals: list[Removal] = []
    for row in rows:
        *columns, account, is_shared = row
        removal = build_recall(
            delivery_from(columns),
            key=RemovalKey(cleanup=cleanup, position=position + len(removals)),
            account=AccountId(account),
            now=now,
        )
        if removal is not None:
            removals.append(
                removal.kept(SHARED) if is_shared and removal.due_at else removal
            )
    if removals:
        run(statements.ADD_REMOVALS, removal_columns(removals))
    return removals
