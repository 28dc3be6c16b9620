"""A school's day that nobody has lived yet, made up from a few numbers.

Of the shares every other one is asked for at any time of the hours given, and the rest as
lessons begin: each lesson takes 45 minutes, the first begins with the hours, and who shares
for one does so within its first three minutes. What is made up is the same for the same
random numbers.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil
from typing import Final, Self

from hectograph.domain.errors import RequestRefused
from hectograph.domain.ids import ALPHABET, AccountId, ShareId
from hectograph.domain.school_time import SchoolTime, parse_clock
from hectograph.domain.simulated_day import Arrival, Draw

LESSON: Final = timedelta(minutes=45)
RUSH: Final = timedelta(minutes=3)

SIZES: Final = re.compile(r"([1-9]\d{0,5})(?:\s*-\s*([1-9]\d{0,5}))?")
BIG: Final = re.compile(r"([1-9]\d{0,3})\s*x\s*([1-9]\d{0,5})")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many students classes have, from the smallest to the largest."""

    least: int
    most: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `30` or `24-32`. Raises RequestRefused."""
        found = SIZES.fullmatch(text.strip())
        least = int(found[1]) if found else 0
        most = int(found[2] or least) if found else 0
        if not 0 < least <= most:
            raise _refused(f'"{text}" is no size of a class.', "Write 30, or 24-32.")
        return cls(least, most)

    @property
    def mean(self) -> float:
        """The size of a class, on average."""
        return (self.least + self.most) / 2

    def drawn(self, draw: Draw) -> int:
        """One of the sizes, each as likely as the other."""
        return min(self.most, self.least + int(draw() * (self.most - self.least + 1)))


@dataclass(frozen=True, slots=True)
class Big:
    """So many shares for so many students each, such as a whole year's."""

    shares: int
    students: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `3x900`. Raises RequestRefused."""
        found = BIG.fullmatch(text.strip().lower())
        if found is None:
            raise _refused(
                f'"{text}" does not say how many big shares of how many students.',
                "Write 3x900 for three shares of 900.",
            )
        return cls(int(found[1]), int(found[2]))


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of a day in which teachers share, on the school's clocks."""

    begins: time
    ends: time

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `08:00-13:00`. Raises RequestRefused."""
        begins, _, ends = text.partition("-")
        try:
            found = cls(parse_clock(begins), parse_clock(ends))
        except ValueError as error:
            raise _refused(f'"{text}": {error}.', "Write 08:00-13:00.") from error
        if found.begins >= found.ends:
            raise _refused(f'"{text}" ends before it begins.', "Write 08:00-13:00.")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """A school in numbers: each teacher shares so many documents, each with a class."""

    teachers: int
    sizes: Sizes
    hours: Hours
    documents: int = 1
    big: Big | None = None


def teachers_for(students: int, sizes: Sizes) -> int:
    """How many teachers share so that each of so many students gets one document."""
    return ceil(students / sizes.mean)


def build_day(
    numbers: Numbers, *, on: date, school: SchoolTime, draw: Draw
) -> tuple[Arrival, ...]:
    """What is asked for on a day, in the order of asking."""
    begins_at = school.instant(on, numbers.hours.begins)
    ends_at = school.instant(on, numbers.hours.ends)
    sizes = [
        (numbers.sizes.drawn(draw), number % numbers.teachers)
        for number in range(numbers.teachers * numbers.documents)
    ]
    if big := numbers.big:
        sizes += [
            (big.students, int(draw() * numbers.teachers) % numbers.teachers)
            for _ in range(big.shares)
        ]
    arrivals = [
        Arrival(
            share=_numbered(number),
            account=AccountId(f"google:forecast/teacher{teacher + 1}"),
            at=_moment(number, begins_at=begins_at, ends_at=ends_at, draw=draw),
            deliveries=size,
        )
        for number, (size, teacher) in enumerate(sizes)
    ]
    return tuple(sorted(arrivals, key=lambda each: (each.at, each.share)))


def _moment(number: int, *, begins_at: datetime, ends_at: datetime, draw: Draw) -> datetime:
    if number % 2:
        return begins_at + draw() * (ends_at - begins_at)
    lessons = ceil((ends_at - begins_at) / LESSON)
    return begins_at + int(draw() * lessons) * LESSON + draw() * RUSH


def _numbered(number: int) -> ShareId:
    digits = ""
    for _ in range(10):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return ShareId(digits)


def _refused(cause: str, remedy: str) -> RequestRefused:
    return RequestRefused(cause, effect="Nothing was forecast.", remedy=remedy)
