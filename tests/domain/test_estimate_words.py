from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.estimate import Estimate
from hectograph.domain.estimate_words import words_by, words_left, words_span

from ..builders import EIGHT

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = 60


def estimate(least, likely, most, *, made_at=EIGHT):
    least, likely, most = (
        made_at + timedelta(seconds=each) for each in (least, likely, most)
    )
    return Estimate(made_at=made_at, earliest_at=least, likely_at=likely, latest_at=most)


@pytest.mark.parametrize(
    ("told", "left", "span"),
    [
        ((2, 5, 20), "less than a minute", "less than a minute"),
        ((19, 24, 80), "up to 2 minutes", "up to 2 minutes"),
        ((40, 100, 130), "about 2 minutes (up to 3)", "up to 3 minutes"),
        ((70, 110, 200), "about 2 minutes (1–4)", "1–4 minutes"),
        ((600, 700, 840), "about 12 minutes (10–14)", "10–14 minutes"),
        ((1700, 2000, 2500), "about 35 minutes (25–45)", "25–45 minutes"),
        ((3700, 5000, 9000), "about 1 hour (1–3)", "1–3 hours"),
        ((90_000, 180_000, 400_000), "about 2 days (1–5)", "1–5 days"),
        ((-5, -2, 0), "less than a minute", "less than a minute"),
        ((120, 120, 120), "about 2 minutes", "about 2 minutes"),
    ],
)  # fmt: skip
def test_it_is_told_as_exactly_as_it_is_known(told, left, span):
    assert words_left(estimate(*told)) == left
    assert words_span(estimate(*told)) == span


@pytest.mark.parametrize(
    ("most", "words"),
    [
        (61, "10:02"),
        (60, "10:01"),
        (2 * 3600 + 61, "12:05"),
        (8 * 3600 + 61, "18:10"),
        (15 * 3600, "01:00"),
        (30 * 3600, "16:00 on 02 September"),
    ],
)
def test_a_moment_is_rounded_to_what_comes_after(most, words):
    assert words_by(estimate(1, 1, most), zone=BERLIN) == words


@given(st.floats(0, 300_000), st.floats(0, 300_000), st.floats(0, 300_000))
def test_what_is_told_holds_all_that_was_meant(one, two, three):
    least, likely, most = sorted((one, two, three))

    words = words_span(estimate(least, likely, most))

    if "–" in words:
        units = {"minutes": MINUTE, "hours": 3600, "days": 86_400}
        numbers, unit = words.split()
        low, high = map(int, numbers.split("–"))
        assert low * units[unit] <= least
        assert high * units[unit] >= most


@given(st.integers(0, 100_000))
def test_nothing_is_told_to_be_there_sooner_than_it_is(most):
    told = words_by(estimate(0, 0, most), zone=UTC)

    clock = datetime.strptime(told[:5], "%H:%M").replace(tzinfo=UTC)
    latest = EIGHT + timedelta(seconds=most)
    shown = latest.replace(hour=clock.hour, minute=clock.minute, second=0)
    if shown < latest:
        shown += timedelta(days=1)
    assert timedelta(0) <= shown - latest <= timedelta(minutes=10)
