"""The first steps of whoever runs hectograph: a sample school to try it with."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hectograph.app.classes import SchoolClasses
from hectograph.domain.errors import NotAllowed, RequestRefused
from hectograph.domain.ids import ClassId
from hectograph.domain.people import Act, Person, may_in_school
from hectograph.domain.school_class import Destination

SchoolMaker = Callable[[Path], tuple[Path, Path, Path]]
"""Makes a school in a folder: the document, the roster, the students' directory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstSteps:
    """`folder` is where a sample school is made."""

    classes: SchoolClasses
    make_school: SchoolMaker
    folder: Path

    async def are_open(self, *, to: Person) -> bool:
        """Whether there is no class yet, and this is somebody who may make the first."""
        if not may_in_school(to, Act.OPERATE, to.school):
            return False
        return not await self.classes.list_seen(to, limit=1)

    async def make_sample(self, *, by: Person) -> ClassId:
        """A class of 28 with a folder each, taught by whoever asks.

        Raises NotAllowed, and RequestRefused once there is a class.
        """
        if not may_in_school(by, Act.OPERATE, by.school):
            raise NotAllowed("Only operators make a sample school.")
        if not await self.are_open(to=by):
            raise RequestRefused(
                "There are classes already.",
                effect="No sample school was made.",
                remedy="Load the roster of a class to try things with.",
            )
        _, roster, directory = await asyncio.to_thread(self.make_school, self.folder)
        await self.classes.load(roster, file=roster.name, by=by)
        (made,) = await self.classes.list_seen(by)
        await self.classes.place(made.id, Destination(directory=str(directory)), by=by)
        await self.classes.set_teachers(made.id, {by.id: False}, by=by)
        return made.id
