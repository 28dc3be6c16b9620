"""The right of a lane, as every statement that it causes asks for it.

It holds the account's row first, with the lane's epoch as the condition: a lane that was
taken over finds no row, and changes nothing.
"""

from typing import Any

from hectograph.domain.errors import LaneLost
from hectograph.ports.ledger import Lane
from hectograph.store import statements
from hectograph.store.queries import fetch_all


def hold_lane(lane: Lane) -> None:
    """Make sure of a lane until the transaction ends, or LaneLost."""
    if not fetch_all(statements.HOLD_LANE, lane_parameters(lane)):
        raise lost(lane)


def lane_parameters(lane: Lane) -> dict[str, Any]:
    """A lane as statements take it."""
    return {"account": lane.account, "epoch": lane.epoch, "pool": lane.pool}


def lost(lane: Lane) -> LaneLost:
    """What to say to a lane that was taken over."""
    return LaneLost(f"Lane {lane.epoch} was taken over.", effect="It changes nothing more.")
