"""The mail of a day: what it tells somebody, and on which days there is one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from hectograph.domain.ids import PersonId, ShareId
from hectograph.domain.school_time import SchoolTime

FURTHEST: Final = timedelta(days=14)
"""A mail tells of no more than that, however long there was none."""

BEHIND: Final = timedelta(minutes=1)
"""What is younger than that may not be written down yet: it is for the next mail."""


class DigestState(StrEnum):
    """What became of the mail of a day."""

    BEGUN = "begun"
    """It is being sent, or whoever sent it was stopped; then nobody knows."""
    SENT = "sent"
    NOTHING = "nothing to tell"
    CLOSED = "no school"
    """What was done can wait for the next school day."""
    REFUSED = "refused"
    """The server will not take it."""


class MailOutcome(StrEnum):
    """What is known once a mail was sent."""

    SENT = "sent"
    LATER = "later"
    """It certainly was not sent: it may be tried again."""
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """The server may have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who wants a mail a day, and up to when they were told."""

    person: PersonId
    email: str
    name: str
    language: str
    told_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestLine:
    """A share as the mail tells it, in numbers."""

    share: ShareId
    title: str
    school_class: str | None
    copies: int
    delivered: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestLetter:
    """A mail, before it has words. By its `stop` somebody wants none any more."""

    reader: Reader
    day: date
    lines: tuple[DigestLine, ...]
    stop: str

    @property
    def failing(self) -> tuple[DigestLine, ...]:
        """The shares with copies that need somebody."""
        return tuple(each for each in self.lines if each.failed)

    @property
    def done(self) -> tuple[DigestLine, ...]:
        """The shares that are through."""
        return tuple(each for each in self.lines if not each.failed)


def find_due_day(now: datetime, *, at: time, school: SchoolTime) -> date | None:
    """The school's day whose mail is due; None before its hour."""
    day = school.local(now).date()
    return day if now >= school.instant(day, at) else None


def decide_since(reader: Reader, *, now: datetime) -> datetime:
    """From when on there is something to tell."""
    return max(reader.told_until, now - FURTHEST)


def decide_digest(lines: Sequence[DigestLine], *, is_school_day: bool) -> DigestState:
    """Whether there is a mail, or why not; on days without school only if copies failed."""
    if not lines:
        return DigestState.NOTHING
    if not is_school_day and not any(each.failed for each in lines):
        return DigestState.CLOSED
    return DigestState.BEGUN
