from math import exp
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.hindsight import UNKNOWN, Hindsight, Past

KIND = "asked/google/native/32 s"


def learned(*ratios, kind=KIND):
    return Hindsight.learned([Past(kind=kind, ratio=each) for each in ratios])


def test_before_anything_is_known_the_range_is_wide():
    spread = learned().spread(KIND)

    assert spread == UNKNOWN
    assert spread.most > 10 * spread.least


def test_what_always_came_out_the_same_makes_it_narrow():
    spread = learned(*[2.0] * 500).spread(KIND)

    assert spread.likely == pytest.approx(2.0, rel=0.05)
    assert spread.most < 1.3 * spread.least


def test_a_few_change_it_a_little():
    spread = learned(2.0, 2.0).spread(KIND)

    assert 1.0 < spread.likely < 1.5
    assert spread.most > 5 * spread.least


def test_a_kind_of_which_nothing_is_known_is_like_the_wider_one():
    hindsight = learned(*[2.0] * 100)

    wider = hindsight.spread("asked/google/native")
    assert hindsight.spread("asked/google/native/100 s") == wider
    assert hindsight.spread("begun/google/native/32 s") == UNKNOWN


def test_a_kind_is_told_from_its_neighbour():
    past = [
        Past(kind=f"asked/{place}", ratio=ratio)
        for place, ratio in (("first", 1.0), ("behind", 3.0))
        for _ in range(200)
    ]

    hindsight = Hindsight.learned(past)

    assert hindsight.spread("asked/first").most < hindsight.spread("asked/behind").least


def test_what_took_no_time_at_all_is_no_error():
    assert learned(0.0, -1.0).spread(KIND).least > 0


@given(st.lists(st.floats(0.001, 1000), min_size=1, max_size=300))
def test_a_range_has_its_middle_within(ratios):
    spread = learned(*ratios).spread(KIND)

    assert 0 < spread.least <= spread.likely <= spread.most


@pytest.mark.parametrize("number", [30, 100, 400])
@pytest.mark.parametrize("shape", ["narrow", "long tail"])
def test_the_promise_is_kept_by_what_comes_after(number, shape):
    random = Random(f"{number} {shape}")

    def ratio():
        hangs = shape == "long tail" and random.random() < 0.06
        return exp(random.gauss(0.3, 0.4)) * (4 if hangs else 1)

    within = []
    for _ in range(100):
        spread = learned(*(ratio() for _ in range(number))).spread(KIND)
        within += [spread.least <= ratio() <= spread.most for _ in range(100)]

    assert sum(within) / len(within) >= 0.9
