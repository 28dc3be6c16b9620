"""Who is in a class, frozen at a moment, and how a table of rows becomes that.

A roster is taken whole or not at all: one row that cannot be understood refuses it, for
a student left out in silence is a copy that never arrives.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hectograph.domain.errors import Problem, RequestRefused, RosterRefused
from hectograph.domain.links import parse_link
from hectograph.domain.names import display_name, fold, legal_name

PROBLEMS_NAMED: Final = 20
HEADERS_NAMED: Final = 20
SHOWN_CHARACTERS: Final = 60

# Each field and the headers that mean it, compared by letters and digits alone.
HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "student": (
        *("name", "full name", "display name", "student", "student name"),
        *("student full name", "pupil", "pupil name", "learner", "learner name"),
    ),
    "given": (
        *("first name", "first names", "first", "given name", "given names", "given"),
        *("forename", "forenames", "student first name", "student given name"),
        *("pupil first name", "first name [required]"),
    ),
    "family": (
        *("last name", "last names", "last", "family name", "family", "surname"),
        *("student last name", "student surname", "student family name"),
        *("pupil surname", "last name [required]"),
    ),
    "email": (
        *("email", "email address", "mail", "primary email", "school email"),
        *("student email", "student email address", "pupil email"),
        "email address [required]",
    ),
    "folder": (
        *("folder", "folder name", "folder path", "student folder", "directory"),
        *("directory path", "student directory", "path"),
    ),
    "class": (
        *("class", "classes", "class name", "class names", "class title"),
        *("school class", "section", "sections", "section name", "form"),
    ),
    "group": ("group", "groups", "group name"),
}

# Headers that only a list of something else has; its rows are not students.
FOREIGN_HEADERS: Final[Mapping[str, str]] = {
    "teacher number": "teachers",
    "principal name": "schools",
    "parent sourced id": "schools",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A student on a roster, or several who share a copy, with the folder that receives.

    `folder` holds the parts of a path below the destination, or is empty when the
    roster names none; then the student's name makes the folder. `student` is the name
    as it is shown, which may not be legal as a file's name. `school_class` is the class
    asked for, else the first that the roster names. `members` are the students who
    share, under the name of their group or class; a single student has none.
    """

    student: str
    email: str | None = None
    folder: tuple[str, ...] = ()
    school_class: str | None = None
    group: str | None = None
    members: tuple["Recipient", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """A class as it stood when it was read; each student once."""

    recipients: tuple[Recipient, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row by its fields; a field may have several cells, none of them blank."""

    number: int
    cells: Mapping[str, tuple[str, ...]]

    def first(self, field: str) -> str:
        return display_name(next(iter(self.cells.get(field, ())), ""))

    @property
    def classes(self) -> tuple[str, ...]:
        listed = ",".join(self.cells.get("class", ()))
        names = (display_name(each) for each in re.split(r"[,;\r\n]", listed))
        return tuple(name for name in names if name)

    @property
    def written(self) -> str:
        """The name as it is written, but for the blanks."""
        return " ".join(
            part
            for field in ("student", "given", "family")
            for part in next(iter(self.cells.get(field, ())), "").split()
        )

    @property
    def student(self) -> str:
        name, given, family = map(self.first, ("student", "given", "family"))
        if not name or (family and not given and fold(family) not in fold(name)):
            # "Name, Surname" is how many schools head the two halves of a name.
            return display_name(f"{name or given} {family}")
        return name


@dataclass(frozen=True, slots=True, kw_only=True)
class _FolderFault:
    """Why a cell names no folder."""

    cause: str
    effect: str
    remedy: str


ReadFolder = Callable[[str], tuple[str, ...] | _FolderFault]


def build_roster(
    rows: Iterable[Sequence[str]], *, school_class: str | None = None, linked: bool = False
) -> Roster:
    """The roster that a table tells, its first row with anything in it being headers.

    With `school_class`, of that class alone; other rows are not looked at. With `linked`
    the folders are links to Google Drive, or ids, and not paths. Each student
    once: the same name with the same email is the same student, and so is the same name
    and folder where an email is missing. Raises RosterRefused with every problem found.
    """
    members = _read_rows(rows)
    if school_class is not None:
        members = _members(members, school_class=school_class)
    return _roster_of(members, school_class=school_class, linked=linked)


def build_rosters(rows: Iterable[Sequence[str]]) -> Mapping[str, Roster]:
    """The rosters of all classes that a table names, by the classes' names.

    Folders are links if any of them is one. A student of several classes is in each.
    Raises RosterRefused with every problem found, also where no class is named.
    """
    members = _read_rows(rows)
    names = {_class_key(name): name for row in members for name in row.classes}
    if not names:
        raise _refused(
            "The roster names no classes.",
            missing='It has no column "Class", or nothing in it.',
            remedy="Add the column, so that it is known whose class it is.",
        )
    linked = any("://" in cell for row in members for cell in row.cells.get("folder", ()))
    _roster_of(members, school_class=None, linked=linked)
    return {
        name: _roster_of(
            _members(members, school_class=name), school_class=name, linked=linked
        )
        for name in sorted(names.values())
    }


def _read_rows(rows: Iterable[Sequence[str]]) -> list[_Row]:
    filled = _filled_rows(rows)
    headers = next(filled, None)
    if headers is None:
        raise _refused(
            "The roster is empty.",
            missing="There is no row with anything in it.",
            remedy="Choose the file that lists the students.",
        )
    fields = _fields(headers[1])
    members = [_row(number, cells, fields=fields) for number, cells in filled]
    if not members:
        raise _refused(
            "The roster has headers and no students.",
            missing="Below the headers every row is blank.",
            remedy="Write a row for each student.",
        )
    return members


def _roster_of(
    members: Sequence[_Row], *, school_class: str | None, linked: bool
) -> Roster:
    read_folder = _linked_folder if linked else _folder_path
    _refuse_problems(
        [problem for row in members for problem in _problems(row, read_folder)]
    )
    return Roster(
        recipients=_each_once(
            [(row.written, _recipient(row, school_class, read_folder)) for row in members]
        )
    )


def field_of(header: str) -> str | None:
    """The field that a header names, a key of HEADERS; None for any other column."""
    key = _key(header)
    field = _FIELDS_BY_KEY.get(key)
    if field is None and _FIELDS_BY_KEY.get(key.rstrip("0123456789")) == "class":
        # Spreadsheets turn a repeated "Class" into "Class2" by themselves.
        return "class"
    return field


def _key(header: str) -> str:
    return "".join(each for each in fold(header) if each.isalnum())


_FIELDS_BY_KEY: Final = {
    _key(header): field for field, headers in HEADERS.items() for header in headers
}
_FOREIGN_BY_KEY: Final = {_key(header): kind for header, kind in FOREIGN_HEADERS.items()}


def _filled_rows(rows: Iterable[Sequence[str]]) -> Iterator[tuple[int, Sequence[str]]]:
    numbered = enumerate(rows, start=1)
    return ((number, cells) for number, cells in numbered if any(map(display_name, cells)))


def _fields(headers: Sequence[str]) -> tuple[str | None, ...]:
    fields = tuple(map(field_of, headers))
    seen = _listed([name for name in map(display_name, headers) if name])
    for header in headers:
        if (kind := _FOREIGN_BY_KEY.get(_key(header))) is not None:
            raise _refused(
                f"This is a list of {kind}, not of students: it has a column "
                f'"{_brief(header)}".',
                missing=f"Its headers are {seen}.",
                remedy="Choose the file that lists the students.",
            )
    if "student" not in fields and not {"given", "family"} <= set(fields):
        raise _refused(
            f"The first row does not say where the students' names are; it has {seen}.",
            missing='A roster needs a column "Name", or "First name" and "Last name".',
            remedy="Write these headers into the first row, or choose the file that "
            "lists the students.",
        )
    return fields


def _row(number: int, cells: Sequence[str], *, fields: Sequence[str | None]) -> _Row:
    found: dict[str, tuple[str, ...]] = {}
    for field, cell in zip(fields, cells, strict=False):
        if field is not None and cell.strip():
            found[field] = (*found.get(field, ()), cell)
    return _Row(number=number, cells=found)


def _members(rows: Sequence[_Row], *, school_class: str) -> list[_Row]:
    wanted = _class_key(school_class)
    members = [row for row in rows if wanted in map(_class_key, row.classes)]
    if members:
        return members
    classes = {_class_key(name): name for row in rows for name in row.classes}
    if not classes:
        raise _refused(
            f'There is no class "{_brief(school_class)}": the roster names no classes.',
            missing='It has no column "Class", or nothing in it.',
            remedy="Add the column, or share with the whole roster.",
        )
    raise _refused(
        f'There is no class "{_brief(school_class)}" in the roster; '
        f"it has {_listed(sorted(classes.values()))}.",
        missing="No row belongs to the class.",
        remedy="Choose one of the classes there are, or correct the roster.",
    )


def _class_key(name: str) -> str:
    return fold(display_name(name))


def _problems(row: _Row, read_folder: ReadFolder) -> Iterator[Problem]:
    formulas = [
        cell for cells in row.cells.values() for cell in cells if cell.lstrip()[:1] == "="
    ]
    for cell in formulas:
        yield Problem(
            row=row.number,
            cause=f'The cell "{_brief(cell)}" is a formula that was not worked out.',
            effect="Its value is not known.",
            remedy="Put the value there in place of the formula.",
        )
    if not formulas and (cause := _name_fault(row)):
        yield Problem(
            row=row.number,
            cause=cause,
            effect="No copy could be addressed.",
            remedy="Write the student's name, or empty the row.",
        )
    found = read_folder(row.first("folder"))
    if isinstance(found, _FolderFault):
        yield Problem(
            row=row.number, cause=found.cause, effect=found.effect, remedy=found.remedy
        )


def _name_fault(row: _Row) -> str:
    if not row.student:
        return "The row has no student's name."
    if not any(unicodedata.category(each)[0] in "LN" for each in row.student):
        return f'The name "{_brief(row.student)}" has neither letter nor digit.'
    return ""


def _folder_path(cell: str) -> tuple[str, ...] | _FolderFault:
    """The parts of a path below the destination."""
    if cause := _folder_fault(cell):
        return _FolderFault(
            cause=cause,
            effect="The copy would land outside the destination.",
            remedy='Write the way from the destination down, such as "9A/Ada".',
        )
    return tuple(map(legal_name, _parts(cell)))


def _linked_folder(cell: str) -> tuple[str, ...] | _FolderFault:
    """The id of a folder on Google Drive."""
    if not cell:
        return ()
    try:
        found = parse_link(cell)
    except RequestRefused as refused:
        return _FolderFault(
            cause=refused.cause, effect="No copy was addressed.", remedy=refused.remedy
        )
    if found is None:
        return _FolderFault(
            cause=f'The folder "{_brief(cell)}" is no link to Google Drive.',
            effect="No copy could be addressed.",
            remedy="Open the folder in the browser, and copy its address from there.",
        )
    return (found,)


def _folder_fault(folder: str) -> str:
    shown = _brief(folder)
    parts = _parts(folder)
    if re.match(r"[a-z][a-z0-9+.-]+://", folder, re.IGNORECASE):
        return f'The folder "{shown}" is a web address.'
    if re.match(r"[a-z]:", folder, re.IGNORECASE):
        return f'The folder "{shown}" begins with a drive.'
    if folder.startswith(("/", "\\")):
        return f'The folder "{shown}" is an absolute path.'
    if ".." in parts:
        return f'The folder "{shown}" climbs up with "..".'
    return f'The folder "{shown}" names no folder.' if folder and not parts else ""


def _parts(folder: str) -> list[str]:
    parts = (part.strip() for part in re.split(r"[\\/]", folder))
    return [part for part in parts if part not in ("", ".")]


def _refuse_problems(problems: Sequence[Problem]) -> None:
    if not problems:
        return
    number = len(problems)
    cause = (
        f"The roster has {number} problems." if number > 1 else "The roster has a problem."
    )
    if number > PROBLEMS_NAMED:
        cause = f"The roster has {number} problems; these are the first {PROBLEMS_NAMED}."
    raise RosterRefused(cause, problems=problems[:PROBLEMS_NAMED])


def _recipient(row: _Row, school_class: str | None, read_folder: ReadFolder) -> Recipient:
    folder = read_folder(row.first("folder"))
    classes = row.classes
    if school_class is not None:
        wanted = _class_key(school_class)
        classes = tuple(each for each in classes if _class_key(each) == wanted)
    return Recipient(
        student=row.student,
        email=row.first("email") or None,
        folder=() if isinstance(folder, _FolderFault) else folder,
        school_class=classes[0] if classes else None,
        group=row.first("group") or None,
    )


def _each_once(rows: Sequence[tuple[str, Recipient]]) -> tuple[Recipient, ...]:
    """Each student once, the first row counting; the rows' order changes nothing else.

    Without an email names are compared as they are written: two that differ in case or
    in the form of their letters may be two children, and both shall have a copy.
    """
    with_email = {_place(name, each) for name, each in rows if each.email}
    once: dict[tuple[str, ...], Recipient] = {}
    for name, each in rows:
        if each.email:
            # Brothers and sisters may share a family's address: the name tells them apart.
            once.setdefault(("email", fold(each.email), fold(each.student)), each)
        elif _place(name, each) not in with_email:
            once.setdefault(("place", *_place(name, each)), each)
    return tuple(once.values())


def _place(name: str, recipient: Recipient) -> tuple[str, ...]:
    return (name, *map(fold, recipient.folder))


def _refused(cause: str, *, missing: str, remedy: str) -> RosterRefused:
    """A refusal of the file as a whole."""
    problem = Problem(
        row=None, cause=missing, effect="No student was found.", remedy=remedy
    )
    return RosterRefused(cause, problems=[problem])


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f'"{_brief(name)}"' for name in names[:HEADERS_NAMED])
    rest = len(names) - HEADERS_NAMED
    return f"{shown} and {rest} more" if rest > 0 else shown


def _brief(text: str) -> str:
    shown = display_name(text)
    return shown if len(shown) <= SHOWN_CHARACTERS else f"{shown[:SHOWN_CHARACTERS]}…"
