"""What repeats for a class: begun, looked at, changed."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from ninja import Header, Query

from hectograph.api import schemas
from hectograph.api.bearer import person_of
from hectograph.api.operations import ROOT, Json, Operations, class_id, is_drive
from hectograph.app.class_repeats import RepeatWish
from hectograph.domain.errors import HectographError, UnknownRepetition
from hectograph.domain.ids import RepetitionId
from hectograph.domain.people import Act, Person
from hectograph.domain.recurrence import Rule
from hectograph.domain.school_class import SchoolClass
from hectograph.ports.provider import Document


class RepeatRoutes(Operations):
    """Repetitions of classes."""

    async def list_repeats(
        self, request: HttpRequest, asked: Query[schemas.RepeatQuery]
    ) -> Json:
        """What repeats, the newest first."""
        number = asked.school_class
        found = await self.house.class_repeats.list_repetitions(
            by=person_of(request),
            of=class_id(number) if number is not None else None,
            limit=asked.limit,
        )
        return {"repeats": [each.as_json() for each in found]}

    async def preview_repeat(
        self, request: HttpRequest, number: str, wish: schemas.RepeatWish
    ) -> Json:
        """What would repeat, and the first share; nothing is kept."""
        by = person_of(request)
        found = await self._school_class(number, by=by)
        documents = await self.documents(
            wish, is_on_drive=is_drive(found.destination), by=by
        )
        wanted = _wanted(found, wish, documents)
        coming, first = await self.house.class_repeats.preview(wanted, _rule(wish), by=by)
        return {"repeat": coming.as_json(), "first": first.as_json()}

    async def repeat(
        self,
        request: HttpRequest,
        response: HttpResponse,
        *,
        number: str,
        wish: schemas.RepeatWish,
        idempotency_key: Header[str | None] = None,
    ) -> tuple[int, Json]:
        """Share with a class again and again, from now on."""
        by = person_of(request)
        found = await self._school_class(number, by=by)

        async def act() -> Json:
            return await self._begin(found, wish, by=by)

        body = f"repeat {found.id} {wish.json()}"
        told = await self.once(idempotency_key, body, act, by=by)
        response["Location"] = f"{ROOT}/repeats/{told['repeat']}"
        return 201, told

    async def _begin(
        self, found: SchoolClass, wish: schemas.RepeatWish, *, by: Person
    ) -> Json:
        is_on_drive = is_drive(found.destination)
        documents = await self.documents(wish, is_on_drive=is_on_drive, by=by)
        retained: Sequence[Path] = ()
        if wish.upload is not None:
            # What was sent is kept for a day alone.
            retained = await asyncio.to_thread(self.uploads.retain, wish.upload, by=by.id)
            documents = tuple[Document, ...](retained)
        wanted = _wanted(found, wish, documents)
        try:
            begun = await self.house.class_repeats.begin(wanted, _rule(wish), by=by)
        except HectographError:
            await asyncio.to_thread(self.uploads.release, retained)
            raise
        return begun.as_json()

    async def one_repeat(
        self, request: HttpRequest, repetition: str, asked: Query[schemas.DaysQuery]
    ) -> Json:
        """A repetition, and what came of the latest days."""
        by, number = person_of(request), _repetition_id(repetition)
        found = await self.house.class_repeats.find(number, by=by)
        days = await self.house.class_repeats.list_outcomes(
            number, by=by, limit=asked.limit
        )
        return {**found.as_json(), "days": [each.as_json() for each in days]}

    async def pause_repeat(self, request: HttpRequest, repetition: str) -> Json:
        """Make no more shares until it is resumed."""
        number, by = _repetition_id(repetition), person_of(request)
        return (await self.house.class_repeats.pause(number, by=by)).as_json()

    async def resume_repeat(self, request: HttpRequest, repetition: str) -> Json:
        """Go on with what is to come."""
        number, by = _repetition_id(repetition), person_of(request)
        return (await self.house.class_repeats.resume(number, by=by)).as_json()

    async def cancel_repeat(self, request: HttpRequest, repetition: str) -> Json:
        """Make no more shares. Those that it made stay."""
        number, by = _repetition_id(repetition), person_of(request)
        return (await self.house.class_repeats.cancel(number, by=by)).as_json()

    async def move_repeat(
        self, request: HttpRequest, repetition: str, said: schemas.RepeatMove
    ) -> Json:
        """Repeat it on other days, or at other times."""
        moved = await self.house.class_repeats.move(
            _repetition_id(repetition),
            every=said.every,
            until=said.until,
            when=said.when.said(),
            by=person_of(request),
        )
        return moved.as_json()

    async def _school_class(self, number: str, *, by: Person) -> SchoolClass:
        classes = self.house.classes
        return await classes.school_class(class_id(number), by=by, act=Act.SHARE)


def _wanted(
    found: SchoolClass, wish: schemas.RepeatWish, documents: tuple[Document, ...]
) -> RepeatWish:
    return RepeatWish(
        school_class=found.id,
        documents=documents,
        pattern=wish.pattern,
        mode=wish.mode,
        access=wish.access,
        subject=wish.subject,
    )


def _rule(wish: schemas.RepeatWish) -> Rule:
    return Rule.parse(wish.every, when=wish.when.said(), until=wish.until)


def _repetition_id(text: str) -> RepetitionId:
    """Raises UnknownRepetition for what none can be called."""
    if not text.isprintable():
        raise UnknownRepetition("There is no such repetition.")
    return RepetitionId(text)
