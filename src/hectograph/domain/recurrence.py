"""On which days, and when on each, what repeats is done."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Self

from hectograph.domain.errors import RequestRefused
from hectograph.domain.schedule import When, decide_timing
from hectograph.domain.school_days import A_DAY, WEEKDAYS, SchoolDays, parse_weekdays
from hectograph.domain.school_time import SchoolTime, parse_clock
from hectograph.domain.share import Timing

EVERY_DAY: Final = "day"
SCHOOL_DAYS: Final = "schoolday"
ALL_WEEK: Final = SchoolDays(week=frozenset(range(7)))

MADE_AHEAD: Final = timedelta(hours=1)
"""So long before it is to be there begins what has no beginning of its own."""
JUST_BEFORE: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One time that something is due: the school's `day`, and when it is asked for.

    `wanted_at` is the moment that a person thinks of: its beginning if they named one,
    else when the copies are to be there.
    """

    day: date
    asks_at: datetime
    wanted_at: datetime
    timing: Timing


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What was said: days of the week, times of day, and the last day, if any.

    `every` is `day`, `schoolday`, or weekdays divided by commas, in order. `when` has
    times of day alone.
    """

    every: str
    when: When
    until: date | None = None

    @classmethod
    def parse(cls, every: str, *, when: When, until: str | None = None) -> Self:
        """Read what was typed; nothing said of the time is *the night before*.

        Raises RequestRefused.
        """
        _check_times(when)
        if not (when.at or when.done_by or when.reveal_at or when.in_lesson):
            when = replace(when, tonight=True)
        return cls(every=_parse_every(every), when=when, until=_parse_until(until))

    def changed(self, *, every: str | None, until: str | None, when: When) -> Self:
        """The rule with what was said anew: the days, the last day, all times together.

        Raises RequestRefused.
        """
        times = self.when if when.is_now else when
        said = self.parse(every or self.every, when=times, until=until)
        return said if until else replace(said, until=self.until)

    def falls_on(self, day: date, *, days: SchoolDays) -> bool:
        """Whether the day is one of the rule's, whatever the calendar says of it."""
        if self.until is not None and day > self.until:
            return False
        if self.every == SCHOOL_DAYS:
            return day.weekday() in days.week
        return self.every == EVERY_DAY or WEEKDAYS[day.weekday()] in self.every.split(",")

    def on(self, day: date, *, school: SchoolTime) -> Occurrence:
        """The occurrence of a day, by the clocks of that day."""
        evening, midnight = (day - A_DAY, school.night.begins), (day, time())
        before = school.instant(*(evening if self.when.tonight else midnight)) - JUST_BEFORE
        timing = decide_timing(self.when, school=school, days=ALL_WEEK, now=before)
        there_at = timing.reveals_at or timing.deadline
        wanted_at = timing.begins_at if self.when.at else there_at
        assert wanted_at is not None  # noqa: S101 - `parse` lets no rule without a time be
        return Occurrence(
            day=day,
            asks_at=timing.begins_at or wanted_at - MADE_AHEAD,
            wanted_at=wanted_at,
            timing=timing,
        )

    def occurrences(
        self, *, first: date, school: SchoolTime, days: SchoolDays
    ) -> Iterator[Occurrence]:
        """Those from a day on, in order, also on closed days; for ever where no end is."""
        day = first
        while self.until is None or day <= self.until:
            if self.falls_on(day, days=days):
                yield self.on(day, school=school)
            day += A_DAY

    def words(self) -> str:
        """How a person would say it."""
        when = self.when
        times = (
            "in the night before" if when.tonight else "",
            f"shown at {when.reveal_at}" if when.reveal_at else "",
            f"all there by {when.done_by}" if when.done_by else "",
            "for a lesson" if when.in_lesson else "",
        )
        until = f"until {self.until.day} {self.until:%B %Y}" if self.until else ""
        begin = f"{self._days()} at {when.at}" if when.at else self._days()
        return ", ".join(filter(None, (begin, *times, until)))

    def as_json(self) -> dict[str, Any]:
        """What `--json` prints, and what is kept."""
        return {
            "every": self.every,
            **asdict(self.when),
            "until": self.until.isoformat() if self.until else None,
        }

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Self:
        """The rule that was kept."""
        until = told["until"]
        return cls(
            every=told["every"],
            when=When(**{each.name: told[each.name] for each in fields(When)}),
            until=date.fromisoformat(until) if until else None,
        )

    def _days(self) -> str:
        if self.every in {EVERY_DAY, SCHOOL_DAYS}:
            return self.every.replace("schoolday", "school day")
        days = [each.capitalize() for each in self.every.split(",")]
        if len(days) > 2 and self.every in ",".join(WEEKDAYS):  # noqa: PLR2004 - a span
            return f"{days[0]} to {days[-1]}"
        return " and ".join(filter(None, (", ".join(days[:-1]), days[-1])))


def _parse_every(text: str) -> str:
    named = text.strip().lower()
    if named in {EVERY_DAY, SCHOOL_DAYS}:
        return named
    try:
        week = parse_weekdays(named)
    except ValueError as error:
        raise RequestRefused(
            f"It cannot be known what every {text!r} is: {error}.",
            effect="Nothing was done.",
            remedy="Write monday, mon,thu, mon-fri, schoolday or day.",
        ) from error
    return ",".join(WEEKDAYS[number] for number in sorted(week))


def _parse_until(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise RequestRefused(
            f"{text!r} is no date.",
            effect="Nothing was done.",
            remedy="Write the last day as 2026-12-18.",
        ) from error


def _check_times(when: When) -> None:
    for text in filter(None, (when.at, when.done_by, when.reveal_at)):
        try:
            parse_clock(text)
        except ValueError as error:
            raise RequestRefused(
                f"What repeats has a time of day alone, and {error}.",
                effect="Nothing was done.",
                remedy="Write 09:00, and the days with --every.",
            ) from error
    if when.in_lesson and not (when.at or when.done_by):
        raise RequestRefused(
            "A lesson begins at a time of day.",
            effect="Nothing was done.",
            remedy="Say which with --at.",
        )
