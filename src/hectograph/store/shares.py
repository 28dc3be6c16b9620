"""A share's row: looked up, held, turned to another state, and closed bit by bit.

Everything here is called within a transaction.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from hectograph.domain.delivery import OPEN_STATES, DeliveryState
from hectograph.domain.errors import UnknownShare
from hectograph.domain.ids import ShareId
from hectograph.domain.order import fair_bound
from hectograph.domain.share import (
    ENDED_STATES,
    WITHDRAWN_STATES,
    Progress,
    Share,
    ShareState,
    decide_end,
)
from hectograph.store import statements
from hectograph.store.events import tell_turn
from hectograph.store.queries import Row, fetch_all, fetch_one, run
from hectograph.store.rows import share_from


def find_share(share: ShareId) -> Share:
    """The share, or UnknownShare."""
    return _share_or_unknown(share, fetch_all(statements.SHARE, {"share": share}))


def lock_share(share: ShareId) -> Share:
    """The same, held until the transaction ends."""
    return _share_or_unknown(share, fetch_all(statements.LOCK_SHARE, {"share": share}))


def _share_or_unknown(share: ShareId, rows: Sequence[Row]) -> Share:
    if not rows:
        raise UnknownShare(f"There is no share {share!r}.")
    return share_from(rows[0])


def turn_share(found: Share, *, state: ShareState, opened: int, now: datetime) -> None:
    """Give a share another state; `opened` more deliveries are owed than it says."""
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
    bound_share(replace(found, state=state, open=still_open))
    tell_turn(found.id, found.state, state, now=now)


def bound_share(found: Share) -> None:
    """Bound how long others may go before a share that takes its place in the queue now."""
    if found.state is not ShareState.RUNNING or not found.timing.is_bound_fairly:
        return
    settled, ahead = fetch_one(statements.BOUND_SHARE, {"share": found.id})
    bound = fair_bound(settled=settled, ahead=ahead, remaining=found.open)
    run(statements.KEEP_BOUND, {"share": found.id, "fair_by": bound})


def withdraw(found: Share, *, state: ShareState, now: datetime) -> int:
    """Withdraw what was not begun, and turn the share to `state`; how many."""
    share = found.id
    withdrawn = len(fetch_all(statements.CANCEL, {"share": share, "now": now}))
    counts = count_deliveries([share])[share]
    opened = sum(counts[each] for each in OPEN_STATES) - found.open
    turn_share(found, state=state, opened=opened, now=now)
    return withdrawn


def count_deliveries(shares: Sequence[ShareId]) -> dict[ShareId, dict[DeliveryState, int]]:
    """Deliveries of each share by state."""
    counts = {share: dict.fromkeys(DeliveryState, 0) for share in shares}
    for share, state, number in fetch_all(statements.COUNT, {"shares": list(shares)}):
        counts[ShareId(share)][DeliveryState(state)] = number
    return counts


def with_counts(shares: Sequence[Share]) -> list[Progress]:
    """How far shares are."""
    counts = count_deliveries([share.id for share in shares])
    return [Progress(share=share, counts=counts[share.id]) for share in shares]


def close_some(share: ShareId, number: int, *, now: datetime) -> ShareState:
    """So many deliveries are owed no more; a share of which none is left ends.

    Returns the state that the share is in.
    """
    still_open, state = fetch_one(statements.CLOSE_SOME, {"share": share, "closed": number})
    if not still_open:
        end = decide_end(count_deliveries([share])[share])
        after = state if state in WITHDRAWN_STATES else end
        run(statements.END_SHARE, {"share": share, "state": after, "now": now})
        tell_turn(share, ShareState(state), ShareState(after or state), now=now)
    return ShareState(state)
