"""What programs can ask for: each reads JSON, calls a use case, answers with JSON."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from ninja import File, Header, Query
from ninja.files import UploadedFile

from hectograph.api import schemas
from hectograph.api.bearer import person_of
from hectograph.api.errors import Refusal
from hectograph.app.house import House
from hectograph.app.sharing import Requested
from hectograph.app.teaching import ClassWish
from hectograph.domain.drive import is_google
from hectograph.domain.errors import (
    DocumentRefused,
    RequestRefused,
    UnknownClass,
    UnknownShare,
)
from hectograph.domain.ids import ClassId, ShareId
from hectograph.domain.people import Act, Person
from hectograph.domain.report import progress_json
from hectograph.domain.roster import Roster
from hectograph.domain.school_class import SchoolClass
from hectograph.domain.share import Share
from hectograph.once import Once
from hectograph.ports.classes import Place
from hectograph.ports.provider import Document
from hectograph.uploads import Uploads

ROOT: Final = "/api/v1"
LONGEST_KEY: Final = 255

Json = dict[str, Any]


class Routes:
    """The operations, given a house."""

    def __init__(self, house: House, uploads: Uploads) -> None:
        self.house = house
        self._uploads = uploads
        self._sent: Once[str] = Once()

    async def me(self, request: HttpRequest) -> Json:
        """Whom the token acts for."""
        person = person_of(request)
        scopes = request.auth.token.scopes  # type: ignore[attr-defined]
        return {
            "id": person.id,
            "email": person.email,
            "name": person.name,
            "role": str(person.role),
            "school": person.school,
            "scopes": sorted(map(str, scopes)),
        }

    async def list_classes(self, request: HttpRequest) -> Json:
        """Every class that the person may see."""
        found = await self.house.classes.list_seen(person_of(request))
        return {"classes": [_class_json(each) for each in found]}

    async def school_class(self, request: HttpRequest, number: str) -> Json:
        """A class with its roster."""
        by = person_of(request)
        found = await self.house.classes.school_class(_class_id(number), by=by)
        roster = await self.house.classes.roster(found)
        return {**_class_json(found), "roster": _roster_json(roster)}

    async def list_shares(
        self,
        request: HttpRequest,
        response: HttpResponse,
        asked: Query[schemas.ShareQuery],
    ) -> Json:
        """The newest shares; the header Link, and `next`, say where the list goes on."""
        found = await self.house.teaching.list_shares(
            by=person_of(request),
            of=_class_id(asked.school_class) if asked.school_class is not None else None,
            search=asked.search,
            limit=asked.limit + 1,
            after=_place_of(asked.cursor) if asked.cursor else None,
        )
        page = found[: asked.limit]
        told = await self.house.sharing.with_outlook([each for _, each in page])
        following = None
        if len(found) > asked.limit:
            following = _following(asked, told[-1].share)
            response["Link"] = f'<{following}>; rel="next"'
        classes = [by.school_class if by else None for by, _ in page]
        rows = [
            {**progress_json(each), "class_id": number}
            for each, number in zip(told, classes, strict=True)
        ]
        return {"shares": rows, "next": following}

    async def upload(
        self,
        request: HttpRequest,
        files: File[list[UploadedFile]],
    ) -> tuple[int, Json]:
        """Send files that a later request shares, within a day."""
        now = self.house.sharing.clock.now()
        by = person_of(request).id
        kept = await asyncio.to_thread(self._uploads.keep, files, by=by, now=now)  # type: ignore[arg-type]
        return 201, {"upload": kept.token, "names": list(kept.names)}

    async def preview(
        self, request: HttpRequest, number: str, wish: schemas.ShareWish
    ) -> Json:
        """What a wish would do, without doing any of it."""
        by = person_of(request)
        found = await self.house.classes.school_class(
            _class_id(number), by=by, act=Act.SHARE
        )
        wanted = await self._wish(found, wish, students=wish.students, by=by)
        report = await self.house.teaching.preview(wanted, by=by)
        return report.as_json()

    async def share(
        self,
        request: HttpRequest,
        response: HttpResponse,
        *,
        number: str,
        wish: schemas.ShareWish,
        idempotency_key: Header[str | None] = None,
    ) -> tuple[int, Json]:
        """Share with a class. The same key and body are answered in the same way."""
        by = person_of(request)
        found = await self.house.classes.school_class(
            _class_id(number), by=by, act=Act.SHARE
        )
        body = f"{found.id} {wish.json()}"

        async def act() -> str:
            return await self._share(found, wish, by=by)

        return await self._accepted(response, idempotency_key, body, act, by=by)

    async def preview_several(
        self, request: HttpRequest, wish: schemas.ClassesWish
    ) -> Json:
        """What a wish about several classes would do, without doing any of it."""
        by = person_of(request)
        plans = await self.house.teaching.preview_all(
            await self._wishes(wish, by=by), by=by, twice=wish.twice
        )
        return {
            "classes": [
                {
                    "class": each.school_class.id,
                    "preview": each.report.as_json() if each.report else None,
                    "elsewhere": list(each.elsewhere),
                }
                for each in plans
            ]
        }

    async def share_several(
        self,
        request: HttpRequest,
        *,
        wish: schemas.ClassesWish,
        idempotency_key: Header[str | None] = None,
    ) -> tuple[int, Json]:
        """Share with several classes: a share for each, all of them or none."""
        by = person_of(request)

        async def act() -> str:
            made = await self.house.teaching.request_all(
                await self._wishes(wish, by=by), by=by, twice=wish.twice
            )
            return json.dumps({"shares": [_accepted_json(each) for each in made]})

        # Whoever may not share with a class is told so whatever the key.
        await self._wished_classes(wish, by=by)
        return 202, await self._once(idempotency_key, f"several {wish.json()}", act, by=by)

    async def _wishes(
        self, wish: schemas.ClassesWish, *, by: Person
    ) -> Sequence[ClassWish]:
        found = await self._wished_classes(wish, by=by)
        return [
            await self._wish(school_class, wish, students=each.students, by=by)
            for school_class, each in zip(found, wish.classes, strict=True)
        ]

    async def _wished_classes(
        self, wish: schemas.ClassesWish, *, by: Person
    ) -> Sequence[SchoolClass]:
        return [
            await self.house.classes.school_class(
                _class_id(each.school_class), by=by, act=Act.SHARE
            )
            for each in wish.classes
        ]

    async def _accepted(
        self,
        response: HttpResponse,
        key: str | None,
        body: str,
        act: Callable[[], Awaitable[str]],
        *,
        by: Person,
    ) -> tuple[int, Json]:
        told = await self._once(key, body, act, by=by)
        response["Location"] = f"{ROOT}/shares/{told['share']}"
        return 202, told

    async def _once(
        self, key: str | None, body: str, act: Callable[[], Awaitable[str]], *, by: Person
    ) -> Json:
        """What the act answers, done once for a key. Who goes away does not stop it."""
        key = _checked_key(key)

        async def once() -> str:
            return await self.house.answering.once(key, body, act, by=by.id)

        answer, _ = await self._sent.run(f"{by.id}:{key}:{body}", once)
        told: Json = json.loads(answer)
        return told

    async def _share(
        self, found: SchoolClass, wish: schemas.ShareWish, *, by: Person
    ) -> str:
        wanted = await self._wish(found, wish, students=wish.students, by=by)
        return json.dumps(_accepted_json(await self.house.teaching.request(wanted, by=by)))

    async def _wish(
        self,
        found: SchoolClass,
        wish: schemas.WishBase,
        *,
        students: Sequence[int] | None,
        by: Person,
    ) -> ClassWish:
        roster = await self.house.classes.roster(found)
        place = found.destination
        is_on_drive = place is not None and place.drive is not None
        return ClassWish(
            school_class=found.id,
            documents=await self._documents(wish, is_on_drive=is_on_drive, by=by),
            students=_checked_students(students, roster),
            manner=wish.manner,
            again=wish.again,
            timing=self.house.sharing.timing(wish.when.said()),
        )

    async def _documents(
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
        kept = await asyncio.to_thread(self._uploads.find, sent.upload, by=by.id)
        if kept is None:
            raise DocumentRefused(
                "These files are not kept, or not any more.",
                effect="Nothing was shared.",
                remedy=f"Send them to {ROOT}/uploads again.",
            )
        return kept.paths

    async def correct(
        self,
        request: HttpRequest,
        response: HttpResponse,
        *,
        share: str,
        better: schemas.Documents,
        idempotency_key: Header[str | None] = None,
    ) -> tuple[int, Json]:
        """Send a better version of its document; the answer is the share of that."""
        number = await self._steered(request, share)
        by = person_of(request)

        async def act() -> str:
            return await self._correct(number, better, by=by)

        body = f"correct {number} {better.json()}"
        return await self._accepted(response, idempotency_key, body, act, by=by)

    async def _correct(
        self, number: ShareId, better: schemas.Documents, *, by: Person
    ) -> str:
        found = (await self.house.sharing.progress(number)).share
        is_on_drive = is_google(found.destination)
        documents = await self._documents(better, is_on_drive=is_on_drive, by=by)
        if len(documents) != 1:
            raise DocumentRefused(
                "A correction is one document.", effect="Nothing was done."
            )
        made = await self.house.correcting.correct(number, documents[0], by=by.email)
        await self.house.teaching.note_offspring(made.share, of=number, by=by)
        return json.dumps({"share": made.share, "joined": False})

    async def one_share(self, request: HttpRequest, share: str) -> Json:
        """A share with every copy."""
        number = _share_id(share)
        await self.house.teaching.find(number, by=person_of(request))
        report = await self.house.sharing.report(number)
        return report.as_json()

    async def retry(
        self, request: HttpRequest, response: HttpResponse, share: str
    ) -> tuple[int, Json]:
        """Give the copies that failed another go."""
        number = await self._steered(request, share)
        copies = await self.house.sharing.retry_failed(number)
        return await self._turned(response, number, copies=copies)

    async def pause(
        self, request: HttpRequest, response: HttpResponse, share: str
    ) -> tuple[int, Json]:
        """Begin nothing more of it."""
        number = await self._steered(request, share)
        await self.house.sharing.pause(number)
        return await self._turned(response, number)

    async def resume(
        self, request: HttpRequest, response: HttpResponse, share: str
    ) -> tuple[int, Json]:
        """Let it go on."""
        number = await self._steered(request, share)
        await self.house.sharing.resume(number)
        return await self._turned(response, number)

    async def cancel(
        self, request: HttpRequest, response: HttpResponse, share: str
    ) -> tuple[int, Json]:
        """Withdraw what was not begun."""
        number = await self._steered(request, share)
        copies = await self.house.sharing.cancel(number)
        return await self._turned(response, number, copies=copies)

    async def move(
        self,
        request: HttpRequest,
        response: HttpResponse,
        share: str,
        when: schemas.WhenSaid,
    ) -> tuple[int, Json]:
        """Have it done at another time."""
        number = await self._steered(request, share)
        timing = self.house.sharing.timing(when.said())
        await self.house.sharing.move(number, timing)
        return await self._turned(response, number)

    async def find_recall(self, request: HttpRequest, share: str) -> Json:
        """What became of the copies that a recall, or a correction, took up."""
        number = _share_id(share)
        await self.house.teaching.find(number, by=person_of(request))
        report = await self.house.cleaning.find_recall(number)
        return {"recall": report.as_json() if report else None}

    async def recall(
        self, request: HttpRequest, response: HttpResponse, share: str
    ) -> tuple[int, Json]:
        """Take it back: copies that nobody touched go. Safe to repeat."""
        number = await self._steered(request, share)
        await self.house.cleaning.recall(number, by=person_of(request).email)
        return await self._turned(response, number)

    async def undo_recall(
        self, request: HttpRequest, response: HttpResponse, share: str
    ) -> tuple[int, Json]:
        """Bring back what a recall has taken away."""
        number = await self._steered(request, share)
        await self.house.cleaning.undo_recall(number, by=person_of(request).email)
        return await self._turned(response, number)

    async def _steered(self, request: HttpRequest, share: str) -> ShareId:
        """The share, if the person may steer it. Raises UnknownShare and NotAllowed."""
        number = _share_id(share)
        await self.house.teaching.find(number, by=person_of(request), act=Act.STEER)
        return number

    async def _turned(
        self, response: HttpResponse, number: ShareId, *, copies: int | None = None
    ) -> tuple[int, Json]:
        progress = await self.house.sharing.progress(number)
        response["Location"] = f"{ROOT}/shares/{number}"
        told = {"share": number, "state": str(progress.share.state), "copies": copies}
        return 202, told


def _accepted_json(made: Requested) -> Json:
    return {"share": made.share.id, "joined": made.joined}


def _class_id(text: str) -> ClassId:
    """Raises UnknownClass for what none can be called."""
    if not text.isprintable():
        raise UnknownClass("There is no such class.")
    return ClassId(text)


def _share_id(text: str) -> ShareId:
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


def _checked_students(
    students: Sequence[int] | None, roster: Roster
) -> tuple[int, ...] | None:
    if students is None:
        return None
    known = len(roster.recipients)
    if unknown := sorted(each for each in students if each >= known):
        raise RequestRefused(
            f"The roster has {known} places, counted from 0, and none of {unknown}.",
            effect="Nothing was shared.",
        )
    return tuple(students)


def _class_json(found: SchoolClass) -> Json:
    place = found.destination
    return {
        "id": found.id,
        "name": found.name,
        "school": found.school,
        "students": found.students,
        "taken_at": found.taken_at.isoformat(),
        "teachers": [each.name for each in found.teachers],
        "destination": None
        if place is None
        else {
            "kind": "drive" if place.drive is not None else "directory",
            "name": place.drive or place.directory or "",
            "subject": place.subject,
        },
    }


def _roster_json(roster: Roster) -> list[Json]:
    return [
        {
            "place": place,
            "student": each.student,
            "email": each.email,
            "folder": "/".join(each.folder),
            "group": each.group,
        }
        for place, each in enumerate(roster.recipients)
    ]


def _following(asked: schemas.ShareQuery, last: Share) -> str:
    """Where the list goes on behind a share."""
    said = {
        "class": asked.school_class,
        "search": asked.search or None,
        "limit": asked.limit,
        "cursor": _cursor_of(Place(asked_at=last.asked_at, share=last.id)),
    }
    kept = {name: each for name, each in said.items() if each is not None}
    return f"{ROOT}/shares?{urlencode(kept)}"


def _cursor_of(place: Place) -> str:
    text = f"{place.asked_at.isoformat()} {place.share}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def _place_of(cursor: str) -> Place:
    """The place that a cursor stands for. Raises RequestRefused."""
    try:
        text = base64.urlsafe_b64decode(cursor.encode()).decode()
        at, _, share = text.partition(" ")
        asked_at = datetime.fromisoformat(at).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RequestRefused(
            "This cursor is none of ours.",
            remedy="Begin without one, and go on with those that you are given.",
        ) from error
    return Place(asked_at=asked_at, share=_share_id(share))
