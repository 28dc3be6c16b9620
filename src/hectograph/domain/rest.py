"""An account that rests."""

from dataclasses import dataclass
from datetime import datetime

from hectograph.domain.errors import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """An account that rests, because the service has had too much of it."""

    until: datetime
    reason: Reason
