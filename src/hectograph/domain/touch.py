"""Whether somebody has worked on a file, or may have: the one rule of every clean-up.

Compared are the file as hectograph left it and the file as it is now. What cannot be told
counts as touched, and what is touched is never taken away. Whoever takes a file away asks
here right before, and again once it is out of sight.

Sources: for files `stat(2)`, for Google Drive the discovery document of v3 (2026-11-06):
`version` grows with every change, so another proves nothing, and the same one an untouched
file where `files.get` told both; lists lag, and may tell a version beside facts of an older
one. `lastModifyingUser` is absent after a change by somebody unknown.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from hectograph.domain.delivery import DriveEvidence, Evidence, FileEvidence


class Touch(StrEnum):
    """What may be said of a file."""

    UNTOUCHED = "untouched"
    TOUCHED = "touched"
    UNKNOWN = "cannot tell"


class Sign(StrEnum):
    """By what it is told."""

    EDITED = "edited"
    """Its content is another, or was written to."""
    REPLACED = "replaced"
    """Another file stands under its name, as after an editor saved."""
    RENAMED = "renamed"
    MOVED = "moved"
    COMMENTED = "commented"
    CHANGED = "changed"
    """Something about it changed later than it should, and nobody can say what."""
    IN_USE = "in use"
    """Somebody has it open, and may be about to write."""
    UNREADABLE = "unreadable"
    """What would have to be compared could not be read."""


UNSURE: Final = frozenset({Sign.CHANGED, Sign.IN_USE, Sign.UNREADABLE})
"""Signs that prove no work, but allow for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The rule's word on a file, with every sign that speaks against taking it away."""

    signs: tuple[Sign, ...]

    @property
    def touch(self) -> Touch:
        """What the signs amount to."""
        if not self.signs:
            return Touch.UNTOUCHED
        return Touch.UNKNOWN if UNSURE.issuperset(self.signs) else Touch.TOUCHED

    @property
    def is_untouched(self) -> bool:
        """Whether the file may be taken away."""
        return self.touch is Touch.UNTOUCHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A file as hectograph left it, or as a plan found it.

    `folder` and `name` are where it stood: parts below the drive's root, or on Google
    Drive the folder's id alone.
    """

    evidence: Evidence
    folder: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """A file as it is now.

    `evidence` is None when it could not be read, with `sha256` that of its content now.
    `has_comments` counts other people's, and is None when nobody could tell; files in a
    directory have none. `in_use`: somebody else has it open. Until `self_written_until`
    a service itself writes to what it has just copied, under the name of the account that
    copied; None where that account may be the student's own.
    """

    evidence: Evidence | None
    folder: tuple[str, ...]
    name: str
    has_comments: bool | None = False
    in_use: bool = False
    self_written_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """How a file came to be, where nobody noted how it was left.

    `by` is the email of the account that made it, None in a directory, which does not
    tell; `until` when that account had certainly done with it.
    """

    by: str | None
    until: datetime


def decide_touch(original: Original, present: Present) -> Judgement:
    """Judge a file that hectograph knows."""
    return Judgement(signs=tuple(_signs(original, present)))


def decide_touch_since(making: Making, present: Present) -> Judgement:
    """Judge a file of which only its making is known."""
    evidence = present.evidence
    return Judgement(signs=(*_signs_about(present), *_later_signs(making, evidence)))


def _signs(original: Original, present: Present) -> Iterator[Sign]:
    yield from _signs_about(present)
    if present.name != original.name:
        yield Sign.RENAMED
    if present.folder != original.folder:
        yield Sign.MOVED
    match original.evidence, present.evidence:
        case FileEvidence() as before, FileEvidence() as now:
            yield from _file_signs(before, now)
        case DriveEvidence() as before, DriveEvidence() as now:
            yield from _drive_signs(before, now, until=present.self_written_until)
        case _, FileEvidence() | DriveEvidence():
            yield Sign.UNREADABLE


def _signs_about(present: Present) -> Iterator[Sign]:
    """What speaks against taking a file away, whatever it was like before."""
    if present.in_use:
        yield Sign.IN_USE
    if present.evidence is None or present.has_comments is None:
        yield Sign.UNREADABLE
    if present.has_comments:
        yield Sign.COMMENTED


def _file_signs(before: FileEvidence, now: FileEvidence) -> Iterator[Sign]:
    # Neither the device, which is numbered anew at each mount, nor the time of the last
    # change of anything, which a backup or a move away and back sets, tells of work.
    if now.inode != before.inode:
        yield Sign.REPLACED
    content = (now.size_bytes, now.mtime_ns, now.sha256)
    if content != (before.size_bytes, before.mtime_ns, before.sha256):
        yield Sign.EDITED


def _drive_signs(
    before: DriveEvidence, now: DriveEvidence, *, until: datetime | None
) -> Iterator[Sign]:
    if now.file != before.file:
        yield Sign.REPLACED
    if not is_same_content(before, now, self_written_until=until):
        yield Sign.EDITED


def is_same_content(
    before: DriveEvidence, now: DriveEvidence, *, self_written_until: datetime | None
) -> bool:
    """Whether nobody has written to a file on Google Drive in between.

    `self_written_until` is as in Present: it excuses a later time, and nothing else.
    """
    # Also at the same version: a list that lags may tell it beside older facts.
    who = (now.modified_by, now.revision, now.md5)
    is_same = who == (before.modified_by, before.revision, before.md5)
    is_known = now.modified_by is not None or now.version == before.version
    # Only a document of Google's own, which has neither, is written to by itself.
    is_native = now.revision is None and now.md5 is None
    is_self_written = (
        is_native
        and self_written_until is not None
        and before.modified_at < now.modified_at <= self_written_until
    )
    is_unwritten = now.modified_at == before.modified_at or is_self_written
    return is_same and is_known and is_unwritten


def _later_signs(making: Making, evidence: Evidence | None) -> Iterator[Sign]:
    match evidence:
        case FileEvidence():
            until_ns = int(making.until.timestamp() * 10**9)
            if evidence.mtime_ns > until_ns:
                yield Sign.EDITED
            elif evidence.ctime_ns > until_ns:
                # A file's own time can be set back, this one cannot.
                yield Sign.CHANGED
        case DriveEvidence():
            is_theirs = making.by is not None and evidence.modified_by == making.by
            if evidence.modified_at > making.until or not is_theirs:
                yield Sign.EDITED
