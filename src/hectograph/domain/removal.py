"""A file that is to be taken out of sight, and can be brought back: states and moves.

Or to get other content where it is, as a correction does: then what stood there goes.

Nothing is ever deleted: it goes into a quarantine or a trash, is looked at again at
growing distances, and comes back by itself should anybody have worked on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final, Self

from hectograph.domain.delivery import (
    Delivery,
    DeliveryState,
    FileEvidence,
    Receipt,
)
from hectograph.domain.errors import IllegalTransition, ProviderError, Reason
from hectograph.domain.ids import AccountId, CleanupId, DeliveryKey
from hectograph.domain.rewriting import Rewrite
from hectograph.domain.touch import Judgement, Original, Sign, Touch


class RemovalState(StrEnum):
    """Where a removal stands."""

    PROPOSED = "proposed"
    """In a plan that nobody has applied."""
    ASKED = "asked"
    """To be done; it is judged again at that moment."""
    REMOVED = "removed"
    """Out of sight; looked at again, and able to come back."""
    REPLACED = "replaced"
    """In its place, with other content; what it held is an earlier revision of it."""
    KEPT = "kept"
    """Touched, or perhaps: it stays."""
    GONE = "gone"
    """It was not there any more."""
    RETURNING = "returning"
    """Somebody asked for it back."""
    RETURNED = "returned"
    """Back where it was, asked for or by itself."""


S = RemovalState

MOVES: Final[Mapping[RemovalState, frozenset[RemovalState]]] = MappingProxyType(
    {
        S.PROPOSED: frozenset({S.ASKED}),
        S.ASKED: frozenset({S.REMOVED, S.REPLACED, S.KEPT, S.GONE, S.RETURNING}),
        S.REMOVED: frozenset({S.RETURNING, S.RETURNED, S.GONE}),
        S.REPLACED: frozenset({S.RETURNING}),
        S.RETURNING: frozenset({S.RETURNED, S.GONE, S.KEPT}),
        S.KEPT: frozenset(),
        S.GONE: frozenset(),
        S.RETURNED: frozenset(),
    }
)

LOOKS: Final = (
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(hours=24),
    timedelta(days=29),
)
"""When a removed file is looked at again, after it was removed.

The last is the day before Google Drive empties its trash.
"""

SHORTEST_WAIT: Final = timedelta(seconds=1)
LONGEST_WAIT: Final = timedelta(minutes=10)
"""Between two attempts at a removal that a drive did not allow for its own reasons."""

WORKED_ON: Final = frozenset({S.ASKED, S.REMOVED, S.RETURNING})
"""States in which a lane has something to do, once it is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalKey:
    """The clean-up, and the removal's place in its list."""

    cleanup: CleanupId
    position: int

    def __str__(self) -> str:
        return f"{self.cleanup}.{self.position}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """One file to be taken away, or that was.

    `account` acts, or `actor` where a recipient's own account owns the file. `path` names
    it for a person. `hidden` is where it went, in the provider's words. `due_at` is when
    something is to be done next; None when nothing is. `reason` says why it stays, came
    back, or could not be done yet. `rewrite` says what the file gets to hold where its
    content can be replaced in place; `given` what was just read back of that.
    """

    key: RemovalKey
    account: AccountId
    original: Original
    path: str
    state: RemovalState
    due_at: datetime | None
    actor: str | None = None
    delivery: DeliveryKey | None = None
    hidden: str | None = None
    removed_at: datetime | None = None
    looks: int = 0
    attempts: int = 0
    reason: Reason | None = None
    rewrite: Rewrite | None = None
    given: Receipt | None = None

    def asked(self, *, now: datetime) -> Self:
        """Somebody wants it done."""
        return replace(self._moved(S.ASKED), due_at=now, attempts=0, reason=None)

    def removed(self, hidden: str, *, now: datetime) -> Self:
        """It is out of sight."""
        moved = self._moved(S.REMOVED)
        return replace(
            moved,
            hidden=hidden,
            removed_at=now,
            looks=0,
            due_at=now + LOOKS[0],
            attempts=0,
            reason=None,
        )

    def replaced(self, receipt: Receipt) -> Self:
        """It holds the new content, as the copy of another delivery."""
        rewrite = self.rewrite.read_back(receipt.evidence) if self.rewrite else None
        moved = replace(self._moved(S.REPLACED), rewrite=rewrite, given=receipt)
        return replace(moved, due_at=None, attempts=0, reason=None)

    def kept(self, reason: Reason) -> Self:
        """It is, or may be, somebody's work; or the drive does not let us."""
        return replace(self._moved(S.KEPT), due_at=None, reason=reason)

    def gone(self) -> Self:
        """There is nothing where it was."""
        return replace(self._moved(S.GONE), due_at=None, reason=None)

    def looked(self, *, now: datetime) -> Self:
        """It was looked at again, and nobody has touched it; the next look is planned."""
        began_at = self.removed_at or now
        looks = self.looks + 1
        # A worker that slept for a day has made all those looks at once.
        while looks < len(LOOKS) and began_at + LOOKS[looks] <= now:
            looks += 1
        due_at = began_at + LOOKS[looks] if looks < len(LOOKS) else None
        return replace(self, looks=looks, due_at=due_at, attempts=0, reason=None)

    def returning(self, *, now: datetime) -> Self:
        """Somebody wants it back."""
        return replace(self._moved(S.RETURNING), due_at=now, attempts=0, given=None)

    def returned(
        self,
        path: str,
        *,
        judgement: Judgement | None = None,
        given: Receipt | None = None,
    ) -> Self:
        """It is back; by itself, if a judgement says why.

        `given` is what was read back, if its former content was written to it anew.
        """
        reason = reason_for(judgement) if judgement else None
        moved = replace(self._moved(S.RETURNED), path=path, hidden=None, given=given)
        return replace(moved, due_at=None, reason=reason)

    def delayed(self, error: ProviderError, *, now: datetime) -> Self:
        """The drive did not let us; it stays as it is until another attempt."""
        wait = min(SHORTEST_WAIT * 2 ** min(self.attempts, 20), LONGEST_WAIT)
        due_at = now + max(wait, error.retry_after or wait)
        return replace(
            self, due_at=due_at, attempts=self.attempts + 1, reason=error.reason()
        )

    def _moved(self, state: RemovalState) -> Self:
        if state not in MOVES[self.state]:
            raise IllegalTransition(f"A file that is {self.state} cannot become {state}.")
        return replace(self, state=state)


TOUCHED_CODES: Final = frozenset(
    each.replace(" ", "_") for each in (Touch.TOUCHED, Touch.UNKNOWN)
)

SHARED: Final = Reason(
    code="shared",
    message="Another share counts this copy as its own.",
    remedy="Recall that share, too, if nobody should have it.",
)

UNDER_WAY: Final = Reason(
    code="under_way",
    message="A share needs it still, or may.",
    remedy="Nothing needs doing: it goes when its share has ended.",
)

NOT_IN_PLACE: Final = Reason(
    code="not_in_place",
    message="What it held before can not be written to it any more.",
    remedy="Restore the earlier version in the file's version history.",
)

WORDS: Final[Mapping[Sign, str]] = MappingProxyType(
    {
        Sign.EDITED: "it was edited",
        Sign.REPLACED: "it was saved as a new file",
        Sign.RENAMED: "it was renamed",
        Sign.MOVED: "it was moved",
        Sign.COMMENTED: "somebody commented on it",
        Sign.CHANGED: "something about it changed later",
        Sign.IN_USE: "somebody has it open",
        Sign.UNREADABLE: "it could not be read",
    }
)


def reason_for(judgement: Judgement) -> Reason:
    """A judgement as it is stored and shown."""
    words = ", ".join(WORDS[each] for each in judgement.signs)
    return Reason(
        code=judgement.touch.replace(" ", "_"),
        message=f"{words[:1].upper()}{words[1:]}.",
        remedy="Nothing needs doing. Look at it together with the student.",
    )


def delivery_move(
    before: Removal, after: Removal
) -> tuple[DeliveryState, DeliveryState] | None:
    """The move of its delivery that a recall's removal makes, if it makes one."""
    touched = after.reason is not None and after.reason.code in TOUCHED_CODES
    match before.state, after.state:
        case S.ASKED, S.REMOVED | S.REPLACED:
            return DeliveryState.VERIFIED, DeliveryState.RECALLED
        case S.ASKED, S.KEPT if touched:
            return DeliveryState.VERIFIED, DeliveryState.KEPT
        case S.ASKED | S.REMOVED, S.RETURNED:
            # In one step from asked: it came back right after it was taken.
            was = DeliveryState.VERIFIED if before.state is S.ASKED else None
            return was or DeliveryState.RECALLED, DeliveryState.KEPT
        case S.RETURNING, S.RETURNED:
            return DeliveryState.RECALLED, DeliveryState.VERIFIED
        case _:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """A file in place became a delivery's copy: the delivery's move, and the evidence."""

    key: DeliveryKey
    before: DeliveryState
    after: DeliveryState
    receipt: Receipt


def find_gift(removal: Removal) -> Gift | None:
    """What a removal has just given: the corrected version, or the former one again."""
    receipt = removal.given
    if receipt is None or removal.rewrite is None or removal.delivery is None:
        return None
    if removal.state is S.REPLACED:
        after = DeliveryState.KEPT if receipt.touched else DeliveryState.VERIFIED
        key, before = removal.rewrite.becomes.key, DeliveryState.PLANNED
    else:
        after = DeliveryState.VERIFIED
        key, before = removal.delivery, DeliveryState.RECALLED
    return Gift(key=key, before=before, after=after, receipt=receipt)


def find_loss(removal: Removal) -> DeliveryKey | None:
    """The delivery that has lost its copy, since the former version is back in it."""
    is_back = removal.state is S.RETURNED and removal.given is not None
    return removal.rewrite.becomes.key if is_back and removal.rewrite else None


def build_recall(
    delivery: Delivery, *, key: RemovalKey, account: AccountId, now: datetime
) -> Removal | None:
    """The removal that takes a delivered copy back; None when there is no copy.

    A copy that is known to be a student's work is listed, and stays.
    """
    evidence, path = delivery.evidence, delivery.path
    if evidence is None or path is None:
        return None
    folder, name = delivery.folder[-1:], delivery.name
    if isinstance(evidence, FileEvidence):
        # Where it really is: a taken name was numbered, a folder's case may differ.
        root = account.partition(":")[2]
        *parts, name = PurePosixPath(path).relative_to(root).parts
        folder = tuple(parts)
    removal = Removal(
        key=key,
        account=account,
        original=Original(evidence=evidence, folder=folder, name=name),
        path=path,
        state=S.ASKED,
        due_at=now,
        actor=delivery.actor,
        delivery=delivery.key,
    )
    if delivery.state is DeliveryState.KEPT:
        return removal.kept(reason_for(Judgement(signs=(Sign.EDITED,))))
    return removal
