"""A deadline that may be missed: when that is told, and when it is over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hectograph.domain.estimate import Estimate
from hectograph.domain.ids import ShareId
from hectograph.domain.share import WITHDRAWN_STATES, Share

AHEAD: Final = timedelta(minutes=45)
"""A risk that can be known is told so long before the deadline, or sooner."""

RELIEF: Final = timedelta(minutes=1)
"""So much sooner it has to be through before a risk that was told is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """That a share may miss its deadline, as it was told; `over_at` once it was over."""

    share: ShareId
    told_at: datetime
    deadline: datetime
    latest_at: datetime
    over_at: datetime | None = None


def is_at_risk(
    share: Share, estimate: Estimate | None, *, now: datetime, was: bool = False
) -> bool:
    """Whether a share may miss its deadline; `was`: whether that was told before.

    Where nobody knows when it is through, as nobody works on it, it may as soon as there
    is no more time than `AHEAD`. What is shown together at its deadline is never at risk:
    nobody can have it sooner.
    """
    deadline = share.deadline
    if deadline is None or share.is_ended or share.state in WITHDRAWN_STATES:
        return False
    if share.reveals_at is not None and share.reveals_at >= deadline:
        return False
    if estimate is None:
        return deadline - now <= AHEAD
    return estimate.latest_at > (deadline - RELIEF if was else deadline)
