"""A drive that is a directory: a local disk, or a mounted NFS or SMB share.

The protocol, for a whole group of copies at once, because one sync serves them all:

1. open each student's folder, link by link refused, and look for our stamp in it;
2. write each missing copy into a file without a name, stamped;
3. sync; for each, 4. ask for the permit and 5. name it, which never replaces; 6. sync;
7. read each copy back by its name.

A crash before 5 leaves nothing, a crash after it leaves a copy that 1 finds.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path

from hectograph.domain.delivery import Receipt
from hectograph.domain.errors import DestinationRefused, RequestRefused
from hectograph.domain.handout import Handout
from hectograph.domain.ids import AccountId, ShareId
from hectograph.domain.litter import FoundFile, LitterWanted
from hectograph.domain.removal import Removal
from hectograph.domain.rewriting import Version
from hectograph.domain.share import PlannedShare
from hectograph.domain.stamp import Stamp
from hectograph.ports.provider import (
    CopyOrder,
    Document,
    Inspection,
    NotInPlace,
    Permit,
    Sighting,
    Stray,
)
from hectograph.providers.file_batch import Batch, BatchTools, Naming
from hectograph.providers.file_calls import FileCalls
from hectograph.providers.file_litter import find_copy, find_litter
from hectograph.providers.file_names import give_name
from hectograph.providers.file_quarantine import QUARANTINE, Quarantine
from hectograph.providers.file_transfer import Transfer
from hectograph.providers.frozen_documents import HIDDEN, PRIVATE, FrozenDocuments
from hectograph.threads import Grouped

SCHEME = "fs"
THREADS = 2
GROUP = 128


def account_of(directory: Path) -> AccountId:
    """The account that acts for a directory, whatever links lead there."""
    return AccountId(f"{SCHEME}:{directory.resolve()}")


class FileSystem:
    """A directory as a drive. `naming` is the best way to try; worse ones are learned."""

    def __init__(
        self,
        root: Path,
        *,
        permit: Permit,
        calls: FileCalls,
        naming: Naming = Naming.UNNAMED,
    ) -> None:
        self._root = str(root)
        self._calls = calls
        self._frozen = FrozenDocuments(calls, self._root)
        self._quarantine = Quarantine(calls=calls, root=self._root, permit=permit)
        self._tools = BatchTools(
            calls=calls,
            root=self._root,
            frozen=self._frozen,
            transfer=Transfer(calls),
            quarantine=self._quarantine,
            permit=permit,
            naming=naming,
        )
        self._placing: Grouped[CopyOrder, Receipt] = Grouped(
            self._place_group, limit=GROUP, width=THREADS
        )

    async def check(self) -> str:
        return await asyncio.to_thread(self._check)

    async def describe(self, documents: Sequence[Document]) -> Sequence[Handout]:
        paths = [Path(each) for each in documents]
        return await asyncio.to_thread(self._frozen.describe, paths)

    async def freeze(
        self,
        documents: Sequence[Document],
        handouts: Sequence[Handout],
        *,
        share: ShareId,
    ) -> None:
        paths = [Path(each) for each in documents]
        await asyncio.to_thread(self._frozen.freeze, paths, handouts, share)

    async def equip(self, plan: PlannedShare) -> PlannedShare:
        return plan

    def room(self) -> int:
        return sys.maxsize

    async def thaw(self, share: ShareId) -> None:
        self._close_sources(share)
        await asyncio.to_thread(self._frozen.thaw, share)

    async def list_frozen(self, *, before: datetime) -> Sequence[ShareId]:
        return await asyncio.to_thread(self._frozen.list_frozen, before)

    async def place(self, order: CopyOrder) -> Receipt:
        return await self._placing.call(order)

    async def prepare(self, order: CopyOrder) -> None:
        """Nothing: the document is frozen, and a copy of it takes under a millisecond."""

    @asynccontextmanager
    async def inspected(self, removal: Removal) -> AsyncIterator[Inspection | None]:
        looking = self._quarantine.inspected(removal)
        found = await asyncio.to_thread(looking.__enter__)
        try:
            yield found
        finally:
            await asyncio.to_thread(looking.__exit__, None, None, None)

    async def rewrite(
        self,
        removal: Removal,  # noqa: ARG002
        inspection: Inspection,  # noqa: ARG002
        version: Version,  # noqa: ARG002
    ) -> None:
        """A file's bytes are never written over in a directory."""
        raise NotInPlace

    async def detach(self, removal: Removal, inspection: Inspection) -> str:
        return await asyncio.to_thread(self._quarantine.detach, removal, inspection)

    async def rename(self, removal: Removal, inspection: Inspection, name: str) -> None:  # noqa: ARG002
        calls, permit = self._calls, self._tools.permit
        await asyncio.to_thread(give_name, calls, inspection, name, permit=permit)

    async def reattach(self, removal: Removal) -> str:
        return await asyncio.to_thread(self._quarantine.reattach, removal)

    async def check_lock(self, removal: Removal) -> None:  # noqa: ARG002
        raise _no_locks()

    async def set_locked(self, removal: Removal, *, locked: bool) -> bool:  # noqa: ARG002
        raise _no_locks()

    async def list_strays(self) -> Sequence[Stray]:
        return await asyncio.to_thread(self._quarantine.list_temporaries)

    async def sweep_folders(self, *, before: datetime) -> int:
        return await asyncio.to_thread(self._quarantine.sweep_folders, before)

    async def find_files(self, wanted: LitterWanted) -> Sequence[FoundFile]:
        return await asyncio.to_thread(find_litter, self._calls, self._root, wanted)

    async def is_commented(self, file: FoundFile) -> bool:  # noqa: ARG002
        """Nobody can comment on a file in a directory."""
        return False

    async def list_stamped(self) -> Sequence[Sighting]:
        return await asyncio.to_thread(self._list_stamped)

    async def examine(self, sighting: Sighting) -> FoundFile | None:
        return await asyncio.to_thread(find_copy, self._calls, self._root, sighting)

    def hasten(self) -> None:
        """Nothing waits for long."""

    async def close(self) -> None:
        for share, _ in list(self._tools.sources):
            self._close_sources(share)

    async def _place_group(
        self, orders: Sequence[CopyOrder]
    ) -> Sequence[Receipt | Exception]:
        return await asyncio.to_thread(Batch(self._tools).place, orders)

    def _close_sources(self, share: ShareId) -> None:
        for key in [each for each in self._tools.sources if each[0] == share]:
            self._calls.close(self._tools.sources.pop(key))

    def _list_stamped(self) -> list[Sighting]:
        found = []
        for path, _, names in os.walk(self._root):
            folder = Path(path).relative_to(self._root).parts
            if folder[:1] in ((HIDDEN,), (QUARANTINE,)):
                continue
            descriptor = self._calls.open_folder(path)
            for name in sorted(names):
                text = self._calls.read_stamp(name, at=descriptor)
                if text is not None and (stamp := Stamp.parse(text)) is not None:
                    where = f"{path}/{name}"
                    found.append(
                        Sighting(stamp=stamp, folder=folder, name=name, path=where)
                    )
            self._calls.close(descriptor)
        return found

    def _check(self) -> str:
        """Make the hidden folder, and take it away again unless it is in use."""
        try:
            root = self._calls.open_folder(self._root)
        except OSError as error:
            raise _refused(self._root, error) from error
        try:
            with suppress(FileExistsError):
                self._calls.make_folder(HIDDEN, at=root, mode=PRIVATE)
            with suppress(OSError):
                self._calls.remove_folder(HIDDEN, at=root)
            # An inode's number is given again, the time of its birth is not.
            inode = self._calls.look(".", at=root).st_ino
            return f"{inode}:{self._calls.born_ns('.', at=root)}"
        except OSError as error:
            raise _refused(self._root, error) from error
        finally:
            self._calls.close(root)


def _no_locks() -> RequestRefused:
    return RequestRefused(
        "Files in a directory cannot be locked: whoever may write in the folder can "
        "replace them.",
        effect="Nothing was done.",
        remedy="Take the right to write in the folder from the student, or hand the work "
        "over: --hand-over DIRECTORY",
    )


def _refused(root: str, error: OSError) -> DestinationRefused:
    return DestinationRefused(
        f"{root!r} cannot receive copies: {error.strerror}.",
        effect="Nothing was shared.",
        remedy="Is it spelt right, is the drive mounted, and may you write to it?",
    )
