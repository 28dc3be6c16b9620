"""How copies are made: what they are called, who shares one, and what they may do."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hectograph.domain.errors import Problem, RequestRefused, RosterRefused
from hectograph.domain.names import fold, free_name, legal_name
from hectograph.domain.roster import PROBLEMS_NAMED, Recipient

DEFAULT_PATTERN: Final = "{document} - {student}"

GROUPS: Final = "Groups"
"""The folder in which those of the groups are."""
WHOLE_CLASS: Final = "Whole class"
"""The folder of what there is once for all, and what the class is called without a name."""


DEEPEST: Final = 5
LONGEST_SUBJECT: Final = 100


class ShareMode(StrEnum):
    """For whom a copy is made."""

    OWN = "own"
    """Each student has one, in their own folder."""
    GROUP = "group"
    """Each group of the class has one between them."""
    CLASS = "class"
    """There is one for all."""


class Access(StrEnum):
    """What students may do with a copy; who may do more may do less as well."""

    VIEW = "view"
    COMMENT = "comment"
    EDIT = "edit"

    def includes(self, other: "Access") -> bool:
        """Whether who may do this may do the other."""
        order = list(Access)
        return order.index(self) >= order.index(other)


MARKS: Final = {Access.EDIT: "", Access.COMMENT: " (comment)", Access.VIEW: " (view)"}
"""Rights are a folder's, so there is one for each: these tell them apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """The pattern of the copies' names, for whom each is made, and what they may do.

    With a `subject` they lie in its folder: in a directory one of that name within the
    folder of each, or several in one another, between slashes.
    """

    pattern: str = DEFAULT_PATTERN
    mode: ShareMode = ShareMode.OWN
    access: Access = Access.EDIT
    subject: str = ""

    @property
    def key(self) -> str:
        """What tells a request from another about the same documents and people."""
        key = self.pattern
        if self.mode is not ShareMode.OWN:
            key = f"{self.mode} {self.access} {key}"
        return f"{key} in {'/'.join(self.within)}" if self.within else key

    @property
    def within(self) -> tuple[str, ...]:
        """The folders within that of each, outermost first; none without a subject."""
        parts = (part.strip() for part in self.subject.split("/"))
        return tuple(legal_name(part) for part in parts if part)

    def check_subject(self) -> None:
        """Refuse what names no folders. Raises RequestRefused."""
        parts = [part.strip() for part in self.subject.split("/")]
        is_upward = any(part in {".", ".."} for part in parts)
        if is_upward or len(self.within) > DEEPEST or len(self.subject) > LONGEST_SUBJECT:
            raise RequestRefused(
                f"{self.subject!r} names no folder within a student's.",
                effect="Nothing was shared.",
                remedy="Name a subject, such as Geography, or Geography/Term 1.",
            )

    def check_access(self, *, is_on_drive: bool) -> None:
        """Refuse what nobody could hold to. Raises RequestRefused.

        In a directory its own rights decide. On Google Drive rights come from the folder:
        a student may write into their own, so that a copy there can always be edited.
        """
        if self.access is Access.EDIT:
            return
        if not is_on_drive:
            raise RequestRefused(
                "In a directory its own rights say who may do what with a copy.",
                effect="Nothing was shared.",
                remedy="Let them edit it, or share on a drive.",
            )
        if self.mode is ShareMode.OWN:
            raise RequestRefused(
                "A student's own folder lets them edit what is in it.",
                effect="Nothing was shared.",
                remedy="Make one copy for each group, or one for all.",
            )


PLAIN: Final = Manner()


def gather(
    recipients: Sequence[Recipient], manner: Manner, *, school_class: str | None = None
) -> tuple[Recipient, ...]:
    """Those who get a copy: the students, or what stands for them, with its members.

    A group's folder lies in GROUPS, the class's is WHOLE_CLASS. Groups are compared
    without regard to case. Raises RosterRefused with the names of those who are in no
    group, and RequestRefused for students of several classes.
    """
    if manner.mode is ShareMode.OWN or not recipients:
        return tuple(recipients)
    name = school_class or _only_class(recipients)
    mark = MARKS[manner.access]
    if manner.mode is ShareMode.CLASS:
        whole = Recipient(
            student=name or WHOLE_CLASS,
            folder=(f"{WHOLE_CLASS}{mark}",),
            school_class=name,
            members=tuple(recipients),
        )
        return (whole,)
    taken: set[str] = set()
    gathered = []
    for group, members in _by_group(recipients):
        folder = free_name(legal_name(f"{group}{mark}"), taken)
        taken.add(fold(folder))
        gathered.append(
            Recipient(
                student=group,
                folder=(GROUPS, folder),
                school_class=name,
                group=group,
                members=tuple(members),
            )
        )
    return tuple(gathered)


def _only_class(recipients: Sequence[Recipient]) -> str | None:
    known = [each.school_class for each in recipients if each.school_class]
    names = {fold(each): each for each in known}
    if len(names) > 1:
        first, second, *_ = sorted(names.values())
        raise RequestRefused(
            f"The roster has students of several classes, such as {first} and {second}.",
            effect="It is not known which of them share a copy: nothing was shared.",
            remedy="Name one class.",
        )
    return next(iter(names.values()), None)


def _by_group(recipients: Sequence[Recipient]) -> list[tuple[str, list[Recipient]]]:
    """Each group with its members, in the order of the roster."""
    groups: dict[str, tuple[str, list[Recipient]]] = {}
    alone = []
    for each in recipients:
        if each.group:
            _, members = groups.setdefault(fold(each.group), (each.group, []))
            members.append(each)
        else:
            alone.append(each)
    if alone:
        raise RosterRefused(
            f"{len(alone)} of {len(recipients)} students are in no group.",
            problems=[_in_no_group(each) for each in alone[:PROBLEMS_NAMED]],
        )
    return list(groups.values())


def _in_no_group(recipient: Recipient) -> Problem:
    return Problem(
        row=None,
        cause=f"{recipient.student} is in no group.",
        effect="They would have no copy.",
        remedy='Fill in the column "Group" of the roster, or pick the others.',
    )
