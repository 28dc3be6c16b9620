"""Files of a directory that an older tool may have left: found by name and by birth."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from hectograph.domain.delivery import FileEvidence
from hectograph.domain.errors import DestinationRefused, FolderRefused
from hectograph.domain.litter import FoundFile, LitterWanted
from hectograph.domain.stamp import Stamp
from hectograph.domain.touch import Original, Present
from hectograph.ports.provider import Sighting
from hectograph.providers.file_calls import FileCalls
from hectograph.providers.file_folders import TEMPORARY_PREFIX, Folder, Folders
from hectograph.providers.file_quarantine import look_at, walk

UNREAD = ""
"""In place of a hash: no content has it."""


def find_litter(calls: FileCalls, root: str, wanted: LitterWanted) -> list[FoundFile]:
    """The files below a root that fit, but for copies of our own.

    A folder that cannot be looked into is one of them, as something that cannot be read.
    """
    try:
        calls.close(calls.open_folder(root))
    except OSError as error:
        raise DestinationRefused(
            f"{root!r} cannot be looked through: {error.strerror}.",
            effect="Nothing was planned.",
            remedy="Is it spelt right, is the drive mounted, and may you read it?",
        ) from error
    return list(_Search(calls=calls, root=root, wanted=wanted).files())


def find_copy(calls: FileCalls, root: str, sighting: Sighting) -> FoundFile | None:
    """A copy of our own that was seen, as it is now; None when it is not there so."""
    folders = Folders(calls, root)
    try:
        folder = folders.find(sighting.folder)
        if folder is None:
            return None
        name, at = sighting.name, folder.descriptor
        status = _look(calls, name, at=at)
        text = calls.read_stamp(name, at=at)
        if status is None or text is None or Stamp.parse(text) != sighting.stamp:
            return None
        born_at = _born_at(calls, name, at=at)
        return _describe(
            calls, folder, sighting.folder, name, status=status, born_at=born_at
        )
    except (OSError, FolderRefused):
        return None
    finally:
        folders.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    calls: FileCalls
    root: str
    wanted: LitterWanted

    def files(self) -> Iterator[FoundFile]:
        unread: list[OSError] = []
        fitting = (
            (folder, name)
            for folder, name in walk(self.root, unread=unread.append)
            if self.wanted.takes_name(name) and not name.startswith(TEMPORARY_PREFIX)
        )
        for folder, pairs in groupby(fitting, key=lambda pair: pair[0]):
            yield from self._in_folder(folder, [name for _, name in pairs])
        for error in unread:
            yield from self._unread(Path(error.filename))

    def _unread(self, path: Path) -> Iterator[FoundFile]:
        """A folder that nobody knows the files of."""
        with suppress(OSError):
            status = path.stat(follow_symlinks=False)
            folder = tuple(map(_shown, path.relative_to(self.root).parts))
            original = Original(
                evidence=_unread(status), folder=folder[:-1], name=folder[-1]
            )
            yield FoundFile(
                original=original,
                present=Present(evidence=None, folder=folder[:-1], name=folder[-1]),
                path=f"{_shown(str(path))}/",
                born_at=datetime.fromtimestamp(status.st_ctime, UTC),
            )

    def _in_folder(self, parts: tuple[str, ...], names: list[str]) -> Iterator[FoundFile]:
        folders = Folders(self.calls, self.root)
        try:
            folder = folders.find(parts)
            if folder is not None:
                found = (self._found(folder, parts, name) for name in names)
                yield from (each for each in found if each is not None)
        except (OSError, FolderRefused):
            return
        finally:
            folders.close()

    def _found(self, folder: Folder, parts: tuple[str, ...], name: str) -> FoundFile | None:
        status = _look(self.calls, name, at=folder.descriptor)
        if status is None or self._is_ours(name, at=folder.descriptor):
            return None
        born_at = _born_at(self.calls, name, at=folder.descriptor)
        if not self.wanted.takes(born_at=born_at, creator=None):
            return None
        return _describe(self.calls, folder, parts, name, status=status, born_at=born_at)

    def _is_ours(self, name: str, *, at: int) -> bool:
        text = self.calls.read_stamp(name, at=at)
        return text is not None and Stamp.parse(text) is not None


def _describe(
    calls: FileCalls,
    folder: Folder,
    parts: tuple[str, ...],
    name: str,
    *,
    status: os.stat_result,
    born_at: datetime | None,
) -> FoundFile:
    evidence = look_at(calls, name, at=folder.descriptor)
    original = Original(
        evidence=evidence or _unread(status),
        folder=tuple(map(_shown, parts)),
        name=_shown(name),
    )
    # A name that is no text could not be found again by what the ledger keeps of it.
    is_text = (original.folder, original.name) == (parts, name)
    return FoundFile(
        original=original,
        present=Present(
            evidence=evidence if is_text else None,
            folder=original.folder,
            name=original.name,
        ),
        path=_shown(f"{folder.path}/{name}"),
        born_at=born_at,
    )


def _look(calls: FileCalls, name: str, *, at: int) -> os.stat_result | None:
    """What a regular file is like; None for anything else, and where nothing is."""
    try:
        status = calls.look(name, at=at)
    except OSError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def _born_at(calls: FileCalls, name: str, *, at: int) -> datetime | None:
    try:
        born_ns = calls.born_ns(name, at=at)
    except OSError:
        return None
    # Some file systems know none, and say 1970.
    return datetime.fromtimestamp(born_ns / 10**9, UTC) if born_ns else None


def _unread(status: os.stat_result) -> FileEvidence:
    return FileEvidence(
        device=status.st_dev,
        inode=status.st_ino,
        size_bytes=status.st_size,
        mtime_ns=status.st_mtime_ns,
        ctime_ns=status.st_ctime_ns,
        sha256=UNREAD,
    )


def _shown(text: str) -> str:
    """A name as text, also where its bytes are none."""
    return text.encode("utf-8", "backslashreplace").decode()
