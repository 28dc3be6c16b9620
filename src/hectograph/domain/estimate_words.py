"""Estimates in words: as exact as they are, and no more."""

from datetime import datetime, timedelta, tzinfo
from math import ceil, floor
from typing import Final

from hectograph.domain.estimate import Estimate

TO: Final = "\N{EN DASH}"

MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 86_400.0

IN_MINUTES: Final = 90 * MINUTE
"""Up to here it is told in minutes, and up to two days in hours."""

FINE_MINUTES: Final = 20
COARSE_MINUTES: Final = 5
"""Above so many, minutes are told in steps of five."""

AN_HOUR: Final = timedelta(hours=1)


def words_left(estimate: Estimate) -> str:
    """How long it will take: "about 2 minutes (1-4)"."""
    least, likely, most = _seconds(estimate)
    if most <= MINUTE or likely <= MINUTE / 2:
        return words_between(least, most)
    unit, name = _unit(most)
    step = _step(likely, unit)
    number = max(1, round(likely / unit / step) * step)
    low, high = _bounds(least, most, unit)
    about = f"about {_counted(number, name)}"
    if low == number == high:
        return about
    low = min(low, number)
    return f"{about} (up to {high})" if low == 0 else f"{about} ({low}{TO}{high})"


def words_span(estimate: Estimate) -> str:
    """The same as a range alone: "10-14 minutes"."""
    least, _, most = _seconds(estimate)
    return words_between(least, most)


def words_between(least: float, most: float) -> str:
    """A range of seconds: "10-14 minutes", "up to 3 minutes", "less than a minute"."""
    if most <= MINUTE:
        return "less than a minute"
    unit, name = _unit(most)
    low, high = _bounds(least, most, unit)
    if low == 0:
        return f"up to {_counted(high, name)}"
    return f"about {_counted(high, name)}" if low == high else f"{low}{TO}{high} {name}s"


def words_by(estimate: Estimate, *, zone: tzinfo | None) -> str:
    """When it will be done: "06:10", or "06:10 on 27 November" on a later day.

    Rounded up: to a minute if it is near, else to five or ten.
    """
    at, now = estimate.latest_at, estimate.made_at
    ahead = at - now
    minutes = 1 if ahead < AN_HOUR else 5 if ahead < 6 * AN_HOUR else 10
    rounded = at + timedelta(seconds=-at.timestamp() % (minutes * MINUTE))
    return words_at(rounded, now=now, zone=zone)


def words_at(at: datetime, *, now: datetime, zone: tzinfo | None) -> str:
    """A moment to come, with its day if that is not plain."""
    local = at.astimezone(zone)
    is_plain = local.date() == now.astimezone(zone).date() or at - now < 18 * AN_HOUR
    return f"{local:%H:%M}" if is_plain else f"{local:%H:%M on %d %B}"


def _seconds(estimate: Estimate) -> tuple[float, float, float]:
    """From when it was made: at the least, likely, at the most."""
    ends = (estimate.earliest_at, estimate.likely_at, estimate.latest_at)
    least, likely, most = ((at - estimate.made_at).total_seconds() for at in ends)
    return max(0.0, least), max(0.0, likely), max(0.0, most)


def _unit(most: float) -> tuple[float, str]:
    if most <= IN_MINUTES:
        return MINUTE, "minute"
    return (HOUR, "hour") if most <= 2 * DAY else (DAY, "day")


def _step(seconds: float, unit: float) -> int:
    is_coarse = unit == MINUTE and seconds > FINE_MINUTES * MINUTE
    return COARSE_MINUTES if is_coarse else 1


def _bounds(least: float, most: float, unit: float) -> tuple[int, int]:
    low, high = _step(least, unit), _step(most, unit)
    return floor(least / unit / low) * low, ceil(most / unit / high) * high


def _counted(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"
