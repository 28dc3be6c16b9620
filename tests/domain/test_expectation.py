from dataclasses import replace
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.errors import Exhausted
from hectograph.domain.estimate_words import words_by, words_left
from hectograph.domain.expectation import LAST_MOMENT, NUMBERED_SECONDS, expect
from hectograph.domain.halt import Halt
from hectograph.domain.hindsight import Hindsight, Past
from hectograph.domain.ids import AccountId
from hectograph.domain.line import Carrier
from hectograph.domain.noted import note_line
from hectograph.domain.pace import LearnedPace
from hectograph.domain.rest import Parked
from hectograph.domain.share import ServiceClass, ShareState, Timing

from ..builders import EIGHT
from .lines import GOOGLE, a_line, in_line

HOUR = timedelta(hours=1)


def seconds(line):
    """When each share ends, in seconds from now without the last copy's, in their order."""
    return [
        round((each.ends_at - line.now).total_seconds() - NUMBERED_SECONDS, 6)
        for each in expect(line).values()
    ]


def kinds(line):
    return [each.kind.split("/")[0] for each in expect(line).values()]


def test_a_share_alone_takes_its_deliveries_at_the_pace():
    assert seconds(a_line(in_line(1, 30))) == [15]


def test_who_goes_first_is_through_first():
    big, small = in_line(1, 1000), in_line(2, 30)
    line = a_line(big, small)

    assert list(expect(line)) == [small.share.id, big.share.id]
    assert seconds(line) == [15, 515]


def test_a_tight_bound_makes_the_small_one_wait():
    big = in_line(1, 1000, changed={"fair_by": 1001})
    small = in_line(2, 30, changed={"fair_by": 2060})

    *_, last = expect(a_line(big, small)).values()

    assert last.share == small.share.id
    assert "behind" in last.kind


def test_an_account_that_rested_is_ahead_at_first():
    pace = LearnedPace(rate=4.0, burst=40.0)
    rested = Carrier(account=GOOGLE, goodput=2.0, pace=pace)

    assert seconds(a_line(in_line(1, 30), carriers=(rested,))) == [5]
    assert seconds(a_line(in_line(1, 10), carriers=(rested,))) == [0]


def test_what_was_measured_is_not_believed_where_the_pace_says_otherwise():
    pace = LearnedPace(rate=4.0, burst=1.0)
    fresh = Carrier(account=GOOGLE, goodput=0.01, pace=pace, rested_seconds=0.0)

    assert fresh.rate == 1.0
    assert replace(fresh, goodput=2.0).rate == 2.0


def test_several_accounts_carry_more():
    couriers = tuple(
        Carrier(account=AccountId(f"{GOOGLE}{each}"), goodput=2.0, rested_seconds=0.0)
        for each in range(3)
    )

    assert seconds(a_line(in_line(1, 30), carriers=couriers)) == [5]


def test_what_begins_later_starts_then():
    timing = Timing(begins_at=EIGHT + HOUR)
    later = in_line(1, 30, timing=timing, changed={"state": ShareState.SCHEDULED})

    (found,) = expect(a_line(later)).values()

    assert found.starts_at == EIGHT + HOUR
    assert found.seconds == 15 + NUMBERED_SECONDS
    assert kinds(a_line(later)) == ["later"]


def test_what_begins_later_may_find_others_there():
    timing = Timing(begins_at=EIGHT + timedelta(seconds=10))
    scheduled = {"state": ShareState.SCHEDULED}
    small = in_line(1, 30, timing=timing, changed=scheduled)
    big = in_line(2, 1000, changed={"fair_by": 2000})

    assert seconds(a_line(small, big)) == [25, 515]


def test_while_every_account_rests_nothing_is_done():
    reason = Exhausted("Enough for today.").reason()
    parked = Parked(until=EIGHT + HOUR, reason=reason)
    resting = Carrier(account=GOOGLE, goodput=2.0, rested_seconds=0.0, parked=parked)
    line = a_line(in_line(1, 30), carriers=(resting,))

    (found,) = expect(line).values()

    assert line.rest == parked
    assert (found.starts_at, found.seconds) == (EIGHT + HOUR, 15 + NUMBERED_SECONDS)


def test_one_that_rests_leaves_the_work_to_the_others():
    parked = Parked(until=EIGHT + HOUR, reason=Exhausted("Enough.").reason())
    one = Carrier(account=GOOGLE, goodput=2.0, rested_seconds=0.0)
    line = a_line(in_line(1, 30), carriers=(one, replace(one, parked=parked)))

    assert line.rest is None
    assert seconds(line) == [15]


def test_a_rest_that_is_over_counts_no_more():
    parked = Parked(until=EIGHT, reason=Exhausted("Enough.").reason())
    one = Carrier(account=GOOGLE, goodput=2.0, rested_seconds=0.0, parked=parked)

    assert seconds(a_line(in_line(1, 30), carriers=(one,))) == [15]


def test_a_paused_share_has_no_end_and_keeps_nobody_waiting():
    paused = in_line(1, 30, changed={"state": ShareState.PAUSED})
    other = in_line(2, 60)

    assert list(expect(a_line(paused, other))) == [other.share.id]


def test_while_everything_is_halted_nothing_ends():
    halt = Halt(reason="repairs", by=None, since=EIGHT)

    assert expect(a_line(in_line(1, 30), halt=halt)) == {}


def test_what_is_tried_again_later_ends_later():
    retried = in_line(1, 3, retries=2, retry_at=EIGHT + HOUR)

    assert seconds(a_line(retried)) == [3601]


def test_what_is_shown_together_ends_after_its_time():
    timing = Timing(
        reveals_at=EIGHT + HOUR,
        deadline=EIGHT + HOUR,
        service_class=ServiceClass.OVERNIGHT,
    )
    ready = in_line(1, 30, timing=timing, prepared=30)

    (found,) = expect(a_line(ready)).values()

    assert (found.starts_at, found.seconds) == (EIGHT + HOUR, 15 + NUMBERED_SECONDS)
    assert kinds(a_line(ready)) == ["shown"]


def test_the_last_copies_land_within_what_one_takes():
    tried = EIGHT - timedelta(seconds=NUMBERED_SECONDS / 2)
    landing = in_line(1, 3, total=9, under_way=3, oldest_at=tried, newest_at=tried)
    line = a_line(landing, rate=50.0)

    (found,) = expect(line).values()

    assert found.seconds == pytest.approx(NUMBERED_SECONDS / 2)
    assert kinds(line) == ["last"]


def test_what_is_under_way_in_plenty_goes_before_what_is_claimed_next():
    big = in_line(1, 300, under_way=300, changed={"fair_by": 600})
    small = in_line(2, 30)

    small_ends, big_ends = sorted(seconds(a_line(big, small)), reverse=True)

    assert big_ends == 150 - NUMBERED_SECONDS
    assert small_ends == 150 - NUMBERED_SECONDS + 15


def test_what_lies_hidden_is_half_done():
    landing = in_line(1, 300, under_way=300, staged=300)

    assert seconds(a_line(landing)) == [75 - NUMBERED_SECONDS]


@pytest.mark.parametrize(
    ("entry", "age", "kind"),
    [
        ({"changed": {}}, 0, "asked"),
        ({"total": 40}, 0, "begun"),
        ({"under_way": 1, "tries": 1}, 30, "hanging"),
        ({"under_way": 1, "tries": 2}, 30, "again"),
        ({"under_way": 1, "tries": 2}, 120, "stuck"),
        ({"under_way": 1, "tries": 4}, 120, "troubled"),
    ],
)
def test_it_is_told_apart_what_a_share_waits_for(entry, age, kind):
    since = EIGHT - timedelta(seconds=age)
    ages = {"oldest_at": since, "newest_at": since} if age else {}

    assert kinds(a_line(in_line(1, 30, **entry, **ages))) == [kind]


def test_a_trouble_of_the_drive_lasts_as_long_again():
    calm = a_line(in_line(1, 30))
    trouble = {"troubled": 3, "troubled_since": EIGHT - timedelta(seconds=300)}

    troubled = a_line(in_line(1, 30), **trouble)

    assert seconds(troubled)[0] == seconds(calm)[0] + 300
    assert kinds(troubled) == ["beside trouble"]


def test_of_one_share_no_more_is_played_than_needed():
    small, big = in_line(1, 30), in_line(2, 5000)

    assert list(expect(a_line(small, big), only=small.share.id)) == [small.share.id]


@given(st.lists(st.integers(1, 400), min_size=1, max_size=12))
def test_the_last_of_a_line_ends_when_all_of_it_is_done(sizes):
    line = a_line(*(in_line(number, size) for number, size in enumerate(sizes)))

    found = seconds(line)

    assert found == sorted(found)
    assert found[-1] == pytest.approx(sum(sizes) / line.rate)


@given(st.lists(st.integers(1, 400), min_size=1, max_size=6), st.integers(1, 400))
def test_with_less_to_do_nobody_ends_later(sizes, done):
    first, *others = sizes
    line = a_line(*(in_line(number, size) for number, size in enumerate(sizes)))
    less = max(1, first - done)
    shorter = a_line(
        in_line(0, less, total=first),
        *(in_line(number, size) for number, size in enumerate(others, start=1)),
    )
    target = line.shares[0].share.id

    assert expect(shorter)[target].seconds <= expect(line)[target].seconds


FAR = st.sampled_from(
    [None, EIGHT, EIGHT + HOUR, LAST_MOMENT + timedelta(days=1, hours=23)]
) | st.datetimes(timezones=st.just(UTC))


@given(
    rate=st.none() | st.floats(1e-12, 1e9),
    remaining=st.integers(1, 10**6),
    far=FAR,
    tried=st.datetimes(max_value=EIGHT.replace(tzinfo=None), timezones=st.just(UTC)),
    scheduled=st.booleans(),
    ratio=st.floats(1e-9, 1e12),
    retries=st.integers(0, 3),
)
def test_whatever_a_line_is_like_an_end_can_be_told(
    rate, remaining, far, tried, scheduled, ratio, retries
):
    """What is raised here would stop every worker's clockwork."""
    state = ShareState.SCHEDULED if scheduled else ShareState.RUNNING
    timing = Timing(begins_at=far if scheduled else None, deadline=far)
    entry = in_line(
        1,
        remaining + retries,
        timing=timing,
        changed={"state": state},
        retries=retries,
        retry_at=far,
        tries=4,
        oldest_at=tried,
        newest_at=tried,
    )
    carriers = (Carrier(account=GOOGLE, goodput=rate),)
    line = a_line(entry, in_line(2, 9), carriers=carriers, troubled=9, troubled_since=tried)

    noted = note_line(line, Hindsight.learned([Past(kind="stuck", ratio=ratio)]))

    for each in noted.values():
        estimate = each.estimate
        assert estimate.earliest_at <= estimate.likely_at <= estimate.latest_at
        assert words_left(estimate)
        assert words_by(estimate, zone=ZoneInfo("Pacific/Kiritimati"))
        assert each.again_at > EIGHT
