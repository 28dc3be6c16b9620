"""When a share will be through, as far as that can be known: a range, and its middle."""

from dataclasses import dataclass
from datetime import datetime

from hectograph.domain.rest import Parked


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Nine of ten shares end between the earliest and the latest, half before the likely.

    That is what could be known at `made_at`. `rest` says why nothing is done before some
    time, where an account rests. `prepared_by` is when the copies of what is shown
    together are made, at the latest; None where none has to be made any more.
    """

    made_at: datetime
    earliest_at: datetime
    likely_at: datetime
    latest_at: datetime
    rest: Parked | None = None
    prepared_by: datetime | None = None

    def as_json(self) -> dict[str, str | None]:
        """What `--json` prints."""
        rest = self.rest
        return {
            "made_at": self.made_at.isoformat(),
            "likely_at": self.likely_at.isoformat(),
            "earliest_at": self.earliest_at.isoformat(),
            "latest_at": self.latest_at.isoformat(),
            "rests_until": rest.until.isoformat() if rest else None,
            "because": rest.reason.message if rest else None,
        }
