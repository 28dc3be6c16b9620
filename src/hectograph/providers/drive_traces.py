"""What a delivery on Google Drive must find again after a crash, as the ledger keeps it."""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from hectograph.providers.drive_values import DriveFile


class Step(StrEnum):
    """How far a delivery is, before the call that this leads to."""

    PLANNED = "planned"
    """Nothing was done yet."""
    NUMBERED = "numbered"
    """The copy's id is chosen; it may be there."""
    STAGED = "staged"
    """The copy of this id lies in the staging folder."""
    PUBLISHING = "publishing"
    """It was about to be moved to the student, and may be there."""
    UNSURE = "unsure"
    """A copy may be in the student's folder, under an id that nobody told us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A copy's content when nobody but us had seen it."""

    modified_at: datetime
    modified_by: str | None
    version: int

    @classmethod
    def of(cls, file: DriveFile) -> Self:
        """The content of a file as it is."""
        return cls(
            modified_at=file.modified_at,
            modified_by=file.modified_by,
            version=file.version,
        )

    def is_same_content(self, file: DriveFile) -> bool:
        """Whether nobody has worked on the file since.

        The same version is proof; so are the time and the author of the last change of
        content, as Drive does not keep them for what it changes itself.
        """
        if file.version == self.version:
            return True
        modified = (file.modified_at, file.modified_by)
        return modified == (self.modified_at, self.modified_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A step, with what it needs: the copy's id, its baseline; when the doubt arose.

    `looks` counts how often a copy in doubt was looked for and not seen. `in_trash`: the
    student's folder was there when the share was asked for.
    """

    step: Step
    file: str | None = None
    baseline: Baseline | None = None
    doubted_at: datetime | None = None
    looks: int = 0
    in_trash: bool = False

    def text(self) -> str:
        """The trace as the ledger keeps it."""
        value: dict[str, Any] = {"step": self.step, "file": self.file}
        if self.baseline is not None:
            value |= {
                "modified_at": self.baseline.modified_at.isoformat(),
                "modified_by": self.baseline.modified_by,
                "version": self.baseline.version,
            }
        if self.doubted_at is not None:
            value |= {"doubted_at": self.doubted_at.isoformat(), "looks": self.looks}
        if self.in_trash:
            value["in_trash"] = True
        return json.dumps(value, separators=(",", ":"))

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """Read a trace back; None where there is none."""
        if text is None:
            return None
        value = json.loads(text)
        doubted = value.get("doubted_at")
        return cls(
            step=Step(value["step"]),
            file=value["file"],
            baseline=_baseline(value) if "version" in value else None,
            doubted_at=datetime.fromisoformat(doubted) if doubted else None,
            looks=value.get("looks", 0),
            in_trash=value.get("in_trash", False),
        )


def _baseline(value: dict[str, Any]) -> Baseline:
    return Baseline(
        modified_at=datetime.fromisoformat(value["modified_at"]),
        modified_by=value["modified_by"],
        version=value["version"],
    )
