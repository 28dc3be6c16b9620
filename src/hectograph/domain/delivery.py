"""One copy for one recipient: its states, and the only moves between them.

Two rules. Everything that changes a delivery's state is in this file. Nothing here
knows which drive the copy lives on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Self

from hectograph.domain.errors import (
    IllegalTransition,
    OutcomeUnknown,
    ProviderError,
    Reason,
    Throttled,
    Withdrawn,
)
from hectograph.domain.handout import Handout
from hectograph.domain.ids import DeliveryKey, WishKey
from hectograph.domain.retry import GiveUp, RetryAt, RetryPolicy, decide_retry


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PLANNED = "planned"
    """In the ledger; nothing was tried yet."""
    PLACING = "placing"
    """A lane is at work on it; what it did may not be known yet."""
    PLACED = "placed"
    """The copy is in the student's folder, and durable; it was not read back yet."""
    VERIFIED = "verified"
    """Read back: right folder, right name, our stamp, whole."""
    WAITING = "waiting"
    """An attempt did not succeed; there is a reason and a time for the next."""
    FAILED = "failed"
    """A person has to act first; the reason says who and how."""
    CANCELLED = "cancelled"
    """The teacher withdrew it before anything was placed."""
    RECALLED = "recalled"
    """The untouched copy was taken back into quarantine."""
    KEPT = "kept"
    """The student has worked on the copy, or may have: it is theirs, and stays."""


S = DeliveryState

MOVES: Final[Mapping[DeliveryState, frozenset[DeliveryState]]] = MappingProxyType(
    {
        S.PLANNED: frozenset({S.PLACING, S.CANCELLED}),
        S.PLACING: frozenset({S.PLACED, S.KEPT, S.WAITING, S.FAILED, S.CANCELLED}),
        S.PLACED: frozenset({S.VERIFIED, S.KEPT, S.WAITING}),
        S.WAITING: frozenset({S.PLACING, S.FAILED, S.CANCELLED}),
        S.VERIFIED: frozenset({S.KEPT, S.RECALLED}),
        S.FAILED: frozenset({S.PLANNED, S.CANCELLED}),
        S.RECALLED: frozenset({S.VERIFIED, S.KEPT}),
        S.CANCELLED: frozenset(),
        S.KEPT: frozenset(),
    }
)

OPEN_STATES: Final = frozenset({S.PLANNED, S.PLACING, S.PLACED, S.WAITING})
"""States in which hectograph still owes something."""

DELIVERED_STATES: Final = frozenset({S.VERIFIED, S.KEPT})
"""States in which the student has the copy."""


def check_move(before: DeliveryState, after: DeliveryState) -> None:
    """Raise IllegalTransition unless the table has this move."""
    if after not in MOVES[before]:
        raise IllegalTransition(f"A {before} delivery cannot become {after}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEvidence:
    """What a copy in a directory was like when we last saw it.

    Source: `stat(2)`; times in nanoseconds since 1970. `sha256` is that of the document.
    """

    device: int
    inode: int
    size_bytes: int
    mtime_ns: int
    ctime_ns: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveEvidence:
    """What a copy on Google Drive was like when we last saw it.

    Source: `files.get` of Drive v3. `version` grows with every change, also with those
    that nobody made; `modified_at` with those of the content. `revision` is the head
    revision, which only files that are not native have.
    """

    file: str
    version: int
    modified_at: datetime
    modified_by: str | None
    revision: str | None
    md5: str | None


Evidence = FileEvidence | DriveEvidence
"""The baseline of the clean-up rule, as each kind of drive can tell it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The provider's word that the copy is there, durable, and was read back.

    `path` names it for a person. `touched` says that it was found there and is, or may
    be, a student's work by now; `found` that an earlier attempt or share had made it.
    """

    path: str
    evidence: Evidence
    found: bool = False
    touched: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """All is done that can be done before a copy may be seen; `shown_at` it may.

    Nothing is in doubt: the attempts are counted anew from then.
    """

    shown_at: datetime


READY_AHEAD: Final = timedelta(seconds=4)
"""So much sooner a lane is woken for what has to be shown at the very second."""

PREPARED: Final = Reason(
    code="prepared",
    message="Everything is ready; the copy is shown at its time.",
    remedy="Nothing needs doing.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One recipient's copy of one handout within a share.

    `folder` and `name` are what the plan asks for; `path` is where the copy is.
    `attempts` counts the tries so far, this one included. `trace` is what the provider
    must find again after a crash, in its own words; a delivery that is `bound` can only
    be carried on by the account that began it. `actor` is the recipient's account where
    it makes the copy itself. `earlier` is a delivery of the same wish by another share:
    what it made, or will make, is this copy, too. `members` are the students who share
    the copy, as they were when it was asked for; none where it is a student's own.
    """

    key: DeliveryKey
    wish: WishKey
    student: str
    folder: tuple[str, ...]
    name: str
    handout: Handout
    handout_position: int
    due_at: datetime
    state: DeliveryState = DeliveryState.PLANNED
    attempts: int = 0
    reason: Reason | None = None
    path: str | None = None
    evidence: Evidence | None = None
    trace: str | None = None
    bound: bool = False
    actor: str | None = None
    earlier: DeliveryKey | None = None
    members: tuple[str, ...] = ()

    @property
    def tries_in_vain(self) -> int:
        """Its tries, unless the service is there and only asked to slow down."""
        is_throttled = self.reason is not None and self.reason.code == Throttled.code
        return 0 if is_throttled else self.attempts

    def claimed(self) -> Self:
        """A lane takes it up; the attempt counts from here."""
        return replace(self._moved(S.PLACING), attempts=self.attempts + 1)

    def settled(
        self,
        outcome: Receipt | Prepared | ProviderError,
        *,
        tried_since: datetime,
        now: datetime,
        policy: RetryPolicy,
        jitter: float,
    ) -> Self:
        """What became of an attempt. `jitter` is a random number from 0 to 1."""
        if isinstance(outcome, Receipt):
            return self._received(outcome)
        if isinstance(outcome, Prepared):
            return replace(
                self._moved(S.WAITING), due_at=outcome.shown_at, attempts=0, reason=PREPARED
            )
        if isinstance(outcome, Withdrawn):
            return self.cancelled()
        match decide_retry(
            outcome,
            attempts=self.attempts,
            tried_since=tried_since,
            now=now,
            policy=policy,
            jitter=jitter,
        ):
            case RetryAt(at):
                return replace(self._moved(S.WAITING), due_at=at, reason=outcome.reason())
            case GiveUp():
                return replace(self._moved(S.FAILED), reason=outcome.reason())

    def abandoned(self, *, now: datetime) -> Self:
        """Its lane is gone and left no word: look again, at once."""
        lost = OutcomeUnknown("The worker that was copying stopped.")
        return replace(self._moved(S.WAITING), due_at=now, reason=lost.reason())

    def reopened(self, *, now: datetime) -> Self:
        """A person asks for another go; the budget starts anew."""
        return replace(self._moved(S.PLANNED), due_at=now, attempts=0, reason=None)

    def cancelled(self) -> Self:
        """The teacher withdrew it."""
        return self._moved(S.CANCELLED)

    def _received(self, receipt: Receipt) -> Self:
        state = S.KEPT
        if not receipt.touched:
            check_move(S.PLACED, S.VERIFIED)
            state = S.VERIFIED
        check_move(self.state, S.KEPT if receipt.touched else S.PLACED)
        return replace(
            self,
            state=state,
            path=receipt.path,
            evidence=receipt.evidence,
            reason=None,
        )

    def _moved(self, state: DeliveryState) -> Self:
        check_move(self.state, state)
        return replace(self, state=state)
