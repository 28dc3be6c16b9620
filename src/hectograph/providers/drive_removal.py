"""Google Drive: taking a file out of sight, and back.

A file goes into the trash by a conditional write of v2, which refuses when anything about
the file changed since its etag was read; v3 knows no conditions. The etag is read first and
what is judged afterwards, so that nothing slips between. Nothing is ever deleted: Drive
empties its trash after thirty days.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from hectograph.domain.delivery import DriveEvidence
from hectograph.domain.errors import AccessDenied
from hectograph.domain.removal import Removal
from hectograph.domain.touch import Original
from hectograph.ports.provider import Changed, Inspection, Stray
from hectograph.providers.drive_answers import Absent, Stale
from hectograph.providers.drive_api import DriveApi
from hectograph.providers.drive_receipts import (
    evidence_of,
    path_of,
    present_of,
    stamp_of,
)
from hectograph.providers.drive_values import DriveFile

TRASH: Final = "trash"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveTrash:
    """The trash of a drive. `api_for` gives the API as a removal's account sees it.

    `owner_api` gives it as a file's owner does, where that is another account of ours;
    only an owner may put a file into the trash, and take it out again.
    """

    api_for: Callable[[Removal], DriveApi]
    owner_api: Callable[[DriveFile], DriveApi | None]

    @asynccontextmanager
    async def inspected(self, removal: Removal) -> AsyncIterator[Inspection | None]:
        """The file as it is now, wherever it is; None once it is gone for good."""
        api, number = self.api_for(removal), _file(removal)
        is_hidden = removal.hidden is not None
        try:
            etag = None if is_hidden else await api.get_etag(number)
            file = await api.get(number)
            has_comments = await api.has_comments(number)
        except Absent:
            yield None
            return
        yield Inspection(
            present=present_of(file, has_comments=has_comments, actor=removal.actor),
            # In a trashed folder it would come back with that: it has to go itself.
            hidden=TRASH if file.explicitly_trashed else None,
            token=(file, etag),
            is_exact=True,
            key=stamp.key if (stamp := stamp_of(file)) else None,
        )

    async def detach(self, removal: Removal, inspection: Inspection) -> str:
        """Put the file into the trash, unless anything about it changed."""
        body = {"labels": {"trashed": True}}
        file, etag = inspection.token
        try:
            await self._owners(removal, file).patch_if(file.id, body=body, etag=etag)
        except (Stale, Absent) as error:
            raise Changed from error
        except AccessDenied as denied:
            raise denied if file.can_trash else _not_ours() from denied
        return TRASH

    async def reattach(self, removal: Removal) -> str:
        """Take the file out of the trash; it stands where it stood."""
        api, number = self.api_for(removal), _file(removal)
        try:
            file = await api.get(number)
            if file.explicitly_trashed:
                file = await self._owners(removal, file).set_trashed(number, trashed=False)
        except Absent as absent:
            raise Changed from absent
        return path_of(file)

    def _owners(self, removal: Removal, file: DriveFile) -> DriveApi:
        return self.owner_api(file) or self.api_for(removal)


def _not_ours() -> AccessDenied:
    return AccessDenied(
        "The copy belongs to another account by now, and only that may throw it away.",
        effect="It stays.",
        remedy="Ask its owner. In a shared drive, make the acting account a content "
        "manager; then undo the recall and recall again.",
    )


def stray_of(file: DriveFile) -> Stray:
    """A file that may be left over, as it is now."""
    stamp = stamp_of(file)
    return Stray(
        id=file.id,
        key=stamp.key if stamp else None,
        born_at=file.created_at,
        original=original_of(file),
        path=path_of(file),
    )


def original_of(file: DriveFile) -> Original:
    """A file as it is now, to be compared with what it will be."""
    return Original(evidence=evidence_of(file), folder=file.parents[-1:], name=file.name)


def _file(removal: Removal) -> str:
    evidence = removal.original.evidence
    assert isinstance(evidence, DriveEvidence)  # noqa: S101 - it is this drive's removal
    return evidence.file
