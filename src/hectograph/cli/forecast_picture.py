"""A forecast as a picture: SVG, for light and dark screens, without script.

A row for each outcome: in every step of the day a bar up to the time in which half of the
shares are there, and a lighter one for 95 of 100. Below, how many copies are asked for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from math import ceil
from typing import Final
from xml.sax.saxutils import escape

from hectograph.cli.forecast_screen import day_words, setting_words, span
from hectograph.domain.advice import advise, within
from hectograph.domain.errors import RequestRefused
from hectograph.domain.forecast import Forecast, Outcome, Step

WIDTH: Final = 960
LEFT: Final = 78
RIGHT: Final = 782
TOP: Final = 158
ROW: Final = 112
BETWEEN: Final = 44
LOAD: Final = 56
FOOT: Final = 48
GAP: Final = 3.0
"""Between two bars."""

TICKS: Final = 3
ROUND_SECONDS: Final = (
    5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400,
)  # fmt: skip
ROUND_HOURS: Final = (0.25, 0.5, 1, 2, 3, 6, 12, 24)
MOST_CLOCKS: Final = 9
MINUTE: Final = 60
HOUR: Final = 3600

STYLE: Final = """
  .panel { fill: #ffffff; stroke: #d5dae1; }
  .grid { stroke: #e3e7ec; }
  .base { stroke: #8a94a1; }
  .most { fill: #a9ccf2; stroke: #2f6db5; stroke-width: 0.8; }
  .half { fill: #2f6db5; }
  .usual { stroke: #b5412b; stroke-width: 2; }
  .load { fill: #b9c1cc; }
  text { font-family: system-ui, sans-serif; font-size: 13px; fill: #46505e; }
  .head { font-size: 18px; font-weight: 600; fill: #1b2430; }
  .name { font-size: 14.5px; font-weight: 600; fill: #1b2430; }
  .figure { font-size: 20px; font-weight: 600; fill: #1b2430; }
  .right { text-anchor: end; }
  .middle { text-anchor: middle; }
  @media (prefers-color-scheme: dark) {
    .panel { fill: #161b22; stroke: #333c47; }
    .grid { stroke: #2a323c; }
    .base { stroke: #77828f; }
    .most { fill: #24466d; stroke: #6aa5e8; }
    .half { fill: #6aa5e8; }
    .usual { stroke: #e98872; }
    .load { fill: #4a5562; }
    text { fill: #bcc6d2; }
    .head, .name, .figure { fill: #f0f3f7; }
  }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """From times of the day and seconds of waiting to the picture's own measure."""

    begins_at: datetime
    ends_at: datetime
    most_seconds: float

    def x(self, at: datetime) -> float:
        """Where a time is, from the left."""
        part = (at - self.begins_at) / (self.ends_at - self.begins_at)
        return LEFT + part * (RIGHT - LEFT)

    def height(self, seconds: float) -> float:
        """How high a bar is."""
        return seconds / self.most_seconds * ROW


def draw(found: Forecast, *, zone: tzinfo | None) -> str:
    """The whole picture; times of day are those of the zone.

    Raises RequestRefused where nobody waits for anything.
    """
    if not found.usual.waited:
        raise RequestRefused(
            "Nobody waits for any of these shares: there is nothing to draw.",
            effect="No picture was made.",
            remedy="Leave --svg out.",
        )
    rows = [(each, each.steps(found.width)) for each in found.outcomes]
    axes = _axes([step for _, steps in rows for step in steps], width=found.width)
    usual = {step.begins_at: step.waits.p95 for step in rows[0][1]}
    foot = TOP + len(rows) * (ROW + BETWEEN) + LOAD
    parts = [*_head(found, height=foot + FOOT, zone=zone), *_legend()]
    for number, (outcome, steps) in enumerate(rows):
        base = TOP + ROW + number * (ROW + BETWEEN)
        parts += _row(outcome, steps, axes=axes, base=base, usual=usual if number else {})
    parts += _load(rows[0][1], axes=axes, base=foot)
    parts += _clocks(axes, base=foot, zone=zone)
    return "\n".join([*parts, "</svg>", ""])


def _axes(steps: Sequence[Step], *, width: timedelta) -> Axes:
    slowest = max((step.waits.p95 for step in steps), default=1.0)
    return Axes(
        begins_at=min(step.begins_at for step in steps),
        ends_at=max(step.begins_at for step in steps) + width,
        most_seconds=_tick(slowest) * ceil(slowest / _tick(slowest)),
    )


def _tick(slowest: float) -> float:
    """The seconds between two lines, so that there are few of them."""
    fitting = (each for each in ROUND_SECONDS if slowest <= each * TICKS)
    return float(next(fitting, ceil(slowest / TICKS / ROUND_SECONDS[-1]) * 86_400))


def _head(found: Forecast, *, height: float, zone: tzinfo | None) -> list[str]:
    said = " ".join((_spoken(found), *advise(found)))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" '
        'role="img" aria-labelledby="title desc">'
    )
    panel = (
        f'<rect class="panel" x="1" y="1" width="{WIDTH - 2}" height="{height - 2:g}" '
        'rx="14"/>'
    )
    words = day_words(found, zone=zone)
    lines = [
        _text(line, x=24, y=62 + 19 * number)
        for number, line in enumerate(setting_words(found.usual.variant.setting))
    ]
    return [
        svg,
        f'<title id="title">How long shares take. {escape(words)}</title>',
        f'<desc id="desc">{escape(said)}</desc>',
        f"<style>{STYLE}</style>",
        panel,
        _text(words, x=24, y=38, style="head"),
        *lines,
    ]


def _spoken(found: Forecast) -> str:
    return " ".join(
        f"{each.variant.name.capitalize()}: half of the shares are there within "
        f"{within(waits.p50)}, 95 of 100 within {within(waits.p95)}."
        for each in found.outcomes
        if (waits := each.waits)
    )


def _legend() -> list[str]:
    y = 106
    return [
        f'<rect class="half" x="24" y="{y - 11}" width="14" height="12"/>',
        _text("half of the shares are there", x=45, y=y),
        f'<rect class="most" x="240" y="{y - 11}" width="14" height="12"/>',
        _text("95 of 100", x=261, y=y),
        f'<path class="usual" d="M344 {y - 5}h18"/>',
        _text("95 of 100 as it is", x=369, y=y),
    ]


def _row(
    outcome: Outcome,
    steps: Sequence[Step],
    *,
    axes: Axes,
    base: float,
    usual: dict[datetime, float],
) -> Iterator[str]:
    yield from _grid(axes, base=base)
    for step in steps:
        for style, seconds in (("most", step.waits.p95), ("half", step.waits.p50)):
            yield _bar(step, axes.height(seconds), axes=axes, base=base, style=style)
        if step.begins_at in usual:
            y = base - axes.height(usual[step.begins_at])
            x, width = _across(step, axes=axes)
            yield f'<path class="usual" d="M{x:.1f} {y:.1f}h{width:.1f}"/>'
    yield _text(outcome.variant.name, x=LEFT, y=base - ROW - 12, style="name")
    if waits := outcome.waits:
        yield _text(span(waits.p95), x=RIGHT + 22, y=base - 60, style="figure")
        yield _text("95 of 100", x=RIGHT + 22, y=base - 42)
        yield _text(f"{span(waits.p50)} half", x=RIGHT + 22, y=base - 20)


def _grid(axes: Axes, *, base: float) -> Iterator[str]:
    tick = _tick(axes.most_seconds)
    for number in range(round(axes.most_seconds / tick) + 1):
        y = base - axes.height(number * tick)
        style = "grid" if number else "base"
        yield f'<path class="{style}" d="M{LEFT} {y:.1f}H{RIGHT}"/>'
        yield _text(_round(number * tick), x=LEFT - 10, y=y + 4, style="right")


def _load(steps: Sequence[Step], *, axes: Axes, base: float) -> Iterator[str]:
    most = max(step.deliveries for step in steps)
    for step in steps:
        height = (LOAD - 20) * step.deliveries / most
        yield _bar(step, height, axes=axes, base=base, style="load")
    yield f'<path class="base" d="M{LEFT} {base:g}H{RIGHT}"/>'
    yield _text(f"{most:,}", x=LEFT - 10, y=base - LOAD + 25, style="right")
    yield _text("copies asked for", x=RIGHT + 22, y=base - 4)


def _clocks(axes: Axes, *, base: float, zone: tzinfo | None) -> Iterator[str]:
    """Times of day below the last row, few enough to be read."""
    length = axes.ends_at - axes.begins_at
    every = next(
        (
            found
            for hours in ROUND_HOURS
            if length <= MOST_CLOCKS * (found := timedelta(hours=hours))
        ),
        length,
    )
    at = axes.begins_at
    while at <= axes.ends_at:
        words = f"{at.astimezone(zone):%H:%M}"
        yield _text(words, x=axes.x(at), y=base + 20, style="middle")
        at += every


def _bar(step: Step, height: float, *, axes: Axes, base: float, style: str) -> str:
    x, width = _across(step, axes=axes)
    return (
        f'<rect class="{style}" x="{x:.1f}" y="{base - height:.1f}" '
        f'width="{width:.1f}" height="{height:.1f}"/>'
    )


def _across(step: Step, *, axes: Axes) -> tuple[float, float]:
    left, right = axes.x(step.begins_at), axes.x(step.ends_at)
    gap = min(GAP, (right - left) / 4)
    return left + gap / 2, right - left - gap


def _round(seconds: float) -> str:
    if seconds % HOUR == 0 and seconds:
        return f"{seconds / HOUR:g} h"
    if seconds % MINUTE == 0 and seconds:
        return f"{seconds / MINUTE:g} min"
    return f"{seconds:g} s" if seconds else "0"


def _text(words: str, *, x: float, y: float, style: str = "") -> str:
    named = f' class="{style}"' if style else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'
