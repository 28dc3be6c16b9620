"""A class as hectograph keeps it: who is in it, who teaches it, where its folders are."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hectograph.domain.errors import Problem, RequestRefused, RosterRefused
from hectograph.domain.ids import ClassId, PersonId, ShareId
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
    """What a load would do to one class: who would come, and who would leave.

    `before` is how many are in it.
    """

    name: str
    roster: Roster
    joining: tuple[str, ...]
    leaving: tuple[str, ...]
    before: int

    @property
    def added(self) -> int:
        """How many would come."""
        return len(self.joining)

    @property
    def removed(self) -> int:
        """How many would leave."""
        return len(self.leaving)

    @property
    def is_none(self) -> bool:
        """Whether nobody would come or leave."""
        return not self.joining and not self.leaving

    @property
    def is_braked(self) -> bool:
        """Whether it would take suspiciously many away."""
        return self.removed > max(FEW, self.before * BRAKE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """What a file of rosters would do. Classes that it does not name stay as they are."""

    file: str
    changes: tuple[tuple[ClassId, Change], ...]

    @property
    def digest(self) -> str:
        """The same for two plans that have the same to change."""
        told = [
            (change.name, change.before, change.joining, change.leaving)
            for _, change in self.changes
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    @property
    def braked(self) -> tuple[Change, ...]:
        """The classes that it would take suspiciously many out of."""
        return tuple(change for _, change in self.changes if change.is_braked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Latecomers:
    """Students who joined a class after all of it had got something.

    `places` are theirs on the roster, `students` their names; `pattern` named the copies
    of the others, and `origins` are the documents, where the drive knows them.
    """

    share: ShareId
    title: str
    school_class: ClassId
    class_name: str
    pattern: str
    origins: tuple[str, ...]
    places: tuple[int, ...]
    students: tuple[str, ...]


def decide_change(name: str, before: Sequence[Recipient], roster: Roster) -> Change:
    """What a new roster changes; a name that is written anew is the same student."""
    was, will = list(before), list(roster.recipients)
    for key in (_exactly, _loosely):
        was, will = _unmatched(was, will, key=key), _unmatched(will, was, key=key)
    return Change(
        name=name,
        roster=roster,
        joining=tuple(each.student for each in will),
        leaving=tuple(each.student for each in was),
        before=len(before),
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


def class_json(found: SchoolClass) -> dict[str, Any]:
    """A class as programs are told of it."""
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


def each_once(
    members: Sequence[tuple[Destination | None, Roster]],
) -> tuple[tuple[Roster, tuple[str, ...]], ...]:
    """Rosters of several classes with every student in the first that has them.

    Beside each roster the students who were left out of it. The same email and name is
    the same student; without an email the same name and folder at the same place. Two of
    whom that is not known are two: a copy too many is better than one too few.
    """
    seen: set[Hashable] = set()
    found = []
    for place, roster in members:
        keys = [_identity(place, each) for each in roster.recipients]
        kept = zip(roster.recipients, keys, strict=True)
        recipients = tuple(each for each, key in kept if key not in seen)
        left = [each for each in roster.recipients if each not in recipients]
        seen.update(key for key in keys if key is not None)
        found.append((Roster(recipients=recipients), tuple(each.student for each in left)))
    return tuple(found)


def _identity(place: Destination | None, recipient: Recipient) -> Hashable:
    """What a student is known by in whichever class; None where nothing tells."""
    if recipient.email:
        return _exactly(recipient)
    if place is None or not recipient.folder:
        return None
    return place, fold("/".join(recipient.folder)), fold(recipient.student)


def _unmatched(
    these: Sequence[Recipient],
    others: Sequence[Recipient],
    *,
    key: Callable[[Recipient], Hashable],
) -> list[Recipient]:
    """Those of these who are not among the others, one for one."""
    there = Counter(map(key, others))
    alone = []
    for each in these:
        if there[key(each)]:
            there[key(each)] -= 1
        else:
            alone.append(each)
    return alone


def _exactly(recipient: Recipient) -> Hashable:
    # Brothers and sisters may share a family's address: the name tells them apart.
    return fold(recipient.email or ""), fold(recipient.student)


def _loosely(recipient: Recipient) -> Hashable:
    return fold(recipient.email or recipient.student)
