"""Which share of an account goes next: smallest remaining work first, within bounds.

A share has up to two bounds, in deliveries that its account may still settle before the
share must be through: one of fairness, twice what would have come before its end had
everybody been served in the order of asking, and one of its deadline, by the pace of the
account. The smallest share goes first while no other's bound is tight; then the two take
turns, as each claim is decided anew.

Fairness can always be kept: whoever comes later is bounded by twice all the work there is.
Why, and what the order is worth: `docs/explanation/in-time.md`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import floor, inf
from typing import Final

from hectograph.domain.ids import ShareId
from hectograph.domain.share import ServiceClass

PATIENCE: Final = 2
"""How many times its time in the order of asking a share may take."""

TIGHT: Final = 1.75
"""A bound is tight when no more than so many times the work before it is left.

At 2.0 every share would have to be served in turns as soon as it comes; near 1.0 a big one
that has waited long would stop everybody until it is through.
"""

CAUTION: Final = 0.8
"""The part of an account's pace that a deadline counts on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A share with deliveries due: how many it still owes, and since when it waits.

    `fair_by` is how many deliveries its account may have settled, since it had an account,
    when the share is through; None where only the deadline counts. `is_revealing`: its
    copies are made and only have to be shown.
    """

    share: ShareId
    service_class: ServiceClass
    remaining: int
    waits_since: datetime
    fair_by: int | None = None
    deadline: datetime | None = None
    is_revealing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many deliveries an account has settled so far, and settles in a second."""

    settled: int
    rate: float


def fair_bound(*, settled: int, ahead: int, remaining: int) -> int:
    """The `fair_by` of a share that begins behind `ahead` deliveries of others."""
    return settled + PATIENCE * (ahead + remaining)


def decide_next(
    candidates: Sequence[Candidate], *, now: datetime, tally: Tally
) -> ShareId | None:
    """The share whose deliveries are claimed next, or None when none is due."""
    if not candidates:
        return None
    if showing := [each for each in candidates if each.is_revealing]:
        return min(showing, key=lambda each: (each.remaining, each.share)).share
    within = {each.share: _within(each, now=now, tally=tally) for each in candidates}
    # A deadline that would be missed even by going first binds nobody.
    late = {each.share for each in candidates if each.remaining > within[each.share]}
    bounds = {
        each.share: min(
            _fair_bound(each, tally=tally),
            inf if each.share in late else within[each.share],
        )
        for each in candidates
    }
    by_bound = sorted(candidates, key=lambda each: (bounds[each.share], each.waits_since))
    spare = _spare(by_bound, bounds)
    return min(
        (each for each in candidates if spare[each.share] > 0),
        key=lambda each: _weight(each, is_late=each.share in late),
    ).share


def _weight(candidate: Candidate, *, is_late: bool) -> tuple[int, int, datetime, ShareId]:
    """What goes first is light: the most urgent class, then the least work."""
    urgency = ServiceClass.IN_LESSON if is_late else candidate.service_class
    return urgency, candidate.remaining, candidate.waits_since, candidate.share


def _fair_bound(candidate: Candidate, *, tally: Tally) -> float:
    """How many deliveries its account may settle until it must be through, in fairness."""
    return inf if candidate.fair_by is None else candidate.fair_by - tally.settled


def _within(candidate: Candidate, *, now: datetime, tally: Tally) -> float:
    """How many its account settles until the candidate's deadline."""
    if candidate.deadline is None:
        return inf
    seconds = max(0.0, (candidate.deadline - now).total_seconds())
    return floor(seconds * tally.rate * CAUTION)


def _spare(
    by_bound: Sequence[Candidate], bounds: dict[ShareId, float]
) -> dict[ShareId, float]:
    """For each, how much work may come before all whose bound is nearer than its own.

    None once one of them is tight. Before the nearest there may be any amount.
    """
    spare: dict[ShareId, float] = {}
    least, work = inf, 0
    for each in by_bound:
        spare[each.share] = least
        work += each.remaining
        least = min(least, bounds[each.share] - TIGHT * work)
    return spare
