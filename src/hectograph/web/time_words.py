"""Estimates in words, on pages: `domain/estimate_words.py` in every language."""

from datetime import datetime, tzinfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hectograph.domain.estimate import Estimate
from hectograph.domain.estimate_words import (
    Span,
    Unit,
    is_plain,
    rounded_end,
    span_left,
    span_of,
)


def words_left(estimate: Estimate) -> str:
    """How long it will take: "about 2 minutes (1-4)"."""
    span = span_left(estimate)
    if span.likely is None:
        return _range(span)
    about = _about(span.likely, span.unit)
    if span.is_exact:
        return about
    told = {"about": about, "low": span.low, "high": span.high}
    if span.low:
        return _("%(about)s (%(low)d–%(high)d)") % told  # noqa: RUF001 - it is a range
    return _("%(about)s (up to %(high)d)") % told


def words_span(estimate: Estimate) -> str:
    """The same as a range alone: "10-14 minutes"."""
    return _range(span_of(estimate))


def words_by(estimate: Estimate, *, zone: tzinfo | None) -> str:
    """When it will be done: "06:10", with its day if that is not plain."""
    return words_at(rounded_end(estimate), now=estimate.made_at, zone=zone)


def words_at(at: datetime, *, now: datetime, zone: tzinfo | None) -> str:
    """A moment to come, with its day if that is not plain."""
    local = at.astimezone(zone)
    time = date_format(local, "TIME_FORMAT")
    if is_plain(at, now=now, zone=zone):
        return time
    return _("%(time)s on %(day)s") % {
        "time": time,
        "day": date_format(local, "MONTH_DAY_FORMAT"),
    }


def _range(span: Span) -> str:
    if span.is_under_a_minute:
        return _("less than a minute")
    if span.low == 0:
        return _up_to(span.high, span.unit)
    if span.low == span.high:
        return _about(span.high, span.unit)
    told = {"low": span.low, "high": span.high}
    return {
        Unit.MINUTE: _("%(low)d–%(high)d minutes"),  # noqa: RUF001
        Unit.HOUR: _("%(low)d–%(high)d hours"),  # noqa: RUF001
        Unit.DAY: _("%(low)d–%(high)d days"),  # noqa: RUF001
    }[span.unit] % told


def _about(number: int, unit: Unit) -> str:
    return {
        Unit.MINUTE: ngettext(
            "about %(number)d minute", "about %(number)d minutes", number
        ),
        Unit.HOUR: ngettext("about %(number)d hour", "about %(number)d hours", number),
        Unit.DAY: ngettext("about %(number)d day", "about %(number)d days", number),
    }[unit] % {"number": number}


def _up_to(number: int, unit: Unit) -> str:
    return {
        Unit.MINUTE: ngettext(
            "up to %(number)d minute", "up to %(number)d minutes", number
        ),
        Unit.HOUR: ngettext("up to %(number)d hour", "up to %(number)d hours", number),
        Unit.DAY: ngettext("up to %(number)d day", "up to %(number)d days", number),
    }[unit] % {"number": number}
