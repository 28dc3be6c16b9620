"""The whole installation paused: nothing is begun, on any machine, until it is resumed."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

MAINTENANCE: Final = "maintenance"
"""The reason where nobody gave one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """Why nothing is begun, who wanted it, and since when. Teachers read the reason."""

    reason: str
    by: str | None
    since: datetime

    def words(self, *, zone: tzinfo | None) -> str:
        """The halt as a person reads it."""
        return f"{self.reason} (since {self.since.astimezone(zone):%H:%M on %d %B})"

    def as_json(self) -> dict[str, str]:
        """What `--json` prints."""
        return {"reason": self.reason, "since": self.since.isoformat()}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """What workers are at: lanes that give signs of life, and the copies they make."""

    lanes: int
    copies: int

    @property
    def is_nothing(self) -> bool:
        """Whether all that was begun has come to its end."""
        return self.lanes == 0
