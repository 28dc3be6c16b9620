"""The documents that somebody chose on a page: files that were sent, or links."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from hectograph.domain.errors import DocumentRefused
from hectograph.domain.ids import PersonId
from hectograph.ports.clock import Clock
from hectograph.ports.provider import Document
from hectograph.uploads import Uploads


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Documents. Files are kept under a token, by which a later page finds them."""

    documents: tuple[Document, ...] = ()
    kept: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choosing:
    """Where files are kept meanwhile."""

    uploads: Uploads
    clock: Clock

    async def files(self, request: HttpRequest, *, by: PersonId) -> Chosen:
        """The files of a form, or those of an earlier page.

        Raises DocumentRefused when there are none, or too many.
        """
        sent: Sequence[Any] = request.FILES.getlist("files")
        if sent:
            now = self.clock.now()
            upload = await asyncio.to_thread(self.uploads.keep, sent, by=by, now=now)
        else:
            token = request.POST.get("kept", "")
            found = await asyncio.to_thread(self.uploads.find, token, by=by)
            if found is None:
                raise _nothing_chosen(was_kept=bool(token))
            upload = found
        return Chosen(documents=upload.paths, kept=upload.token, names=upload.names)


def linked(links: tuple[Document, ...]) -> Chosen:
    """The documents of links, or DocumentRefused when there are none."""
    if not links:
        raise DocumentRefused(
            "No document was named.",
            effect="Nothing was shared.",
            remedy="Paste the link to a document.",
        )
    return Chosen(documents=links)


def _nothing_chosen(*, was_kept: bool) -> DocumentRefused:
    if was_kept:
        return DocumentRefused(
            "The files that you chose are not kept any more.",
            effect="Nothing was shared.",
            remedy="Choose them again.",
        )
    return DocumentRefused(
        "No file was chosen.", effect="Nothing was shared.", remedy="Choose a file."
    )
