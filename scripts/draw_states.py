"""Draws docs/explanation/states.svg from the table of a delivery's moves.

The arrows come from `MOVES`; only where the states stand is decided here. With --check
nothing is written, and the exit code is 1 when the file is not what would be drawn.
"""

import sys
from dataclasses import dataclass
from math import hypot
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from hectograph.domain.delivery import DELIVERED_STATES, MOVES, OPEN_STATES, DeliveryState

TARGET: Final = Path(__file__).parents[1] / "docs" / "explanation" / "states.svg"

WIDTH: Final = 1000
HEIGHT: Final = 640
HALF_WIDTH: Final = 78
HALF_HEIGHT: Final = 31
GAP: Final = 5  # between a box and its arrows
ASIDE: Final = 13  # how far two opposite arrows keep from the middle


@dataclass(frozen=True, slots=True)
class Place:
    """Where the middle of a state's box is, and what stands below its name."""

    x: float
    y: float
    words: str


PLACES: Final = {
    DeliveryState.PLANNED: Place(120, 260, "not begun"),
    DeliveryState.PLACING: Place(375, 260, "being copied"),
    DeliveryState.PLACED: Place(625, 260, "to be read back"),
    DeliveryState.VERIFIED: Place(880, 260, "there, as shared"),
    DeliveryState.KEPT: Place(625, 100, "there, worked on"),
    DeliveryState.RECALLED: Place(880, 420, "taken back"),
    DeliveryState.WAITING: Place(500, 420, "tried again later"),
    DeliveryState.FAILED: Place(250, 420, "a person must act"),
    DeliveryState.CANCELLED: Place(120, 570, "withdrawn"),
}

STYLE: Final = """
  .panel { fill: #ffffff; stroke: #d5dae1; }
  .arrow { stroke: #5b6675; stroke-width: 1.8; fill: none; }
  .head { fill: #5b6675; }
  .open rect { fill: #e3eefb; stroke: #2f6db5; }
  .delivered rect { fill: #e0f3e6; stroke: #2c7d4a; }
  .failed rect { fill: #fde8e4; stroke: #b5412b; }
  .other rect { fill: #eef0f3; stroke: #6b7684; }
  rect { stroke-width: 1.8; }
  text { font-family: system-ui, sans-serif; fill: #1b2430; text-anchor: middle; }
  .name { font-size: 18px; font-weight: 600; }
  .words { font-size: 13.5px; fill: #46505e; }
  .left { text-anchor: start; }
  @media (prefers-color-scheme: dark) {
    .panel { fill: #161b22; stroke: #333c47; }
    .arrow { stroke: #9aa6b5; }
    .head { fill: #9aa6b5; }
    .open rect { fill: #16304f; stroke: #6aa5e8; }
    .delivered rect { fill: #153a25; stroke: #5fbd82; }
    .failed rect { fill: #4a1e16; stroke: #e98872; }
    .other rect { fill: #262d36; stroke: #8a96a5; }
    text { fill: #f0f3f7; }
    .words { fill: #bcc6d2; }
  }
"""

LEGEND: Final = (
    ("open", "hectograph still owes something"),
    ("delivered", "the student has the copy"),
    ("failed", "waits for a person"),
    ("other", "ended without a copy"),
)


def draw() -> str:
    """The whole picture. Raises ValueError for a state that has no place yet."""
    missing = [str(state) for state in MOVES if state not in PLACES]
    if missing:
        raise ValueError(f"PLACES has no coordinates for: {', '.join(missing)}")
    arrows = [_arrow(before, after) for before in MOVES for after in sorted(MOVES[before])]
    boxes = [_box(state) for state in MOVES]
    return "\n".join([*_head(), *arrows, *boxes, *_legend(), "</svg>", ""])


def _head() -> list[str]:
    said = "; ".join(
        f"{before} to {', '.join(sorted(after))}"
        for before, after in MOVES.items()
        if after
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'role="img" aria-labelledby="title desc">'
    )
    tip = (
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
        'markerHeight="7" orient="auto"><path class="head" d="M0 0.8 10 5 0 9.2z"/>'
        "</marker></defs>"
    )
    panel = (
        f'<rect class="panel" x="1" y="1" width="{WIDTH - 2}" height="{HEIGHT - 2}" '
        'rx="14"/>'
    )
    return [
        svg,
        '<title id="title">The states of a delivery, and the moves between them</title>',
        f'<desc id="desc">{escape(said)}.</desc>',
        f"<style>{STYLE}</style>",
        tip,
        panel,
        _start(),
    ]


def _start() -> str:
    first = PLACES[DeliveryState.PLANNED]
    y = first.y - HALF_HEIGHT - 52
    end = first.y - HALF_HEIGHT - GAP
    return (
        f'<circle class="head" cx="{first.x:g}" cy="{y:g}" r="6"/>'
        f'<path class="arrow" marker-end="url(#tip)" d="M{first.x:g} {y:g}V{end:g}"/>'
    )


def _kind(state: DeliveryState) -> str:
    if state in OPEN_STATES:
        return "open"
    if state in DELIVERED_STATES:
        return "delivered"
    return "failed" if state is DeliveryState.FAILED else "other"


def _box(state: DeliveryState) -> str:
    place = PLACES[state]
    left, top = place.x - HALF_WIDTH, place.y - HALF_HEIGHT
    return (
        f'<g class="{_kind(state)}"><rect x="{left:g}" y="{top:g}" '
        f'width="{2 * HALF_WIDTH}" height="{2 * HALF_HEIGHT}" rx="10"/>'
        f'<text class="name" x="{place.x:g}" y="{place.y - 3:g}">{escape(state)}</text>'
        f'<text class="words" x="{place.x:g}" y="{place.y + 17:g}">'
        f"{escape(place.words)}</text></g>"
    )


def _arrow(before: DeliveryState, after: DeliveryState) -> str:
    start, end = PLACES[before], PLACES[after]
    length = hypot(end.x - start.x, end.y - start.y)
    along = ((end.x - start.x) / length, (end.y - start.y) / length)
    aside = ASIDE if before in MOVES[after] else 0
    shift = (-along[1] * aside, along[0] * aside)
    leave = _reach(along, shift)
    arrive = _reach((-along[0], -along[1]), shift)
    x1, y1 = start.x + shift[0] + along[0] * leave, start.y + shift[1] + along[1] * leave
    x2, y2 = end.x + shift[0] - along[0] * arrive, end.y + shift[1] - along[1] * arrive
    return (
        f'<path class="arrow" marker-end="url(#tip)" '
        f'd="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>'
    )


def _reach(along: tuple[float, float], shift: tuple[float, float]) -> float:
    """How far it is from a shifted middle to the edge of its box, and a gap beyond."""
    ways = []
    for half, direction, offset in zip(
        (HALF_WIDTH, HALF_HEIGHT), along, shift, strict=True
    ):
        if abs(direction) > 1e-9:  # noqa: PLR2004 - not parallel to this side
            side = half if direction > 0 else -half
            ways.append((side - offset) / direction)
    return min(ways) + GAP


def _legend() -> list[str]:
    lines = []
    for number, (kind, words) in enumerate(LEGEND):
        y = 530 + 26 * number
        lines.append(
            f'<g class="{kind}"><rect x="690" y="{y - 12}" width="22" height="15" rx="4"/>'
            f'<text class="words left" x="722" y="{y}">{escape(words)}</text></g>'
        )
    return lines


def is_current() -> bool:
    """Whether the file on disk is what would be drawn."""
    return TARGET.is_file() and TARGET.read_text(encoding="utf-8") == draw()


def main() -> int:
    """Draw, or with --check only look; the exit code."""
    if "--check" in sys.argv[1:]:
        if is_current():
            return 0
        print(f"{TARGET} is not up to date: run scripts/draw_states.py", file=sys.stderr)
        return 1
    TARGET.write_text(draw(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
