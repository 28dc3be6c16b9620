"""Writes planned shares down; in a transaction."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from hectograph.domain.delivery import DeliveryState
from hectograph.domain.errors import IllegalTransition
from hectograph.domain.ids import ShareId
from hectograph.domain.share import PlannedShare
from hectograph.store import repetition_statements, statements
from hectograph.store.events import tell_created
from hectograph.store.queries import fetch_all, run
from hectograph.store.rows import handout_columns, plan_columns, share_parameters
from hectograph.store.shares import bound_share


def add_plan(
    plan: PlannedShare, *, joinable: bool, settled_at: datetime | None = None
) -> bool:
    """Write a share down with its handouts and deliveries; False if it is there.

    `settled_at` is when the deliveries of a share that is over were.
    """
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
    bound_share(share)
    if settled_at is None:
        tell_created(share.id, share.state, now=share.asked_at)
    return True


def share_occurrence(plan: PlannedShare) -> ShareId | None:
    """Give the occurrence that a share is for this share; the one that it has already.

    Raises IllegalTransition when the repetition was paused or has ended.
    """
    if plan.occurrence is None:
        return None
    wanted = {**asdict(plan.occurrence), "share": plan.share.id, "at": plan.share.asked_at}
    if fetch_all(repetition_statements.SHARE_OCCURRENCE, wanted):
        return None
    rows = fetch_all(repetition_statements.SHARE_OF_OCCURRENCE, wanted)
    if not rows or rows[0][0] is None:
        raise IllegalTransition(
            "The repetition was paused or has ended.",
            effect="Nothing was shared.",
            remedy="Look at it with `hectograph repeats list`.",
        )
    return ShareId(rows[0][0])


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
