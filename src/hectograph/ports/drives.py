"""The drives that a school has set up, and the folders that hectograph made there."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from hectograph.domain.drive import Drive
from hectograph.domain.folders import FolderKey, KeptFolder


class Drives(Protocol):
    """Synchronous; every method may raise LedgerUnavailable."""

    def put(self, drive: Drive) -> None:
        """Set a drive up, or anew. Raises RequestRefused while shares of it are open."""
        ...

    def drive(self, name: str) -> Drive:
        """The drive, or UnknownDrive."""
        ...

    def list_drives(self) -> Sequence[Drive]:
        """All of them, by name."""
        ...

    def list_folders(
        self, drive: str, *, school_class: str
    ) -> Mapping[FolderKey, KeptFolder]:
        """The folders of a class."""
        ...

    def keep_folder(
        self, key: FolderKey, folder: KeptFolder, *, old: KeptFolder | None
    ) -> KeptFolder:
        """Remember a folder in place of `old`; the one that is remembered now."""
        ...
