"""Who of the staff may do what, as one table.

What somebody may do depends on their role and on their tie to the class that it is about;
where it is about a whole school, on whether that is their own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from hectograph.domain.errors import RequestRefused
from hectograph.domain.ids import PersonId


class Role(StrEnum):
    """What somebody is to hectograph."""

    TEACHER = "teacher"
    ADMIN = "admin"
    """Looks after one school: its people, classes and shares."""
    OPERATOR = "operator"
    """Runs the installation, for all its schools."""
    AUDITOR = "auditor"
    """Sees all of one school, and changes nothing."""


class Tie(StrEnum):
    """How somebody is tied to a class."""

    OWN = "own"
    CO_TAUGHT = "co-taught"
    FOREIGN = "foreign"
    """Of their school, and taught by others."""
    OTHER_SCHOOL = "other school"


class Act(StrEnum):
    """What can be done: about a class and its shares, a school, or the installation."""

    SEE_CLASS = "see class"
    SHARE = "share"
    STEER = "steer"
    """Retry, pause, move, cancel, recall or correct a share."""
    MANAGE_CLASS = "manage class"
    """Say who teaches it, and where its students' folders are."""
    SEE_SCHOOL = "see school"
    """Its people, classes, and the audit log."""
    MANAGE_SCHOOL = "manage school"
    """Invite people, load rosters."""
    OPERATE = "operate"
    """Set drives up, pause everything."""


LONGEST_NAME: Final = 100
LANGUAGE: Final = re.compile(r"([a-z]{2,3}(-[a-z0-9]{2,8})*)?")

TAUGHT: Final = frozenset({Tie.OWN, Tie.CO_TAUGHT})
OF_THE_SCHOOL: Final = TAUGHT | {Tie.FOREIGN}
EVERYWHERE: Final = OF_THE_SCHOOL | {Tie.OTHER_SCHOOL}
NOWHERE: Final[frozenset[Tie]] = frozenset()

ALLOWED: Final[Mapping[Role, Mapping[Act, frozenset[Tie]]]] = MappingProxyType(
    {
        Role.TEACHER: {Act.SEE_CLASS: TAUGHT, Act.SHARE: TAUGHT, Act.STEER: TAUGHT},
        Role.ADMIN: {
            Act.SEE_CLASS: OF_THE_SCHOOL,
            Act.SHARE: OF_THE_SCHOOL,
            Act.STEER: OF_THE_SCHOOL,
            Act.MANAGE_CLASS: OF_THE_SCHOOL,
            Act.SEE_SCHOOL: OF_THE_SCHOOL,
            Act.MANAGE_SCHOOL: OF_THE_SCHOOL,
        },
        Role.OPERATOR: dict.fromkeys(Act, EVERYWHERE),
        Role.AUDITOR: {Act.SEE_CLASS: OF_THE_SCHOOL, Act.SEE_SCHOOL: OF_THE_SCHOOL},
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody of the staff. `language` is empty where the browser decides."""

    id: PersonId
    email: str
    name: str
    role: Role
    school: str
    language: str = ""


def may(role: Role, act: Act, tie: Tie) -> bool:
    """Whether somebody of a role, tied so to a class, may do this about it."""
    return tie in ALLOWED[role].get(act, NOWHERE)


def may_in_school(person: Person, act: Act, school: str) -> bool:
    """Whether somebody may do this about a whole school."""
    tie = Tie.FOREIGN if person.school == school else Tie.OTHER_SCHOOL
    return may(person.role, act, tie)


def may_invite(person: Person, role: Role, school: str) -> bool:
    """Whether somebody may bring in another one: nobody makes one above themselves."""
    if role is Role.OPERATOR:
        return may_in_school(person, Act.OPERATE, school)
    return may_in_school(person, Act.MANAGE_SCHOOL, school)


def check_language(tag: str) -> str:
    """A language's tag in small letters, such as "de", or none; or RequestRefused."""
    if LANGUAGE.fullmatch(tag) is None:
        raise RequestRefused(f'"{tag}" is no language.', effect="Nothing was kept.")
    return tag


def check_name(
    text: str,
    *,
    of: str = "A name",
    longest: int = LONGEST_NAME,
    effect: str = "Nothing was kept.",
) -> str:
    """A person's name as it is kept, or what else is one; RequestRefused if it is none."""
    name = " ".join(text.split())
    if not name or len(name) > longest:
        raise RequestRefused(f"{of} has between 1 and {longest} characters.", effect=effect)
    return name
