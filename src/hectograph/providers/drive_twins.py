"""Second copies, which only the direct mode can make.

After a lost answer a copy is looked for with growing delays; should a list lag for longer
than that, a student sees two for a while. The one that the ledger does not know goes, if
nobody touched it.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from hectograph.ports.provider import Stray
from hectograph.providers.drive_api import DriveApi
from hectograph.providers.drive_receipts import is_as_made, stamp_of
from hectograph.providers.drive_removal import stray_of


async def list_twins(api: DriveApi, *, since: datetime) -> Sequence[Stray]:
    """Untouched copies made since then of which an account has several with one stamp."""
    query = (
        f"'me' in owners and trashed = false and createdTime > '{since:%Y-%m-%dT%H:%M:%S}'"
    )
    by_key = defaultdict(list)
    async for page in api.list_pages(query):
        for file in page.files:
            if (stamp := stamp_of(file)) is not None:
                by_key[stamp.key].append(file)
    return [
        stray_of(file)
        for files in by_key.values()
        if len(files) > 1
        for file in files
        if is_as_made(file)
    ]
