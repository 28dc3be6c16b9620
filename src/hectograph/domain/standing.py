"""Where a share stands in its line, and why it is not through yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any, Final

from hectograph.domain.estimate import Estimate
from hectograph.domain.estimate_words import words_at
from hectograph.domain.ids import ShareId
from hectograph.domain.line import InLine, Line
from hectograph.domain.noted import Noted
from hectograph.domain.risk import is_at_risk
from hectograph.domain.share import Share, ShareState


class Wait(StrEnum):
    """What a share waits for."""

    HALT = "everything is paused"
    PAUSED = "it is paused"
    CLEANUP = "a first version is taken away"
    BEGINNING = "it begins later"
    SHOWING = "it is shown later"
    WORKER = "no worker is about"
    REST = "the account rests"
    RETRY = "copies are tried again"
    URGENT = "more urgent shares go first"
    SMALLER = "smaller shares go first"
    OTHERS = "other shares go first"
    NEXT = "it is next"
    NOTHING = "it is under way"


BEHIND: Final = frozenset({Wait.URGENT, Wait.SMALLER, Wait.OTHERS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why: what for, how many are before it, until when, and another's word on it."""

    wait: Wait
    number: int = 0
    until: datetime | None = None
    because: str = ""

    def words(self, *, now: datetime, zone: tzinfo | None) -> str:
        """It, as a person reads it."""
        until = words_at(self.until, now=now, zone=zone) if self.until else ""
        shares = "share" if self.number == 1 else "shares"
        copies = "copy is" if self.number == 1 else "copies are"
        return {
            Wait.HALT: f"everything is paused: {self.because}",
            Wait.PAUSED: "paused",
            Wait.CLEANUP: "waits until a first version is taken away",
            Wait.BEGINNING: f"begins at {until}",
            Wait.SHOWING: f"is shown at {until}",
            Wait.WORKER: "no worker is about",
            Wait.REST: f"the account rests until {until}: {self.because}",
            Wait.RETRY: f"{self.number:,} {copies} tried again by {until}",
            Wait.URGENT: f"behind {self.number:,} more urgent {shares}",
            Wait.SMALLER: f"behind {self.number:,} smaller {shares}",
            Wait.OTHERS: f"behind {self.number:,} {shares}",
            Wait.NEXT: "next",
            Wait.NOTHING: "under way",
        }[self.wait]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A share in its line: when it should be through, and what it waits for."""

    share: Share
    why: Why
    estimate: Estimate | None
    at_risk: bool


def list_standings(
    line: Line, noted: Mapping[ShareId, Noted], *, is_worker_about: bool
) -> Sequence[Standing]:
    """The shares of a line in the order in which they should be through.

    Those of which that is not known come last. `noted` is what can be told of them.
    """
    order = {share: place for place, share in enumerate(noted)}
    entries = sorted(line.shares, key=lambda each: order.get(each.share.id, len(order)))
    standings = []
    for place, entry in enumerate(entries):
        share = entry.share
        before = [each for each in entries[:place] if _is_before(each)]
        told = noted.get(share.id) if is_worker_about else None
        estimate = told.estimate if told else None
        standings.append(
            Standing(
                share=share,
                why=decide_why(entry, line, before=before, is_worker_about=is_worker_about),
                estimate=estimate,
                at_risk=is_at_risk(share, estimate, now=line.now),
            )
        )
    return standings


def _is_before(entry: InLine) -> bool:
    """Whether it keeps those waiting that should be through later."""
    return entry.share.state is ShareState.RUNNING and entry.due > 0


def decide_why(
    entry: InLine, line: Line, *, before: Sequence[InLine], is_worker_about: bool
) -> Why:
    """Why a share is not through: what holds all up first, then what is its own."""
    return (
        _held(entry, line, is_worker_about=is_worker_about)
        or _timed(entry, line)
        or _queued(entry, before)
    )


def _held(entry: InLine, line: Line, *, is_worker_about: bool) -> Why | None:
    if line.halt:
        return Why(wait=Wait.HALT, because=line.halt.reason)
    if put_off := _put_off(entry.share):
        return put_off
    if not is_worker_about:
        return Why(wait=Wait.WORKER)
    if rest := line.rest:
        return Why(wait=Wait.REST, until=rest.until, because=rest.reason.message)
    return None


def _put_off(share: Share) -> Why | None:
    if share.state is ShareState.PAUSED:
        return Why(wait=Wait.PAUSED)
    if share.state is not ShareState.SCHEDULED:
        return None
    if share.begins_at is None:
        return Why(wait=Wait.CLEANUP)
    return Why(wait=Wait.BEGINNING, until=share.begins_at)


def _timed(entry: InLine, line: Line) -> Why | None:
    if entry.due or entry.under_way:
        return None
    shown_at = entry.share.reveals_at
    if entry.prepared and shown_at and shown_at > line.now:
        return Why(wait=Wait.SHOWING, until=shown_at)
    if entry.retries:
        return Why(wait=Wait.RETRY, number=entry.retries, until=entry.retry_at)
    return None


def _queued(entry: InLine, before: Sequence[InLine]) -> Why:
    share, number = entry.share, len(before)
    if entry.under_way and not number:
        return Why(wait=Wait.NOTHING)
    if not number:
        return Why(wait=Wait.NEXT)
    if all(each.share.service_class < share.service_class for each in before):
        return Why(wait=Wait.URGENT, number=number)
    if all(each.share.open <= share.open for each in before):
        return Why(wait=Wait.SMALLER, number=number)
    return Why(wait=Wait.OTHERS, number=number)


def standing_json(line: Line, standing: Standing, *, zone: tzinfo | None) -> dict[str, Any]:
    """One row of the queue."""
    share, why, estimate = standing.share, standing.why, standing.estimate
    measured = [each.goodput for each in line.carriers if each.goodput]
    return {
        "account": line.account,
        "copies_a_second": round(sum(measured), 3) if measured else None,
        "share": share.id,
        "title": share.title,
        "class": share.school_class,
        "state": str(share.state),
        "service_class": share.service_class.name.lower().replace("_", " "),
        "done": share.total - share.open,
        "total": share.total,
        "why": str(why.wait),
        "words": why.words(now=line.now, zone=zone),
        "number": why.number,
        "because": why.because,
        "before": why.number if why.wait in BEHIND else 0,
        "until": why.until.isoformat() if why.until else None,
        "deadline": share.deadline.isoformat() if share.deadline else None,
        "at_risk": standing.at_risk,
        "estimate": estimate.as_json() if estimate else None,
    }
