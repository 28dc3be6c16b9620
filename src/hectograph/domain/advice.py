"""What a forecast's figures mean, in sentences: what would help, and by how much."""

from math import ceil
from typing import Final

from hectograph.domain.forecast import Forecast, Outcome, Waits

WORTH_SECONDS: Final = 5.0
WORTH_PART: Final = 0.1
"""What a change must save at least to be told of: so much, and so much of the time."""

MANY: Final = 20
"""Of fewer shares than these nobody says 95 of 100."""

NEARLY_ALONE: Final = 1.5
"""Who waits hardly longer than this many times the time alone waits for nobody else."""

MINUTE: Final = 60.0
HOUR: Final = 3600.0
UNITS: Final = ((90.0, 1.0, "second"), (90 * MINUTE, MINUTE, "minute"))
"""Up to which time it is told in which unit; longer ones in hours."""


def advise(forecast: Forecast) -> tuple[str, ...]:
    """What helps most first; or that nothing of it does, and why."""
    usual = forecast.usual
    before = usual.waits
    if before is None:
        return ("Nobody waits for anything of this: all of it has until the morning.",)
    helping = sorted(
        (
            (after.p95, number, _helps(each, before=before, after=after))
            for number, each in enumerate(forecast.outcomes[1:])
            if (after := each.waits) and is_worth_it(before, after)
        ),
    )
    told = [sentence for _, _, sentence in helping] or [_nothing_helps(usual, before)]
    return (*told, *_deadlines(forecast))


def is_worth_it(before: Waits, after: Waits) -> bool:
    """Whether a change saves so much that it is worth telling."""
    return before.p95 - after.p95 >= max(WORTH_SECONDS, WORTH_PART * before.p95)


def _helps(outcome: Outcome, *, before: Waits, after: Waits) -> str:
    times = instead(after.p95, of=before.p95)
    return f"With {outcome.variant.words}, {_most(after)} are there within {times}."


def _most(waits: Waits) -> str:
    return "95 of 100 shares" if waits.shares >= MANY else "all shares"


def _nothing_helps(usual: Outcome, before: Waits) -> str:
    sizes = sorted(each.arrival.deliveries for each in usual.waited)
    size = sizes[len(sizes) // 2]
    alone = usual.variant.setting.alone_seconds(size)
    told = f"{_most(before)} are there within {within(before.p95)}"
    words = f"Nothing that was tried makes that much better: {told} as it is."
    if before.p95 <= NEARLY_ALONE * alone + WORTH_SECONDS:
        words += f" A share of {size} takes {within(alone)} even while nobody else asks."
    return words


def _deadlines(forecast: Forecast) -> list[str]:
    kept, bound = forecast.usual.deadlines
    if kept == bound:
        return []
    told = [f"As it is, {bound - kept} of {bound} deadlines would be missed."]
    for each in forecast.outcomes[1:]:
        saved, all_of_them = each.deadlines
        if all_of_them - saved < bound - kept:
            missed = all_of_them - saved or "none"
            told.append(f"With {each.variant.words}, {missed} would be.")
    return told


def within(seconds: float) -> str:
    """A time in words, rounded up: `40 seconds`, `2 minutes`, `1.5 hours`."""
    for most, unit, name in UNITS:
        if seconds <= most:
            number = max(1, ceil(seconds / unit))
            return f"{number} {name}{'' if number == 1 else 's'}"
    return f"{ceil(10 * seconds / HOUR) / 10:g} hours"


def instead(seconds: float, *, of: float) -> str:
    """One time in place of a longer one: `2 minutes instead of 11`."""
    new, old = within(seconds), within(of)
    if new == old:
        return f"{round(seconds):,} seconds instead of {round(of):,}"
    same_unit = new.rpartition(" ")[2].rstrip("s") == old.rpartition(" ")[2].rstrip("s")
    return f"{new} instead of {old.partition(' ')[0] if same_unit else old}"
