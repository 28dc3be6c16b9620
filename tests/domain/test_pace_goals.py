"""The pace against services in virtual time: what the product promises, and a little more.

Refusals are compared to two places, as the goals are stated, so that a last bit of a
platform's logarithm decides nothing.
"""

import pytest

from hectograph.domain.pace import LearnedPace
from simulation.one_account import (
    OUTAGE,
    SCENES,
    MinuteWindows,
    TokenBucket,
    World,
    limit,
    simulate,
)

SEEDS = range(1, 5)
USUAL_QUOTA = LearnedPace(rate=100, burst=100)


def hundred():
    return TokenBucket(100, 100)


@pytest.mark.parametrize("name", list("ABCDEF"))
@pytest.mark.parametrize(("warm", "goodput"), [(True, 0.95), (False, 0.90)])
def test_a_share_reaches_most_of_what_its_quota_allows(name, warm, goodput):
    score = SCENES[name].scored(seeds=SEEDS, warm=warm)

    assert score.goodput >= goodput
    if name == "C":
        assert round(score.refused, 2) <= (0.02 if warm else 0.16)
    else:
        assert round(score.refused, 2) <= 0.02


@pytest.mark.parametrize(
    ("name", "warm", "cold"), [("100/s, 300", 1.15, 1.6), ("100/s, 2000", 1.05, 1.2)]
)
def test_shares_under_a_hundred_a_second_are_in_time(name, warm, cold):
    assert SCENES[name].scored(seeds=SEEDS, warm=True).ratio <= warm
    assert SCENES[name].scored(seeds=SEEDS, warm=False).ratio <= cold


@pytest.mark.parametrize(
    ("name", "refused"),
    [("10/s, 300", 0.01), ("3/s, burst 3", 0.05), ("3/s, burst 30", 0.05)],
)
def test_small_quotas_that_were_learned_are_seldom_exceeded(name, refused):
    score = SCENES[name].scored(seeds=SEEDS, warm=True)

    assert score.refused <= refused
    assert score.ratio <= 1.1


@pytest.mark.parametrize("name", ["10/s, 300", "3/s, burst 3"])
def test_small_quotas_that_nobody_knows_are_found_cheaply(name):
    score = SCENES[name].scored(seeds=SEEDS, warm=False)

    assert round(score.refused, 2) <= (0.04 if name == "10/s, 300" else 0.16)
    assert score.ratio <= 1.1


@pytest.mark.parametrize("seed", SEEDS)
def test_a_class_that_the_remembered_burst_holds_leaves_at_once(seed):
    result = simulate(hundred(), 30, seed=seed, learned=USUAL_QUOTA)

    assert result.seconds == pytest.approx(limit(hundred(), 30, seed=seed), abs=0.01)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("learned", [None, USUAL_QUOTA], ids=["cold", "warm"])
def test_an_outage_is_over_soon_and_costs_few_calls(seed, learned):
    result = simulate(hundred(), 300, seed=seed, learned=learned, world=OUTAGE)

    assert result.seconds <= OUTAGE.outage[1] + 10
    assert result.calls / 300 <= 1.5


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "service", [hundred, lambda: TokenBucket(3, 3), lambda: MinuteWindows(100)]
)
def test_one_probe_at_a_time_leaves_in_a_hold(seed, service):
    result = simulate(service(), 200, seed=seed, learned=LearnedPace(rate=300, burst=50))

    assert result.refused
    assert result.most_in_hold == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_a_bad_minute_does_not_ruin_the_next_morning(seed):
    bad = TokenBucket(100, 100, halved=(5.0, 65.0))

    learned = simulate(bad, 3000, seed=seed, learned=USUAL_QUOTA).pace.learned()

    assert learned is not None
    assert learned.rate >= 80
    morning = simulate(hundred(), 300, seed=seed, learned=learned)
    assert morning.seconds <= 1.3 * limit(hundred(), 300, seed=seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_memory_far_too_high_costs_one_class_of_refusals_and_is_corrected(seed):
    service = TokenBucket(3, 3)

    first = simulate(service, 100, seed=seed, learned=USUAL_QUOTA)
    second = simulate(TokenBucket(3, 3), 100, seed=seed, learned=first.pace.learned())

    assert first.refused <= 45
    assert second.refused <= 20
    assert second.seconds <= 1.3 * limit(TokenBucket(3, 3), 100, seed=seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_memory_too_low_is_outgrown(seed):
    learned = LearnedPace(rate=10, burst=10)

    result = simulate(hundred(), 3000, seed=seed, learned=learned)

    assert result.seconds <= 2.5 * limit(hundred(), 3000, seed=seed)
    after = result.pace.learned()
    assert after is not None
    assert after.rate >= 40


@pytest.mark.parametrize("failing", [0.0, 0.25])
@pytest.mark.parametrize("transit", [0.0, 0.7])
def test_the_pace_does_not_hang_on_how_the_world_was_simulated(failing, transit):
    world = World(failing=failing, transit=transit)

    for seed in SEEDS:
        least = limit(TokenBucket(10, 10), 300, seed=seed, world=world)
        result = simulate(TokenBucket(10, 10), 300, seed=seed, world=world)

        assert result.seconds <= 1.15 * least
        assert result.refused <= 0.06 * 300
