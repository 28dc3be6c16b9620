from dataclasses import replace
from datetime import timedelta

import pytest

from hectograph.domain.estimate import Estimate
from hectograph.domain.risk import AHEAD, RELIEF, is_at_risk
from hectograph.domain.share import ShareState, Timing

from ..builders import EIGHT
from .lines import in_line

NINE = EIGHT + timedelta(hours=1)
SECOND = timedelta(seconds=1)


def a_share(**changed):
    timing = Timing(deadline=NINE)
    return replace(in_line(1, 30, timing=timing).share, **changed)


def at_latest(moment):
    return Estimate(made_at=EIGHT, earliest_at=EIGHT, likely_at=EIGHT, latest_at=moment)


def test_a_share_that_may_end_after_its_deadline_is_at_risk():
    assert not is_at_risk(a_share(), at_latest(NINE), now=EIGHT)
    assert is_at_risk(a_share(), at_latest(NINE + SECOND), now=EIGHT)


def test_a_risk_is_over_only_when_it_is_clearly_so():
    just, well = at_latest(NINE - RELIEF + SECOND), at_latest(NINE - RELIEF)

    assert is_at_risk(a_share(), just, now=EIGHT, was=True)
    assert not is_at_risk(a_share(), well, now=EIGHT, was=True)


def test_who_has_no_deadline_cannot_miss_it():
    assert not is_at_risk(a_share(deadline=None), None, now=NINE)


def test_what_nobody_works_on_is_at_risk_from_three_quarters_of_an_hour_before():
    assert not is_at_risk(a_share(), None, now=NINE - AHEAD - SECOND)
    assert is_at_risk(a_share(), None, now=NINE - AHEAD)


@pytest.mark.parametrize(
    "state", [ShareState.COMPLETE, ShareState.CANCELLED, ShareState.RECALLED]
)
def test_what_is_over_is_not_at_risk(state):
    assert not is_at_risk(a_share(state=state), at_latest(NINE + AHEAD), now=NINE)


def test_what_is_shown_together_ends_after_its_deadline_and_is_not_at_risk():
    late = at_latest(NINE + AHEAD)

    assert not is_at_risk(a_share(reveals_at=NINE), late, now=EIGHT)
    assert is_at_risk(a_share(reveals_at=NINE - AHEAD), late, now=EIGHT)


def test_what_may_not_be_made_when_it_is_to_be_shown_is_at_risk():
    def is_told(share, made_by, *, was=False):
        estimate = replace(at_latest(NINE + SECOND), prepared_by=made_by)
        return is_at_risk(share, estimate, now=EIGHT, was=was)

    shown, wanted_later = a_share(reveals_at=NINE), a_share(reveals_at=NINE - AHEAD)

    assert not is_told(shown, NINE)
    assert is_told(shown, NINE + SECOND)
    assert is_told(shown, NINE - RELIEF + SECOND, was=True)
    assert not is_told(shown, NINE - RELIEF, was=True)
    assert is_told(replace(wanted_later, deadline=NINE + AHEAD), NINE - AHEAD + SECOND)


def test_what_is_to_be_shown_and_nobody_works_on_is_at_risk():
    assert is_at_risk(a_share(reveals_at=NINE), None, now=NINE - AHEAD)
