"""A school's hours: what its clocks mean, across the nights in which they are changed."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, Self

from hectograph.domain.errors import RequestRefused
from hectograph.domain.school_days import A_DAY, WEEKDAYS, SchoolDays

A_SECOND: Final = timedelta(seconds=1)
CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Night:
    """The hours in which a school's storage has nothing else to do; past midnight."""

    begins: time
    ends: time

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `20:00-07:30`. Raises ValueError."""
        begins, _, ends = text.partition("-")
        night = cls(parse_clock(begins), parse_clock(ends))
        if night.begins <= night.ends:
            message = f"{text!r} is no night: it begins in the evening, such as 20:00-07:30"
            raise ValueError(message)
        return night


def parse_clock(text: str) -> time:
    """Read `9:05`. Raises ValueError."""
    found = CLOCK.fullmatch(text.strip())
    if found is None:
        message = f"{text.strip()!r} is no time of day, such as 09:00"
        raise ValueError(message)
    return time(int(found[1]), int(found[2]))


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolTime:
    """The school's zone, None for the system's, and its night. Instants are in UTC."""

    zone: tzinfo | None
    night: Night

    def local(self, instant: datetime) -> datetime:
        """What the school's clocks show."""
        return instant.astimezone(self.zone)

    def instant(self, day: date, clock: time) -> datetime:
        """When the school's clocks show a time.

        Of a time that they show twice, the first; of one that they skip, the moment at
        which they do.
        """
        shown = datetime.combine(day, clock)
        first = self._read(shown)
        if self.local(first).replace(tzinfo=None) == shown:
            return first
        return self._skipped(self._read(shown.replace(fold=1)), first)

    def next(self, clock: time, *, after: datetime) -> datetime:
        """The next moment, later than `after`, at which the clocks show this."""
        day = self.local(after).date()
        while (found := self.instant(day, clock)) <= after:
            day += A_DAY
        return found

    def tonight(self, days: SchoolDays, *, now: datetime) -> tuple[datetime, datetime]:
        """From the night that is, or comes next, to the morning of the next school day.

        Within a night it begins now.
        """
        morning = self.local(self.next(self.night.ends, after=now)).date()
        begins_at = max(now, self.instant(morning - A_DAY, self.night.begins))
        return begins_at, self.instant(days.next_open(morning), self.night.ends)

    def parse_moment(
        self, text: str, *, now: datetime, after: datetime | None = None
    ) -> datetime:
        """Read `09:00`, `tomorrow 9:00`, `monday 08:15` or `2026-11-30 09:00`.

        A time alone is the next one `after` a moment, else after `now`. Raises
        RequestRefused for what is none of these, is over, or comes before that moment.
        """
        after = after or now
        try:
            found = self._moment(text.strip().lower(), now=now, after=after)
        except ValueError as error:
            raise RequestRefused(
                f"{text!r} is no time: {error}.",
                effect="Nothing was done.",
                remedy="Write 09:00, tomorrow 09:00, monday 09:00 or 2026-11-30 09:00.",
            ) from error
        if found <= now:
            raise RequestRefused(
                f"{text!r} is over: at the school it is {self.local(now):%Y-%m-%d %H:%M}.",
                effect="Nothing was done.",
                remedy="Choose a later time, or none for now.",
            )
        if found <= after:
            raise RequestRefused(
                f"{text!r} comes before it begins, {self.local(after):%Y-%m-%d %H:%M}.",
                effect="Nothing was done.",
                remedy="Choose a later time, or an earlier beginning.",
            )
        return found

    def _moment(self, text: str, *, now: datetime, after: datetime) -> datetime:
        today = self.local(now).date()
        if text[:1].isdigit():
            text = text.replace("t", " ")
        day, _, clock = text.rpartition(" ")
        hour = parse_clock(clock)
        if not day:
            return self.next(hour, after=after)
        if day in {"today", "tomorrow"}:
            return self.instant(today + (day == "tomorrow") * A_DAY, hour)
        if day in WEEKDAYS:
            ahead = (WEEKDAYS.index(day) - today.weekday()) % len(WEEKDAYS)
            found = self.instant(today + ahead * A_DAY, hour)
            return found if found > now else self.instant(today + (ahead + 7) * A_DAY, hour)
        return self.instant(date.fromisoformat(day), hour)

    def _read(self, shown: datetime) -> datetime:
        aware = shown.replace(tzinfo=self.zone) if self.zone else shown.astimezone()
        return aware.astimezone(UTC)

    def _skipped(self, before: datetime, after: datetime) -> datetime:
        """The moment between the two at which the clocks are put forward."""
        offset = self.local(before).utcoffset()
        while after - before > A_SECOND:
            middle = before + (after - before) / 2
            if self.local(middle).utcoffset() == offset:
                before = middle
            else:
                after = middle
        return after.replace(microsecond=0)
