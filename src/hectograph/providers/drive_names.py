"""Google Drive: another name for a file, where it is, under the same id and link."""

from hectograph.ports.provider import Changed, Inspection
from hectograph.providers.drive_answers import Absent, Stale
from hectograph.providers.drive_api import DriveApi


async def give_name(api: DriveApi, inspection: Inspection, name: str) -> None:
    """Call an inspected file something else, unless anything about it changed.

    A folder on Drive may have two files of a name, so that none is ever taken.
    """
    file, etag = inspection.token
    try:
        await api.patch_if(file.id, body={"title": name}, etag=etag)
    except (Stale, Absent) as error:
        raise Changed from error
