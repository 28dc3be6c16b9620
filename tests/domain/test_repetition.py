from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.errors import IllegalTransition, RequestRefused
from hectograph.domain.ids import RepetitionId
from hectograph.domain.recurrence import Rule
from hectograph.domain.repetition import (
    Repetition,
    RepetitionState,
    StandingRequest,
    decide_due,
    find_upcoming,
    list_coming,
)
from hectograph.domain.schedule import When
from hectograph.domain.school_days import SchoolDays
from hectograph.domain.school_time import Night, SchoolTime

SCHOOL = SchoolTime(zone=ZoneInfo("Europe/Berlin"), night=Night.parse("20:00-07:30"))
FIRST, SECOND, THIRD = date(2026, 11, 23), date(2026, 11, 30), date(2026, 12, 7)
AT_SEVEN = Rule.parse("monday", when=When(at="07:00"))
CLOSED = SchoolDays(closed={SECOND: "Conference"})


def at(day, hour, minute=0):
    """A time at the school, in winter."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(
        hours=1
    )


def due(now, *, rule=AT_SEVEN, next_on=FIRST, days=None):
    return decide_due(
        rule, next_on=next_on, school=SCHOOL, days=days or SchoolDays(), now=now
    )


def told(found):
    return [(each.day, each.reason.code) for each in found.told]


def test_what_is_due_is_made_and_begins_at_once():
    found = due(at(FIRST, 7))

    assert found.wanted.day == FIRST
    assert found.wanted.timing.begins_at is None
    assert (told(found), found.following.day) == ([], SECOND)


def test_what_is_late_is_made_while_its_day_lasts():
    assert due(at(FIRST, 23, 59)).wanted.day == FIRST

    late = due(at(FIRST, 24 - 1, 59) + timedelta(minutes=1))
    assert late.wanted is None
    assert told(late) == [(FIRST, "missed")]
    assert late.following.day == SECOND


def test_of_several_that_passed_the_newest_is_made_and_the_others_are_told():
    found = due(at(THIRD, 8))

    assert found.wanted.day == THIRD
    assert told(found) == [(FIRST, "missed"), (SECOND, "missed")]
    assert found.following.day == date(2026, 12, 14)


def test_a_day_that_the_calendar_closes_is_left_out_and_told():
    found = due(at(SECOND, 7), next_on=SECOND, days=CLOSED)

    assert found.wanted is None
    assert told(found) == [(SECOND, "closed")]
    assert "Conference" in found.told[0].reason.message
    assert found.following.day == THIRD


def test_who_names_sundays_means_them():
    rule = Rule.parse("sunday", when=When(at="07:00"))
    sunday = date(2026, 11, 29)

    assert due(at(sunday, 7), rule=rule, next_on=sunday).wanted.day == sunday


def test_after_the_last_day_nothing_follows():
    rule = Rule.parse("monday", when=When(at="07:00"), until="2026-11-29")

    assert due(at(FIRST, 7), rule=rule).following is None


def test_when_the_clock_was_set_back_nothing_is_due():
    found = due(at(FIRST, 6))

    assert (found.wanted, found.told, found.following.day) == (None, (), FIRST)


@given(
    st.sampled_from(["monday", "mon,thu", "day", "schoolday"]),
    st.sampled_from(
        [{"at": "00:00"}, {"at": "07:00"}, {"at": "23:59"}, {}, {"reveal_at": "00:30"}]
    ),
    st.lists(st.integers(0, 60 * 24 * 9), min_size=1, max_size=20),
    st.frozensets(st.integers(0, 40), max_size=10),
)
def test_each_day_is_made_or_told_once_whenever_somebody_looks(every, said, naps, closed):
    rule = Rule.parse(every, when=When(**said))
    days = SchoolDays(closed={FIRST + timedelta(each): "closed" for each in closed})
    now = at(FIRST - timedelta(days=1), 0)
    next_on, seen = FIRST, []

    for nap in naps:
        now += timedelta(minutes=nap)
        found = due(now, rule=rule, next_on=next_on, days=days)
        made = [found.wanted.day] if found.wanted else []
        seen += sorted([*(each.day for each in found.told), *made])
        assert not made or (
            made[0] >= SCHOOL.local(now).date() and made[0] not in days.closed
        )
        assert found.following.asks_at > now
        next_on = found.following.day

    coming = rule.occurrences(first=FIRST, school=SCHOOL, days=days)
    assert seen == [each.day for each, _ in zip(coming, seen, strict=False)]


def upcoming(now, *, rule=AT_SEVEN, made_on=None):
    found = find_upcoming(rule, school=SCHOOL, days=SchoolDays(), now=now, made_on=made_on)
    return found and found.day


def test_the_first_is_the_next_whose_moment_is_to_come():
    in_the_night = Rule.parse("monday", when=When())

    assert upcoming(at(FIRST, 6)) == FIRST
    assert upcoming(at(FIRST, 7)) == SECOND
    assert upcoming(at(FIRST, 6), rule=in_the_night) == FIRST
    assert upcoming(at(FIRST, 6), made_on=FIRST) == SECOND
    assert (
        upcoming(at(FIRST, 6), rule=Rule.parse("monday", when=When(), until="2026-11-01"))
        is None
    )


def a_repetition(**kwargs):
    request = StandingRequest(documents=("/a.txt",), roster="/c.csv", into="/school")
    told = {
        "id": RepetitionId("a" * 10),
        "request": request,
        "rule": AT_SEVEN,
        "state": RepetitionState.ON,
        "asked_at": at(FIRST, 6),
        "asked_by": "ada",
        "next_on": SECOND,
        "due_at": at(SECOND, 7),
    }
    return Repetition(**{**told, **kwargs})


def test_people_see_the_next_that_will_be_made_and_what_is_left_out_before():
    coming, closed = list_coming(a_repetition(), school=SCHOOL, days=CLOSED)

    assert coming == AT_SEVEN.on(THIRD, school=SCHOOL)
    assert closed == {SECOND: "Conference"}


def test_when_every_day_that_is_left_is_closed_nothing_comes():
    rule = Rule.parse("monday", when=When(), until=str(SECOND))

    assert list_coming(a_repetition(rule=rule), school=SCHOOL, days=CLOSED) == (
        None,
        {SECOND: "Conference"},
    )


def test_what_was_paused_goes_on_with_what_is_to_come():
    occurrence = AT_SEVEN.on(THIRD, school=SCHOOL)
    paused = a_repetition().paused()

    resumed = paused.resumed(occurrence)

    assert paused.state is RepetitionState.PAUSED
    assert (resumed.state, resumed.next_on) == (RepetitionState.ON, THIRD)
    assert a_repetition().resumed(occurrence).next_on == SECOND


def test_a_paused_one_that_is_moved_stays_paused():
    occurrence = AT_SEVEN.on(THIRD, school=SCHOOL)

    moved = a_repetition().paused().moved(AT_SEVEN, occurrence)

    assert (moved.state, moved.next_on) == (RepetitionState.PAUSED, THIRD)
    with pytest.raises(RequestRefused):
        a_repetition().moved(AT_SEVEN, None)


@pytest.mark.parametrize("change", ["paused", "ended"])
def test_what_has_ended_stays_so(change):
    ended = a_repetition().ended()

    assert (ended.state, ended.next_on, ended.due_at) == (RepetitionState.ENDED, None, None)
    with pytest.raises(IllegalTransition):
        getattr(ended, change)()
    with pytest.raises(IllegalTransition):
        ended.moved(AT_SEVEN, AT_SEVEN.on(THIRD, school=SCHOOL))
