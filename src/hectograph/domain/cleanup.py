"""A list of files to be taken out of sight: who wants it, why, and how far it is."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from hectograph.domain.halt import Halt
from hectograph.domain.ids import CleanupId, ShareId
from hectograph.domain.removal import Removal, RemovalState

UNSETTLED: Final = frozenset({RemovalState.ASKED, RemovalState.RETURNING})
"""States of removals that somebody waits for."""


class Purpose(StrEnum):
    """Why files are taken away."""

    RECALL = "recall"
    """The teacher takes a share back."""
    CORRECTION = "correction"
    """The teacher sends a better version."""
    LEFTOVER = "leftover"
    """Our own: half made, or one too many."""
    LITTER = "litter"
    """An older system's temporary files."""


OF_A_SHARE: Final = frozenset({Purpose.RECALL, Purpose.CORRECTION})
"""Purposes of clean-ups whose subject is a share, which counts as recalled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleanup:
    """A list of removals that somebody asked for at once, or planned.

    `subject` is the share, drive or directory that it is about; `asked_by` the person,
    or None when hectograph did so by itself. `then` is the share that begins when all of
    it is settled.
    """

    id: CleanupId
    purpose: Purpose
    subject: str
    asked_at: datetime
    asked_by: str | None
    then: ShareId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanupReport:
    """A clean-up with every removal. `owed` deliveries of its share are still under way."""

    cleanup: Cleanup
    removals: tuple[Removal, ...]
    owed: int = 0
    halted: Halt | None = None

    @property
    def counts(self) -> Mapping[RemovalState, int]:
        """Removals by state, every state named."""
        found = Counter(each.state for each in self.removals)
        return {state: found[state] for state in RemovalState}

    @property
    def is_ended(self) -> bool:
        """Whether nothing is about to happen, but looking again."""
        return not self.owed and not any(self.counts[state] for state in UNSETTLED)

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        cleanup = self.cleanup
        return {
            "cleanup": cleanup.id,
            "purpose": str(cleanup.purpose),
            "subject": cleanup.subject,
            "asked_at": cleanup.asked_at.isoformat(),
            "asked_by": cleanup.asked_by,
            "then": cleanup.then,
            "halted": self.halted.as_json() if self.halted else None,
            "counts": {str(state): number for state, number in self.counts.items()},
            "files": [removal_json(each) for each in self.removals],
        }


def removal_json(removal: Removal) -> dict[str, Any]:
    """One row of the object that `--json` prints."""
    return {
        "path": removal.path,
        "state": str(removal.state),
        "hidden": removal.hidden,
        "removed_at": removal.removed_at.isoformat() if removal.removed_at else None,
        "reason": asdict(removal.reason) if removal.reason else None,
    }
