from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from hectograph.domain.errors import Exhausted
from hectograph.domain.halt import Halt
from hectograph.domain.hindsight import Hindsight
from hectograph.domain.line import Carrier
from hectograph.domain.noted import note_line
from hectograph.domain.rest import Parked
from hectograph.domain.share import ServiceClass, ShareState, Timing
from hectograph.domain.standing import Wait, list_standings, standing_json

from ..builders import EIGHT
from .lines import GOOGLE, a_line, in_line

HOUR = timedelta(hours=1)
HALT = Halt(reason="new disks", by="ops", since=EIGHT)
PARKED = Parked(until=EIGHT + HOUR, reason=Exhausted("Enough for today.").reason())
RESTING = (Carrier(account=GOOGLE, goodput=2.0, parked=PARKED),)


def standings(line, *, about=True):
    noted = note_line(line, Hindsight.learned([]))
    return list_standings(line, noted, is_worker_about=about)


def words(line, *, about=True):
    return [each.why.words(now=line.now, zone=UTC) for each in standings(line, about=about)]


def scheduled(number, *, begins_at=EIGHT + HOUR):
    timing = Timing(begins_at=begins_at)
    return in_line(number, 30, timing=timing, changed={"state": ShareState.SCHEDULED})


def lesson(number, remaining):
    return in_line(number, remaining, timing=Timing(service_class=ServiceClass.IN_LESSON))


def test_one_alone_is_next_or_under_way():
    assert words(a_line(in_line(1, 30))) == ["next"]
    assert words(a_line(in_line(1, 30, under_way=3))) == ["under way"]


def test_the_order_is_the_one_in_which_they_are_through():
    line = a_line(in_line(1, 1000), in_line(2, 30), lesson(3, 40), in_line(4, 20))

    assert words(line) == [
        "next",
        "behind 1 more urgent share",
        "behind 2 shares",
        "behind 3 smaller shares",
    ]


def test_what_is_smaller_goes_first():
    assert words(a_line(in_line(1, 1000), in_line(2, 30))) == [
        "next",
        "behind 1 smaller share",
    ]


def test_nobody_waits_for_what_begins_later_or_is_paused():
    paused = in_line(2, 10, changed={"state": ShareState.PAUSED})
    line = a_line(scheduled(1), paused, in_line(3, 9000))

    assert sorted(words(line)) == ["begins at 09:00", "next", "paused"]


@pytest.mark.parametrize(
    ("line", "about", "told"),
    [
        (a_line(in_line(1, 30), halt=HALT), True, "everything is paused: new disks"),
        (a_line(in_line(1, 30)), False, "no worker is about"),
        (
            a_line(in_line(1, 30), carriers=RESTING),
            True,
            "the account rests until 09:00: Enough for today.",
        ),
        (a_line(scheduled(1)), True, "begins at 09:00"),
        (a_line(scheduled(1)), False, "begins at 09:00"),
        (
            a_line(scheduled(1, begins_at=None)),
            True,
            "waits until a first version is taken away",
        ),
        (
            a_line(in_line(1, 3, retries=3, retry_at=EIGHT + HOUR)),
            True,
            "3 copies are tried again by 09:00",
        ),
        (
            a_line(
                in_line(1, 3, timing=Timing(reveals_at=EIGHT + HOUR), prepared=3),
            ),
            True,
            "is shown at 09:00",
        ),
    ],
)
def test_each_reason_is_told(line, about, told):
    assert words(line, about=about) == [told]


def test_what_holds_all_up_goes_before_what_is_a_shares_own():
    paused = in_line(1, 30, changed={"state": ShareState.PAUSED})

    assert words(a_line(paused, halt=HALT))[0].startswith("everything is paused")
    assert words(a_line(paused, carriers=RESTING), about=False) == ["paused"]


def test_without_a_worker_no_end_is_promised():
    (alone,) = standings(a_line(in_line(1, 30)), about=False)
    (served,) = standings(a_line(in_line(1, 30)))

    assert alone.estimate is None
    assert served.estimate is not None


def test_a_deadline_at_risk_is_told():
    soon = Timing(deadline=EIGHT + timedelta(seconds=30))
    (told,) = standings(a_line(in_line(1, 300, timing=soon)))

    assert told.at_risk


def test_every_reason_has_words():
    (standing,) = standings(a_line(in_line(1, 30)))

    for wait in Wait:
        why = replace(standing.why, wait=wait)
        assert why.words(now=EIGHT, zone=UTC)


def test_a_row_says_it_all():
    line = a_line(in_line(1, 1000), in_line(2, 30, total=40))
    first, second = (standing_json(line, each, zone=UTC) for each in standings(line))

    assert (first["done"], first["total"], first["why"]) == (10, 40, "it is next")
    assert (second["before"], second["words"]) == (1, "behind 1 smaller share")
    assert second["copies_a_second"] == 2.0
    assert second["estimate"]["latest_at"] > first["estimate"]["latest_at"]
