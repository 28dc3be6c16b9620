"""Estimates keep their promise in school hours; `make bench-in-time` plays many more."""

from dataclasses import replace
from datetime import timedelta

from hectograph.domain.hindsight import PROMISED, Past
from hectograph.domain.share import ShareState
from simulation.calibration import CALM, kept, past_of, told_after
from simulation.policies import COLD
from simulation.scenarios import nine_sharp, small_behind_big
from simulation.school import Asked, Scenario, play
from simulation.service import Conditions
from simulation.virtual_time import EPOCH


def likely_ends(outcome, *, since, until):
    """What was told between two times, in seconds after 08:00."""
    begin, end = (EPOCH + timedelta(seconds=each) for each in (since, until))
    noted = [each.noted for each in outcome.told]
    return [each.estimate.likely_at for each in noted if begin <= each.made_at < end]


def test_nine_of_ten_shares_end_within_what_was_told():
    told = told_after(8, 6, first=600)

    found = kept(told)
    assert found.estimates > 400
    assert found.within >= PROMISED - 0.03


def test_what_was_learned_makes_the_range_narrow():
    hour = replace(nine_sharp(teachers=20, recipients=30, lanes=32), conditions=CALM)
    past: list[Past] = []
    for seed in range(4):
        past += [past_of(each) for each in play(hour, seed=seed, past=past).told]

    first, later = (play(hour, seed=9, past=each).told for each in ([], past))

    assert kept(later).width < kept(first).width / 2
    assert kept(later).within >= PROMISED - 0.05


def test_without_a_past_the_range_is_wide_and_true():
    hour = small_behind_big(big=200, small=25, count=4, apart=60.0)

    told = play(replace(hour, conditions=CALM), COLD, seed=1, past=[]).told

    assert kept(told).within >= PROMISED


def test_an_outage_turns_into_later_estimates_and_fails_nobody():
    outage = Conditions(outage=(60.0, 1260.0))
    asked = tuple(Asked(at=1.0 + 20 * each, recipients=60, teacher=0) for each in range(4))
    scenario = Scenario(name="twenty minutes", asked=asked, conditions=outage)

    outcome = play(scenario, seed=4, past=[])

    assert {each.state for each in outcome.shares} == {ShareState.COMPLETE}
    before = likely_ends(outcome, since=0.0, until=55.0)
    during = likely_ends(outcome, since=600.0, until=1200.0)
    assert during
    assert max(before) < min(during)
