"""Files on Google Drive that an older tool may have left.

They are listed, and lists lag: what is removed is looked at anew, by its id, right before.
A list that shows a file as it was makes it differ then, and so it stays.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from hectograph.domain.errors import Reason
from hectograph.domain.litter import FoundFile, LitterWanted
from hectograph.providers.drive_api import DriveApi
from hectograph.providers.drive_receipts import STAMP_KEY, path_of, present_of
from hectograph.providers.drive_removal import original_of
from hectograph.providers.drive_values import FOLDER, DriveFile

NOT_OURS: Final = Reason(
    code="access_denied",
    message="Only its owner may put it into the trash.",
    remedy="Use a drive whose service account may act for the owner.",
)


async def find_litter(
    api: DriveApi, wanted: LitterWanted, *, actor_for: Callable[[DriveFile], str | None]
) -> list[FoundFile]:
    """The files that fit among those that the account sees, but for copies of our own."""
    return [
        _found(file, actor=actor_for(file))
        async for page in api.list_pages(query_for(wanted))
        for file in page.files
        if _fits(file, wanted)
    ]


def query_for(wanted: LitterWanted) -> str:
    """What Drive is asked: never for less than is wanted."""
    clauses = ["trashed = false", f"mimeType != '{FOLDER}'"]
    if wanted.prefix:
        # Of a name Drive compares the beginnings of words, whatever divides them.
        clauses.append(f"name contains '{wanted.prefix}'")
    if wanted.since is not None:
        clauses.append(f"createdTime >= '{_second(wanted.since)}'")
    if wanted.until is not None:
        clauses.append(f"createdTime < '{_second(wanted.until + timedelta(seconds=1))}'")
    return " and ".join(clauses)


def _fits(file: DriveFile, wanted: LitterWanted) -> bool:
    return (
        not (file.trashed or file.is_folder or file.is_shortcut)
        and STAMP_KEY not in file.app_properties
        and wanted.takes_name(file.name)
        and wanted.takes(born_at=file.created_at, creator=_owner(file))
    )


def _found(file: DriveFile, *, actor: str | None) -> FoundFile:
    return FoundFile(
        original=original_of(file),
        present=present_of(file, has_comments=False, actor=None),
        path=path_of(file),
        born_at=file.created_at,
        creator=_owner(file),
        actor=actor,
        obstacle=None if actor or file.can_trash else NOT_OURS,
    )


def found_file(file: DriveFile, *, has_comments: bool) -> FoundFile:
    """A copy of our own as a found file, comments included."""
    present = present_of(file, has_comments=has_comments, actor=None)
    return replace(_found(file, actor=None), present=present)


def _owner(file: DriveFile) -> str | None:
    """Who made it, as far as Drive tells; in a shared drive it does not."""
    return file.owners[0] if file.owners else None


def _second(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
