"""The folders that a class needs on a drive, and what became of each.

A folder is known by what it is for, its key, and ever after by its id: people may rename
and move it.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from hectograph.domain.errors import HectographError, Problem, Reason, RosterRefused
from hectograph.domain.links import folder_link
from hectograph.domain.names import display_name, fold, legal_name
from hectograph.domain.roster import Recipient, Roster


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderKey:
    """A folder by what it is for: a class's, a subject's in it, a student's in that.

    `subject` and `student` are empty for the folders above. All parts are folded.
    """

    drive: str
    school_class: str
    subject: str = ""
    student: str = ""


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
class Editor:
    """Somebody who may write into a folder; `id` is the service's for the permission."""

    id: str
    email: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededFolder:
    """A folder that should be there; `parent` is None at the top of the drive.

    `editors` are emails, in the order in which they are invited. `student` and the rest
    are as they are shown; `student` is empty for the folders above.
    """

    key: FolderKey
    name: str
    school_class: str
    subject: str = ""
    parent: FolderKey | None = None
    editors: tuple[str, ...] = ()
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
        return bool(self.needed.student) and not self.needed.editors

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


def check_own_folders(students: Sequence[Recipient], *, drive: str, subject: str) -> None:
    """Refuse a roster in which two students have one key. Raises RosterRefused."""
    by_key: defaultdict[FolderKey, list[str]] = defaultdict(list)
    for each in students:
        by_key[folder_key(drive, each, subject=subject)].append(each.student)
    if problems := [_shared_key(names) for names in by_key.values() if len(names) > 1]:
        raise RosterRefused("Not every student has a folder alone.", problems=problems)


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
        editors=_each_once((*wish.couriers, *wish.teachers)),
    )
    if subject := display_name(wish.subject):
        yield NeededFolder(
            key=replace(root, subject=fold(subject)),
            name=legal_name(subject),
            school_class=school_class,
            subject=subject,
            parent=root,
        )


def _student_folder(wish: FolderWish, recipient: Recipient) -> NeededFolder:
    key = folder_key(wish.drive, recipient, subject=wish.subject)
    return NeededFolder(
        key=key,
        name=legal_name(recipient.student),
        school_class=recipient.school_class or "",
        subject=display_name(wish.subject),
        parent=replace(key, student=""),
        editors=(recipient.email.lower(),) if recipient.email else (),
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


def _shared_key(names: Sequence[str]) -> Problem:
    return Problem(
        row=None,
        cause=f"{' and '.join(names)} have the same email, or the same name without one.",
        effect="They would have one folder between them.",
        remedy='Give each an email of their own, or a column "Folder" with links.',
    )
