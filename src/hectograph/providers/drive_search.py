"""Google Drive: documents, searched for by words in their titles.

Source: guides/search-files and guides/ref-search-terms. There `contains` finds words of a
name by how they begin.
"""

from collections.abc import Sequence
from typing import Final

from hectograph.ports.drive_office import FoundDocument
from hectograph.providers.drive_api import DriveApi
from hectograph.providers.drive_values import FOLDER, SHORTCUT

PAGES: Final = 5
"""After so many a search ends: pages may be empty, and yet not the last."""


async def find_documents(
    api: DriveApi, words: Sequence[str], *, known_to: str | None, limit: int
) -> Sequence[FoundDocument]:
    """As the port says."""
    query = search_query(words, known_to=known_to)
    found: list[FoundDocument] = []
    token: str | None = None
    for _ in range(PAGES):
        page = await api.search(query, limit=limit, page_token=token)
        found += page.documents
        token = page.next_token
        if token is None or len(found) >= limit:
            break
    return found[:limit]


def search_query(words: Sequence[str], *, known_to: str | None) -> str:
    """The `q` that finds documents by words, for somebody alone or for whoever asks."""
    terms = [f"name contains {quoted(each)}" for each in words]
    terms += ["trashed = false"]
    terms += [f"mimeType != {quoted(each)}" for each in (FOLDER, SHORTCUT)]
    if known_to is not None:
        ties = " or ".join(
            f"{quoted(known_to)} in {each}" for each in ("owners", "writers", "readers")
        )
        terms.append(f"({ties})")
    return " and ".join(terms)


def quoted(text: str) -> str:
    """A text as it stands in a query."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
