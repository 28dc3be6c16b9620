from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.ids import ShareId
from hectograph.domain.order import (
    CAUTION,
    PATIENCE,
    TIGHT,
    Candidate,
    Tally,
    decide_next,
    fair_bound,
)
from hectograph.domain.share import ServiceClass

from ..builders import EIGHT, a_share_id

TEN_A_SECOND = Tally(settled=0, rate=10.0)


def a_candidate(number, remaining, *, waited=0, urgency=ServiceClass.NORMAL, **kwargs):
    return Candidate(
        share=a_share_id(number),
        service_class=urgency,
        remaining=remaining,
        waits_since=EIGHT - timedelta(seconds=waited),
        **kwargs,
    )


def decide(*candidates, tally=TEN_A_SECOND):
    return decide_next(candidates, now=EIGHT, tally=tally)


def test_nothing_due_is_nobodys_turn():
    assert decide() is None


def test_the_smallest_goes_first():
    big, small = a_candidate(1, 5000), a_candidate(2, 25)

    assert decide(big, small) == small.share


def test_a_lesson_goes_before_everything():
    small = a_candidate(1, 1)
    lesson = a_candidate(2, 5000, urgency=ServiceClass.IN_LESSON)

    assert decide(small, lesson) == lesson.share


def test_of_equals_the_older_goes_first():
    first, second = a_candidate(2, 25, waited=0.001), a_candidate(1, 25)

    assert decide(second, first) == first.share


def test_a_small_one_goes_first_only_while_the_big_one_keeps_its_bound():
    small = a_candidate(2, 25, fair_by=10_000)

    just = a_candidate(1, 1000, fair_by=1751)
    assert decide(just, small) == small.share
    over = a_candidate(1, 1000, fair_by=1750)
    assert decide(over, small) == over.share


def test_what_the_account_has_settled_counts_against_the_bound():
    big, small = a_candidate(1, 1000, fair_by=2750), a_candidate(2, 25, fair_by=10_000)

    assert decide(big, small, tally=Tally(settled=999, rate=10.0)) == small.share
    assert decide(big, small, tally=Tally(settled=1000, rate=10.0)) == big.share


def test_a_lesson_does_not_break_anothers_bound():
    waiting = a_candidate(1, 50, fair_by=55)
    lesson = a_candidate(2, 25, urgency=ServiceClass.IN_LESSON, fair_by=150)

    assert decide(waiting, lesson) == waiting.share


def test_a_near_deadline_goes_first():
    small = a_candidate(2, 25)
    due = EIGHT + timedelta(seconds=TIGHT * 1000 / TEN_A_SECOND.rate / CAUTION)
    night = ServiceClass.OVERNIGHT

    far = a_candidate(1, 1000, urgency=night, deadline=due + timedelta(seconds=1))
    assert decide(far, small) == small.share
    near = a_candidate(1, 1000, urgency=night, deadline=due - timedelta(seconds=1))
    assert decide(near, small) == near.share


def test_a_share_that_will_be_late_is_urgent_but_breaks_nobodys_bound():
    late = a_candidate(1, 1000, deadline=EIGHT + timedelta(seconds=1))
    small, bound = a_candidate(2, 25), a_candidate(3, 500, fair_by=875)
    lesson = a_candidate(4, 25, urgency=ServiceClass.IN_LESSON)

    assert decide(late, lesson) == lesson.share
    assert decide(late, bound) == bound.share
    assert decide(late, small) == late.share


def test_what_only_has_to_be_shown_goes_first():
    lesson = a_candidate(1, 1, urgency=ServiceClass.IN_LESSON, fair_by=1)
    shown = a_candidate(2, 300, is_revealing=True)

    assert decide(lesson, shown) == shown.share


arrivals = st.lists(
    st.tuples(
        st.integers(0, 60),
        st.integers(1, 300),
        st.sampled_from([ServiceClass.IN_LESSON, ServiceClass.NORMAL]),
    ),
    min_size=1,
    max_size=40,
)


@given(arrivals)
def test_no_share_takes_longer_than_twice_its_time_in_the_order_of_asking(told):
    """One delivery at a time; the clock is the number of deliveries settled."""
    waiting: dict[ShareId, Candidate] = {}
    first, second = {}, {}
    settled, work = 0, 0
    coming = list(enumerate(told))
    while coming or waiting:
        while coming and (not waiting or coming[0][1][0] <= 0):
            number, (_, size, urgency) = coming.pop(0)
            work = sum(each.remaining for each in waiting.values())
            waiting[a_share_id(number)] = a_candidate(
                number,
                size,
                urgency=urgency,
                fair_by=fair_bound(settled=settled, ahead=work, remaining=size),
            )
            first[a_share_id(number)] = settled
            second[a_share_id(number)] = work + size
        chosen = waiting[decide(*waiting.values(), tally=Tally(settled=settled, rate=10.0))]
        settled += 1
        coming = [(n, (gap - 1, *rest)) for n, (gap, *rest) in coming[:1]] + coming[1:]
        if chosen.remaining > 1:
            waiting[chosen.share] = replace(chosen, remaining=chosen.remaining - 1)
            continue
        del waiting[chosen.share]
        took = settled - first[chosen.share]
        assert took <= PATIENCE * second[chosen.share]
