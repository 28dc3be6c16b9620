"""Google Drive as people use it beside sharing: a `DriveOffice` over `DriveApi`."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hectograph.domain.drive import Drive
from hectograph.domain.folders import Guest, SeenFolder
from hectograph.domain.manner import Access
from hectograph.ports.accounts import Accounts
from hectograph.ports.drive_office import DriveAccount, FoundDocument, KeyFile, Storage
from hectograph.ports.provider import Permit
from hectograph.providers.drive_answers import Absent, Conflict
from hectograph.providers.drive_api import DriveApi
from hectograph.providers.drive_receipts import STAMP_KEY
from hectograph.providers.drive_search import find_documents
from hectograph.providers.drive_staging import Staging
from hectograph.providers.drive_tokens import (
    AUTHORISED_USER,
    TokenSource,
    read_identity,
    token_source,
)
from hectograph.providers.drive_values import Permission
from hectograph.providers.transport import Connections
from hectograph.threads import OneThread

MY_DRIVE: Final = "root"
PURPOSE: Final = {STAMP_KEY: "folder"}
ROLES: Final = {
    Access.EDIT: "writer",
    Access.COMMENT: "commenter",
    Access.VIEW: "reader",
}
ACCESS: Final = {
    **{role: access for access, role in ROLES.items()},
    **dict.fromkeys(("fileOrganizer", "organizer", "owner"), Access.EDIT),
}
"""What each role lets somebody do with the files in a folder."""
OPEN_TO_OTHERS: Final = 0o004


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleOffice:
    """`root_of` tells where a drive's API is."""

    root_of: Callable[[Drive], str]
    accounts: Accounts
    desk: OneThread
    permit: Permit

    def read_key(self, path: Path) -> KeyFile:
        identity = read_identity(path)
        return KeyFile(
            is_personal=identity.kind == AUTHORISED_USER,
            client_id=identity.client_id,
            client_email=identity.client_email,
            project=identity.project,
            is_open=bool(path.stat().st_mode & OPEN_TO_OTHERS),
        )

    @asynccontextmanager
    async def open(self, drive: Drive, email: str | None) -> AsyncIterator[DriveAccount]:
        tokens = token_source(Path(drive.credentials), email=email)
        try:
            async with Connections() as connections:
                api = DriveApi(
                    transport=connections.transport(self.root_of(drive)),
                    tokens=tokens,
                    quota_user=email,
                )
                staging = self._staging(drive, email or "", api)
                yield GoogleAccount(api=api, tokens=tokens, hidden=staging)
        finally:
            tokens.close()

    def _staging(self, drive: Drive, email: str, api: DriveApi) -> Staging:
        return Staging(
            drive.account(email),
            api=api,
            accounts=self.accounts,
            desk=self.desk,
            permit=self.permit,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleAccount:
    """A Google drive as one account sees it."""

    api: DriveApi
    tokens: TokenSource
    hidden: Staging

    async def sign_in(self) -> None:
        await self.tokens.token()

    async def storage(self) -> Storage:
        told = await self.api.about()
        return Storage(
            email=told.email, used_bytes=told.used_bytes, limit_bytes=told.limit_bytes
        )

    async def staging(self) -> bool:
        folder = await self.api.get(await self.hidden.folder())
        return folder.owned_by_me and not folder.trashed

    async def generate_ids(self, count: int) -> Sequence[str]:
        return await self.api.generate_ids(count)

    async def find_folder(self, folder: str) -> SeenFolder | None:
        try:
            found = await self.api.get(folder)
        except Absent:
            return None
        return SeenFolder(trashed=found.trashed, trashed_itself=found.explicitly_trashed)

    async def make_folder(self, folder: str, *, name: str, parent: str | None) -> bool:
        try:
            await self.api.create_folder(
                name, parent=parent or MY_DRIVE, app_properties=PURPOSE, new_id=folder
            )
        except Conflict:
            return False
        return True

    async def restore(self, folder: str) -> None:
        await self.api.set_trashed(folder, trashed=False)

    async def list_guests(self, folder: str) -> Sequence[Guest]:
        found = await self.api.list_permissions(folder)
        return [_guest(each) for each in found if _counts(each)]

    async def find_documents(
        self, words: Sequence[str], *, known_to: str | None, limit: int
    ) -> Sequence[FoundDocument]:
        return await find_documents(self.api, words, known_to=known_to, limit=limit)

    async def invite(self, folder: str, email: str, *, access: Access) -> Guest:
        made = await self.api.create_permission(
            folder, role=ROLES[access], type="user", email=email, send_notification=False
        )
        return _guest(made)


def _counts(permission: Permission) -> bool:
    return permission.role in ACCESS and not permission.is_deleted


def _guest(permission: Permission) -> Guest:
    return Guest(id=permission.id, email=permission.email, access=ACCESS[permission.role])
