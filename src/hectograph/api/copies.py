"""One copy of a share: another one for its student, and what a recall left decided."""

from django.http import HttpRequest, HttpResponse
from ninja import Header

from hectograph.api import schemas
from hectograph.api.bearer import person_of
from hectograph.api.operations import ROOT, Json, Operations
from hectograph.domain.decision import Choice, Decision
from hectograph.domain.errors import RequestRefused
from hectograph.domain.ids import ShareId
from hectograph.domain.people import Person
from hectograph.ports.provider import Document


class CopyRoutes(Operations):
    """A copy is known by its number in the share, from 0. All of it may be repeated."""

    async def fresh(
        self,
        request: HttpRequest,
        response: HttpResponse,
        *,
        share: str,
        place: int,
        wish: schemas.FreshWish,
        idempotency_key: Header[str | None] = None,
    ) -> tuple[int, Json]:
        """Give its student a fresh copy; the one there is stays as it is."""
        number = await self.steered(request, share)
        by = person_of(request)

        async def act() -> Json:
            return await self._refresh(number, place, wish, by=by)

        body = f"fresh {number} {place} {wish.json()}"
        return await self.accepted(response, idempotency_key, body, act, by=by)

    async def _refresh(
        self, number: ShareId, place: int, wish: schemas.FreshWish, *, by: Person
    ) -> Json:
        document: Document | None = None
        if wish.links or wish.upload is not None:
            is_on_drive = await self.is_on_drive(number)
            document = await self.one_document(wish, is_on_drive=is_on_drive, by=by)
        made = await self.house.correcting.refresh(
            number,
            None,
            copy=place,
            document=document,
            renames_old=wish.rename_old,
            by=by.email,
        )
        await self.house.teaching.note_offspring(made.share, of=number, by=by)
        told = {"share": made.share, "joined": False, "notes": []}
        return {**told, "old_copy": made.old}

    async def undo_fresh(self, request: HttpRequest, share: str, place: int) -> Json:
        """Give the old copy the name back that a fresh one took."""
        number = await self.steered(request, share)
        name = await self.house.correcting.bring_name_back(
            number, None, copy=place, by=person_of(request).email
        )
        return {"name": name}

    async def leave(self, request: HttpRequest, share: str, place: int) -> Json:
        """Let a copy that a recall left stay with the student."""
        return await self._decide(request, share, place, Choice.LEAVE)

    async def lock(self, request: HttpRequest, share: str, place: int) -> Json:
        """Make a copy that a recall left read-only."""
        return await self._decide(request, share, place, Choice.LOCK)

    async def unlock(self, request: HttpRequest, share: str, place: int) -> Json:
        """Take that lock off again."""
        return await self._decide(request, share, place, Choice.UNLOCK)

    async def hand_over(
        self,
        request: HttpRequest,
        response: HttpResponse,
        *,
        share: str,
        place: int,
        to: schemas.HandOver,
        idempotency_key: Header[str | None] = None,
    ) -> tuple[int, Json]:
        """Put a copy of the work that a recall left into a folder on the drive."""
        number = await self.steered(request, share)
        by = person_of(request)

        async def act() -> Json:
            return await self._hand_over(number, place, to.to, by=by)

        body = f"hand over {number} {place} {to.json()}"
        told = await self.once(idempotency_key, body, act, by=by)
        response["Location"] = f"{ROOT}/shares/{told['decision']['by_share']}"
        return 202, told

    async def _hand_over(self, number: ShareId, place: int, to: str, *, by: Person) -> Json:
        if not await self.is_on_drive(number):
            # Any directory of the machine could be named.
            raise RequestRefused(
                "Of copies in a directory none is handed over from here.",
                effect="Nothing was done.",
                remedy="Whoever runs hectograph can: `hectograph decide`.",
            )
        kept = await self.house.deciding.find(number, copy=place)
        decision = await self.house.deciding.hand_over(kept, to=to, by=by.email)
        if decision.by_share is not None:
            await self.house.teaching.note_offspring(decision.by_share, of=number, by=by)
        return _decided(decision)

    async def _decide(
        self, request: HttpRequest, share: str, place: int, choice: Choice
    ) -> Json:
        number = await self.steered(request, share)
        by, deciding = person_of(request).email, self.house.deciding
        kept = await deciding.find(number, copy=place)
        if choice is Choice.LEAVE:
            return _decided(await deciding.leave(kept, by=by))
        is_lock = choice is Choice.LOCK
        return _decided(await deciding.set_locked(kept, locked=is_lock, by=by))


def _decided(decision: Decision) -> Json:
    key = decision.key
    return {"share": key.share, "copy": key.position, "decision": decision.as_json()}
