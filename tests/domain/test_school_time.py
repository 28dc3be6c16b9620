from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.errors import RequestRefused
from hectograph.domain.schedule import When, closed_days, decide_timing
from hectograph.domain.school_days import SchoolDays
from hectograph.domain.school_time import Night, SchoolTime
from hectograph.domain.share import NOW, ServiceClass, Timing

EVERY_DAY = SchoolDays(week=frozenset(range(7)))
NIGHT = Night.parse("20:00-07:30")
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]


def school(zone="Europe/Berlin"):
    return SchoolTime(zone=ZoneInfo(zone), night=NIGHT)


def utc(year, month, day, hour, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def test_a_clock_is_read_in_the_schools_zone():
    assert school().instant(date(2026, 11, 30), time(9)) == utc(2026, 11, 30, 8)
    assert school().instant(date(2026, 7, 1), time(9)) == utc(2026, 7, 1, 7)


def test_a_time_that_clocks_skip_is_the_moment_they_do():
    assert school().instant(date(2026, 3, 29), time(2, 30)) == utc(2026, 3, 29, 1)
    half = school("Australia/Lord_Howe").instant(date(2026, 10, 4), time(2, 15))
    assert half == utc(2026, 10, 3, 15, 30)


def test_of_a_time_that_clocks_show_twice_the_first_counts():
    assert school().instant(date(2026, 10, 25), time(2, 30)) == utc(2026, 10, 25, 0, 30)


def test_tonight_is_the_night_that_is_or_comes_next():
    evening = utc(2026, 11, 25, 15)
    assert school().tonight(EVERY_DAY, now=evening) == (
        utc(2026, 11, 25, 19),
        utc(2026, 11, 26, 6, 30),
    )
    within = utc(2026, 11, 26, 2)
    assert school().tonight(EVERY_DAY, now=within) == (within, utc(2026, 11, 26, 6, 30))


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 28), 10.5), (date(2026, 10, 24), 12.5)]
)
def test_a_night_in_which_clocks_are_changed_ends_when_they_show_it(day, hours):
    noon = school().instant(day, time(12))
    begins_at, ends_at = school().tonight(EVERY_DAY, now=noon)

    assert (ends_at - begins_at) == timedelta(hours=hours)
    assert school().local(ends_at).time() == time(7, 30)


def test_on_fridays_tonight_may_take_until_monday_morning():
    friday, monday = utc(2026, 11, 27, 15), date(2026, 11, 30)
    begins_at = utc(2026, 11, 27, 19)

    assert school().tonight(SchoolDays(), now=friday) == (
        begins_at,
        utc(2026, 11, 30, 6, 30),
    )
    bridge = SchoolDays(closed={monday: "Conference"})
    assert school().tonight(bridge, now=friday) == (begins_at, utc(2026, 12, 1, 6, 30))


@given(
    st.sampled_from(ZONES),
    st.integers(1_577_836_800, 2_051_222_400),
    st.times().map(lambda each: each.replace(second=0, microsecond=0)),
)
def test_the_next_time_is_later_within_a_day_and_shown_unless_skipped(zone, now, clock):
    here, now = school(zone), datetime.fromtimestamp(now, UTC)

    found = here.next(clock, after=now)

    assert now < found <= now + timedelta(hours=26)
    shown = here.local(found)
    was_skipped = here.local(found - timedelta(seconds=1)).utcoffset() != shown.utcoffset()
    assert shown.time() == clock or was_skipped


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("17:00", utc(2026, 11, 25, 16)),
        ("9:00", utc(2026, 11, 26, 8)),
        ("today 17:00", utc(2026, 11, 25, 16)),
        ("Tomorrow 09:00", utc(2026, 11, 26, 8)),
        ("monday 08:15", utc(2026, 11, 30, 7, 15)),
        ("wednesday 17:00", utc(2026, 11, 25, 16)),
        ("wednesday 08:00", utc(2026, 12, 2, 7)),
        ("2026-12-24 09:00", utc(2026, 12, 24, 8)),
        ("2026-12-24T09:00", utc(2026, 12, 24, 8)),
    ],
)
def test_times_are_read_as_people_write_them(text, expected):
    assert school().parse_moment(text, now=utc(2026, 11, 25, 15)) == expected


@pytest.mark.parametrize(
    "text", ["", "nine", "25:00", "2026-02-30 09:00", "today 09:00", "2020-01-01 09:00"]
)
def test_what_is_no_time_or_over_is_refused(text):
    with pytest.raises(RequestRefused) as refused:
        school().parse_moment(text, now=utc(2026, 11, 25, 15))
    assert refused.value.remedy


@pytest.mark.parametrize("text", ["20:00", "07:30-20:00", "20:00-25:00", ""])
def test_what_is_no_night_is_refused(text):
    with pytest.raises(ValueError, match="is no"):
        Night.parse(text)


AFTERNOON = utc(2026, 11, 25, 15)


def test_days_without_school_are_told_to_who_names_them():
    def told(days, **said):
        when = When(**said)
        timing = decide_timing(when, school=school(), days=days, now=AFTERNOON)
        return closed_days(when, timing, school=school(), days=days)

    closed = SchoolDays(closed={date(2026, 11, 26): "Fair", date(2026, 11, 27): "Fair"})

    assert told(closed, at="tomorrow 23:30") == {date(2026, 11, 26): "Fair"}
    assert told(closed, reveal_at="friday 09:00") == {date(2026, 11, 27): "Fair"}
    assert told(SchoolDays(), done_by="2026-11-29 09:00") == {date(2026, 11, 29): "Sunday"}
    assert told(closed, tonight=True) == told(closed, at="today 17:00") == {}


def decide(**said):
    return decide_timing(When(**said), school=school(), days=SchoolDays(), now=AFTERNOON)


def test_nothing_said_is_now():
    assert decide() == NOW


def test_tonight_is_done_by_morning():
    assert decide(tonight=True) == Timing(
        service_class=ServiceClass.OVERNIGHT,
        begins_at=utc(2026, 11, 25, 19),
        deadline=utc(2026, 11, 26, 6, 30),
    )
    assert decide(tonight=True, done_by="06:00").deadline == utc(2026, 11, 26, 5)


def test_what_is_revealed_is_made_beforehand_when_nobody_waits():
    nine = utc(2026, 11, 26, 8)

    assert decide(reveal_at="09:00") == Timing(
        service_class=ServiceClass.OVERNIGHT, deadline=nine, reveals_at=nine
    )
    assert decide(reveal_at="09:00", tonight=True).begins_at == utc(2026, 11, 25, 19)


def test_a_deadline_is_after_the_beginning():
    timing = decide(at="tomorrow 09:00", done_by="08:00")

    assert timing.begins_at == utc(2026, 11, 26, 8)
    assert timing.deadline == utc(2026, 11, 27, 7)


@pytest.mark.parametrize(
    "said",
    [
        {"tonight": True, "at": "09:00"},
        {"tonight": True, "in_lesson": True},
        {"in_lesson": True, "reveal_at": "09:00"},
        {"at": "tomorrow 09:00", "reveal_at": "today 17:00"},
    ],
)
def test_what_contradicts_itself_is_refused(said):
    with pytest.raises(RequestRefused):
        decide(**said)
