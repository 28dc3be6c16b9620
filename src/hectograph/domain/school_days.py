"""The days on which there is school."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

A_DAY: Final = timedelta(days=1)
WEEKDAYS: Final = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
SHORTEST: Final = 3
"""So many letters of a weekday's name tell which one is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolDays:
    """Which days of the week are school days (0 is Monday), and when school is closed.

    `closed` tells for each day of the school's calendar what it is. With a week of at
    least one day there is always a next one.
    """

    week: frozenset[int] = frozenset(range(5))
    closed: Mapping[date, str] = field(default_factory=dict)

    def is_open(self, day: date) -> bool:
        """Whether there is school."""
        return self.why_closed(day) is None

    def why_closed(self, day: date) -> str | None:
        """Why there is none: the calendar's word, or the day of the week."""
        if day in self.closed:
            return self.closed[day]
        number = day.weekday()
        return None if number in self.week else WEEKDAYS[number].capitalize()

    def next_open(self, day: date) -> date:
        """The day itself if there is school, else the next on which there is."""
        while not self.is_open(day):
            day += A_DAY
        return day


def parse_weekdays(text: str) -> frozenset[int]:
    """Read `mon,thu` or `mon-fri`; 0 is Monday. Raises ValueError."""
    found: set[int] = set()
    for part in text.lower().split(","):
        first, dash, last = part.partition("-")
        begin = parse_weekday(first)
        end = parse_weekday(last) if dash else begin
        found.update((begin + ahead) % 7 for ahead in range((end - begin) % 7 + 1))
    return frozenset(found)


def parse_weekday(text: str) -> int:
    """Read `monday` or `mon`; 0 is Monday. Raises ValueError."""
    name = text.strip().lower()
    for number, weekday in enumerate(WEEKDAYS):
        if len(name) >= SHORTEST and weekday.startswith(name):
            return number
    message = f"{text.strip()!r} is no day of the week, such as monday or mon"
    raise ValueError(message)
