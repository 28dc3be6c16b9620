"""Estimates in words of every language: in English as commands tell them."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain import estimate_words
from hectograph.domain.estimate import Estimate
from hectograph.web import time_words

from ..builders import EIGHT

BERLIN = ZoneInfo("Europe/Berlin")
SECONDS = st.floats(0, 10 * 86_400)


@pytest.fixture(autouse=True)
def _translations(database_url):
    """Words are looked up in Django's translations."""


def estimate(*seconds):
    least, likely, most = (EIGHT + timedelta(seconds=each) for each in sorted(seconds))
    return Estimate(made_at=EIGHT, earliest_at=least, likely_at=likely, latest_at=most)


@given(SECONDS, SECONDS, SECONDS)
def test_pages_in_english_say_the_same_as_commands(one, two, three):
    told = estimate(one, two, three)

    with override("en"):
        assert time_words.words_left(told) == estimate_words.words_left(told)
        assert time_words.words_span(told) == estimate_words.words_span(told)


@pytest.mark.parametrize(
    ("minutes", "left", "span"),
    [
        ((0, 0, 0.5), "weniger als eine Minute", "weniger als eine Minute"),
        ((0, 1, 3), "etwa 1 Minute (höchstens 3)", "höchstens 3 Minuten"),
        ((1, 2, 4), "etwa 2 Minuten (1–4)", "1–4 Minuten"),  # noqa: RUF001
        ((60, 90, 120), "etwa 2 Stunden (1–2)", "1–2 Stunden"),  # noqa: RUF001
        ((1440, 1440, 4320), "etwa 1 Tag (1–3)", "1–3 Tage"),  # noqa: RUF001
    ],
)
def test_in_german(minutes, left, span):
    told = estimate(*(60 * each for each in minutes))

    with override("de"):
        assert time_words.words_left(told) == left
        assert time_words.words_span(told) == span


def test_a_later_day_is_named():
    with override("de"):
        assert time_words.words_by(estimate(0, 0, 60), zone=BERLIN) == "10:01"
        later = time_words.words_by(estimate(0, 0, 3 * 86_400), zone=BERLIN)

    assert later.endswith(", 10:00")
    assert " " in later.removesuffix(", 10:00")
