from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.errors import RequestRefused
from hectograph.domain.recurrence import Rule
from hectograph.domain.schedule import When
from hectograph.domain.school_days import SchoolDays
from hectograph.domain.school_time import Night, SchoolTime
from hectograph.domain.share import ServiceClass

MONDAY = date(2026, 11, 30)
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Cairo",  # clocks are put forward at midnight
    "America/Havana",  # and back to it
    "Asia/Kolkata",
]


def school(zone="Europe/Berlin"):
    return SchoolTime(zone=ZoneInfo(zone), night=Night.parse("20:00-07:30"))


def utc(year, month, day, hour, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def a_rule(every="monday", until=None, **said):
    return Rule.parse(every, when=When(**said), until=until)


def days_of(rule, *, first=MONDAY, number=4, days=None):
    coming = rule.occurrences(first=first, school=school(), days=days or SchoolDays())
    return [f"{each.day:%m%d}" for each in islice(coming, number)]


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        ("monday", ["1130", "1207", "1214", "1221"]),
        ("Thu,mon", ["1130", "1203", "1207", "1210"]),
        ("day", ["1130", "1201", "1202", "1203"]),
        ("sun", ["1206", "1213", "1220", "1227"]),
    ],
)
def test_a_rule_falls_on_its_days(every, expected):
    assert days_of(a_rule(every)) == expected


def test_every_school_day_is_the_schools_week():
    days = SchoolDays(week=frozenset({6, 0}))

    assert days_of(a_rule("schoolday"), days=days) == ["1130", "1206", "1207", "1213"]


def test_the_last_day_is_one_of_them():
    assert days_of(a_rule(until="2026-12-07")) == ["1130", "1207"]


def test_a_beginning_is_its_moment_and_it_is_asked_for_then():
    found = a_rule(at="07:00").on(MONDAY, school=school())

    assert (
        found.asks_at == found.wanted_at == found.timing.begins_at == utc(2026, 11, 30, 6)
    )
    assert found.timing.deadline is None


def test_with_nothing_said_it_is_made_in_the_night_before():
    found = a_rule().on(MONDAY, school=school())

    assert found.asks_at == found.timing.begins_at == utc(2026, 11, 29, 19)
    assert found.wanted_at == found.timing.deadline == utc(2026, 11, 30, 6, 30)
    assert found.timing.service_class is ServiceClass.OVERNIGHT


def test_what_is_shown_is_made_an_hour_ahead():
    found = a_rule(reveal_at="09:00").on(MONDAY, school=school())

    assert found.wanted_at == found.timing.reveals_at == utc(2026, 11, 30, 8)
    assert found.asks_at == utc(2026, 11, 30, 7)
    assert found.timing.begins_at is None


def test_times_are_those_of_one_day():
    rule = a_rule(at="07:00", reveal_at="09:00", done_by="08:30")
    timing = rule.on(MONDAY, school=school()).timing

    assert timing.begins_at == utc(2026, 11, 30, 6)
    assert timing.deadline == utc(2026, 11, 30, 7, 30)
    assert timing.reveals_at == utc(2026, 11, 30, 8)


@pytest.mark.parametrize(
    "said",
    [
        {"at": "monday 07:00"},
        {"reveal_at": "2026-11-30 09:00"},
        {"every": "funday"},
        {"every": ""},
        {"until": "christmas"},
        {"in_lesson": True},
    ],
)
def test_what_is_no_rule_is_refused(said):
    with pytest.raises(RequestRefused) as refused:
        a_rule(**said)
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (a_rule(at="07:00"), "Monday at 07:00"),
        (a_rule("mon,thu", at="07:00"), "Monday and Thursday at 07:00"),
        (a_rule("mon,wed,fri", at="07:00"), "Monday, Wednesday and Friday at 07:00"),
        (a_rule("tue-thu", reveal_at="09:00"), "Tuesday to Thursday, shown at 09:00"),
        (a_rule("schoolday"), "school day, in the night before"),
        (
            a_rule("day", until="2026-12-18"),
            "day, in the night before, until 18 December 2026",
        ),
    ],
)
def test_people_read_when_it_is(rule, words):
    assert rule.words() == words


TIMES = st.times().map(lambda each: f"{each:%H:%M}")
RULES = st.builds(
    a_rule,
    st.sampled_from(["monday", "mon,thu", "day", "schoolday", "sun"]),
    st.none() | st.dates(date(2026, 1, 1), date(2030, 1, 1)).map(str),
    at=TIMES,
    done_by=st.none() | TIMES,
    reveal_at=st.none() | TIMES,
)


@given(RULES)
def test_a_rule_comes_back_as_it_was_kept(rule):
    assert Rule.from_json(rule.as_json()) == rule


@given(st.sampled_from(ZONES), st.dates(date(2020, 1, 1), date(2034, 12, 31)), TIMES)
def test_it_is_by_the_schools_clock_on_both_sides_of_a_change(zone, first, at):
    here = school(zone)
    coming = a_rule("day", at=at).occurrences(first=first, school=here, days=SchoolDays())

    for found in islice(coming, 30):
        shown = here.local(found.wanted_at)
        is_skipped = here.instant(found.day, time.fromisoformat(at)) == found.wanted_at
        assert shown.date() == found.day
        assert f"{shown:%H:%M}" == at or is_skipped


@given(st.sampled_from(ZONES), st.dates(date(2020, 1, 1), date(2034, 12, 31)), RULES)
def test_occurrences_follow_each_other_and_belong_to_their_day(zone, first, rule):
    here = school(zone)
    coming = rule.occurrences(first=first, school=here, days=SchoolDays())

    found = list(islice(coming, 20))

    for before, after in pairwise(found):
        assert before.day < after.day
        assert before.asks_at < after.asks_at
        assert before.wanted_at < after.wanted_at
    for each in found:
        assert each.asks_at <= each.wanted_at
        assert here.local(each.wanted_at).date() == each.day
        assert rule.until is None or each.day <= rule.until


@given(st.sampled_from(ZONES), st.dates(date(2020, 1, 1), date(2034, 12, 31)))
def test_the_night_before_is_the_one_that_ends_on_the_day(zone, day):
    here = school(zone)
    found = a_rule("day").on(day, school=here)

    begins, ends = here.local(found.asks_at), here.local(found.wanted_at)
    assert (begins.date(), begins.time()) == (day - timedelta(days=1), time(20))
    assert (ends.date(), ends.time()) == (day, time(7, 30))
