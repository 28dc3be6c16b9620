"""A school's classes: their rosters, their teachers, their folders."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hectograph.domain.errors import NotAllowed, RequestRefused, RosterRefused, UnknownClass
from hectograph.domain.ids import ClassId, class_id_from
from hectograph.domain.people import Act, Person, Tie, may, may_in_school
from hectograph.domain.roster import Roster
from hectograph.domain.school_class import (
    Change,
    Destination,
    RosterLoad,
    SchoolClass,
    Teaching,
    check_brake,
    decide_change,
)
from hectograph.ports.classes import Classes
from hectograph.ports.clock import Clock
from hectograph.threads import OneThread


class RostersReader(Protocol):
    """Reads the rosters of all classes from a file."""

    def __call__(self, path: Path) -> Mapping[str, Roster]:
        """The rosters by class, or RosterRefused."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolClasses:
    """What somebody may not know of is UnknownClass to them, not NotAllowed."""

    classes: Classes
    desk: OneThread
    clock: Clock
    read_rosters: RostersReader
    random_bytes: Callable[[int], bytes]

    async def list_mine(self, person: Person) -> Sequence[SchoolClass]:
        """The classes that somebody teaches."""
        return await self.desk.run(self.classes.list_classes, taught_by=person.id)

    async def list_seen(self, person: Person) -> Sequence[SchoolClass]:
        """Every class that somebody may see."""
        if may(person.role, Act.SEE_CLASS, Tie.OTHER_SCHOOL):
            return await self.desk.run(self.classes.list_classes)
        if may(person.role, Act.SEE_CLASS, Tie.FOREIGN):
            return await self.desk.run(self.classes.list_classes, school=person.school)
        return await self.list_mine(person)

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

    async def roster(self, number: ClassId, *, by: Person) -> Roster:
        """Who is in a class. Raises UnknownClass."""
        await self.school_class(number, by=by)
        return await self.desk.run(self.classes.roster, number)

    async def load(
        self, path: Path, *, file: str, by: Person, is_sure: bool = False
    ) -> RosterLoad:
        """Load the rosters of all classes that a file has: all or none.

        `file` is what it is called. Raises NotAllowed, and RosterRefused, which is noted
        in the history of loads; also when many would leave their classes, unless somebody
        `is_sure`. Classes that the file does not name stay as they are.
        """
        self._check(by, Act.MANAGE_SCHOOL)
        try:
            changes = await self._changes(self.read_rosters(path), school=by.school)
            if not is_sure:
                check_brake([change for _, change in changes])
        except RosterRefused as refused:
            load = self._load(file, by=by, refused=refused)
            await self.desk.run(self.classes.note_load, by.school, load)
            raise
        load = self._load(file, by=by, changes=[change for _, change in changes])
        await self.desk.run(self.classes.load, by.school, changes, load)
        return load

    async def _changes(
        self, rosters: Mapping[str, Roster], *, school: str
    ) -> list[tuple[ClassId, Change]]:
        changes = []
        for name, roster in rosters.items():
            known = await self.desk.run(self.classes.find_by_name, school, name)
            before = await self.desk.run(self.classes.roster, known) if known else None
            was = before.recipients if before else ()
            number = known or class_id_from(self.random_bytes(10))
            changes.append((number, decide_change(name, was, roster)))
        return changes

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
        self._check(by, Act.SEE_SCHOOL)
        return await self.desk.run(self.classes.list_loads, by.school, limit=limit)

    async def place(self, number: ClassId, destination: Destination, *, by: Person) -> None:
        """Say where a class's folders are. Raises as `school_class`; RequestRefused."""
        await self.school_class(number, by=by, act=Act.MANAGE_CLASS)
        if (destination.directory is None) == (destination.drive is None):
            raise RequestRefused(
                "A class has its folders in a directory, or on a drive.",
                effect="Nothing was changed.",
                remedy="Say one of the two.",
            )
        await self.desk.run(self.classes.place, number, destination)

    async def set_teachers(
        self, number: ClassId, teachers: Sequence[Teaching], *, by: Person
    ) -> None:
        """Say who teaches a class. Raises as `school_class`."""
        await self.school_class(number, by=by, act=Act.MANAGE_CLASS)
        await self.desk.run(self.classes.set_teachers, number, teachers)

    def _check(self, by: Person, act: Act) -> None:
        if not may_in_school(by, act, by.school):
            raise NotAllowed("You may not do this in your school.")
