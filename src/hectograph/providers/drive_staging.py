"""The hidden folder of an acting account, in which copies wait until they are moved.

It lies in the account's own drive and is shared with nobody, so that a copy which lost
its way is seen by no student. Lists of it lag behind; what they do not show yet stays
there until it is swept.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from hectograph.domain.errors import Rejected
from hectograph.domain.ids import AccountId
from hectograph.domain.stamp import Stamp
from hectograph.ports.accounts import Accounts
from hectograph.ports.provider import Permit, Stray
from hectograph.providers.drive_answers import Absent, Conflict
from hectograph.providers.drive_api import DriveApi
from hectograph.providers.drive_receipts import STAMP_KEY
from hectograph.providers.drive_removal import stray_of
from hectograph.providers.drive_values import DriveFile
from hectograph.threads import Grouped, OneThread

NAME: Final = "hectograph (copies under way)"
PURPOSE: Final = {STAMP_KEY: "staging"}


class Staging:
    """The staging folder of one account, found or made when it is first needed."""

    def __init__(
        self,
        account: AccountId,
        *,
        api: DriveApi,
        accounts: Accounts,
        desk: OneThread,
        permit: Permit,
    ) -> None:
        self._account = account
        self._api = api
        self._accounts = accounts
        self._desk = desk
        self._permit = permit
        self._folder: str | None = None
        self._finding = asyncio.Lock()
        self._listing: Grouped[Stamp, DriveFile | None] = Grouped(
            self._find_group, limit=4096
        )

    async def folder(self) -> str:
        """The folder's id."""
        async with self._finding:
            if self._folder is None:
                self._folder = await self._find_or_make()
            return self._folder

    async def find_folder(self) -> str | None:
        """The folder's id if there ever was one; makes none."""
        if self._folder is not None:
            return self._folder
        known = await self._desk.run(self._accounts.account, self._account)
        return known.staging

    async def find(self, stamp: Stamp) -> DriveFile | None:
        """The copy with this stamp that lies in staging, as far as the list shows."""
        return await self._listing.call(stamp)

    async def list_strays(self) -> Sequence[Stray]:
        """Everything that lies there."""
        folder = await self.find_folder()
        if folder is None:
            return ()
        return [stray_of(file) for file in await self._list(folder)]

    async def _find_or_make(self) -> str:
        known = await self._desk.run(self._accounts.account, self._account)
        if known.staging is not None and await self._is_usable(known.staging):
            return known.staging
        (new,) = await self._api.generate_ids(1)
        folder = await self._desk.run(
            self._accounts.keep_staging, self._account, new, old=known.staging
        )
        await self._make(folder)
        return folder

    async def _is_usable(self, folder: str) -> bool:
        """Whether the folder is there; it is made where a crash came before its making.

        An id whose folder was deleted for good can be used no more.
        """
        try:
            found = await self._api.get(folder)
        except Absent:
            return await self._is_made(folder)
        return not found.trashed and found.owned_by_me

    async def _is_made(self, folder: str) -> bool:
        try:
            await self._make(folder)
            await self._api.get(folder)
        except Rejected:
            return False
        return True

    async def _make(self, folder: str) -> None:
        self._permit.check()
        with suppress(Conflict):
            await self._api.create_folder(
                NAME, parent="root", app_properties=PURPOSE, new_id=folder
            )

    async def _list(self, folder: str) -> list[DriveFile]:
        pages = self._api.list_pages(f"'{folder}' in parents and trashed = false")
        return [file async for page in pages for file in page.files]

    async def _find_group(self, stamps: Sequence[Stamp]) -> Sequence[DriveFile | None]:
        found = _by_stamp(await self._list(await self.folder()))
        return [found.get(stamp.text()) for stamp in stamps]


def _by_stamp(files: Sequence[DriveFile]) -> Mapping[str, DriveFile]:
    """Of several with one stamp the one with the smallest id, whoever looks."""
    ordered = sorted(files, key=lambda file: file.id, reverse=True)
    return {file.app_properties.get(STAMP_KEY, ""): file for file in ordered}
