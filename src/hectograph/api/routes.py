"""What programs can ask for: each reads JSON, calls a use case, answers with JSON."""

import asyncio
import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from ninja import File, Header, Query
from ninja.files import UploadedFile

from hectograph.api import schemas
from hectograph.api.bearer import person_of
from hectograph.api.operations import ROOT, Json, Operations, class_id, is_drive, share_id
from hectograph.app.sharing import Requested
from hectograph.app.teaching import ClassWish
from hectograph.domain.errors import RequestRefused
from hectograph.domain.ids import ShareId
from hectograph.domain.people import Act, Person
from hectograph.domain.report import delivery_json, progress_json
from hectograph.domain.roster import Roster
from hectograph.domain.school_class import SchoolClass, class_json
from hectograph.domain.share import Share
from hectograph.domain.standing import standing_json
from hectograph.ports.classes import Place
from hectograph.table import write_table

TABLE_HEAD = ("Student", "State", "Where", "Code", "Why", "What to do")


class Routes(Operations):
    """Classes, and what is shared with them."""

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
            "timezone": getattr(self.house.sharing.zone, "key", None),
        }

    async def list_classes(self, request: HttpRequest) -> Json:
        """Every class that the person may see."""
        found = await self.house.classes.list_seen(person_of(request))
        return {"classes": [class_json(each) for each in found]}

    async def school_class(self, request: HttpRequest, number: str) -> Json:
        """A class with its roster."""
        by = person_of(request)
        found = await self.house.classes.school_class(class_id(number), by=by)
        roster = await self.house.classes.roster(found)
        return {**class_json(found), "roster": _roster_json(roster)}

    async def list_shares(
        self,
        request: HttpRequest,
        response: HttpResponse,
        asked: Query[schemas.ShareQuery],
    ) -> Json:
        """The newest shares; the header Link, and `next`, say where the list goes on."""
        found = await self.house.teaching.list_shares(
            by=person_of(request),
            of=class_id(asked.school_class) if asked.school_class is not None else None,
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
        kept = await asyncio.to_thread(self.uploads.keep, files, by=by, now=now)  # type: ignore[arg-type]
        return 201, {"upload": kept.token, "names": list(kept.names)}

    async def preview(
        self, request: HttpRequest, number: str, wish: schemas.ShareWish
    ) -> Json:
        """What a wish would do, without doing any of it."""
        by = person_of(request)
        found = await self.house.classes.school_class(
            class_id(number), by=by, act=Act.SHARE
        )
        wanted, notes = await self._wish(found, wish, students=wish.students, by=by)
        report = await self.house.teaching.preview(wanted, by=by)
        return {**report.as_json(), "notes": notes}

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
            class_id(number), by=by, act=Act.SHARE
        )
        body = f"{found.id} {wish.json()}"

        async def act() -> Json:
            return await self._share(found, wish, by=by)

        return await self.accepted(response, idempotency_key, body, act, by=by)

    async def preview_several(
        self, request: HttpRequest, wish: schemas.ClassesWish
    ) -> Json:
        """What a wish about several classes would do, without doing any of it."""
        by = person_of(request)
        wishes, notes = await self._wishes(wish, by=by)
        plans = await self.house.teaching.preview_all(wishes, by=by, twice=wish.twice)
        told = [
            {
                "class": each.school_class.id,
                "preview": {**each.report.as_json(), "notes": notes}
                if each.report
                else None,
                "elsewhere": list(each.elsewhere),
            }
            for each in plans
        ]
        return {"classes": told}

    async def share_several(
        self,
        request: HttpRequest,
        *,
        wish: schemas.ClassesWish,
        idempotency_key: Header[str | None] = None,
    ) -> tuple[int, Json]:
        """Share with several classes: a share for each, all of them or none."""
        by = person_of(request)

        async def act() -> Json:
            wishes, notes = await self._wishes(wish, by=by)
            made = await self.house.teaching.request_all(wishes, by=by, twice=wish.twice)
            return {"shares": [_accepted_json(each, notes) for each in made]}

        # Whoever may not share with a class is told so whatever the key.
        await self._wished_classes(wish, by=by)
        return 202, await self.once(idempotency_key, f"several {wish.json()}", act, by=by)

    async def _wishes(
        self, wish: schemas.ClassesWish, *, by: Person
    ) -> tuple[Sequence[ClassWish], list[str]]:
        found = await self._wished_classes(wish, by=by)
        wishes: list[ClassWish] = []
        notes: list[str] = []
        for school_class, each in zip(found, wish.classes, strict=True):
            wanted, notes = await self._wish(
                school_class, wish, students=each.students, by=by
            )
            wishes.append(wanted)
        return wishes, notes

    async def _wished_classes(
        self, wish: schemas.ClassesWish, *, by: Person
    ) -> Sequence[SchoolClass]:
        return [
            await self.house.classes.school_class(
                class_id(each.school_class), by=by, act=Act.SHARE
            )
            for each in wish.classes
        ]

    async def _share(
        self, found: SchoolClass, wish: schemas.ShareWish, *, by: Person
    ) -> Json:
        wanted, notes = await self._wish(found, wish, students=wish.students, by=by)
        requested = await self.house.teaching.request(wanted, by=by)
        return _accepted_json(requested, notes)

    async def _wish(
        self,
        found: SchoolClass,
        wish: schemas.WishBase,
        *,
        students: Sequence[int] | None,
        by: Person,
    ) -> tuple[ClassWish, list[str]]:
        roster = await self.house.classes.roster(found)
        is_on_drive = is_drive(found.destination)
        timing, notes = await self.timing(wish.when.said())
        wanted = ClassWish(
            school_class=found.id,
            documents=await self.documents(wish, is_on_drive=is_on_drive, by=by),
            students=_checked_students(students, roster),
            manner=wish.manner,
            again=wish.again,
            timing=timing,
        )
        return wanted, notes

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
        number = await self.steered(request, share)
        by = person_of(request)

        async def act() -> Json:
            is_on_drive = await self.is_on_drive(number)
            document = await self.one_document(better, is_on_drive=is_on_drive, by=by)
            made = await self.house.correcting.correct(number, document, by=by.email)
            await self.house.teaching.note_offspring(made.share, of=number, by=by)
            return {"share": made.share, "joined": False, "notes": []}

        body = f"correct {number} {better.json()}"
        return await self.accepted(response, idempotency_key, body, act, by=by)

    async def one_share(self, request: HttpRequest, share: str) -> Json:
        """A share with every copy."""
        report = await self.house.sharing.report(await self.seen(request, share))
        return report.as_json()

    async def progress(self, request: HttpRequest, share: str) -> Json:
        """How far a share is, counted: for whoever asks often."""
        found = await self.house.sharing.progress(await self.seen(request, share))
        return progress_json(found)

    async def table(self, request: HttpRequest, share: str) -> HttpResponse:
        """All copies, for a spreadsheet."""
        report = await self.house.sharing.report(await self.seen(request, share))
        rows = [_cells(delivery_json(each)) for each in report.deliveries]
        name = f"share-{report.share.id}.csv"
        return HttpResponse(
            write_table(TABLE_HEAD, rows),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    async def queue(self, request: HttpRequest, asked: Query[schemas.QueueQuery]) -> Json:
        """What runs and what waits of what the person may see, and why."""
        found = await self.house.teaching.queue(
            by=person_of(request), account=asked.account
        )
        zone = self.house.sharing.zone
        return {
            "lines": [
                {
                    "account": each.line.account,
                    "accounts": len(each.line.carriers),
                    "now": each.line.now.isoformat(),
                    "shares": [
                        standing_json(each.line, standing, zone=zone)
                        for standing in each.standings
                    ],
                }
                for each in found
            ]
        }

    async def retry(
        self, request: HttpRequest, response: HttpResponse, share: str
    ) -> tuple[int, Json]:
        """Give the copies that failed another go."""
        number = await self.steered(request, share)
        copies = await self.house.sharing.retry_failed(number)
        return await self._turned(response, number, copies=copies)

    async def pause(
        self, request: HttpRequest, response: HttpResponse, share: str
    ) -> tuple[int, Json]:
        """Begin nothing more of it."""
        number = await self.steered(request, share)
        await self.house.sharing.pause(number)
        return await self._turned(response, number)

    async def resume(
        self, request: HttpRequest, response: HttpResponse, share: str
    ) -> tuple[int, Json]:
        """Let it go on."""
        number = await self.steered(request, share)
        await self.house.sharing.resume(number)
        return await self._turned(response, number)

    async def cancel(
        self, request: HttpRequest, response: HttpResponse, share: str
    ) -> tuple[int, Json]:
        """Withdraw what was not begun."""
        number = await self.steered(request, share)
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
        number = await self.steered(request, share)
        timing, notes = await self.timing(when.said())
        await self.house.sharing.move(number, timing)
        return await self._turned(response, number, notes=notes)

    async def find_recall(self, request: HttpRequest, share: str) -> Json:
        """What became of the copies that a recall, or a correction, took up."""
        report = await self.house.cleaning.find_recall(await self.seen(request, share))
        return {"recall": report.as_json() if report else None}

    async def recall(
        self, request: HttpRequest, response: HttpResponse, share: str
    ) -> tuple[int, Json]:
        """Take it back: copies that nobody touched go. Safe to repeat."""
        number = await self.steered(request, share)
        await self.house.cleaning.recall(number, by=person_of(request).email)
        return await self._turned(response, number)

    async def undo_recall(
        self, request: HttpRequest, response: HttpResponse, share: str
    ) -> tuple[int, Json]:
        """Bring back what a recall has taken away."""
        number = await self.steered(request, share)
        await self.house.cleaning.undo_recall(number, by=person_of(request).email)
        return await self._turned(response, number)

    async def _turned(
        self,
        response: HttpResponse,
        number: ShareId,
        *,
        copies: int | None = None,
        notes: Sequence[str] = (),
    ) -> tuple[int, Json]:
        progress = await self.house.sharing.progress(number)
        response["Location"] = f"{ROOT}/shares/{number}"
        told = {"share": number, "state": str(progress.share.state), "copies": copies}
        return 202, {**told, "notes": list(notes)}


def _accepted_json(made: Requested, notes: Sequence[str]) -> Json:
    return {"share": made.share.id, "joined": made.joined, "notes": list(notes)}


def _cells(copy: Json) -> tuple[str, ...]:
    why = copy["error"] or {"code": "", "message": "", "remedy": ""}
    return (
        *(copy["student"], copy["state"], copy["path"] or ""),
        *(why["code"], why["message"], why["remedy"]),
    )


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
    return Place(asked_at=asked_at, share=share_id(share))
