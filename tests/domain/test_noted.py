from datetime import timedelta

import pytest

from hectograph.domain.expectation import NUMBERED_SECONDS
from hectograph.domain.hindsight import UNKNOWN, Hindsight
from hectograph.domain.noted import note_line
from hectograph.domain.share import ServiceClass, Timing

from ..builders import EIGHT
from .lines import a_line, in_line

NINE = EIGHT + timedelta(hours=1)
SHOWN_AT_NINE = Timing(reveals_at=NINE, deadline=NINE, service_class=ServiceClass.OVERNIGHT)


def prepared_by(*shares, only=None):
    """By when they are made, as seconds that nothing is known of; by share."""
    noted = note_line(a_line(*shares), Hindsight({}), only=only)
    times = [each.estimate.prepared_by for each in noted.values()]
    return [at and (at - EIGHT).total_seconds() / UNKNOWN.most for at in times]


def test_what_is_shown_together_is_made_when_its_turn_is_over():
    asked = in_line(1, 30, timing=SHOWN_AT_NINE)

    assert prepared_by(asked) == [pytest.approx(15 + NUMBERED_SECONDS)]
    assert prepared_by(asked, only=asked.share.id) == prepared_by(asked)


def test_what_is_shown_together_is_made_behind_what_goes_first():
    first, asked = in_line(1, 20), in_line(2, 30, timing=SHOWN_AT_NINE)

    assert prepared_by(first, asked) == [None, pytest.approx(25 + NUMBERED_SECONDS)]


def test_only_the_copies_that_are_not_made_take_time():
    asked = in_line(1, 30, timing=SHOWN_AT_NINE, prepared=20)

    assert prepared_by(asked) == [pytest.approx(5 + NUMBERED_SECONDS)]


@pytest.mark.parametrize(
    "made",
    [
        {"prepared": 30},
        {"prepared": 20, "under_way": 10, "staged": 10},
    ],
    ids=["all are made", "some are being shown"],
)
def test_what_is_made_has_nothing_to_be_made(made):
    tried = {"oldest_at": EIGHT, "newest_at": EIGHT} if "under_way" in made else {}

    assert prepared_by(in_line(1, 30, timing=SHOWN_AT_NINE, **made, **tried)) == [None]


def test_what_is_not_shown_together_is_not_prepared():
    assert prepared_by(in_line(1, 30)) == [None]
