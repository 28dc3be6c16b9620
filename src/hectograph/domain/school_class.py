"""A class as hectograph keeps it: who is in it, who teaches it, where its folders are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hectograph.domain.errors import Problem, RequestRefused, RosterRefused
from hectograph.domain.ids import ClassId, PersonId
from hectograph.domain.names import fold
from hectograph.domain.people import Person, Tie
from hectograph.domain.roster import Recipient, Roster

BRAKE: Final = 0.3
"""The part of a class that a load may take away without being told so."""

FEW: Final = 5
"""So many may go in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a class's folders are: a directory, or a drive with a subject's folders."""

    directory: str | None = None
    drive: str | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Teaching:
    """Somebody who teaches a class; `is_co`: beside another."""

    person: PersonId
    name: str
    is_co: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolClass:
    """A class, without its students. `taken_at` is when its roster was last loaded."""

    id: ClassId
    school: str
    name: str
    students: int
    taken_at: datetime
    destination: Destination | None = None
    teachers: tuple[Teaching, ...] = ()

    def tie_to(self, person: Person) -> Tie:
        """How somebody is tied to it."""
        if person.school != self.school:
            return Tie.OTHER_SCHOOL
        for each in self.teachers:
            if each.person == person.id:
                return Tie.CO_TAUGHT if each.is_co else Tie.OWN
        return Tie.FOREIGN


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterLoad:
    """What a load of rosters did, or why it was refused."""

    at: datetime
    by: str
    file: str
    classes: int
    students: int
    added: int
    removed: int
    problems: tuple[Problem, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether nothing was loaded."""
        return bool(self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a load would do to one class."""

    name: str
    roster: Roster
    added: int
    removed: int
    before: int

    @property
    def is_braked(self) -> bool:
        """Whether it would take suspiciously many away."""
        return self.removed > max(FEW, self.before * BRAKE)


def decide_change(name: str, before: Sequence[Recipient], roster: Roster) -> Change:
    """What a new roster changes."""
    was = {_who(each) for each in before}
    will = {_who(each) for each in roster.recipients}
    return Change(
        name=name,
        roster=roster,
        added=len(will - was),
        removed=len(was - will),
        before=len(was),
    )


def check_brake(changes: Sequence[Change]) -> None:
    """Refuse a load that would empty classes, with RosterRefused, each named."""
    braked = [each for each in changes if each.is_braked]
    if braked:
        raise RosterRefused(
            "The file would take many students out of their classes.",
            problems=[
                Problem(
                    row=None,
                    cause=f"{each.removed} of {each.before} would leave {each.name}.",
                    effect="Nothing was loaded.",
                    remedy="If that is right, load it again and say so.",
                )
                for each in braked
            ],
        )


def pick(roster: Roster, students: Sequence[int] | None) -> Roster:
    """The roster of the students at these places; all where None was said.

    Raises RequestRefused when nobody is left.
    """
    if students is None:
        return roster
    wanted = set(students)
    picked = tuple(each for place, each in enumerate(roster.recipients) if place in wanted)
    if not picked:
        raise RequestRefused(
            "Nobody was picked.", effect="Nothing was shared.", remedy="Pick a student."
        )
    return Roster(recipients=picked)


def _who(recipient: Recipient) -> str:
    return (recipient.email or fold(recipient.student)).lower()
