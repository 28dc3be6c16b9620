"""A day that is made up: as many shares as were said, at likely times, and repeatable."""

from datetime import UTC, date, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.errors import RequestRefused
from hectograph.domain.school_day import (
    LESSON,
    RUSH,
    Big,
    Hours,
    Numbers,
    Sizes,
    build_day,
    teachers_for,
)
from hectograph.domain.school_time import Night, SchoolTime

MONDAY = date(2026, 11, 23)
SCHOOL = SchoolTime(zone=ZoneInfo("Europe/Berlin"), night=Night.parse("20:00-07:30"))


def a_day(seed=1, **numbers):
    told = {"teachers": 40, "sizes": Sizes(30, 30), "hours": Hours.parse("08:00-12:30")}
    return build_day(
        Numbers(**{**told, **numbers}), on=MONDAY, school=SCHOOL, draw=Random(seed).random
    )


def test_the_same_seed_is_the_same_day():
    assert a_day(1) == a_day(1)
    assert a_day(1) != a_day(2)


@given(
    teachers=st.integers(1, 60),
    documents=st.integers(1, 4),
    least=st.integers(1, 40),
    more=st.integers(0, 20),
    big=st.none() | st.builds(Big, st.integers(1, 5), st.integers(1, 2000)),
    seed=st.integers(0, 99),
)
def test_as_much_is_asked_for_as_was_said(teachers, documents, least, more, big, seed):
    sizes = Sizes(least, least + more)

    day = a_day(seed, teachers=teachers, documents=documents, sizes=sizes, big=big)

    assert len(day) == teachers * documents + (big.shares if big else 0)
    assert len({each.share for each in day}) == len(day)
    assert len({each.account for each in day}) <= teachers
    classes = sorted(each.deliveries for each in day)
    others = [size for size in classes if not least <= size <= least + more]
    assert all(big and size == big.students for size in others)
    assert list(day) == sorted(day, key=lambda each: (each.at, each.share))


def test_half_is_asked_for_as_lessons_begin_by_the_schools_clocks():
    day = a_day(teachers=400)

    first = SCHOOL.instant(MONDAY, Hours.parse("08:00-12:30").begins)
    assert first.astimezone(UTC).hour == 7
    since = [(each.at - first) % LESSON for each in day]
    assert min(each.at for each in day) >= first
    assert max(each.at for each in day) <= first + 6 * LESSON + RUSH
    in_a_rush = sum(each <= RUSH for each in since) / len(day)
    assert in_a_rush == pytest.approx(0.5 + 0.5 * (RUSH / LESSON), abs=0.05)


def test_a_district_is_told_by_its_students():
    assert teachers_for(100_000, Sizes(24, 32)) == 3572
    assert teachers_for(1, Sizes(30, 30)) == 1


@pytest.mark.parametrize("text", ["0", "many", "32-24", "-3", "", "30-", "1e3"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(RequestRefused, match="Nothing was forecast"):
        Sizes.parse(text)


@pytest.mark.parametrize("text", ["8-9", "09:00", "09:00-08:00", "08:00-25:00", "", "a-b"])
def test_hours_that_are_none_are_refused(text):
    with pytest.raises(RequestRefused, match="Nothing was forecast"):
        Hours.parse(text)


@pytest.mark.parametrize("text", ["900", "0x900", "3x0", "3 of 900", "x"])
def test_what_does_not_tell_big_shares_is_refused(text):
    with pytest.raises(RequestRefused, match="Nothing was forecast"):
        Big.parse(text)


def test_what_is_well_written_is_read():
    assert Sizes.parse(" 24 - 32 ") == Sizes(24, 32)
    assert Sizes.parse("30") == Sizes(30, 30)
    assert Big.parse("3x900") == Big(3, 900)
    hours = Hours.parse("8:00-13:05")
    day = timedelta(hours=hours.ends.hour, minutes=hours.ends.minute)
    assert day == timedelta(hours=13, minutes=5)
