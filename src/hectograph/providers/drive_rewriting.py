"""Google Drive: other content for a file in its place, under the same id and link.

Name, stamp and bytes go in one conditional write of v2, which refuses when anything about
the file changed since its etag was read. What the file held before stays with Drive as an
earlier revision, for thirty days.
"""

import asyncio
import hashlib
from collections.abc import Callable
from typing import Final

from hectograph.domain.delivery import DriveEvidence
from hectograph.domain.errors import AccessDenied
from hectograph.domain.removal import Removal
from hectograph.domain.rewriting import Version
from hectograph.ports.provider import Changed, Inspection, NotInPlace
from hectograph.providers.drive_answers import Absent, Stale
from hectograph.providers.drive_api import UPLOAD_BYTES, DriveApi, Upload
from hectograph.providers.drive_receipts import properties_of
from hectograph.providers.drive_values import DriveFile

AT_ONCE: Final = 4
"""Uploads under way at a time: each holds two copies of the content in memory."""


class DrivePen:
    """Writes to files that are there. `api_for` gives the API as a removal's account.

    Documents are read as `reader`, whose lane it is: the last one is kept, since all
    files of a correction get the same.
    """

    def __init__(self, *, api_for: Callable[[Removal], DriveApi], reader: DriveApi) -> None:
        self._api_for = api_for
        self._reader = reader
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._reading = asyncio.Lock()
        self._document: tuple[tuple[str, str], bytes] | None = None

    async def rewrite(
        self, removal: Removal, inspection: Inspection, version: Version
    ) -> None:
        """Have the file hold a version, unless anything about it changed."""
        file, etag = inspection.token
        if not _may_hold(file):
            raise NotInPlace
        async with self._turns:
            upload = Upload(
                name=version.name,
                media_type=version.media_type,
                app_properties=properties_of(version.stamp),
                content=await self._content(removal, version),
            )
            try:
                await self._api_for(removal).upload_if(file.id, upload=upload, etag=etag)
            except (Stale, Absent) as error:
                raise Changed from error
            except AccessDenied as denied:
                raise NotInPlace from denied

    async def _content(self, removal: Removal, version: Version) -> bytes:
        """The bytes of a version, or NotInPlace when they are not to be had any more."""
        try:
            content = await self._read(removal, version)
        except (Absent, AccessDenied) as error:
            raise NotInPlace from error
        if len(content) > UPLOAD_BYTES or _md5(content) != version.md5:
            raise NotInPlace
        return content

    async def _read(self, removal: Removal, version: Version) -> bytes:
        if version.origin is None:
            evidence = removal.original.evidence
            assert isinstance(evidence, DriveEvidence)  # noqa: S101 - it is this drive's
            api = self._api_for(removal)
            return await api.download(evidence.file, revision=version.revision)
        async with self._reading:
            wanted = (version.origin, version.md5)
            if self._document is None or self._document[0] != wanted:
                size = (await self._reader.get(version.origin)).size_bytes or 0
                if size > UPLOAD_BYTES:
                    raise NotInPlace
                self._document = (wanted, await self._reader.download(version.origin))
            return self._document[1]


def _may_hold(file: DriveFile) -> bool:
    """Whether it has bytes that could be replaced, and be written back again."""
    is_plain = file.md5 is not None and not file.is_native
    return is_plain and (file.size_bytes or 0) <= UPLOAD_BYTES


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
