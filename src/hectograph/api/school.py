"""Looking after a school: its people, its classes, their rosters, and the audit log."""

import asyncio
from dataclasses import asdict
from pathlib import Path

from django.http import HttpRequest
from django.urls import reverse
from ninja import File, Header, Query
from ninja.files import UploadedFile

from hectograph.api import school_schemas as told
from hectograph.api.bearer import person_of
from hectograph.api.errors import pointed
from hectograph.api.operations import Json, Operations, class_id
from hectograph.domain.ids import PersonId
from hectograph.domain.people import Act, Person, Role
from hectograph.domain.school_class import Change, Destination, LoadPlan, RosterLoad
from hectograph.ports.cleanups import AuditEntry


class SchoolRoutes(Operations):
    """What administrators do; the use cases know who is one."""

    async def list_people(self, request: HttpRequest) -> Json:
        """Everybody whom the person may see."""
        people = await self.house.staff.list_people(by=person_of(request))
        return {"people": [_person_json(each) for each in people]}

    async def invite(
        self, request: HttpRequest, wish: told.InvitationWish
    ) -> tuple[int, Json]:
        """Make a link that lets somebody in; an earlier one is good no more."""
        by = person_of(request)
        school = by.school if wish.school is None else wish.school
        token = await self.house.staff.invite(
            wish.email, Role(wish.role), school=school, by=by
        )
        link = request.build_absolute_uri(reverse("welcome", args=[token]))
        return 201, {"email": wish.email, "link": link}

    async def dismiss(self, request: HttpRequest, person: int) -> Json:
        """Let somebody in no more. What they did stays theirs."""
        by = person_of(request)
        await self.house.staff.dismiss(PersonId(person), by=by)
        return await self.list_people(request)

    async def set_teachers(
        self, request: HttpRequest, number: str, said: told.TeachersSaid
    ) -> Json:
        """Say who teaches a class, in place of who did."""
        classes, by = self.house.classes, person_of(request)
        chosen = {PersonId(each.person): each.co for each in said.teachers}
        await classes.set_teachers(class_id(number), chosen, by=by)
        known = await self.house.classes.list_possible_teachers(class_id(number), by=by)
        return {"people": [_person_json(each) for each in known if each.id in chosen]}

    async def place(self, request: HttpRequest, number: str, said: told.PlaceSaid) -> Json:
        """Say where a class's folders are, once it is known that copies can be made."""
        place = Destination(
            directory=said.directory, drive=said.drive, subject=said.subject
        )
        await self.house.classes.place(class_id(number), place, by=person_of(request))
        return said.dict()

    async def plan_rosters(self, request: HttpRequest, file: File[UploadedFile]) -> Json:
        """What loading the rosters of a file would change; nothing is loaded."""
        by, now = person_of(request), self.house.sharing.clock.now()
        kept = await asyncio.to_thread(self.uploads.keep, [file], by=by.id, now=now)  # type: ignore[list-item]
        plan = await self._plan(kept.paths[0], by=by)
        return {**_plan_json(plan), "upload": kept.token}

    async def load_rosters(
        self,
        request: HttpRequest,
        *,
        said: told.LoadSaid,
        idempotency_key: Header[str | None] = None,
    ) -> Json:
        """Carry out what was planned: all of it or nothing."""
        by = person_of(request)
        self.house.classes.check_school(by, Act.MANAGE_SCHOOL)

        async def act() -> Json:
            kept = await self.uploaded(said.upload, by=by)
            plan = await self._plan(kept.paths[0], by=by)
            load = await self.house.classes.carry_out(
                {change.name: change.roster for _, change in plan.changes},
                file=plan.file,
                seen=said.digest,
                by=by,
                is_sure=said.sure,
            )
            return _load_json(load)

        return await self.once(idempotency_key, f"load {said.json()}", act, by=by)

    async def _plan(self, path: Path, *, by: Person) -> LoadPlan:
        return await self.house.classes.preview_load(path, file=path.name, by=by)

    async def list_loads(self, request: HttpRequest) -> Json:
        """The latest loads of the person's school."""
        loads = await self.house.classes.list_loads(by=person_of(request))
        return {"loads": [_load_json(each) for each in loads]}

    async def audit(self, request: HttpRequest, asked: Query[told.AuditQuery]) -> Json:
        """Who did what to students' files, the newest first."""
        found = await self.house.auditing.list_entries(
            by=person_of(request),
            about=(asked.about or "").strip().lower() or None,
            before=asked.before,
            limit=asked.limit + 1,
        )
        page = found[: asked.limit]
        return {
            "entries": [_entry_json(each) for each in page],
            "next": page[-1].number if len(found) > asked.limit else None,
        }


def _person_json(person: Person) -> Json:
    return {
        "id": person.id,
        "email": person.email,
        "name": person.name,
        "role": str(person.role),
        "school": person.school,
    }


def _plan_json(plan: LoadPlan) -> Json:
    changes = [_change_json(change) for _, change in plan.changes]
    return {"file": plan.file, "digest": plan.digest, "changes": changes}


def _change_json(change: Change) -> Json:
    return {
        "name": change.name,
        "before": change.before,
        "students": len(change.roster.recipients),
        "joining": list(change.joining),
        "leaving": list(change.leaving),
        "braked": change.is_braked,
    }


def _load_json(load: RosterLoad) -> Json:
    problems = [pointed(each) for each in load.problems]
    return {**asdict(load), "at": load.at.isoformat(), "problems": problems}


def _entry_json(entry: AuditEntry) -> Json:
    return {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "by": entry.by,
        "act": entry.act,
        "subject": entry.subject,
        "facts": dict(entry.facts),
        "undo": entry.undo,
    }
