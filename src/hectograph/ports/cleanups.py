"""The durable record of what is taken out of sight, and of who wanted what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from hectograph.domain.cleanup import Cleanup
from hectograph.domain.decision import Decision
from hectograph.domain.ids import AccountId, CleanupId, ShareId
from hectograph.domain.removal import Removal
from hectograph.domain.share import PlannedShare
from hectograph.ports.ledger import Lane


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing that was done, or decided: append-only.

    `act` is a past tense such as `removal.kept`; `subject` the share, clean-up or
    removal; `by` the person, or None when hectograph did so by itself. `facts` hold the
    evidence: no names of students. `undo` is the command that takes it back, if one does.
    `number` counts the entries, with gaps.
    """

    number: int
    at: datetime
    by: str | None
    act: str
    subject: str
    facts: Mapping[str, Any]
    undo: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a plan is about: one share, the shares of a class, or everything."""

    share: ShareId | None = None
    school_class: str | None = None

    def words(self) -> str:
        """The scope as it is shown."""
        return self.share or self.school_class or "everything"


class Cleanups(Protocol):
    """Clean-ups and their removals, each move one transaction with its audit entry.

    Synchronous; every method may raise LedgerUnavailable, and then nothing was written.
    """

    def add(self, cleanup: Cleanup, removals: Sequence[Removal]) -> None:
        """Write a list down, as it is, and wake the lanes of what is asked."""
        ...

    def recall(
        self, share: ShareId, *, cleanup: CleanupId, by: str | None, now: datetime
    ) -> CleanupId:
        """Take a share back: withdraw what was not begun, ask for what was delivered.

        What is under way is asked for as soon as it is known. Copies that another share
        counts as its own stay. Returns the clean-up: an earlier one's, if the share was
        recalled before and not taken up again; an undo that is under way is overtaken.
        Raises UnknownShare.
        """
        ...

    def correct(
        self,
        share: ShareId,
        plan: PlannedShare,
        *,
        cleanup: CleanupId,
        by: str | None,
        now: datetime,
    ) -> None:
        """Take a share back as `recall` does, and have the planned one begin then.

        The plan is scheduled; a copy beside one that stays is named so that it shows.
        Raises UnknownShare, and IllegalTransition if the share is recalled already.
        """
        ...

    def cleanup(self, cleanup: CleanupId) -> tuple[Cleanup, Sequence[Removal]]:
        """A list with its removals, or UnknownCleanup."""
        ...

    def find_recall(self, share: ShareId) -> CleanupId | None:
        """The clean-up of a share that is recalled."""
        ...

    def find_last_recall(self, share: ShareId) -> CleanupId | None:
        """The newest recall of a share, also when it was undone."""
        ...

    def list_cleanups(self, *, limit: int) -> Sequence[Cleanup]:
        """The newest first."""
        ...

    def apply(self, cleanup: CleanupId, *, by: str | None, now: datetime) -> int:
        """Ask for what a list proposes; how many, or UnknownCleanup."""
        ...

    def undo(self, cleanup: CleanupId, *, by: str | None, now: datetime) -> int:
        """Ask for everything of a list back that was removed, or was about to be.

        How many; the share of a recall counts as delivered again. Or UnknownCleanup.
        """
        ...

    def list_accounts(self, scope: Scope) -> Sequence[AccountId]:
        """The accounts that ever carried what the scope is about."""
        ...

    def list_shares(self, scope: Scope) -> frozenset[ShareId] | None:
        """The shares that the scope is about; None stands for all."""
        ...

    def list_due(self, lane: Lane, *, limit: int, now: datetime) -> Sequence[Removal]:
        """What the lane's account has to take away, look at, or bring back by now."""
        ...

    def record(
        self,
        lane: Lane,
        before: Sequence[Removal],
        after: Sequence[Removal],
        *,
        now: datetime,
    ) -> None:
        """Write down what became of removals, and of their deliveries; or LaneLost.

        One whose state in the record is not the one `before` says any more is left.
        """
        ...

    def note(self, decision: Decision) -> None:
        """Add what was decided about a copy, or that it is done, to the audit log."""
        ...

    def note_folders(self, account: AccountId, number: int, *, now: datetime) -> None:
        """Add to the audit log that so many empty folders of our own making are gone."""
        ...

    def list_decisions(self, share: ShareId) -> Sequence[Decision]:
        """Every decision about a share's copies, the oldest first."""
        ...

    def audit(
        self,
        *,
        subject: str | None,
        limit: int,
        school: str | None = None,
        before: int | None = None,
    ) -> Sequence[AuditEntry]:
        """The newest entries, of everything or of what a share or clean-up concerns.

        With `school`, only of shares of its classes, and of clean-ups of those; with
        `before`, only entries with a smaller number.
        """
        ...
