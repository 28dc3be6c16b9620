"""A drive as people use it beside sharing: keys, accounts, folders, documents."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from hectograph.domain.drive import Drive
from hectograph.domain.folders import Guest, SeenFolder
from hectograph.domain.manner import Access


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """What of a key file may be shown. `is_open`: others on the machine can read it.

    `is_personal`: it is of one account that signed in, and acts for no other.
    """

    is_personal: bool
    client_id: str
    client_email: str | None
    project: str | None
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """Whose account it is, and how full; `limit_bytes` is None without a limit."""

    email: str
    used_bytes: int
    limit_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDocument:
    """A document that a search found, as the account that searched sees it.

    `size_bytes` is None where a document has no bytes of its own; `owner` is None for what
    lies in a shared drive.
    """

    id: str
    title: str
    media_type: str
    size_bytes: int | None
    owner: str | None
    modified_at: datetime
    can_copy: bool


class DriveAccount(Protocol):
    """A drive as one account sees it: one exchange with the service for each call.

    Every method may raise ProviderError with all its kinds. Those that write are safe to
    repeat.
    """

    async def sign_in(self) -> None:
        """Get a token. Raises AccessDenied with what an administrator must do."""
        ...

    async def storage(self) -> Storage:
        """Who it is, and how full."""
        ...

    async def staging(self) -> bool:
        """Find or make the hidden folder; whether it is usable and the account's own."""
        ...

    async def generate_ids(self, count: int) -> Sequence[str]:
        """Ids for folders to come."""
        ...

    async def find_folder(self, folder: str) -> SeenFolder | None:
        """The folder, or None when it is not there or the account may not see it."""
        ...

    async def make_folder(self, folder: str, *, name: str, parent: str | None) -> bool:
        """Make it under this id; False when the id has been used, whatever became of it."""
        ...

    async def restore(self, folder: str) -> None:
        """Take it out of the trash."""
        ...

    async def list_guests(self, folder: str) -> Sequence[Guest]:
        """Whom it is shared with, owners included."""
        ...

    async def find_documents(
        self, words: Sequence[str], *, known_to: str | None, limit: int
    ) -> Sequence[FoundDocument]:
        """The documents with all these words in their titles, the last changed first.

        With `known_to` only those that this person owns or was given by name. Neither
        folders, nor what is in the trash.
        """
        ...

    async def invite(self, folder: str, email: str, *, access: Access) -> Guest:
        """Let somebody do this with all that lies in it, without a mail to them."""
        ...


class DriveOffice(Protocol):
    """Opens drives for people."""

    def read_key(self, path: Path) -> KeyFile:
        """Check a key file. Raises Misconfigured."""
        ...

    def open(
        self, drive: Drive, email: str | None
    ) -> AbstractAsyncContextManager[DriveAccount]:
        """The drive as this account sees it; None: the service account itself.

        Raises Misconfigured.
        """
        ...
