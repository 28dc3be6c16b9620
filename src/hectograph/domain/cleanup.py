"""A list of files to be taken out of sight: who wants it, why, and how far it is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from hectograph.domain.decision import Decision, awaits_decision, in_force
from hectograph.domain.halt import Halt
from hectograph.domain.ids import CleanupId, DeliveryKey, ShareId
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
    DUPLICATE = "duplicate"
    """Our own: more than one of the same wish in a folder."""
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
    """A clean-up with every removal. `owed` deliveries of its share are still under way.

    Of a recall that left copies, `students` names whose copies there are, and `decided`
    what a teacher decided about them.
    """

    cleanup: Cleanup
    removals: tuple[Removal, ...]
    owed: int = 0
    halted: Halt | None = None
    students: Mapping[DeliveryKey, str] = field(default_factory=dict)
    decided: Mapping[DeliveryKey, Sequence[Decision]] = field(default_factory=dict)

    @property
    def counts(self) -> Mapping[RemovalState, int]:
        """Removals by state, every state named."""
        found = Counter(each.state for each in self.removals)
        return {state: found[state] for state in RemovalState}

    @property
    def is_ended(self) -> bool:
        """Whether nothing is about to happen, but looking again."""
        return not self.owed and not any(self.counts[state] for state in UNSETTLED)

    @property
    def awaited(self) -> tuple[Removal, ...]:
        """The copies about which a teacher may decide."""
        is_recalled = self.cleanup.purpose in OF_A_SHARE
        return tuple(
            each for each in self.removals if is_recalled and awaits_decision(each)
        )

    def student_of(self, removal: Removal) -> str | None:
        """Whose copy it is, where that is told."""
        return self.students.get(removal.delivery) if removal.delivery else None

    def decisions_on(self, removal: Removal) -> Sequence[Decision]:
        """What holds of the decisions about a copy, the oldest first."""
        return in_force(self.decided.get(removal.delivery, ())) if removal.delivery else ()

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
            "owed": self.owed,
            "halted": self.halted.as_json() if self.halted else None,
            "counts": {str(state): number for state, number in self.counts.items()},
            "files": [self._file_json(each) for each in self.removals],
        }

    def _file_json(self, removal: Removal) -> dict[str, Any]:
        return {
            **removal_json(removal),
            "student": self.student_of(removal),
            "copy": removal.delivery.position if removal.delivery else None,
            "decisions": [each.as_json() for each in self.decisions_on(removal)],
        }


def removal_json(removal: Removal) -> dict[str, Any]:
    """One row of the object that `--json` prints."""
    return {
        "path": removal.path,
        "name": removal.original.name,
        "state": str(removal.state),
        "hidden": removal.hidden,
        "removed_at": removal.removed_at.isoformat() if removal.removed_at else None,
        "reason": asdict(removal.reason) if removal.reason else None,
    }
