"""A school's classes: their rosters, their teachers, their folders."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hectograph.domain.errors import NotAllowed, RequestRefused, RosterRefused, UnknownClass
from hectograph.domain.ids import ClassId, PersonId, class_id_from
from hectograph.domain.people import Act, Person, Tie, may, may_in_school
from hectograph.domain.roster import Roster
from hectograph.domain.school_class import (
    Change,
    Destination,
    LoadPlan,
    RosterLoad,
    SchoolClass,
    Teaching,
    check_brake,
    decide_change,
)
from hectograph.ports.classes import Classes
from hectograph.ports.clock import Clock
from hectograph.ports.people import People
from hectograph.threads import OneThread


class RostersReader(Protocol):
    """Reads the rosters of all classes from a file."""

    def __call__(self, path: Path) -> Mapping[str, Roster]:
        """The rosters by class, or RosterRefused."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolClasses:
    """What somebody may not know of is UnknownClass to them, not NotAllowed.

    `check_destination` raises RequestRefused, UnknownDrive or ProviderError for a place
    where no copies can be made.
    """

    classes: Classes
    people: People
    desk: OneThread
    clock: Clock
    read_rosters: RostersReader
    check_destination: Callable[[Destination], Awaitable[None]]
    random_bytes: Callable[[int], bytes]

    async def list_mine(self, person: Person) -> Sequence[SchoolClass]:
        """The classes that somebody teaches."""
        return await self.desk.run(self.classes.list_classes, taught_by=person.id)

    async def list_seen(
        self, person: Person, *, search: str = "", limit: int | None = None
    ) -> Sequence[SchoolClass]:
        """The classes that somebody may see, by name; those that are called so."""
        school, taught_by = seen_by(person)
        return await self.desk.run(
            self.classes.list_classes,
            school=school,
            taught_by=taught_by,
            search=search,
            limit=limit,
        )

    async def school_class(
        self, number: ClassId, *, by: Person, act: Act = Act.SEE_CLASS
    ) -> SchoolClass:
        """A class about which somebody may do this. Raises UnknownClass and NotAllowed."""
        found = await self.desk.run(self.classes.school_class, number)
        tie = found.tie_to(by)
        if not may(by.role, Act.SEE_CLASS, tie):
            raise UnknownClass("There is no such class.")
        if not may(by.role, act, tie):
            raise NotAllowed(f"You may not do this with {found.name}.")
        return found

    async def roster(self, found: SchoolClass) -> Roster:
        """Who is in a class that `school_class` gave to somebody."""
        return await self.desk.run(self.classes.roster, found.id)

    async def preview_load(self, path: Path, *, file: str, by: Person) -> LoadPlan:
        """What loading the rosters that a file has would do; nothing is done yet.

        `file` is what it is called. Raises NotAllowed, and RosterRefused, which is noted in
        the history of loads.
        """
        self.check_school(by, Act.MANAGE_SCHOOL)
        try:
            rosters = await asyncio.to_thread(self.read_rosters, path)
        except RosterRefused as refused:
            await self._note_refused(file, refused, by=by)
            raise
        return await self.plan(rosters, file=file, by=by)

    async def carry_out(
        self,
        rosters: Mapping[str, Roster],
        *,
        file: str,
        seen: str,
        by: Person,
        is_sure: bool = False,
    ) -> RosterLoad:
        """Load the rosters of a plan with this digest: all or none.

        Raises NotAllowed; RequestRefused when something else would come of it by now; and
        RosterRefused, which is noted, when many would leave and nobody `is_sure`.
        """
        plan = await self.plan(rosters, file=file, by=by)
        if plan.digest != seen:
            raise RequestRefused(
                "The classes have changed since you looked.",
                effect="Nothing was loaded.",
                remedy="Choose the file again, and see what it would change now.",
            )
        return await self._carry_out(plan, by=by, is_sure=is_sure)

    async def load(
        self, path: Path, *, file: str, by: Person, is_sure: bool = False
    ) -> RosterLoad:
        """Plan and carry out at once. Raises as both do."""
        plan = await self.preview_load(path, file=file, by=by)
        return await self._carry_out(plan, by=by, is_sure=is_sure)

    async def _carry_out(self, plan: LoadPlan, *, by: Person, is_sure: bool) -> RosterLoad:
        if not is_sure:
            try:
                check_brake([change for _, change in plan.changes])
            except RosterRefused as refused:
                await self._note_refused(plan.file, refused, by=by)
                raise
        load = self._load(plan.file, by=by, changes=[change for _, change in plan.changes])
        await self.desk.run(self.classes.load, by.school, plan.changes, load)
        return load

    async def _note_refused(self, file: str, refused: RosterRefused, *, by: Person) -> None:
        load = self._load(file, by=by, refused=refused)
        await self.desk.run(self.classes.note_load, by.school, load)

    async def plan(
        self, rosters: Mapping[str, Roster], *, file: str, by: Person
    ) -> LoadPlan:
        """What these rosters would change in somebody's school. Raises NotAllowed."""
        self.check_school(by, Act.MANAGE_SCHOOL)
        changes = []
        for name, roster in rosters.items():
            known = await self.desk.run(self.classes.find_by_name, by.school, name)
            before = await self.desk.run(self.classes.roster, known) if known else None
            was = before.recipients if before else ()
            number = known or class_id_from(self.random_bytes(10))
            changes.append((number, decide_change(name, was, roster)))
        return LoadPlan(file=file, changes=tuple(changes))

    def _load(
        self,
        file: str,
        *,
        by: Person,
        changes: Sequence[Change] = (),
        refused: RosterRefused | None = None,
    ) -> RosterLoad:
        return RosterLoad(
            at=self.clock.now(),
            by=by.name,
            file=file,
            classes=len(changes),
            students=sum(len(each.roster.recipients) for each in changes),
            added=sum(each.added for each in changes),
            removed=sum(each.removed for each in changes),
            problems=tuple(refused.problems) if refused else (),
        )

    async def list_loads(self, *, by: Person, limit: int = 20) -> Sequence[RosterLoad]:
        """The newest loads of somebody's school. Raises NotAllowed."""
        self.check_school(by, Act.SEE_SCHOOL)
        return await self.desk.run(self.classes.list_loads, by.school, limit=limit)

    async def place(self, number: ClassId, destination: Destination, *, by: Person) -> None:
        """Say where a class's folders are, once it is known that copies can be made there.

        Raises as `school_class` and `check_destination`.
        """
        await self.school_class(number, by=by, act=Act.MANAGE_CLASS)
        if (destination.directory is None) == (destination.drive is None):
            raise RequestRefused(
                "A class has its folders in a directory, or on a drive.",
                effect="Nothing was changed.",
                remedy="Say one of the two.",
            )
        if (
            destination.directory is not None
            and not Path(destination.directory).is_absolute()
        ):
            raise RequestRefused(
                f'"{destination.directory}" is no path from the root on.',
                effect="Nothing was changed.",
                remedy="Write it as on the machine that runs hectograph: /srv/school/7B.",
            )
        await self.check_destination(destination)
        await self.desk.run(self.classes.place, number, destination)

    async def list_possible_teachers(
        self, number: ClassId, *, by: Person
    ) -> Sequence[Person]:
        """Who may be said to teach a class. Raises as `school_class`."""
        found = await self.school_class(number, by=by, act=Act.MANAGE_CLASS)
        return await self.desk.run(self.people.list_people, school=found.school)

    async def set_teachers(
        self, number: ClassId, teachers: Mapping[PersonId, bool], *, by: Person
    ) -> None:
        """Say who teaches a class, and whether beside another.

        Raises as `school_class`, and RequestRefused for somebody who is not of its school.
        """
        known = await self.list_possible_teachers(number, by=by)
        names = {each.id: each.name for each in known}
        if not names.keys() >= teachers.keys():
            raise RequestRefused(
                "Somebody of them is not of this school.",
                effect="Nothing was changed.",
                remedy="Look who is here, and choose again.",
            )
        chosen = [
            Teaching(person=person, name=names[person], is_co=is_co)
            for person, is_co in teachers.items()
        ]
        await self.desk.run(self.classes.set_teachers, number, chosen)

    def check_school(self, by: Person, act: Act) -> None:
        """Raises NotAllowed where somebody may not do this in their school."""
        if not may_in_school(by, act, by.school):
            raise NotAllowed("You may not do this in your school.")


def seen_by(person: Person) -> tuple[str | None, PersonId | None]:
    """Whose classes somebody may see: a school's, or those that a person teaches.

    All there are where it is neither.
    """
    if not may(person.role, Act.SEE_CLASS, Tie.FOREIGN):
        return None, person.id
    if not may(person.role, Act.SEE_CLASS, Tie.OTHER_SCHOOL):
        return person.school, None
    return None, None
