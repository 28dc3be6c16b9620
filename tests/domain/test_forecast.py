"""What a forecast counts, what it compares with, and what it says of it."""

from dataclasses import replace
from datetime import UTC, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.advice import advise, instead, within
from hectograph.domain.budget import QUERIES, UNITS, Plan
from hectograph.domain.drive import Acting, DeliveryMode, Drive
from hectograph.domain.forecast import build_forecast, percentile
from hectograph.domain.forecast_setting import Setting, Wanted, build_setting
from hectograph.domain.ids import AccountId
from hectograph.domain.pace import LearnedPace
from hectograph.domain.school_time import Night, SchoolTime
from hectograph.domain.share import ServiceClass, Timing
from hectograph.domain.simulated_day import Arrival
from hectograph.domain.storage_service import build_service
from hectograph.domain.variants import choose_for_the_night, enough_couriers

from ..builders import EIGHT, a_share_id

SCHOOL = SchoolTime(zone=UTC, night=Night.parse("20:00-07:30"))
DIRECT = build_service(DeliveryMode.DIRECT, UNITS)
STAGED = build_service(DeliveryMode.STAGED, UNITS)
IN_LESSON = Timing(service_class=ServiceClass.IN_LESSON)


def asked(number, deliveries=30, *, minutes=0.0, timing=None, teacher=None):
    return Arrival(
        share=a_share_id(number),
        account=AccountId(f"google:school/{teacher or number}@school.test"),
        at=EIGHT + timedelta(minutes=minutes),
        deliveries=deliveries,
        **({"timing": timing} if timing else {}),
    )


def a_forecast(arrivals, *, service=DIRECT, **setting):
    heard: list[str] = []
    found = build_forecast(
        tuple(arrivals),
        Setting(service=service, **setting),
        school=SCHOOL,
        make_draw=lambda: Random(1).random,
        told=heard.append,
    )
    assert heard == [each.variant.name for each in found.outcomes]
    return found


def outcome(found, name):
    return next(each for each in found.outcomes if name in each.variant.name)


RUSH = [asked(n, minutes=n / 40) for n in range(40)]


def test_every_share_ends_in_every_variant():
    found = a_forecast(RUSH, lanes_each=4)

    names = [each.variant.name for each in found.outcomes]
    assert names == [
        "as it is",
        "a quarter at night",
        "2 couriers instead",
        "one more worker",
    ]
    for each in found.outcomes:
        assert {one.arrival.share for one in each.completions} == {
            one.share for one in RUSH
        }
    assert found.usual.queued


def test_who_has_enough_lanes_needs_no_worker():
    found = a_forecast(RUSH, lanes_each=64)

    assert not found.usual.queued
    assert "one more worker" not in [each.variant.name for each in found.outcomes]


def test_the_same_chances_give_the_same_forecast():
    assert a_forecast(RUSH) == a_forecast(RUSH)


@given(
    sizes=st.lists(st.integers(1, 900), min_size=1, max_size=40),
    urgent=st.sets(st.integers(0, 39)),
)
def test_what_goes_to_the_night_can_wait_and_is_a_quarter_at_most_by_one_share(
    sizes, urgent
):
    arrivals = [
        asked(number, size, minutes=number, timing=IN_LESSON if number in urgent else None)
        for number, size in enumerate(sizes)
    ]

    moved = choose_for_the_night(arrivals)

    patient = [each for each in arrivals if each.timing != IN_LESSON]
    gone = [each for each in patient if each.share in moved]
    stays = [each for each in patient if each.share not in moved]
    assert len(gone) == len(moved)
    copies, quarter = sum(each.deliveries for each in gone), sum(sizes) / 4
    assert not stays or copies >= quarter
    assert copies - min((each.deliveries for each in gone), default=0) < quarter
    assert not (gone and stays) or (
        min(each.deliveries for each in gone) >= max(each.deliveries for each in stays)
    )


def test_of_shares_of_one_size_some_of_all_hours_are_moved():
    arrivals = [asked(number, minutes=number) for number in range(240)]

    moved = choose_for_the_night(arrivals)

    hours = [
        sum(each.share in moved for each in arrivals[at : at + 60])
        for at in (0, 60, 120, 180)
    ]
    assert sum(hours) == 60
    assert all(12 <= each <= 18 for each in hours)


def test_what_was_moved_is_there_by_the_morning_and_nobody_waits_for_it():
    found = outcome(a_forecast([asked(99, 900), *RUSH]), "night")

    assert found.variant.moved == {a_share_id(99)}
    assert len(found.waited) == 40
    assert found.moved_end_at > EIGHT + timedelta(hours=12)
    assert found.deadlines == (1, 1)


def test_one_more_courier_is_one_more():
    found = a_forecast(RUSH, couriers=2)

    assert outcome(found, "courier").variant.setting.couriers == 3
    assert outcome(found, "courier").waits.p95 < found.usual.waits.p95


def test_couriers_in_place_of_teachers_can_do_the_work():
    assert enough_couriers(RUSH, DIRECT) == 2
    assert enough_couriers(RUSH, STAGED) == 3
    assert enough_couriers([replace(each, is_plain=True) for each in RUSH], STAGED) == 2


def test_no_more_couriers_are_tried_than_there_are_lanes():
    crowd = [asked(n, minutes=0) for n in range(200)]

    assert enough_couriers(crowd, STAGED) == 14
    assert outcome(a_forecast(crowd, service=STAGED, lanes_each=5), "5 couriers")


def test_sizes_and_times_are_told_apart():
    day = [
        asked(1, 35),
        asked(2, 36, minutes=5),
        asked(3, 200, minutes=11),
        asked(4, 201, minutes=100),
    ]

    usual = a_forecast(day).usual

    assert {name: each.shares for name, each in usual.by_size.items()} == {
        "up to 35": 1,
        "36 to 200": 2,
        "more than 200": 1,
    }
    steps = usual.steps(timedelta(minutes=10))
    assert [(each.waits.shares, each.deliveries) for each in steps] == [
        (2, 71),
        (1, 200),
        (1, 201),
    ]
    assert [each.begins_at - EIGHT for each in steps] == [
        timedelta(minutes=minutes) for minutes in (0, 10, 100)
    ]


@pytest.mark.parametrize(
    ("minutes", "width"), [(110, 10), (130, 30), (400, 60), (4000, 60)]
)
def test_a_long_day_is_told_in_wider_steps(minutes, width):
    found = a_forecast([asked(1), asked(2, minutes=minutes)])

    assert found.width == timedelta(minutes=width)


def test_percentiles_are_those_of_a_share_that_is_there():
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile(list(map(float, range(1, 101))), 0.95) == 95.0
    assert percentile([7.0], 0.95) == 7.0


# Advice


def test_what_helps_most_is_said_first():
    advice = advise(a_forecast(RUSH, lanes_each=4))

    assert advice[0].startswith("With one more worker, 95 of 100 shares are there within")
    assert "With a quarter of the copies moved to the night" in advice[1]


def test_when_nothing_helps_that_is_said_and_why():
    alone = [asked(n, minutes=20 * n) for n in range(3)]

    (words,) = advise(a_forecast(alone, couriers=1))[:1]

    # One more courier does help a single share; a service without limits has no need.
    assert words.startswith("With one more courier, all shares are there")
    free = build_service(DeliveryMode.DIRECT, UNITS, rate=30, burst=60)
    (words,) = advise(a_forecast(alone, service=free))
    assert words.startswith("Nothing that was tried makes that much better: all shares")
    assert words.endswith("A share of 30 takes 1 second even while nobody else asks.")


def test_a_deadline_that_would_be_missed_is_told_and_what_saves_it():
    soon = Timing(deadline=EIGHT + timedelta(seconds=200))
    day = [asked(1, 900, timing=soon, teacher="a"), asked(2, minutes=300)]

    advice = advise(a_forecast(day, couriers=1))

    assert "As it is, 1 of 1 deadlines would be missed." in advice
    assert "With one more courier, none would be." in advice


def test_of_nights_nobody_is_told_to_wait():
    night = Timing(
        service_class=ServiceClass.OVERNIGHT, deadline=EIGHT + timedelta(hours=9)
    )

    found = a_forecast([asked(1, timing=night)])

    assert found.usual.waits is None
    assert advise(found) == (
        "Nobody waits for anything of this: all of it has until the morning.",
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 second"), (40.1, "41 seconds"), (90, "90 seconds"), (91, "2 minutes"),
        (5400, "90 minutes"), (5401, "1.6 hours"), (90_000, "25 hours"),
    ],
)  # fmt: skip
def test_a_time_in_words_is_never_too_short(seconds, words):
    assert within(seconds) == words


@pytest.mark.parametrize(
    ("new", "old", "words"),
    [
        (110, 660, "2 minutes instead of 11"),
        (40, 660, "40 seconds instead of 11 minutes"),
        (121, 170, "121 seconds instead of 170"),
    ],
)
def test_two_times_are_told_in_one_unit_if_they_can_be(new, old, words):
    assert instead(new, of=old) == words


# The setting


SCHOOL_DRIVE = Drive(
    name="school",
    credentials="key.json",
    acting=Acting.COURIERS,
    accounts=("a@school.test", "b@school.test"),
    quota=QUERIES,
)


def test_a_drive_tells_what_was_not_said():
    setting = build_setting(Wanted(), drive=SCHOOL_DRIVE, paces=(), lanes_each=32)

    assert setting == Setting(
        service=build_service(DeliveryMode.STAGED, QUERIES), couriers=2
    )


def test_what_was_said_counts_more():
    plan = Plan(per_minute=600, by_units=False)
    wanted = Wanted(
        delivery=DeliveryMode.DIRECT,
        quota=plan,
        writes_per_second=5,
        burst=9,
        couriers=0,
        workers=3,
    )

    setting = build_setting(wanted, drive=SCHOOL_DRIVE, paces=(), lanes_each=8)

    service = build_service(DeliveryMode.DIRECT, plan, rate=5, burst=9)
    assert setting == Setting(service=service, couriers=0, workers=3, lanes_each=8)


def test_what_accounts_have_learned_is_used():
    paces = [LearnedPace(rate=rate, burst=10 * rate) for rate in (2.0, 3.0, 9.0)]

    service = build_setting(Wanted(), drive=SCHOOL_DRIVE, paces=paces, lanes_each=1).service

    assert (service.rate, service.burst) == (3.0, 30.0)


def test_where_recipients_act_a_class_writes_at_once():
    drive = replace(SCHOOL_DRIVE, acting=Acting.RECIPIENT, accounts=())

    setting = build_setting(Wanted(), drive=drive, paces=(), lanes_each=1)

    assert (setting.service.writes, setting.service.rate, setting.couriers) == (1, 90.0, 0)


@pytest.mark.parametrize("deliveries", [1, 9, 30, 300])
@pytest.mark.parametrize("service", [DIRECT, STAGED])
def test_nobody_is_quicker_than_alone_at_the_very_best(deliveries, service):
    service = replace(service, spread=0.0)
    took = a_forecast([asked(1, deliveries)], service=service).usual.waits.slowest

    assert (
        service.alone_seconds(deliveries)
        <= took
        <= 1.1 * service.alone_seconds(deliveries) + 3
    )
