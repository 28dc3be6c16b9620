from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.directories.calendar import SchoolCalendar, read_closed_days
from hectograph.domain.errors import CalendarRefused

FIRST, LAST = date(2026, 8, 1), date(2028, 7, 31)
BERLIN = ZoneInfo("Europe/Berlin")


def an_event(*lines, name="Holiday"):
    return "\r\n".join(("BEGIN:VEVENT", "UID:1", f"SUMMARY:{name}", *lines, "END:VEVENT"))


def a_calendar(*events):
    return "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", *events, "END:VCALENDAR", ""))


def on(day, name="DTSTART"):
    return f"{name};VALUE=DATE:{day}"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "school.ics"


@pytest.fixture
def closed(path):
    def read(*events):
        path.write_text(a_calendar(*events), encoding="utf-8", newline="")
        return read_closed_days(path, first=FIRST, last=LAST, zone=BERLIN)

    return read


def days(found):
    return [f"{day:%m%d}" for day in sorted(found)]


def test_an_event_closes_its_days_and_not_the_one_after(closed):
    found = closed(an_event(on("20261221"), on("20261224", "DTEND"), name="Christmas"))

    assert found == {date(2026, 12, day): "Christmas" for day in (21, 22, 23)}


@pytest.mark.parametrize(
    "lines",
    [
        (on("20261005"),),
        (on("20261005"), on("20261005", "DTEND")),  # as some programs write a single day
        (on("20261005"), "DURATION:P1D"),
    ],
)
def test_a_single_day_is_one_day(closed, lines):
    assert days(closed(an_event(*lines))) == ["1005"]


def test_what_comes_again_closes_each_time_but_for_exceptions(closed):
    found = closed(
        an_event(
            on("20261002"),
            "RRULE:FREQ=WEEKLY;COUNT=4",
            on("20261009", "EXDATE"),
            on("20261007,20261008", "RDATE"),
        )
    )

    assert days(found) == ["1002", "1007", "1008", "1016", "1023"]


def test_what_comes_for_ever_is_read_as_far_as_is_asked(closed):
    found = closed(an_event(on("20000101"), "RRULE:FREQ=DAILY"))

    assert (min(found), max(found)) == (FIRST, LAST)
    assert len(found) == (LAST - FIRST).days + 1


def test_an_event_that_begins_before_closes_what_it_reaches(closed):
    assert days(closed(an_event(on("20260701"), on("20260803", "DTEND")))) == [
        "0801",
        "0802",
    ]


def test_the_end_of_a_rule_in_utc_is_a_day_at_the_school(closed):
    found = closed(an_event(on("20261005"), "RRULE:FREQ=DAILY;UNTIL=20261006T220000Z"))

    assert days(found) == ["1005", "1006", "1007"]


def test_a_time_that_was_moved_counts_where_it_is(closed):
    found = closed(
        an_event(on("20261005"), "RRULE:FREQ=DAILY;COUNT=3"),
        an_event(on("20261012"), on("20261006", "RECURRENCE-ID")),
    )

    assert days(found) == ["1005", "1007", "1012"]


def test_what_was_cancelled_closes_nothing(closed):
    assert not closed(an_event(on("20261005"), "STATUS:CANCELLED"))


def test_a_time_of_day_closes_nothing(closed):
    assert not closed(an_event("DTSTART:20261005T080000Z", "RRULE:FREQ=NEVER"))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((on("2026100"),), "Holiday"),
        ((on("20261005"), on("20261004", "DTEND")), "ends before it begins"),
        ((on("20261005"), "RRULE:FREQ=NEVER"), "RRULE cannot be read"),
        ((on("20261005"), "RRULE:FREQ=HOURLY"), "hourly"),
        ((on("20261005"), "RRULE:FREQ=DAILY;INTERVAL=0"), "an interval of 0"),
        ((on("20261005"), "RRULE:COUNT=2"), "at no time"),
        (("DESCRIPTION:when?",), "DTSTART"),
    ],
)
def test_an_event_that_cannot_be_read_is_named(closed, path, lines, words):
    with pytest.raises(CalendarRefused, match=words) as refused:
        closed(an_event(*lines))

    assert str(path) in refused.value.cause
    assert refused.value.remedy


@pytest.mark.parametrize(
    "content", [b"", b"Date,Holiday\n", b"\xff\xfe\0", b"BEGIN:VEVENT\nEND:VEVENT\n"]
)
def test_what_is_no_calendar_is_refused(path, content):
    path.write_bytes(content)

    with pytest.raises(CalendarRefused, match="no iCalendar file"):
        read_closed_days(path, first=FIRST, last=LAST, zone=None)


def test_a_calendar_that_is_not_there_is_refused(path):
    with pytest.raises(CalendarRefused, match="cannot be read"):
        read_closed_days(path, first=FIRST, last=LAST, zone=None)


LINES = st.lists(
    st.sampled_from(a_calendar(an_event(on("20261005"), "RRULE:FREQ=DAILY")).split("\r\n"))
    | st.text(max_size=20),
    max_size=12,
)


@given(LINES)
def test_any_text_is_read_or_refused(tmp_path_factory, lines):
    path = tmp_path_factory.getbasetemp() / "any.ics"
    path.write_text("\r\n".join(lines), encoding="utf-8")

    try:
        found = read_closed_days(path, first=FIRST, last=FIRST + timedelta(30), zone=None)
    except CalendarRefused:
        return
    assert all(FIRST <= day <= FIRST + timedelta(30) for day in found)


def test_a_changed_calendar_is_read_again_and_another_day_is_another_window(path):
    calendar = SchoolCalendar(path=path, week=frozenset(range(5)), zone=None)
    path.write_text(a_calendar(an_event(on("20261005"))))
    assert not calendar.days(today=FIRST).is_open(date(2026, 10, 5))

    path.write_text(a_calendar(an_event(on("20261006")), an_event(on("20261007"))))

    assert calendar.days(today=FIRST).is_open(date(2026, 10, 5))
    assert calendar.days(today=FIRST).why_closed(date(2026, 10, 6)) == "Holiday"


def test_without_a_calendar_the_week_alone_counts():
    calendar = SchoolCalendar(path=None, week=frozenset({6}), zone=None)

    assert calendar.days(today=FIRST).next_open(date(2026, 10, 5)) == date(2026, 10, 11)
