"""What was found when a drive was looked over."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class FindingState(StrEnum):
    """Whether something is as it should be."""

    OK = "ok"
    WARNING = "warning"
    """It works, and yet somebody should look."""
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It could not be looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveFinding:
    """One thing that was looked at; `account` is an email, None for the drive itself."""

    check: str
    state: FindingState
    message: str
    remedy: str = ""
    account: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints for it."""
        return {**asdict(self), "state": str(self.state)}


def is_well(findings: Sequence[DriveFinding]) -> bool:
    """Whether nothing failed, and everything could be looked at."""
    return all(each.state in (FindingState.OK, FindingState.WARNING) for each in findings)
