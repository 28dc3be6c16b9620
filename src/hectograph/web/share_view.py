"""A share as its page shows it: what is told, and what somebody can do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hectograph.domain.cleanup import CleanupReport
from hectograph.domain.delivery import PREPARED, Delivery, DeliveryState
from hectograph.domain.drive import is_google
from hectograph.domain.links import folder_link
from hectograph.domain.removal import Removal, RemovalState
from hectograph.domain.report import ShareReport
from hectograph.domain.share import Progress, Share, ShareState
from hectograph.web.speaking import grouped, speak
from hectograph.web.time_words import words_left
from hectograph.web.words import (
    COPY_WORDS,
    READY,
    REMOVAL_WORDS,
    SHARE_WORDS,
    Words,
    remedy_of,
)

TROUBLED: Final = (DeliveryState.FAILED, DeliveryState.WAITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One copy, or one that a recall is about. `mood` is how its sign is shown.

    `members` are the students who share it, if it is no student's own.
    """

    number: int
    student: str
    sign: str
    mood: str
    state: Words
    where: str = ""
    link: str = ""
    why: str = ""
    remedy: Words = ""
    is_there: bool = False
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What is looked at again and again: a share, and its recall if there is one."""

    report: ShareReport
    taken: CleanupReport | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing will change unless somebody asks."""
        return self.report.share.is_ended and (self.taken is None or self.taken.is_ended)


@dataclass(frozen=True, slots=True, kw_only=True)
class Can:
    """What can be done with a share as it is."""

    retry: bool
    pause: bool
    resume: bool
    cancel: bool
    move: bool
    recall: bool
    undo: bool
    correct: bool
    refresh: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareView:
    """Everything that the page of a share shows."""

    share: Share
    progress: Progress
    is_over: bool
    state: Words
    said: str
    left: str
    halted: str
    at_risk: bool
    rows: Sequence[Row]
    taken: Sequence[Row]
    can: Can

    @property
    def failed(self) -> int:
        """How many copies wait for a person."""
        return self.progress.failed


def build_view(sight: Sight, *, may_steer: bool) -> ShareView:
    """A share as it is shown to somebody."""
    report = sight.report
    halt = report.halted
    return ShareView(
        share=report.share,
        progress=report.progress,
        is_over=sight.is_over,
        state=SHARE_WORDS[report.share.state],
        said=said_of(report.progress),
        left=_left(report),
        halted=halt.reason if halt and not report.share.is_ended else "",
        at_risk=report.at_risk,
        rows=[row_of(each, report.share) for each in report.deliveries],
        taken=[_taken_row(each, report) for each in _taken(sight.taken)],
        can=_what_can_be_done(sight) if may_steer else NOTHING,
    )


def _left(report: ShareReport) -> str:
    """How long it will take, while that can be told."""
    is_told = report.estimate is not None and report.share.state is ShareState.RUNNING
    return words_left(report.estimate) if is_told and report.estimate else ""


def said_of(progress: Progress) -> str:
    """How far a share is, in a sentence."""
    total = progress.share.total
    parts = [
        ngettext(
            "%(there)s of %(total)s copy is there",
            "%(there)s of %(total)s copies are there",
            total,
        )
        % {"there": grouped(progress.delivered), "total": grouped(total)}
    ]
    if ready := _ready(progress):
        parts.append(ready)
    if progress.counts[DeliveryState.WAITING] and not ready:
        number = progress.counts[DeliveryState.WAITING]
        parts.append(
            ngettext(
                "%(number)s waits for another try",
                "%(number)s wait for another try",
                number,
            )
            % {"number": grouped(number)}
        )
    for state, words in (
        (DeliveryState.FAILED, _("%(number)s failed")),
        (DeliveryState.CANCELLED, _("%(number)s withdrawn")),
        (DeliveryState.RECALLED, _("%(number)s taken back")),
    ):
        if number := progress.counts[state]:
            parts.append(words % {"number": grouped(number)})
    return ", ".join(parts) + "."


def _ready(progress: Progress) -> str:
    waiting = progress.counts[DeliveryState.WAITING]
    if not waiting or progress.share.reveals_at is None:
        return ""
    return _("%(number)s made beforehand or waiting") % {"number": grouped(waiting)}


def row_of(delivery: Delivery, share: Share) -> Row:
    """One copy as a row."""
    is_ready = delivery.reason == PREPARED
    sign, mood, words = READY if is_ready else COPY_WORDS[delivery.state]
    reason = None if is_ready else delivery.reason
    shows_why = reason is not None and delivery.state in TROUBLED
    where, link = place_of(delivery, share)
    return Row(
        number=delivery.key.position,
        student=delivery.student,
        sign=sign,
        mood=mood,
        state=words,
        where=where,
        link=link,
        why=speak(reason.message) if reason and shows_why else "",
        remedy=remedy_of(reason) if reason and shows_why else "",
        is_there=delivery.state in (DeliveryState.VERIFIED, DeliveryState.KEPT),
        members=delivery.members,
    )


def place_of(delivery: Delivery, share: Share) -> tuple[str, str]:
    """Where a copy is, or would be, below the destination; and the link that opens it."""
    if is_google(share.destination):
        if len(delivery.folder) > 1:  # shared by several, and not there yet
            return "/".join((*delivery.folder, delivery.name)), ""
        is_link = (delivery.path or "").startswith("https://")
        link = delivery.path if is_link else folder_link(delivery.folder[-1])
        return delivery.name, link or ""
    planned = "/".join((*delivery.folder, delivery.name))
    below = (delivery.path or "").removeprefix(f"{share.destination}/")
    return below or planned, ""


def _taken(report: CleanupReport | None) -> Sequence[Removal]:
    """The copies of a recall, what stays first."""
    removals = report.removals if report else ()
    return sorted(removals, key=lambda each: each.state is not RemovalState.KEPT)


def _taken_row(removal: Removal, report: ShareReport) -> Row:
    students: Mapping[object, str] = {each.key: each.student for each in report.deliveries}
    sign, mood, words = REMOVAL_WORDS[removal.state]
    is_link = removal.path.startswith("https://")
    return Row(
        number=removal.key.position,
        student=students.get(removal.delivery, ""),
        sign=sign,
        mood=mood,
        state=words,
        where=removal.original.name
        if is_link
        else removal.path.removeprefix(f"{report.share.destination}/"),
        link=removal.path if is_link else "",
        why=speak(removal.reason.message) if removal.reason else "",
        remedy=remedy_of(removal.reason) if removal.reason else "",
    )


NOTHING: Final = Can(
    retry=False,
    pause=False,
    resume=False,
    cancel=False,
    move=False,
    recall=False,
    undo=False,
    correct=False,
    refresh=False,
)


def _what_can_be_done(sight: Sight) -> Can:
    share, progress = sight.report.share, sight.report.progress
    is_corrected = share.state is ShareState.SCHEDULED and share.begins_at is None
    if share.state is ShareState.RECALLED:
        is_taken = sight.taken is not None and any(
            each.state in (RemovalState.ASKED, RemovalState.REMOVED)
            for each in sight.taken.removals
        )
        return replace(NOTHING, undo=is_taken)
    waits_or_runs = share.state in (ShareState.RUNNING, ShareState.SCHEDULED)
    any_there = progress.delivered > 0
    is_single = all(not each.handout_position for each in sight.report.deliveries)
    return Can(
        retry=progress.failed > 0 and share.state is not ShareState.CANCELLED,
        pause=waits_or_runs and not is_corrected,
        resume=share.state is ShareState.PAUSED,
        cancel=not share.is_ended,
        move=not share.is_ended and not is_corrected,
        recall=True,
        undo=False,
        correct=is_single and any_there,
        refresh=is_single and any_there,
    )
