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
    is no more time than `AHEAD`. What is shown together is late if its copies are not
    made by then; where that is its deadline, nobody can have it sooner.
    """
    deadline, shown_at = share.deadline, share.reveals_at
    if deadline is None or share.is_ended or share.state in WITHDRAWN_STATES:
        return False
    if estimate is None:
        return deadline - now <= AHEAD
    relief = RELIEF if was else timedelta(0)
    made_by = estimate.prepared_by
    if shown_at and made_by and made_by > shown_at - relief:
        return True
    is_wanted_sooner = shown_at is None or shown_at < deadline
    return is_wanted_sooner and estimate.latest_at > deadline - relief
