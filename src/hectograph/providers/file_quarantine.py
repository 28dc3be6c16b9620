"""Files of a directory that are out of sight: `.hectograph-quarantine/<clean-up>/<n>`.

Only the account that runs hectograph may enter. A file is moved there as it is, by one
rename, and moved back by one that never replaces; nothing in there is ever deleted.

Where the file system offers leases, a file is looked at and moved while nobody else has it
open, and whoever wants to open it waits. Elsewhere it is compared once more when it is out
of sight. What was opened before and is written to later is found by looking again.
"""

import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hectograph.domain.delivery import FileEvidence
from hectograph.domain.errors import FolderRefused, Unavailable
from hectograph.domain.ids import DeliveryKey, ShareId
from hectograph.domain.names import fold, free_name, is_numbering
from hectograph.domain.removal import Removal
from hectograph.domain.stamp import Stamp
from hectograph.domain.touch import Original, Present
from hectograph.ports.provider import Changed, Inspection, Permit, Stray
from hectograph.providers.file_calls import UNSUPPORTED, FileCalls
from hectograph.providers.file_empty_folders import still_ours, sweep_empty
from hectograph.providers.file_errors import provider_error
from hectograph.providers.file_folders import TEMPORARY_PREFIX, Folder, Folders
from hectograph.providers.file_transfer import sha256_of
from hectograph.providers.frozen_documents import HIDDEN, PRIVATE

QUARANTINE: Final = ".hectograph-quarantine"
OURS: Final = frozenset({HIDDEN, QUARANTINE})
ASIDE: Final = "temporaries"
"""Where half-made copies go that a dead worker left; nobody asks for them back."""
NAME_TRIES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A file that is open for comparing: under which name, in which folder."""

    folder: int
    name: str
    file: int
    is_leased: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """The quarantine of one directory. Every method raises ProviderError."""

    calls: FileCalls
    root: str
    permit: Permit

    @contextmanager
    def inspected(self, removal: Removal) -> Iterator[Inspection | None]:
        """The file where it is hidden, else where it was left, else None."""
        with self._opened_folders() as folders:
            found = self._find(removal, folders)
            if found is None:
                yield None
                return
            folder, name, hidden = found
            with self._held(folder.descriptor, name) as (held, in_use):
                if held is None:
                    yield _unreadable(removal, name, hidden)
                    return
                yield Inspection(
                    present=self._present(removal, held, hidden=hidden, in_use=in_use),
                    hidden=hidden,
                    token=held,
                    stamp=self._stamp(name, folder),
                )

    def _stamp(self, name: str, folder: Folder) -> Stamp | None:
        text = self.calls.read_stamp(name, at=folder.descriptor)
        return Stamp.parse(text) if text else None

    def detach(self, removal: Removal, inspection: Inspection) -> str:
        """Move the inspected file into the quarantine."""
        held: Held = inspection.token
        if held.is_leased and not self.calls.is_leased(held.file):
            raise Changed
        with _translated(), self._place(removal, make=True) as place:
            name = _hidden_name(removal)
            self.permit.check()
            try:
                with still_ours(self.calls, held.folder):
                    self._move_in(held, name, place=place)
            except FileNotFoundError as error:
                raise Changed from error
            self.calls.sync(place)
            self.calls.sync(held.folder)
        return _hidden(removal)

    def reattach(self, removal: Removal) -> str:
        """Move the file back, under a free name if its own is taken meanwhile."""
        with _translated(), self._opened_folders() as folders:
            if self._hiding_place(removal, folders) is None:
                return self._find_back(removal, folders)
            with self._place(removal) as place:
                path = self._move_back(removal, place, folders)
            self._tidy(removal, folders)
            return path

    def _tidy(self, removal: Removal, folders: Folders) -> None:
        """Remove the quarantine's folders that are empty now."""
        root = folders.root()
        with suppress(OSError):
            hidden = self.calls.open_folder(QUARANTINE, at=root.descriptor)
            try:
                self.calls.remove_folder(removal.key.cleanup, at=hidden)
            finally:
                self.calls.close(hidden)
            self.calls.remove_folder(QUARANTINE, at=root.descriptor)

    def put_aside(self, name: str, *, at: int) -> None:
        """Move a temporary out of a student's folder; raises OSError."""
        with self._opened(ASIDE, make=True) as place:
            os.rename(name, secrets.token_hex(8), src_dir_fd=at, dst_dir_fd=place)

    def list_temporaries(self) -> list[Stray]:
        """What workers that died left of copies half made, anywhere below the root."""
        with _translated():
            return [
                stray
                for folder, name in walk(self.root)
                if name.startswith(TEMPORARY_PREFIX)
                and (stray := self._stray(folder, name)) is not None
            ]

    def sweep_folders(self, before: datetime) -> int:
        """Remove empty folders that were made for nothing, by then; how many."""
        with _translated():
            return sweep_empty(
                self.calls, self.root, ours=OURS, before=before, permit=self.permit
            )

    def _stray(self, folder: tuple[str, ...], name: str) -> Stray | None:
        with self._opened_folders() as folders:
            found = folders.find(folder)
            if found is None:
                return None
            evidence = look_at(self.calls, name, at=found.descriptor)
            if evidence is None:
                return None
            path = f"{found.path}/{name}"
        return Stray(
            id=path,
            key=_key_of(name),
            born_at=datetime.fromtimestamp(evidence.mtime_ns / 1e9, UTC),
            original=Original(evidence=evidence, folder=folder, name=name),
            path=path,
        )

    def _move_in(self, held: Held, name: str, *, place: int) -> None:
        try:
            self.calls.rename_new(held.name, name, at=held.folder, to=place)
        except OSError as error:
            if error.errno not in UNSUPPORTED:
                raise
            # Nobody else can make a name in there, so that nothing can be replaced.
            os.rename(held.name, name, src_dir_fd=held.folder, dst_dir_fd=place)

    def _move_back(self, removal: Removal, place: int, folders: Folders) -> str:
        folder = folders.enter(removal.original.folder)
        name, hidden = removal.original.name, _hidden_name(removal)
        if (second := self._second_name(removal, place, folder)) is not None:
            self.permit.check()
            self.calls.remove(hidden, at=place)
            return f"{folder.path}/{second}"
        for _ in range(NAME_TRIES):
            self.permit.check()
            try:
                with still_ours(self.calls, folder.descriptor):
                    self._move_out(hidden, name, place=place, to=folder)
            except FileExistsError:
                folder.refresh()
                name = free_name(removal.original.name, {**folder.names, fold(name): []})
                continue
            self.calls.sync(folder.descriptor)
            return f"{folder.path}/{name}"
        raise FileExistsError(errno.EEXIST, "every name is taken")

    def _move_out(self, hidden: str, name: str, *, place: int, to: Folder) -> None:
        try:
            self.calls.rename_new(hidden, name, at=place, to=to.descriptor)
        except FileExistsError:
            raise
        except OSError as error:
            if error.errno not in UNSUPPORTED:
                raise
            self.calls.link(hidden, name, at=place, to=to.descriptor)
            self.calls.remove(hidden, at=place)  # its second name; the first is back

    def _find_back(self, removal: Removal, folders: Folders) -> str:
        """Where it stands, if an earlier attempt brought it back or none took it away.

        A name that a student gave it is not told: it would pass for the one we gave.
        """
        inode = _inode_of(removal)
        folder = folders.find(removal.original.folder)
        if folder is not None:
            name = self._find_inode(inode, folder) or self._find_name(removal, folder)
            if name is not None:
                is_ours = is_numbering(name, of=removal.original.name)
                return f"{folder.path}/{name}" if is_ours else removal.path
        self._check_mounted(folders)
        raise Changed

    def _find(
        self, removal: Removal, folders: Folders
    ) -> tuple[Folder, str, str | None] | None:
        place = self._hiding_place(removal, folders)
        with _translated():
            if place is not None:
                second = self._half_back(removal, place, folders)
                hidden = (place, _hidden_name(removal), _hidden(removal))
                return hidden if second is None else (*second, None)
            folder = folders.find(removal.original.folder)
            if folder is not None and (name := self._find_name(removal, folder)):
                return folder, name, None
            self._check_mounted(folders)
        return None

    def _check_mounted(self, folders: Folders) -> None:
        """Call nothing gone that may only be away."""
        if not folders.root().names:
            raise Unavailable(
                f"{self.root!r} is empty: is the drive not mounted?",
                effect="Nothing was taken away.",
            )

    def _hiding_place(self, removal: Removal, folders: Folders) -> Folder | None:
        """The folder that the file is hidden in, or None if it is not hidden."""
        try:
            place = folders.find((QUARANTINE, removal.key.cleanup))
            # Asked for by name: a large clean-up's folder would be listed for every file.
            hidden = _hidden_name(removal)
            is_there = place is not None and self._inode(hidden, place) is not None
        except (OSError, FolderRefused) as error:
            # Whoever cannot look there does not know that it is in sight.
            raise Unavailable(
                f"The quarantine in {self.root!r} cannot be looked into.",
                effect="Nothing was taken away.",
            ) from error
        return place if is_there else None

    def _half_back(
        self, removal: Removal, place: Folder, folders: Folders
    ) -> tuple[Folder, str] | None:
        """Where it is in sight again, if an attempt died while it brought it back."""
        status = self.calls.look(_hidden_name(removal), at=place.descriptor)
        if removal.hidden is None or status.st_nlink == 1:
            return None
        folder = folders.find(removal.original.folder)
        if folder is None:
            return None
        name = self._second_name(removal, place.descriptor, folder)
        return None if name is None else (folder, name)

    def _second_name(self, removal: Removal, place: int, folder: Folder) -> str | None:
        """Its name in sight, if an attempt died when it had linked it there."""
        status = self.calls.look(_hidden_name(removal), at=place)
        return None if status.st_nlink == 1 else self._find_inode(status.st_ino, folder)

    def _find_name(self, removal: Removal, folder: Folder) -> str | None:
        """The file's name, or the one that it was given since; None if it is not here.

        What was hidden is looked for as the file that it is: another may have got its
        name. What was not may have been replaced by an editor that saved.
        """
        name = removal.original.name
        if removal.hidden is None and self._inode(name, folder) is not None:
            return name
        return self._find_inode(_inode_of(removal), folder)

    def _find_inode(self, inode: int, folder: Folder) -> str | None:
        names = sorted(each for names in folder.names.values() for each in names)
        return next((n for n in names if self._inode(n, folder) == inode), None)

    def _inode(self, name: str, folder: Folder) -> int | None:
        try:
            status = self.calls.look(name, at=folder.descriptor)
        except FileNotFoundError:
            return None
        return status.st_ino if stat.S_ISREG(status.st_mode) else None

    @contextmanager
    def _held(self, folder: int, name: str) -> Iterator[tuple[Held | None, bool]]:
        """The file, open and if possible leased; and whether somebody else has it."""
        try:
            file = self.calls.open_document(name, at=folder)
        except OSError:
            yield None, False
            return
        try:
            lease = self.calls.lease(file)
            held = Held(
                folder=folder,
                name=name,
                file=file,
                is_leased=bool(lease),
            )
            yield held, lease is False
        finally:
            self.calls.close(file)

    def _present(
        self, removal: Removal, held: Held, *, hidden: str | None, in_use: bool
    ) -> Present:
        original = removal.original
        try:
            evidence = _evidence(held)
        except OSError:
            evidence = None
        return Present(
            evidence=evidence,
            folder=original.folder,
            name=original.name if hidden else held.name,
            in_use=in_use,
        )

    @contextmanager
    def _opened_folders(self) -> Iterator[Folders]:
        folders = Folders(self.calls, self.root)
        try:
            yield folders
        finally:
            folders.close()

    def _place(
        self, removal: Removal, *, make: bool = False
    ) -> AbstractContextManager[int]:
        """The quarantine's folder of a clean-up."""
        return self._opened(removal.key.cleanup, make=make)

    @contextmanager
    def _opened(self, folder: str, *, make: bool) -> Iterator[int]:
        """A folder of the quarantine, made where it is missing and wanted."""
        root = self.calls.open_folder(self.root)
        opened = [root]
        try:
            for name in (QUARANTINE, folder):
                if make:
                    with suppress(FileExistsError):
                        self.calls.make_folder(name, at=opened[-1], mode=PRIVATE)
                        self.calls.sync(opened[-1])
                opened.append(self.calls.open_folder(name, at=opened[-1]))
            yield opened[-1]
        finally:
            for each in reversed(opened):
                self.calls.close(each)


def walk(
    root: str, *, unread: Callable[[OSError], None] | None = None
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Folders below a root, in parts, and the names in them; what is ours is left out.

    `unread` is told of each folder that cannot be looked into.
    """
    for path, folders, names in os.walk(root, onerror=unread):
        folders[:] = sorted(each for each in folders if each not in OURS)
        folder = Path(path).relative_to(root).parts
        for name in sorted(names):
            yield folder, name


def look_at(calls: FileCalls, name: str, *, at: int) -> FileEvidence | None:
    """What a file is like, its content included; None when it cannot be read."""
    try:
        file = calls.open_document(name, at=at)
    except OSError:
        return None
    try:
        held = Held(folder=at, name=name, file=file, is_leased=False)
        return _evidence(held)
    except OSError:
        return None
    finally:
        calls.close(file)


def _evidence(held: Held) -> FileEvidence:
    """Looked at after it was read: a write meanwhile shows in the times."""
    sha256 = sha256_of(held.file)
    status = os.fstat(held.file)
    return FileEvidence(
        device=status.st_dev,
        inode=status.st_ino,
        size_bytes=status.st_size,
        mtime_ns=status.st_mtime_ns,
        ctime_ns=status.st_ctime_ns,
        sha256=sha256,
    )


def _unreadable(removal: Removal, name: str, hidden: str | None) -> Inspection:
    original = removal.original
    shown = original.name if hidden else name
    present = Present(evidence=None, folder=original.folder, name=shown)
    return Inspection(present=present, hidden=hidden, token=None)


def _key_of(name: str) -> DeliveryKey | None:
    """Whose temporary it is: `.hx-<share>.<position>.<random>.part`."""
    share, _, rest = name.removeprefix(TEMPORARY_PREFIX).partition(".")
    position = rest.partition(".")[0]
    if not position.isdecimal():
        return None
    return DeliveryKey(share=ShareId(share), position=int(position))


def _inode_of(removal: Removal) -> int:
    evidence = removal.original.evidence
    assert isinstance(evidence, FileEvidence)  # noqa: S101
    return evidence.inode


def _hidden_name(removal: Removal) -> str:
    return f"{removal.key.position:06}"


def _hidden(removal: Removal) -> str:
    return f"{QUARANTINE}/{removal.key.cleanup}/{_hidden_name(removal)}"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise provider_error(error, effect="Nothing was taken away.") from error
