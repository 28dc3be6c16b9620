"""Students' folders on a file system: opened without following links, and looked into."""

import errno
import os
import stat
from contextlib import suppress
from dataclasses import dataclass

from hectograph.domain.errors import FolderRefused
from hectograph.domain.names import fold
from hectograph.domain.stamp import Stamp
from hectograph.providers.file_calls import FileCalls
from hectograph.providers.file_empty_folders import mark, still_ours

TEMPORARY_PREFIX = ".hx-"


@dataclass(slots=True, kw_only=True)
class Folder:
    """An open folder as it was when its names were first asked for."""

    calls: FileCalls
    path: str
    descriptor: int
    owner: int
    group: int
    is_new: bool = False
    _names: dict[str, list[str]] | None = None

    @property
    def names(self) -> dict[str, list[str]]:
        """The names in it by their folds.

        Names that differ only in case or Unicode form are the same on Windows, and so
        for us.
        """
        if self._names is None:
            self._names = {}
            for name in self.calls.list_folder(self.descriptor):
                self.add(name)
        return self._names

    def refresh(self) -> None:
        """Look into it again when a name is asked for."""
        self._names = None

    def add(self, name: str) -> None:
        """Note a name that stands in the folder now."""
        self.names.setdefault(fold(name), []).append(name)


class Folders:
    """Opens folders below a root, each once, and closes them all in the end."""

    def __init__(self, calls: FileCalls, root: str) -> None:
        self._calls = calls
        self._root = root
        self._open: dict[tuple[str, ...], Folder] = {}

    def close(self) -> None:
        """Close every folder; the object is empty afterwards."""
        for folder in self._open.values():
            if folder.is_new:
                # What came in meanwhile, came from us.
                mark(self._calls, folder.descriptor)
            self._calls.close(folder.descriptor)
        self._open.clear()

    def root(self) -> Folder:
        """The root itself. One that is gone is FolderRefused, and never made."""
        if () not in self._open:
            try:
                descriptor = self._calls.open_folder(self._root)
            except FileNotFoundError as error:
                raise FolderRefused(
                    "The directory that holds the students' folders is gone.",
                    effect="The copy was not made.",
                    remedy="Put it back, then run `hectograph shares retry ID`.",
                ) from error
            self._open[()] = self._look_into(descriptor, self._root)
        return self._open[()]

    def enter(self, parts: tuple[str, ...]) -> Folder:
        """The folder of this path, made where it is missing.

        An existing folder whose name differs only in case or Unicode form is the one
        that is meant. A link, wherever it leads, is refused with FolderRefused.
        """
        if (found := self.find(parts)) is not None:
            return found
        parent = self.enter(parts[:-1])
        with still_ours(self._calls, parent.descriptor):
            descriptor, name, is_new = self._make(parent, parts[-1])
        made = self._keep(parts, parent, descriptor, name)
        made.is_new = is_new
        return made

    def find(self, parts: tuple[str, ...]) -> Folder | None:
        """The folder of this path, or None where it is missing; makes nothing."""
        if not parts:
            return self.root()
        if parts in self._open:
            return self._open[parts]
        if (parent := self.find(parts[:-1])) is None:
            return None
        if (opened := self._open_known(parent, parts[-1])) is None:
            return None
        return self._keep(parts, parent, *opened)

    def stamps(self, folder: Folder, *, changed_since_ns: int) -> dict[str, Stamp]:
        """The stamps in a folder by file name, among files changed since then."""
        found = {}
        for names in folder.names.values():
            for name in names:
                if name.startswith(TEMPORARY_PREFIX):
                    continue
                status = self._status(folder, name)
                if status is None or status.st_ctime_ns < changed_since_ns:
                    continue
                text = self._calls.read_stamp(name, at=folder.descriptor)
                if text is not None and (stamp := Stamp.parse(text)) is not None:
                    found[name] = stamp
        return found

    def _status(self, folder: Folder, name: str) -> os.stat_result | None:
        try:
            status = self._calls.look(name, at=folder.descriptor)
        except FileNotFoundError:
            return None
        return status if stat.S_ISREG(status.st_mode) else None

    def _look_into(self, descriptor: int, path: str) -> Folder:
        status = os.fstat(descriptor)
        return Folder(
            calls=self._calls,
            path=path,
            descriptor=descriptor,
            owner=status.st_uid,
            group=status.st_gid,
        )

    def _keep(
        self, parts: tuple[str, ...], parent: Folder, descriptor: int, name: str
    ) -> Folder:
        self._open[parts] = self._look_into(descriptor, f"{parent.path}/{name}")
        return self._open[parts]

    def _open_known(self, parent: Folder, wanted: str) -> tuple[int, str] | None:
        # The parent may hold thousands: it is listed only where the name is missing.
        with suppress(FileNotFoundError):
            return self._open_existing(parent, wanted), wanted
        known = parent.names.get(fold(wanted), [])
        return (self._open_existing(parent, min(known)), min(known)) if known else None

    def _make(self, parent: Folder, wanted: str) -> tuple[int, str, bool]:
        """The folder open, its name, and whether it was not there before."""
        try:
            self._calls.make_folder(wanted, at=parent.descriptor)
        except FileExistsError:
            return self._open_existing(parent, wanted), wanted, False
        parent.add(wanted)
        made = self._calls.open_folder(wanted, at=parent.descriptor)
        self._share_group(made, parent)
        mark(self._calls, made)
        return made, wanted, True

    def _open_existing(self, parent: Folder, name: str) -> int:
        try:
            return self._calls.open_folder(name, at=parent.descriptor)
        except OSError as error:
            if error.errno not in (errno.ENOTDIR, errno.ELOOP):
                raise
            raise FolderRefused(
                f"{name!r} is a file or a link where the student's folder should be.",
                effect="The copy was not made, and nothing outside was touched.",
            ) from error

    def _share_group(self, made: int, parent: Folder) -> None:
        if os.fstat(made).st_gid != parent.group:
            give_quietly(self._calls, made, owner=-1, group=parent.group)


def give_quietly(calls: FileCalls, file: int, *, owner: int, group: int) -> None:
    """Hand a file over as far as the kernel lets us; what it refuses stays as it is."""
    try:
        calls.give(file, owner=owner, group=group)
    except PermissionError:
        if owner != -1:
            give_quietly(calls, file, owner=-1, group=group)
