"""Estimates in words: as exact as they are, and no more."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
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


class Unit(StrEnum):
    """In what a range is told."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


SECONDS: Final = {Unit.MINUTE: MINUTE, Unit.HOUR: HOUR, Unit.DAY: DAY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """How long something takes, rounded: what is told of it in whatever language.

    `low` is 0 where it may be at once; `likely` is None where a range alone is told.
    """

    unit: Unit
    low: int
    high: int
    likely: int | None = None

    @property
    def is_under_a_minute(self) -> bool:
        """Whether there is nothing to be counted."""
        return self.unit is Unit.MINUTE and self.high <= 1 and self.likely is None

    @property
    def is_exact(self) -> bool:
        """Whether the range says no more than what is likely."""
        return self.low == self.likely == self.high


def span_left(estimate: Estimate) -> Span:
    """How long it will take, and how long at the least and at the most."""
    least, likely, most = _seconds(estimate)
    span = span_between(least, most)
    if span.is_under_a_minute or likely <= MINUTE / 2:
        return span
    step = _step(likely, span.unit)
    number = max(1, round(likely / SECONDS[span.unit] / step) * step)
    return replace(span, low=min(span.low, number), likely=number)


def span_of(estimate: Estimate) -> Span:
    """The same as a range alone."""
    least, _, most = _seconds(estimate)
    return span_between(least, most)


def span_between(least: float, most: float) -> Span:
    """A range of seconds, rounded."""
    if most <= MINUTE:
        return Span(unit=Unit.MINUTE, low=0, high=1)
    unit = Unit.MINUTE if most <= IN_MINUTES else Unit.HOUR if most <= 2 * DAY else Unit.DAY
    low, high = _step(least, unit), _step(most, unit)
    seconds = SECONDS[unit]
    return Span(
        unit=unit,
        low=floor(least / seconds / low) * low,
        high=ceil(most / seconds / high) * high,
    )


def words_left(estimate: Estimate) -> str:
    """How long it will take: "about 2 minutes (1-4)"."""
    span = span_left(estimate)
    if span.likely is None:
        return _range(span)
    about = f"about {_counted(span.likely, span.unit)}"
    if span.is_exact:
        return about
    return (
        f"{about} ({span.low}{TO}{span.high})"
        if span.low
        else f"{about} (up to {span.high})"
    )


def words_span(estimate: Estimate) -> str:
    """The same as a range alone: "10-14 minutes"."""
    return _range(span_of(estimate))


def words_between(least: float, most: float) -> str:
    """A range of seconds: "10-14 minutes", "up to 3 minutes", "less than a minute"."""
    return _range(span_between(least, most))


def words_by(estimate: Estimate, *, zone: tzinfo | None) -> str:
    """When it will be done: "06:10", or "06:10 on 27 November" on a later day.

    Rounded up: to a minute if it is near, else to five or ten.
    """
    return words_at(rounded_end(estimate), now=estimate.made_at, zone=zone)


def rounded_end(estimate: Estimate) -> datetime:
    """When it will be done at the latest, rounded up."""
    at = estimate.latest_at
    ahead = at - estimate.made_at
    minutes = 1 if ahead < AN_HOUR else 5 if ahead < 6 * AN_HOUR else 10
    return at + timedelta(seconds=-at.timestamp() % (minutes * MINUTE))


def words_at(at: datetime, *, now: datetime, zone: tzinfo | None) -> str:
    """A moment to come, with its day if that is not plain."""
    local = at.astimezone(zone)
    is_clear = is_plain(at, now=now, zone=zone)
    return f"{local:%H:%M}" if is_clear else f"{local:%H:%M on %d %B}"


def is_plain(at: datetime, *, now: datetime, zone: tzinfo | None) -> bool:
    """Whether the time of day alone says which moment is meant."""
    is_today = at.astimezone(zone).date() == now.astimezone(zone).date()
    return is_today or at - now < 18 * AN_HOUR


def _seconds(estimate: Estimate) -> tuple[float, float, float]:
    """From when it was made: at the least, likely, at the most."""
    ends = (estimate.earliest_at, estimate.likely_at, estimate.latest_at)
    least, likely, most = ((at - estimate.made_at).total_seconds() for at in ends)
    return max(0.0, least), max(0.0, likely), max(0.0, most)


def _range(span: Span) -> str:
    if span.is_under_a_minute:
        return "less than a minute"
    if span.low == 0:
        return f"up to {_counted(span.high, span.unit)}"
    if span.low == span.high:
        return f"about {_counted(span.high, span.unit)}"
    return f"{span.low}{TO}{span.high} {span.unit}s"


def _step(seconds: float, unit: Unit) -> int:
    is_coarse = unit is Unit.MINUTE and seconds > FINE_MINUTES * MINUTE
    return COARSE_MINUTES if is_coarse else 1


def _counted(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"
