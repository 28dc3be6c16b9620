"""What we ask of a drive at a storage service."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from hectograph.domain.delivery import Evidence, Receipt
from hectograph.domain.handout import Handout
from hectograph.domain.ids import AccountId, DeliveryKey, ShareId
from hectograph.domain.litter import FoundFile, LitterWanted
from hectograph.domain.removal import Removal, RemovalKey, RemovalState
from hectograph.domain.rewriting import Version
from hectograph.domain.share import PlannedShare
from hectograph.domain.stamp import Stamp
from hectograph.domain.touch import Original, Present

Document = str | Path
"""What a teacher points at: a path, or a service's own link or id."""


class Permit(Protocol):
    """A lane's leave to act, asked for at the last moment before each effect."""

    def check(self) -> None:
        """Raise LaneLost when another lane may have taken over."""
        ...


class Notes(Protocol):
    """The durable memory of a lane's deliveries."""

    async def keep(self, key: DeliveryKey, trace: str | None, *, bound: bool) -> None:
        """Write a delivery's trace down; it is durable when this returns.

        `bound` leaves the delivery to this account from now on. Raises LaneLost.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyOrder:
    """One copy to make. `folder` and `name` are legal and relative to the drive.

    `source` is the handout's place in the share's frozen documents. `first_tried_at` is
    None on a first attempt; `adopts_since` is how far back a copy of the same wish
    counts as this one, or None when a new one was asked for. `trace` is what an earlier
    attempt kept; `found` the copy that another share made of the same wish;
    `actor` the account that shall make and own the copy, where it is not the lane's.
    With `finds_only` no copy is to be made: only one that may be there is looked for.
    """

    stamp: Stamp
    folder: tuple[str, ...]
    name: str
    handout: Handout
    source: int
    first_tried_at: datetime | None
    adopts_since: datetime | None
    trace: str | None = None
    found: Evidence | None = None
    actor: str | None = None
    finds_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """A file that attempts may have left over, since when, and what it is like.

    `id` is what the ledger would know it by, were it a delivery's copy.
    """

    id: str
    key: DeliveryKey | None
    born_at: datetime
    original: Original
    path: str

    def as_removal(self, key: RemovalKey, *, account: AccountId) -> Removal:
        """The proposal to take it away."""
        return Removal(
            key=key,
            account=account,
            original=self.original,
            path=self.path,
            state=RemovalState.PROPOSED,
            due_at=None,
        )

    def is_needed(self, needs: Mapping[DeliveryKey, str | None]) -> bool:
        """Whether a delivery is owed still, or counts this very file as its copy."""
        if self.key is None or self.key not in needs:
            return False
        return needs[self.key] is None or needs[self.key] == self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A copy of ours that was seen on a drive: its stamp, and where it is now.

    `file` is its id at the service, where files have one.
    """

    stamp: Stamp
    folder: tuple[str, ...]
    name: str
    path: str
    file: str = ""


class Changed(Exception):
    """The file is not as it was looked at any more; nothing was done to it."""


class NameTaken(Exception):
    """Another file in the folder has the name; nothing was done."""


class NotInPlace(Exception):
    """This file's content cannot be replaced where it is; nothing was done to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """A file as it was looked at. `hidden` is where it is, if it is out of sight.

    `key` is the delivery whose stamp it carries, where the drive told.

    `token` is the provider's own. With `is_exact`, `detach` takes away nothing else than
    what was looked at; otherwise it is looked at once more right afterwards. `stamp` is
    what it carries of ours; editors that save by replacing lose it.
    """

    present: Present
    hidden: str | None
    token: Any
    is_exact: bool = False
    stamp: Stamp | None = None

    @property
    def key(self) -> DeliveryKey | None:
        """The delivery whose copy it is, by its stamp."""
        return self.stamp.key if self.stamp else None


class Provider(Protocol):
    """One drive at one storage service, used through one acting account.

    Every method may raise `Unavailable` or `AccessDenied`; docstrings name only what
    else to expect. Adapters neither pace nor retry.
    """

    async def check(self) -> str:
        """The cheapest call that shows whether copies can be made here at all.

        Returns what tells this place from another that gets its name later.
        """
        ...

    async def describe(self, documents: Sequence[Document]) -> Sequence[Handout]:
        """The documents as they are now; a folder is a tree of handouts.

        Raises DocumentRefused for what is missing, unreadable, not a file, empty of
        files, or changes while it is read.
        """
        ...

    async def freeze(
        self,
        documents: Sequence[Document],
        handouts: Sequence[Handout],
        *,
        share: ShareId,
    ) -> None:
        """Keep the documents as described, durably, for the life of the share.

        Raises DocumentRefused when they are not the same any more, and NoSpace; then
        nothing is kept.
        """
        ...

    async def equip(self, plan: PlannedShare) -> PlannedShare:
        """The plan with what this drive must know of each delivery before it begins."""
        ...

    def room(self) -> int:
        """How many more deliveries it is of use to begin now."""
        ...

    async def thaw(self, share: ShareId) -> None:
        """Let the share's frozen documents go. Safe to repeat."""
        ...

    async def list_frozen(self, *, before: datetime) -> Sequence[ShareId]:
        """The shares whose documents were frozen before then and are still kept."""
        ...

    async def place(self, order: CopyOrder) -> Receipt:
        """Have exactly one copy in the folder; find it, or make it. Safe to repeat.

        Returns once the copy is durable and was read back. Never overwrites: a name
        that a stranger's file has is numbered. Raises FolderRefused, NoSpace,
        SourceDamaged; OutcomeUnknown when a copy may exist; Withdrawn when the order
        `finds_only` and there certainly is none; LaneLost when the permit is gone.
        """
        ...

    async def prepare(self, order: CopyOrder) -> None:
        """Do all that can be done before a student may see the copy. Safe to repeat.

        Where copies can lie hidden, `place` has then only to show it. Raises what `place`
        raises.
        """
        ...

    def inspected(self, removal: Removal) -> AbstractAsyncContextManager[Inspection | None]:
        """The file as it is now, where it was left or where it is hidden; None if gone.

        Until the context ends nobody gets at it, where the drive offers that. Raises
        Rejected only about a file that is in sight, if it is anywhere.
        """
        ...

    async def detach(self, removal: Removal, inspection: Inspection) -> str:
        """Take an inspected file out of sight; returns where it is hidden.

        Atomic, and it can be undone; safe to repeat. Raises Changed when the file is not
        as it was inspected.
        """
        ...

    async def rewrite(
        self, removal: Removal, inspection: Inspection, version: Version
    ) -> None:
        """Have an inspected file hold a version: content, name and stamp in one step.

        Atomic; what it held stays with the drive for a while. Raises Changed when the file
        is not as it was inspected, and NotInPlace when this drive, or this file, does not
        allow for it; OutcomeUnknown when it may have been done.
        """
        ...

    async def rename(self, removal: Removal, inspection: Inspection, name: str) -> None:
        """Give an inspected file in sight another name, as a person wished.

        Atomic; never replaces. Raises Changed when the file is not there any more, and
        NameTaken; RequestRefused where this drive cannot; OutcomeUnknown.
        """
        ...

    async def reattach(self, removal: Removal) -> str:
        """Put a hidden file back where it was, or beside what stands there now.

        Never overwrites; safe to repeat. Returns its path for a person. Raises Changed
        when it is hidden no more.
        """
        ...

    async def check_lock(self, removal: Removal) -> None:
        """Raise RequestRefused where a file in sight cannot be locked or unlocked by us.

        Drives without locks always do.
        """
        ...

    async def set_locked(self, removal: Removal, *, locked: bool) -> bool:
        """Make a file in sight read-only, or take exactly that off again.

        Safe to repeat. Tells whether only its owner can take the lock off. Raises as
        `check_lock` does, and OutcomeUnknown when it may have been done.
        """
        ...

    async def list_strays(self) -> Sequence[Stray]:
        """Files of our own that may be left over, and that nobody has worked on.

        Half made, hidden, or second copies; those of deliveries under way as well.
        """
        ...

    async def sweep_folders(self, *, before: datetime) -> int:
        """Remove empty folders of our own making that nobody else ever used; how many.

        Only those that are as they are since before then. One that has anything in it
        stays, whoever put it there at whatever moment.
        """
        ...

    async def find_files(self, wanted: LitterWanted) -> Sequence[FoundFile]:
        """The files that fit and are none of ours, as they are, or lately were.

        Folders are none, links are not followed. Nobody's comments are asked for. Raises
        DestinationRefused when there is nothing to look through.
        """
        ...

    async def is_commented(self, file: FoundFile) -> bool:
        """Whether anybody has commented on a found file, asked as who may take it away."""
        ...

    async def list_stamped(self) -> Sequence[Sighting]:
        """Every copy on the drive that carries a stamp, whoever it belongs to now."""
        ...

    async def examine(self, sighting: Sighting) -> FoundFile | None:
        """A copy that was seen, as it is now, its content and comments included.

        None when it is not there any more, or carries another stamp.
        """
        ...

    def hasten(self) -> None:
        """The lane is told to stop: what waits for its turn is given up, as not done."""
        ...

    async def close(self) -> None:
        """Let go of what is held open; the drive is not used afterwards."""
        ...
