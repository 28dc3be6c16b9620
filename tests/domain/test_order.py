from datetime import timedelta

from hectograph.domain.order import EARNED_PER_SECOND, Candidate, decide_next
from hectograph.domain.share import ServiceClass

from ..builders import EIGHT, a_share_id


def a_candidate(number, remaining, *, waited=0, urgency=ServiceClass.NORMAL):
    return Candidate(
        share=a_share_id(number),
        service_class=urgency,
        remaining=remaining,
        asked_at=EIGHT - timedelta(seconds=waited),
    )


def test_nothing_due_is_nobodys_turn():
    assert decide_next([], now=EIGHT) is None


def test_the_smallest_goes_first():
    big, small = a_candidate(1, 5000), a_candidate(2, 25)

    assert decide_next([big, small], now=EIGHT) == small.share


def test_waiting_earns_a_turn():
    big = a_candidate(1, 5000, waited=5000 / EARNED_PER_SECOND + 1)
    small = a_candidate(2, 25)

    assert decide_next([big, small], now=EIGHT) == big.share


def test_a_lesson_goes_before_everything():
    small = a_candidate(1, 1)
    lesson = a_candidate(2, 5000, urgency=ServiceClass.IN_LESSON)

    assert decide_next([small, lesson], now=EIGHT) == lesson.share


def test_of_equals_the_older_goes_first():
    first, second = a_candidate(2, 25, waited=0.001), a_candidate(1, 25)

    assert decide_next([second, first], now=EIGHT) == first.share


def test_a_clock_that_runs_ahead_earns_nothing():
    early = a_candidate(1, 10, waited=-100)
    small = a_candidate(2, 5)

    assert decide_next([early, small], now=EIGHT) == small.share
