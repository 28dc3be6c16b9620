"""Students' folders on a file system: opened without following links, and looked into."""

import errno
import os
import stat
from dataclasses import dataclass, field

from hectograph.domain.errors import FolderRefused
from hectograph.domain.names import fold
from hectograph.domain.stamp import Stamp
from hectograph.providers.file_calls import FileCalls

TEMPORARY_PREFIX = ".hx-"


@dataclass(slots=True, kw_only=True)
class Folder:
    """An open folder as it was when it was looked into.

    `names` maps the fold of each name to the names that have it: names that differ only
    in case or Unicode form are the same on Windows, and so for us.
    """

    path: str
    descriptor: int
    owner: int
    group: int
    names: dict[str, list[str]] = field(default_factory=dict)

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
        if not parts:
            return self.root()
        if parts not in self._open:
            parent = self.enter(parts[:-1])
            descriptor, name = self._enter(parent, parts[-1])
            self._open[parts] = self._look_into(descriptor, f"{parent.path}/{name}")
        return self._open[parts]

    def find(self, parts: tuple[str, ...]) -> Folder | None:
        """The folder of this path, or None where it is missing; makes nothing."""
        if not parts:
            return self.root()
        if parts not in self._open:
            parent = self.find(parts[:-1])
            if parent is None or fold(parts[-1]) not in parent.names:
                return None
        return self.enter(parts)

    def refresh(self, folder: Folder) -> None:
        """Look into a folder again."""
        folder.names.clear()
        for name in self._calls.list_folder(folder.descriptor):
            folder.add(name)

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
        folder = Folder(
            path=path, descriptor=descriptor, owner=status.st_uid, group=status.st_gid
        )
        self.refresh(folder)
        return folder

    def _enter(self, parent: Folder, wanted: str) -> tuple[int, str]:
        known = parent.names.get(fold(wanted), [])
        if known:
            name = wanted if wanted in known else min(known)
            return self._open_existing(parent, name), name
        try:
            self._calls.make_folder(wanted, at=parent.descriptor)
        except FileExistsError:
            return self._open_existing(parent, wanted), wanted
        parent.add(wanted)
        made = self._calls.open_folder(wanted, at=parent.descriptor)
        self._share_group(made, parent)
        return made, wanted

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
