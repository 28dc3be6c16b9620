"""What all operations have in common: who asks, of which share, once for a key."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from hectograph.api import schemas
from hectograph.api.bearer import person_of
from hectograph.api.errors import Refusal
from hectograph.app.house import House
from hectograph.domain.drive import is_google
from hectograph.domain.errors import DocumentRefused, UnknownClass, UnknownShare
from hectograph.domain.ids import ClassId, ShareId
from hectograph.domain.people import Act, Person
from hectograph.domain.schedule import When
from hectograph.domain.school_class import Destination
from hectograph.domain.share import Timing
from hectograph.once import Once
from hectograph.ports.provider import Document
from hectograph.uploads import Upload, Uploads

ROOT: Final = "/api/v1"
LONGEST_KEY: Final = 255

Json = dict[str, Any]


class Operations:
    """Operations of one kind, given a house. `sent` are requests that are under way."""

    def __init__(self, house: House, uploads: Uploads, sent: Once[str]) -> None:
        self.house = house
        self.uploads = uploads
        self._sent = sent

    async def once(
        self,
        key: str | None,
        body: str,
        act: Callable[[], Awaitable[Json]],
        *,
        by: Person,
    ) -> Json:
        """What the act answers, done once for a key. Who goes away does not stop it."""
        key = _checked_key(key)

        async def acted() -> str:
            return json.dumps(await act())

        async def once() -> str:
            return await self.house.answering.once(key, body, acted, by=by.id)

        answer, _ = await self._sent.run(f"{by.id}:{key}:{body}", once)
        told: Json = json.loads(answer)
        return told

    async def accepted(
        self,
        response: HttpResponse,
        key: str | None,
        body: str,
        act: Callable[[], Awaitable[Json]],
        *,
        by: Person,
    ) -> tuple[int, Json]:
        """The same for what makes a share: 202, and where that is."""
        told = await self.once(key, body, act, by=by)
        response["Location"] = f"{ROOT}/shares/{told['share']}"
        return 202, told

    async def seen(self, request: HttpRequest, share: str) -> ShareId:
        """The share, if the person may see it. Raises UnknownShare."""
        number = share_id(share)
        await self.house.teaching.find(number, by=person_of(request))
        return number

    async def steered(self, request: HttpRequest, share: str) -> ShareId:
        """The share, if the person may steer it. Raises UnknownShare and NotAllowed."""
        number = share_id(share)
        await self.house.teaching.find(number, by=person_of(request), act=Act.STEER)
        return number

    async def is_on_drive(self, share: ShareId) -> bool:
        """Whether the copies of a share are on a drive."""
        return is_google((await self.house.sharing.progress(share)).share.destination)

    async def timing(self, when: When) -> tuple[Timing, list[str]]:
        """When a share is done of which this was said, and what else is to be told."""
        return await asyncio.to_thread(self.house.sharing.timing_and_notes, when)

    async def documents(
        self, sent: schemas.Documents, *, is_on_drive: bool, by: Person
    ) -> tuple[Document, ...]:
        """Links for a drive, files for a directory. Raises DocumentRefused."""
        if is_on_drive == (sent.upload is not None) or is_on_drive != bool(sent.links):
            kind = "on a drive: `links`" if is_on_drive else "in a directory: `upload`"
            raise DocumentRefused(
                f"The copies are {kind}, and nothing else, is wanted.",
                effect="Nothing was shared.",
                remedy=f"Name them; files are sent to {ROOT}/uploads.",
            )
        if sent.upload is None:
            return tuple(sent.links)
        return (await self.uploaded(sent.upload, by=by)).paths

    async def one_document(
        self, sent: schemas.Documents, *, is_on_drive: bool, by: Person
    ) -> Document:
        """The same for what is one document. Raises DocumentRefused."""
        documents = await self.documents(sent, is_on_drive=is_on_drive, by=by)
        if len(documents) != 1:
            raise DocumentRefused("One document is wanted.", effect="Nothing was done.")
        return documents[0]

    async def uploaded(self, token: str, *, by: Person) -> Upload:
        """Files that somebody sent before. Raises DocumentRefused."""
        kept = await asyncio.to_thread(self.uploads.find, token, by=by.id)
        if kept is None:
            raise DocumentRefused(
                "These files are not kept, or not any more.",
                effect="Nothing was done.",
                remedy=f"Send them to {ROOT}/uploads again.",
            )
        return kept


def is_drive(place: Destination | None) -> bool:
    """Whether the folders of a class are on a drive."""
    return place is not None and place.drive is not None


def class_id(text: str) -> ClassId:
    """Raises UnknownClass for what none can be called."""
    if not text.isprintable():
        raise UnknownClass("There is no such class.")
    return ClassId(text)


def share_id(text: str) -> ShareId:
    """Raises UnknownShare for what none can be called."""
    if not text.isprintable():
        raise UnknownShare("There is no such share.")
    return ShareId(text)


def _checked_key(key: str | None) -> str:
    if not key or len(key) > LONGEST_KEY:
        raise Refusal(
            400,
            f"The header Idempotency-Key, of 1 to {LONGEST_KEY} characters, is missing.",
        )
    return key
