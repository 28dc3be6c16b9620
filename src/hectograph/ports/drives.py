"""The drives that a school has set up, and the folders that hectograph made there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hectograph.domain.drive import Drive


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderKey:
    """A folder by what it is for: a class's, a subject's in it, a student's in that.

    `subject` and `student` are empty for the folders above.
    """

    drive: str
    school_class: str
    subject: str = ""
    student: str = ""


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

    def list_folders(self, drive: str, *, school_class: str) -> Mapping[FolderKey, str]:
        """The ids of the folders of a class."""
        ...

    def keep_folder(self, key: FolderKey, folder: str, *, old: str | None) -> str:
        """Remember a folder in place of `old`; the one that is remembered now."""
        ...
