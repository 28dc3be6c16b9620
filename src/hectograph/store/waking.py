"""Wakes lanes within the transaction that gives them work."""

from contextlib import suppress

from django.db import transaction

from hectograph.domain.errors import LaneWaiting
from hectograph.domain.ids import AccountId
from hectograph.ports.queue import Queue
from hectograph.store import statements
from hectograph.store.queries import fetch_all


def wake_pool(queue: Queue, pool: AccountId) -> None:
    """Wake the lane of every account that serves a pool and does not rest."""
    for row in fetch_all(statements.POOL, {"pool": pool}):
        wake(queue, AccountId(row[0]))


def wake(queue: Queue, account: AccountId) -> bool:
    """Wake an account's lane; False if one waits already, or everything is halted."""
    if fetch_all(statements.FIND_HALT):
        # Who resumes wakes every lane that has work, and every patrol does.
        return False
    # The inner block is a savepoint: a refused wake-up must not undo what came before.
    with suppress(LaneWaiting), transaction.atomic():
        queue.wake(account)
        return True
    return False
