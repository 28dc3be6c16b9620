"""Second copies, which only the direct mode can make, and taking one away.

After a lost answer a copy is looked for with growing delays; should a list lag for longer
than that, a student sees two for a while. The one that the ledger does not know goes, if
nobody touched it: by a conditional write, into the trash.
"""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from hectograph.ports.provider import Stray
from hectograph.providers.drive_answers import Absent, Stale
from hectograph.providers.drive_api import DriveApi
from hectograph.providers.drive_receipts import stamp_of
from hectograph.providers.drive_values import DriveFile

SELF_WRITTEN: Final = timedelta(seconds=5)
"""After its making Drive itself writes to a copy for two seconds; some are for clocks."""


async def list_twins(api: DriveApi, *, since: datetime) -> Sequence[Stray]:
    """Copies made since then of which an account has several with one stamp."""
    query = (
        f"'me' in owners and trashed = false and createdTime > '{since:%Y-%m-%dT%H:%M:%S}'"
    )
    by_key = defaultdict(list)
    async for page in api.list_pages(query):
        for file in page.files:
            if (stamp := stamp_of(file)) is not None:
                by_key[stamp.key].append(file)
    return [
        Stray(id=file.id, key=key, born_at=file.created_at, hidden=False)
        for key, files in by_key.items()
        if len(files) > 1
        for file in files
    ]


async def remove(api: DriveApi, stray: Stray) -> None:
    """Put a stray into the trash, unless it changes meanwhile or somebody touched it."""
    with suppress(Absent, Stale):
        etag = await api.get_etag(stray.id)
        file = await api.get(stray.id)
        if file.trashed or not (stray.hidden or await _is_untouched(api, file)):
            return
        await api.patch_if(stray.id, body={"labels": {"trashed": True}}, etag=etag)


async def _is_untouched(api: DriveApi, file: DriveFile) -> bool:
    """Whether nobody can have worked on a copy. Cannot tell counts as touched."""
    if not file.modified_by_me or file.modified_at - file.created_at > SELF_WRITTEN:
        return False
    return not await api.has_comments(file.id)
