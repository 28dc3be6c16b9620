"""The folders that a class needs on a drive, and what became of each.

A folder is known by what it is for, its key, and ever after by its id: people may rename
and move it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Final

from hectograph.domain.errors import HectographError, Problem, Reason, RosterRefused
from hectograph.domain.links import folder_link
from hectograph.domain.manner import Access
from hectograph.domain.names import display_name, fold, legal_name
from hectograph.domain.roster import Recipient, Roster


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderKey:
    """A folder by what it is for: a class's, a subject's in it, a student's in that.

    `subject` and `student` are empty for the folders above. All parts are folded. For a
    folder that several share, `student` begins with COMMON.
    """

    drive: str
    school_class: str
    subject: str = ""
    student: str = ""


COMMON: Final = "\x1f"
"""Begins the key of what several share: no name that is shown has it in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFolder:
    """A folder's id, and the email of the account that made it, or is about to."""

    id: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFolder:
    """A folder as it was found. `trashed_itself`: not because a folder above was."""

    trashed: bool
    trashed_itself: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Somebody whom a folder is shared with; `id` is the service's for the permission."""

    id: str
    email: str | None
    access: Access


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededFolder:
    """A folder that should be there; `parent` is None at the top of the drive.

    `guests` are emails, in the order in which they are invited; `access` is what they may
    do there. `student` and the rest are as they are shown; `student` is empty for the
    folders above, and for those that several students share.
    """

    key: FolderKey
    name: str
    school_class: str
    subject: str = ""
    parent: FolderKey | None = None
    guests: tuple[str, ...] = ()
    access: Access = Access.EDIT
    student: str = ""


class FolderState(StrEnum):
    """What became of a folder."""

    MADE = "made"
    RESTORED = "restored"
    """It was taken out of the trash."""
    THERE = "there"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderOutcome:
    """A folder that was seen to. `shared` are those who were invited just now.

    A folder may be there and have a `reason` all the same: somebody was not invited.
    """

    needed: NeededFolder
    state: FolderState
    id: str | None = None
    shared: tuple[str, ...] = ()
    reason: Reason | None = None

    @property
    def is_uninvited(self) -> bool:
        """Whether it is a student's of whom no email is known."""
        return bool(self.needed.student) and not self.needed.guests

    def as_json(self) -> dict[str, Any]:
        """One row of the object that `--json` prints."""
        return {
            "folder": self.needed.name,
            "class": self.needed.school_class,
            "subject": self.needed.subject or None,
            "student": self.needed.student or None,
            "state": str(self.state),
            "link": folder_link(self.id) if self.id else None,
            "shared": list(self.shared),
            "invited": not self.is_uninvited,
            "error": asdict(self.reason) if self.reason else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderReport:
    """What became of all folders. In a dry run: what would become of them."""

    drive: str
    dry_run: bool
    outcomes: tuple[FolderOutcome, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every folder is there, and shared with whom it should be."""
        return all(each.reason is None for each in self.outcomes)

    @property
    def shared(self) -> int:
        """How many invitations were made."""
        return sum(len(each.shared) for each in self.outcomes)

    @property
    def unshared(self) -> int:
        """How many folders are there, and not shared with everybody they are for."""
        return sum(
            each.reason is not None and each.state is not FolderState.FAILED
            for each in self.outcomes
        )

    def count(self, state: FolderState) -> int:
        """How many folders are in a state."""
        return sum(each.state is state for each in self.outcomes)

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {
            "drive": self.drive,
            "dry_run": self.dry_run,
            "complete": self.is_complete,
            "counts": {str(state): self.count(state) for state in FolderState},
            "shared": self.shared,
            "unshared": self.unshared,
            "folders": [each.as_json() for each in self.outcomes],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderWish:
    """For whom folders are wanted. `couriers` are further accounts that will copy."""

    drive: str
    roster: Roster
    subject: str = ""
    teachers: tuple[str, ...] = ()
    couriers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonFolders:
    """The folders of those who share copies, which are made when a share is written down.

    `owner` is the email of whoever makes them. `places` are the receiving folders by what
    a plan calls them while nobody knows their ids.
    """

    drive: str
    owner: str
    needed: tuple[NeededFolder, ...]
    places: Mapping[tuple[str, ...], FolderKey]


def folder_key(drive: str, recipient: Recipient, *, subject: str) -> FolderKey:
    """The key of a student's folder: by email, or by name where there is none."""
    return FolderKey(
        drive=drive,
        school_class=fold(display_name(recipient.school_class or "")),
        subject=fold(display_name(subject)),
        student=fold(recipient.email or recipient.student),
    )


def build_folders(wish: FolderWish) -> tuple[NeededFolder, ...]:
    """The folders that a wish needs, each after the one it lies in.

    Students whose folder the roster names need none. Raises RosterRefused for students
    without a class, and for two who would share a folder.
    """
    students = [each for each in wish.roster.recipients if not each.folder]
    check_own_folders(students, drive=wish.drive, subject=wish.subject)
    if faults := [_classless(each) for each in students if not each.school_class]:
        raise RosterRefused("Not every student has a class.", problems=faults)
    classes = {fold(each.school_class or ""): each.school_class or "" for each in students}
    roots = [
        each for key in sorted(classes) for each in _roots(wish, school_class=classes[key])
    ]
    return (*roots, *(_student_folder(wish, each) for each in students))


def build_common_folders(wish: FolderWish, *, owner: str, access: Access) -> CommonFolders:
    """The folders of gathered recipients: a group's, or the class's.

    Raises RosterRefused for students without a class, or without an email by which they
    could be invited.
    """
    receivers = wish.roster.recipients
    if faults := [_classless(each) for each in receivers if not each.school_class]:
        raise RosterRefused("Not every student has a class.", problems=faults)
    members = [each for receiver in receivers for each in receiver.members]
    if faults := [_unreachable(each) for each in members if not each.email]:
        raise RosterRefused("Not every student has an email.", problems=faults)
    classes = {fold(each.school_class or ""): each.school_class or "" for each in receivers}
    needed = {
        each.key: each
        for name in classes.values()
        for each in _roots(wish, school_class=name)
    }
    places = {}
    for receiver in receivers:
        chain = list(_common(wish, receiver, access=access))
        needed |= {each.key: each for each in chain}
        places[common_place(receiver, subject=wish.subject)] = chain[-1].key
    return CommonFolders(
        drive=wish.drive, owner=owner, needed=tuple(needed.values()), places=places
    )


def common_place(receiver: Recipient, *, subject: str) -> tuple[str, ...]:
    """What a plan calls the folder of those who share, while it has no id."""
    above = (receiver.school_class or "", display_name(subject))
    return (*(legal_name(each) for each in above if each), *receiver.folder)


def check_own_folders(students: Sequence[Recipient], *, drive: str, subject: str) -> None:
    """Refuse a roster in which two students have one key. Raises RosterRefused."""
    by_key: defaultdict[FolderKey, list[str]] = defaultdict(list)
    for each in students:
        by_key[folder_key(drive, each, subject=subject)].append(each.student)
    if problems := [_shared_key(names) for names in by_key.values() if len(names) > 1]:
        raise RosterRefused("Not every student has a folder alone.", problems=problems)


def find_uninvited(needed: NeededFolder, there: Sequence[Guest]) -> Sequence[str]:
    """Those for whom a folder is and who may not do there yet what they shall."""
    emails = {
        (each.email or "").lower() for each in there if each.access.includes(needed.access)
    }
    return [each for each in needed.guests if each not in emails]


def find_too_free(needed: NeededFolder, there: Sequence[Guest]) -> Sequence[str]:
    """Those for whom a folder is and who may do more there than they shall."""
    free = {
        (each.email or "").lower()
        for each in there
        if not needed.access.includes(each.access)
    }
    return [each for each in needed.guests if each in free]


def reason_for(error: HectographError) -> Reason:
    """Why a folder is not there or not shared, with the way to go on."""
    reason = error.reason()
    again = "run `hectograph folders ensure` again"
    remedy = reason.remedy.replace("run `hectograph shares retry ID`", again)
    return Reason(code=reason.code, message=reason.message, remedy=remedy)


def _roots(wish: FolderWish, *, school_class: str) -> Iterator[NeededFolder]:
    root = FolderKey(drive=wish.drive, school_class=fold(school_class))
    yield NeededFolder(
        key=root,
        name=legal_name(school_class),
        school_class=school_class,
        guests=_each_once((*wish.couriers, *wish.teachers)),
    )
    if subject := display_name(wish.subject):
        yield NeededFolder(
            key=replace(root, subject=fold(subject)),
            name=legal_name(subject),
            school_class=school_class,
            subject=subject,
            parent=root,
        )


def _common(
    wish: FolderWish, receiver: Recipient, *, access: Access
) -> Iterator[NeededFolder]:
    """The folders that lead to those who share, each after the one it lies in."""
    school_class, subject = receiver.school_class or "", display_name(wish.subject)
    above = FolderKey(
        drive=wish.drive, school_class=fold(school_class), subject=fold(subject)
    )
    *between, name = receiver.folder
    for each in between:
        key = replace(above, student=f"{COMMON}{fold(each)}")
        yield NeededFolder(
            key=key, name=each, school_class=school_class, subject=subject, parent=above
        )
        above = key
    # By the group, not by its folder's name, which may have been numbered.
    whose = f"{fold(receiver.group)}{COMMON}{access}" if receiver.group else fold(name)
    emails = [each.email or "" for each in receiver.members]
    yield NeededFolder(
        key=replace(above, student=f"{above.student}{COMMON}{whose}"),
        name=name,
        school_class=school_class,
        subject=subject,
        parent=above,
        guests=_each_once(emails),
        access=access,
    )


def _student_folder(wish: FolderWish, recipient: Recipient) -> NeededFolder:
    key = folder_key(wish.drive, recipient, subject=wish.subject)
    return NeededFolder(
        key=key,
        name=legal_name(recipient.student),
        school_class=recipient.school_class or "",
        subject=display_name(wish.subject),
        parent=replace(key, student=""),
        guests=(recipient.email.lower(),) if recipient.email else (),
        student=recipient.student,
    )


def _each_once(emails: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.strip().lower() for each in emails))


def _classless(recipient: Recipient) -> Problem:
    return Problem(
        row=None,
        cause=f"{recipient.student} has no class.",
        effect="It is not known in whose folder theirs should lie.",
        remedy='Add a column "Class", with the class in every row.',
    )


def _unreachable(recipient: Recipient) -> Problem:
    return Problem(
        row=None,
        cause=f"{recipient.student} has no email.",
        effect="The folder could not be shared with them.",
        remedy='Add a column "Email", with an address in every row.',
    )


def _shared_key(names: Sequence[str]) -> Problem:
    return Problem(
        row=None,
        cause=f"{' and '.join(names)} have the same email, or the same name without one.",
        effect="They would have one folder between them.",
        remedy='Give each an email of their own, or a column "Folder" with links.',
    )
