from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.school_days import SchoolDays, parse_weekdays

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("text", "week"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("Monday, thu", {0, 3}),
        ("sun-thu", {6, 0, 1, 2, 3}),
        ("sat", {5}),
        ("mon-wed,fri-sat", {0, 1, 2, 4, 5}),
    ],
)
def test_a_week_is_read_as_people_write_it(text, week):
    assert parse_weekdays(text) == week


@pytest.mark.parametrize("text", ["", "mo", "mon-", "-fri", "day", "mon;fri", "mondays"])
def test_what_is_no_week_is_refused(text):
    with pytest.raises(ValueError, match="no day of the week"):
        parse_weekdays(text)


def test_why_there_is_no_school_is_told():
    days = SchoolDays(closed={date(2026, 12, 24): "Christmas"})

    assert days.why_closed(date(2026, 12, 23)) is None
    assert days.why_closed(date(2026, 12, 24)) == "Christmas"
    assert days.why_closed(date(2026, 12, 26)) == "Saturday"


@given(
    DAYS,
    st.frozensets(st.integers(0, 6), min_size=1),
    st.dictionaries(DAYS, st.just("closed"), max_size=5),
)
def test_the_next_open_day_is_open_and_none_before_it(day, week, closed):
    closed |= {day + timedelta(each): "closed" for each in range(20)}
    days = SchoolDays(week=week, closed=closed)

    found = days.next_open(day)

    assert days.is_open(found)
    assert not any(days.is_open(day + timedelta(n)) for n in range((found - day).days))
