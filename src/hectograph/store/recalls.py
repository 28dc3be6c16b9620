"""Takes delivered copies of a recalled share up into its clean-up; in a transaction."""

from datetime import datetime, timedelta

from hectograph.domain.correction import name_beside
from hectograph.domain.ids import AccountId, CleanupId, ShareId
from hectograph.domain.removal import SHARED, Removal, RemovalKey, build_recall
from hectograph.domain.share import ShareState
from hectograph.ports.queue import Queue
from hectograph.store import removal_statements as statements
from hectograph.store.queries import fetch_all, fetch_one, run
from hectograph.store.removal_rows import removal_columns
from hectograph.store.rows import delivery_from
from hectograph.store.shares import lock_share, turn_share
from hectograph.store.waking import wake_pool

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


def begin_correction(queue: Queue, share: ShareId) -> None:
    """Let the share of a corrected version run, once all of the first is settled.

    Where the first version stays, the corrected one has a name that says what it is.
    """
    for row in fetch_all(statements.SETTLED_CORRECTION, {"share": share}):
        cleanup, then_share = row
        corrected = lock_share(ShareId(then_share))
        wanted = {"cleanup": cleanup, "then_share": then_share}
        stay = fetch_all(statements.STAY, wanted)
        positions = [position for position, _ in stay]
        names = [name_beside(name) for _, name in stay]
        run(statements.RENAME, [positions, names, then_share])
        turn_share(corrected, state=ShareState.RUNNING, opened=0, now=corrected.asked_at)
        wake_pool(queue, corrected.account)
