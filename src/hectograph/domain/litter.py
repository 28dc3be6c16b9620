"""What an older tool left in students' folders: which files those are, and which may go.

Nobody noted how such a file was left, so the rule goes by its making. A file goes only if
it was made by the tool, within a share of the tool's, and was not written to since. In a
directory an editor that saves by replacing makes a file that looks newly made, and nobody
tells by whom. So there one more thing is asked: that another file has the same content,
as all copies of one document have, and a student's work has not.
"""

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from fnmatch import fnmatchcase
from typing import Final

from hectograph.domain.delivery import DriveEvidence, FileEvidence
from hectograph.domain.drive import check_email
from hectograph.domain.errors import ParentsRefused, Problem, Reason, RequestRefused
from hectograph.domain.names import display_name, fold
from hectograph.domain.removal import reason_for
from hectograph.domain.touch import Making, Original, Present, decide_touch_since

SLACK: Final = timedelta(minutes=1)
"""How far the clocks of the tool's log and of the drive may be apart."""
WRITTEN_WITHIN: Final = timedelta(minutes=1)
"""How long after its making a file may still be written to by what made it.

A tool copies a document in seconds, Google Drive writes to a copy for two more. Within a
minute no student has found the file, opened it and saved it.
"""
PROBLEMS_NAMED: Final = 20

HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "started": ("started", "started at", "start", "start time", "began", "from"),
    "ended": ("ended", "ended at", "end", "end time", "finished", "completed", "to"),
    "creator": ("creator", "creator email", "account", "owner", "email", "by"),
    "pattern": ("pattern", "file pattern"),
    "name": ("name", "file name", "file"),
}

WHEN: Final = "Write it as 2026-03-02 or 2026-03-02 10:15, with +01:00 for another zone."

UNKNOWN_BIRTH: Final = Reason(
    code="cannot_tell",
    message="Nobody can tell when it was made.",
    remedy="Look at it together with the student.",
)
NO_PARENT: Final = Reason(
    code="no_parent_share",
    message="No share of the table made it.",
    remedy="If one did, add it to the table and plan again.",
)
ALONE: Final = Reason(
    code="cannot_tell",
    message="No other file has its content: it may have been saved as a new file.",
    remedy="Look at it together with the student.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file that may be litter, as it was found.

    `born_at` is None when nobody can tell, `creator` in a directory and in a shared
    drive. `actor` is the account that may take it away, where it is not the one that
    looked; `obstacle` why none may.
    """

    original: Original
    present: Present
    path: str
    born_at: datetime | None
    creator: str | None = None
    actor: str | None = None
    obstacle: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LitterWanted:
    """Which files to look for; `since` and `until` are within the time that is meant."""

    pattern: str
    since: datetime | None = None
    until: datetime | None = None
    creator: str | None = None

    @property
    def prefix(self) -> str:
        """The letters and digits with which the name of every such file begins."""
        found = re.match(r"[A-Za-z0-9]*", self.pattern)
        return found[0] if found else ""

    def takes_name(self, name: str) -> bool:
        """Whether the whole name fits, capitals being told apart."""
        return _fits(name, self.pattern)

    def takes(self, *, born_at: datetime | None, creator: str | None) -> bool:
        """Whether it was made at the time that is meant, and by whom is meant.

        What nobody can tell of a file does not rule it out: it is listed, and stays.
        """
        if not _may_be_same(creator, self.creator):
            return False
        if born_at is None:
            return True
        is_later = self.since is None or self.since <= born_at
        return is_later and (self.until is None or born_at <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentShare:
    """A share of the older tool's, as a row of its log tells."""

    started_at: datetime
    ended_at: datetime
    creator: str | None = None
    pattern: str | None = None
    name: str | None = None

    def made(self, file: FoundFile) -> bool:
        """Whether this share can have made a file."""
        if file.born_at is None or not (
            self.started_at - SLACK <= file.born_at <= self.ended_at + SLACK
        ):
            return False
        if not _may_be_same(file.creator, self.creator):
            return False
        name = file.original.name
        is_named = self.name is None or _normal(name) == _normal(self.name)
        return is_named and (self.pattern is None or _fits(name, self.pattern))


@dataclass(frozen=True, slots=True, kw_only=True)
class Litter:
    """A file, the share that made it, and why it stays; None when it may go."""

    file: FoundFile
    parent: ParentShare | None = None
    reason: Reason | None = None


def build_wanted(
    pattern: str,
    *,
    zone: tzinfo | None,
    since: str | None = None,
    until: str | None = None,
    creator: str | None = None,
) -> LitterWanted:
    """What was typed, checked. Raises RequestRefused.

    Times without a zone are in `zone`, or in the system's; a date is its whole day.
    """
    _check_pattern(pattern)
    wanted = LitterWanted(
        pattern=pattern,
        since=_typed_moment(since, zone=zone),
        until=_typed_moment(until, zone=zone, ends=True),
        creator=check_email(creator) if creator else None,
    )
    if wanted.since and wanted.until and wanted.since > wanted.until:
        raise _refused(
            f"{since} is after {until}.", remedy="Name the earlier time with --since."
        )
    return wanted


def find_parent(file: FoundFile, parents: Sequence[ParentShare]) -> ParentShare | None:
    """The share that made a file, of shares in the order of their starts: the latest."""
    if file.born_at is None:
        return None
    begun = bisect_right(parents, file.born_at + SLACK, key=lambda each: each.started_at)
    latest_first = (parents[place] for place in range(begun - 1, -1, -1))
    return next((each for each in latest_first if each.made(file)), None)


def decide_litter(
    files: Sequence[FoundFile],
    *,
    wanted: LitterWanted,
    parents: Sequence[ParentShare] | None = None,
) -> tuple[Litter, ...]:
    """Judge every file; without `parents` each by its own making alone."""
    if parents is not None:
        parents = sorted(parents, key=lambda share: share.started_at)
    found = [_judged(each, wanted=wanted, parents=parents) for each in files]
    counted = Counter(map(_content, found))
    alone = {each for each, number in counted.items() if number == 1 and each}
    return tuple(
        replace(each, reason=ALONE) if _content(each) in alone else each for each in found
    )


def build_parents(
    rows: Iterable[Sequence[str]], *, zone: tzinfo | None
) -> tuple[ParentShare, ...]:
    """The shares that a table tells, its first row with anything in it being headers.

    Raises ParentsRefused with every problem found; a table is taken whole or not at all.
    """
    filled = (
        (number, row) for number, row in enumerate(rows, 1) if any(map(str.strip, row))
    )
    _, headers = next(filled, (1, ()))
    fields = [_FIELDS.get(_key(each)) for each in headers]
    missing = [each for each in ("Started", "Ended") if each.lower() not in fields]
    if missing:
        raise ParentsRefused(
            f"The table has no column {' and no column '.join(missing)}.",
            problems=[
                _problem(None, f"Its columns are {_listed(headers)}.", remedy=COLUMNS)
            ],
        )
    shares: list[ParentShare] = []
    problems: list[Problem] = []
    for number, row in filled:
        cells = {
            field: display_name(cell)
            for field, cell in zip(fields, row, strict=False)
            if field and cell.strip()
        }
        try:
            shares.append(_parent(cells, zone=zone))
        except RequestRefused as fault:
            problems.append(_problem(number, fault.cause, remedy=fault.remedy))
    if not (problems or shares):
        problems.append(_problem(None, "Below the headers every row is blank.", remedy=ROW))
    if problems:
        count = f"{len(problems)} problems" if len(problems) > 1 else "a problem"
        raise ParentsRefused(
            f"The table of shares has {count}.", problems=problems[:PROBLEMS_NAMED]
        )
    return tuple(shares)


COLUMNS: Final = "It needs Started and Ended, and may have Creator, Pattern and Name."
ROW: Final = "Write a row for each share."


def _judged(
    file: FoundFile, *, wanted: LitterWanted, parents: Sequence[ParentShare] | None
) -> Litter:
    parent = find_parent(file, parents) if parents is not None else None
    found = Litter(file=file, parent=parent)
    if file.born_at is None:
        return replace(found, reason=UNKNOWN_BIRTH)
    if parents is not None and parent is None:
        return replace(found, reason=NO_PARENT)
    tool = (parent.creator if parent else None) or wanted.creator
    if isinstance(file.original.evidence, DriveEvidence) and tool is None:
        return replace(found, reason=_unknown_maker(file.creator))
    until = file.born_at + WRITTEN_WITHIN
    if parent is not None:
        # A share may take hours, in which students find what it made early on.
        until = min(until, parent.ended_at + SLACK)
    making = Making(by=file.creator or tool, until=until)
    judgement = decide_touch_since(making, file.present)
    if not judgement.is_untouched:
        return replace(found, reason=reason_for(judgement))
    return replace(found, reason=file.obstacle)


def _content(finding: Litter) -> tuple[ParentShare | None, str] | None:
    """What all copies that one share made in a directory have in common, if they may go."""
    evidence = finding.file.present.evidence
    if isinstance(evidence, FileEvidence) and finding.reason is None:
        return finding.parent, evidence.sha256
    return None


def _unknown_maker(creator: str | None) -> Reason:
    owner = creator or "the account that the tool used"
    return Reason(
        code="cannot_tell",
        message="Nobody said that the tool made it, and not a student.",
        remedy=f"If the tool did, plan again with --creator {owner}.",
    )


def _parent(cells: Mapping[str, str], *, zone: tzinfo | None) -> ParentShare:
    started, ended = cells.get("started"), cells.get("ended")
    if started is None or ended is None:
        what = "start" if started is None else "end"
        raise RequestRefused(f"The row has no {what}.", remedy=WHEN)
    share = ParentShare(
        started_at=parse_moment(started, zone=zone),
        ended_at=parse_moment(ended, zone=zone, ends=True),
        creator=check_email(cells["creator"]) if "creator" in cells else None,
        pattern=cells.get("pattern"),
        name=cells.get("name"),
    )
    if share.ended_at < share.started_at:
        raise RequestRefused(f"It ends at {ended}, before it starts.", remedy=WHEN)
    return share


def parse_moment(text: str, *, zone: tzinfo | None, ends: bool = False) -> datetime:
    """A date or a date-time in ISO 8601; a date is its beginning, or with `ends` its end.

    Raises RequestRefused.
    """
    try:
        found = _read_moment(text.strip(), ends=ends)
        if found.tzinfo is None and zone is not None:
            found = found.replace(tzinfo=zone)
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        fault = RequestRefused(f'"{text}" is no date and no time.', remedy=WHEN)
    raise fault


def _read_moment(text: str, *, ends: bool) -> datetime:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        # In the hour that comes twice the later one ends, and the earlier one begins.
        return datetime.fromisoformat(text).replace(fold=int(ends))
    return datetime.combine(day, time.max if ends else time.min)


def _typed_moment(
    text: str | None, *, zone: tzinfo | None, ends: bool = False
) -> datetime | None:
    if text is None:
        return None
    try:
        return parse_moment(text, zone=zone, ends=ends)
    except RequestRefused as refused:
        raise _refused(refused.cause, remedy=refused.remedy) from refused


def _check_pattern(pattern: str) -> None:
    """Refuse a pattern that would list everything, or can fit nothing."""
    certain = re.sub(r"\[!?\]?[^\]]*\]", "", pattern)
    if not any(map(str.isalnum, certain)):
        raise _refused(
            f'The pattern "{pattern}" would list all files, students\' own included.',
            remedy="Write what all their names have in common, such as 'temp_*'.",
        )


def _refused(cause: str, *, remedy: str) -> RequestRefused:
    return RequestRefused(cause, effect="Nothing was planned.", remedy=remedy)


def _may_be_same(creator: str | None, wanted: str | None) -> bool:
    """Whether a file's creator is who is meant, or nobody can tell."""
    return creator is None or wanted is None or creator.lower() == wanted


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(_normal(name), _normal(pattern))


def _normal(name: str) -> str:
    """A name in the one form of its letters, which file systems do not agree upon."""
    return unicodedata.normalize("NFC", name)


def _problem(row: int | None, cause: str, *, remedy: str) -> Problem:
    return Problem(row=row, cause=cause, effect="No share is known by it.", remedy=remedy)


def _listed(headers: Sequence[str]) -> str:
    names: Iterator[str] = filter(None, map(display_name, headers))
    return ", ".join(f'"{each}"' for each in names) or "none"


def _key(header: str) -> str:
    return "".join(each for each in fold(header) if each.isalnum())


_FIELDS: Final = {_key(each): field for field, names in HEADERS.items() for each in names}
