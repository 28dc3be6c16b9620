"""A drive that lives in memory and fails on command: for tests."""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from hectograph.domain.adoption import Found, Verdict, Wanted, decide_adoption
from hectograph.domain.delivery import FileEvidence, Receipt
from hectograph.domain.errors import (
    DocumentRefused,
    ProviderError,
    RequestRefused,
    SourceDamaged,
    Withdrawn,
)
from hectograph.domain.handout import Handout, digest
from hectograph.domain.ids import ShareId
from hectograph.domain.litter import FoundFile, LitterWanted
from hectograph.domain.names import fold, free_name
from hectograph.domain.removal import Removal
from hectograph.domain.rewriting import Version
from hectograph.domain.share import PlannedShare
from hectograph.domain.stamp import Stamp
from hectograph.domain.touch import Original, Present
from hectograph.ports.provider import (
    Changed,
    CopyOrder,
    Document,
    Inspection,
    NameTaken,
    NotInPlace,
    Permit,
    Sighting,
    Stray,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryFile:
    """A file: what is in it, and the stamp it carries."""

    content: str
    stamp: Stamp | None = None
    born_at: datetime | None = None


@dataclass(slots=True)
class MemoryDrive:
    """What outlives a lane: documents by path, and files by folder and name.

    `mishaps` come one with each copy, before its effect; `late_mishaps` after it.
    """

    documents: dict[Path, str] = field(default_factory=dict)
    files: dict[tuple[str, ...], MemoryFile] = field(default_factory=dict)
    frozen: dict[ShareId, tuple[Handout, ...]] = field(default_factory=dict)
    frozen_at: dict[ShareId, datetime] = field(default_factory=dict)
    empty_folders: int = 0
    hidden: dict[str, MemoryFile] = field(default_factory=dict)
    strays: list[Stray] = field(default_factory=list)
    prepared: list[str] = field(default_factory=list)
    mishaps: list[ProviderError | None] = field(default_factory=list)
    late_mishaps: list[ProviderError | None] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MemoryProvider:
    """The Provider on a MemoryDrive."""

    drive: MemoryDrive
    permit: Permit

    async def check(self) -> str:
        return "memory"

    async def describe(self, documents: Sequence[Document]) -> Sequence[Handout]:
        paths = [Path(each) for each in documents]
        missing = [path for path in paths if path not in self.drive.documents]
        if missing:
            raise DocumentRefused(f"{str(missing[0])!r} is not there.")
        return [self._describe(path) for path in paths]

    async def equip(self, plan: PlannedShare) -> PlannedShare:
        return plan

    def room(self) -> int:
        return sys.maxsize

    async def freeze(
        self,
        documents: Sequence[Document],
        handouts: Sequence[Handout],
        *,
        share: ShareId,
    ) -> None:
        if list(handouts) != list(await self.describe(documents)):
            raise DocumentRefused("A document changed while it was shared.")
        self.drive.frozen[share] = tuple(handouts)

    async def thaw(self, share: ShareId) -> None:
        self.drive.frozen.pop(share, None)

    async def list_frozen(self, *, before: datetime) -> Sequence[ShareId]:
        frozen_at = self.drive.frozen_at
        return [each for each in self.drive.frozen if frozen_at.get(each, before) < before]

    async def place(self, order: CopyOrder) -> Receipt:
        if order.handout not in self.drive.frozen.get(order.stamp.key.share, ()):
            raise SourceDamaged("The document that was kept for this share is gone.")
        _raise_next(self.drive.mishaps)
        receipt = self._find(order)
        if receipt is None and order.finds_only:
            raise Withdrawn("No copy was made.")
        receipt = receipt or self._copy(order)
        _raise_next(self.drive.late_mishaps)
        return receipt

    async def prepare(self, order: CopyOrder) -> None:
        _raise_next(self.drive.mishaps)
        self.drive.prepared.append(order.name)

    async def list_strays(self) -> Sequence[Stray]:
        return list(self.drive.strays)

    @asynccontextmanager
    async def inspected(self, removal: Removal) -> AsyncIterator[Inspection | None]:
        hidden = str(removal.key) if str(removal.key) in self.drive.hidden else None
        path = (*removal.original.folder, removal.original.name)
        file = self.drive.hidden.get(hidden) if hidden else self.drive.files.get(path)
        if file is None:
            yield None
            return
        present = Present(evidence=_evidence(path, file), folder=path[:-1], name=path[-1])
        yield Inspection(present=present, hidden=hidden, token=file)

    async def rewrite(
        self,
        removal: Removal,  # noqa: ARG002
        inspection: Inspection,  # noqa: ARG002
        version: Version,  # noqa: ARG002
    ) -> None:
        raise NotInPlace

    async def detach(self, removal: Removal, inspection: Inspection) -> str:
        path = (*removal.original.folder, removal.original.name)
        if self.drive.files.get(path) != inspection.token:
            raise Changed
        self.permit.check()
        self.drive.hidden[str(removal.key)] = self.drive.files.pop(path)
        return str(removal.key)

    async def rename(self, removal: Removal, inspection: Inspection, name: str) -> None:
        path = (*removal.original.folder, removal.original.name)
        if self.drive.files.get(path) != inspection.token:
            raise Changed
        taken = {fold(each[-1]) for each in self.drive.files if each[:-1] == path[:-1]}
        if fold(name) in taken:
            raise NameTaken
        self.permit.check()
        self.drive.files[*path[:-1], name] = self.drive.files.pop(path)

    async def reattach(self, removal: Removal) -> str:
        folder, name = removal.original.folder, removal.original.name
        if str(removal.key) not in self.drive.hidden:
            if (*folder, name) in self.drive.files:
                return "/".join((*folder, name))
            raise Changed
        taken = {fold(path[-1]) for path in self.drive.files if path[:-1] == folder}
        path = (*folder, free_name(name, taken))
        self.drive.files[path] = self.drive.hidden.pop(str(removal.key))
        return "/".join(path)

    async def check_lock(self, removal: Removal) -> None:  # noqa: ARG002
        raise RequestRefused("There are no locks here.")

    async def set_locked(self, removal: Removal, *, locked: bool) -> bool:  # noqa: ARG002
        raise RequestRefused("There are no locks here.")

    async def sweep_folders(self, *, before: datetime) -> int:  # noqa: ARG002
        """There are no folders here; it is told how many were swept."""
        swept, self.drive.empty_folders = self.drive.empty_folders, 0
        return swept

    async def find_files(self, wanted: LitterWanted) -> Sequence[FoundFile]:
        return [
            _found(path, file)
            for path, file in self.drive.files.items()
            if file.stamp is None
            and wanted.takes_name(path[-1])
            and wanted.takes(born_at=file.born_at, creator=None)
        ]

    async def is_commented(self, file: FoundFile) -> bool:  # noqa: ARG002
        return False

    async def list_stamped(self) -> Sequence[Sighting]:
        return [
            Sighting(stamp=file.stamp, folder=path[:-1], name=path[-1], path="/".join(path))
            for path, file in self.drive.files.items()
            if file.stamp is not None
        ]

    async def examine(self, sighting: Sighting) -> FoundFile | None:
        path = (*sighting.folder, sighting.name)
        file = self.drive.files.get(path)
        return _found(path, file) if file and file.stamp == sighting.stamp else None

    def hasten(self) -> None:
        """Nothing waits."""

    async def close(self) -> None:
        """Nothing is held open."""

    def _describe(self, path: Path) -> Handout:
        content = self.drive.documents[path]
        return Handout(
            title=path.name, sha256=digest(content), size_bytes=len(content.encode())
        )

    def _find(self, order: CopyOrder) -> Receipt | None:
        wanted = Wanted(
            key=order.stamp.key,
            wish=order.stamp.wish,
            first_tried_at=order.first_tried_at,
            adopts_since=order.adopts_since,
        )
        for path, file in self.drive.files.items():
            if path[:-1] != order.folder:
                continue
            found = Found(
                stamp=file.stamp,
                born_at=file.born_at or order.stamp.asked_at,
                same_content=digest(file.content) == order.handout.sha256,
                has_wanted_name=path[-1] == order.name,
            )
            if decide_adoption(wanted, found) is not Verdict.STRANGER:
                return _receipt(path, file, order, found=True)
        return None

    def _copy(self, order: CopyOrder) -> Receipt:
        self.permit.check()
        taken = {fold(path[-1]) for path in self.drive.files if path[:-1] == order.folder}
        path = (*order.folder, free_name(order.name, taken))
        content = next(
            text
            for text in self.drive.documents.values()
            if digest(text) == order.handout.sha256
        )
        self.drive.files[path] = MemoryFile(content=content, stamp=order.stamp)
        return _receipt(path, self.drive.files[path], order)


def _found(path: tuple[str, ...], file: MemoryFile) -> FoundFile:
    evidence, folder, name = _evidence(path, file), path[:-1], path[-1]
    return FoundFile(
        original=Original(evidence=evidence, folder=folder, name=name),
        present=Present(evidence=evidence, folder=folder, name=name),
        path="/".join(path),
        born_at=file.born_at,
    )


def _raise_next(mishaps: list[ProviderError | None]) -> None:
    if mishaps and (mishap := mishaps.pop(0)) is not None:
        raise mishap


def _receipt(
    path: tuple[str, ...], file: MemoryFile, order: CopyOrder, *, found: bool = False
) -> Receipt:
    return Receipt(
        path="/".join(path),
        evidence=_evidence(path, file),
        found=found,
        touched=digest(file.content) != order.handout.sha256,
    )


def _evidence(path: tuple[str, ...], file: MemoryFile) -> FileEvidence:
    return FileEvidence(
        device=0,
        inode=abs(hash(path)) % 2**32,
        size_bytes=len(file.content.encode()),
        mtime_ns=0,
        ctime_ns=0,
        sha256=digest(file.content),
    )
