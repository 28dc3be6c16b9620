"""Deadlines that will be missed are told of; `make bench-in-time` plays whole mornings."""

from dataclasses import replace

from simulation.deadlines import a_morning, judged
from simulation.school import Asked, play

HOUR = 3600.0


def test_a_deadline_that_will_be_missed_is_told_of_in_time_and_another_is_not():
    """At half a copy a second 2,000 take 67 minutes, and 500 take 17."""
    hopeless = Asked(at=1.0, recipients=2000, teacher=0, deadline=0.9 * HOUR)
    easy = Asked(at=1.0, recipients=500, teacher=1, deadline=2 * HOUR)
    morning = replace(a_morning(0), asked=(hopeless, easy))

    outcome = play(morning, seed=1, past=[])

    found = judged(morning, outcome)
    assert (found.shares, found.missed, found.foreseeable, found.told) == (2, 1, 1, 1)
    (late,) = (each for each in outcome.shares if each.asked is hopeless)
    assert [risk.share for risk in outcome.risks if risk.over_at is None] == [late.id]


def test_what_will_not_be_made_when_it_is_shown_is_told_of_in_time_and_other_is_not():
    """At a copy made a second 3,600 take an hour, and 1,000 take 17 minutes."""
    hopeless = Asked(at=1.0, recipients=3600, teacher=0, deadline=0.9 * HOUR, is_shown=True)
    easy = Asked(at=1.0, recipients=1000, teacher=1, deadline=2 * HOUR, is_shown=True)
    morning = replace(a_morning(0, shown=True), asked=(hopeless, easy))

    outcome = play(morning, seed=1, past=[])

    found = judged(morning, outcome)
    assert (found.shares, found.missed, found.foreseeable, found.told) == (2, 1, 1, 1)
    assert found.in_vain == 0
    (late,) = (each for each in outcome.shares if each.asked is hopeless)
    assert late.unmade > 0
