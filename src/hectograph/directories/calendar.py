"""The school's closed days, from an iCalendar file (RFC 5545).

An event of whole days closes the days that it covers, each time that it comes; one with
a time of day closes nothing, and neither does one that was cancelled.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any, Final

from hectograph.domain.errors import CalendarRefused
from hectograph.domain.school_days import SchoolDays

BEHIND: Final = timedelta(days=366)
AHEAD: Final = timedelta(days=3 * 366)
"""So far from today a calendar is read; an event may come again for ever."""

UNNAMED: Final = "closed"
DAILY_OR_RARER: Final = frozenset({"daily", "weekly", "monthly", "yearly"})
READ: Final = frozenset(
    {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"}
)
"""What must be right for an event's days to be known."""


@dataclass(slots=True, kw_only=True)
class SchoolCalendar:
    """The calendar that the settings name, None for none; and the week's school days.

    `zone` is the school's, None for the system's.
    """

    path: Path | None
    week: frozenset[int]
    zone: tzinfo | None
    _seen: tuple[object, ...] = ()
    _days: SchoolDays = field(default_factory=SchoolDays)

    def days(self, *, today: date) -> SchoolDays:
        """The school days as the file tells them now. Raises CalendarRefused."""
        seen = (today, self._version())
        if seen != self._seen:
            self._days = SchoolDays(week=self.week, closed=self._closed(today))
            self._seen = seen
        return self._days

    def _version(self) -> tuple[int, ...]:
        if self.path is None:
            return ()
        with suppress(OSError):  # reading it tells why
            status = self.path.stat()
            return status.st_mtime_ns, status.st_size, status.st_ino
        return (0,)

    def _closed(self, today: date) -> dict[date, str]:
        if self.path is None:
            return {}
        first, last = today - BEHIND, today + AHEAD
        return read_closed_days(self.path, first=first, last=last, zone=self.zone)


def read_closed_days(
    path: Path, *, first: date, last: date, zone: tzinfo | None
) -> dict[date, str]:
    """The closed days from `first` to `last`, and what each of them is called.

    Raises CalendarRefused.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}") from error
    try:
        events = _read_events(content)
    except ValueError as error:
        raise _refused(path, f"is no iCalendar file: {error}") from error
    reader = _Reader(first=first, last=last, zone=zone, replaced=_list_replaced(events))
    closed: dict[date, str] = {}
    for event in events:
        try:
            closed |= dict.fromkeys(reader.days_of(event), _name(event))
        except ValueError as error:
            raise _refused(path, f'has the event "{_name(event)}": {error}') from error
    return closed


def _read_events(content: bytes) -> list[Any]:
    # Only who has a calendar waits the eighth of a second that this takes.
    from icalendar import Calendar  # noqa: PLC0415

    calendars = Calendar.from_ical(content.removeprefix(b"\xef\xbb\xbf"), multiple=True)
    if not calendars or any(each.name != "VCALENDAR" for each in calendars):
        message = "it does not begin with BEGIN:VCALENDAR"
        raise ValueError(message)
    return [event for each in calendars for event in each.walk("VEVENT")]


def _list_replaced(events: Sequence[Any]) -> Mapping[str, list[date]]:
    """By event: the times that stand in the calendar as an event of their own."""
    found: dict[str, list[date]] = {}
    for each in events:
        with suppress(ValueError):  # told when its days are asked for
            if each.RECURRENCE_ID is not None:
                found.setdefault(_uid(each), []).append(each.RECURRENCE_ID)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Reads events as the days that they close from `first` to `last`."""

    first: date
    last: date
    zone: tzinfo | None
    replaced: Mapping[str, Sequence[date]]

    def days_of(self, event: Any) -> Iterator[date]:
        """Raises ValueError for an event that cannot be read."""
        start = event.start
        if isinstance(start, datetime) or event.get("STATUS") == "CANCELLED":
            return
        for name, fault in event.errors:
            if name in READ:
                message = f"{name} cannot be read: {fault}"
                raise ValueError(message)
        end = event.end
        if end < start:
            message = "it ends before it begins"
            raise ValueError(message)
        length = max((end - start).days, 1)
        for begin in self._begins(event, length):
            first = max(begin, self.first.toordinal())
            for number in range(first, min(begin + length, self.last.toordinal() + 1)):
                yield date.fromordinal(number)

    def _begins(self, event: Any, length: int) -> Iterator[int]:
        """The days, counted from year 1, on which it begins and may reach `first`."""
        from dateutil.rrule import rruleset, rrulestr  # noqa: PLC0415

        times = rruleset()
        times.rdate(_midnight(event.start))
        for rule in event.rrules:
            text = self._plain(rule)
            times.rrule(rrulestr(text, dtstart=_midnight(event.start)))
        for begin, _ in event.rdates:
            times.rdate(_midnight(begin))
        for begin in [*event.exdates, *self._replaced(event)]:
            times.exdate(_midnight(begin))
        since = date.fromordinal(max(1, self.first.toordinal() - length))
        found = times.between(_midnight(since), _midnight(self.last), inc=True)
        return (each.toordinal() for each in found)

    def _replaced(self, event: Any) -> Sequence[date]:
        if event.RECURRENCE_ID is None:
            return self.replaced.get(_uid(event), ())
        if event["RECURRENCE-ID"].params.get("RANGE"):
            message = "a change of all the times that follow is not understood"
            raise ValueError(message)
        return ()

    def _plain(self, rule: Any) -> str:
        """The rule as dateutil takes it for whole days.

        An end in UTC, as some programs write it, is a day at the school.
        """
        frequency = str(rule.get("FREQ", ["at no time"])[0]).lower()
        if 0 in rule.get("INTERVAL", ()):
            frequency = "at an interval of 0"
        if frequency not in DAILY_OR_RARER:
            message = f"whole days cannot come {frequency}"
            raise ValueError(message)
        until = [
            each.astimezone(self.zone).date()
            if isinstance(each, datetime) and each.tzinfo
            else each
            for each in rule.get("UNTIL", ())
        ]
        plain = type(rule)({**rule, "UNTIL": until} if until else rule)
        return str(plain.to_ical().decode())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _uid(event: Any) -> str:
    return str(event.get("UID", ""))


def _name(event: Any) -> str:
    return str(event.get("SUMMARY") or UNNAMED).strip() or UNNAMED


def _refused(path: Path, what: str) -> CalendarRefused:
    return CalendarRefused(
        f"The school's calendar {path} {what.rstrip('.')}.",
        effect="It is not known on which days there is school.",
    )
