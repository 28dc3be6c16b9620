"""Another copy of what was shared: a better version, or a fresh one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from hectograph.domain.delivery import Delivery, FileEvidence
from hectograph.domain.errors import RequestRefused
from hectograph.domain.handout import Handout
from hectograph.domain.ids import DeliveryKey, ShareId
from hectograph.domain.names import fold, legal_name, split_extension
from hectograph.domain.roster import Recipient
from hectograph.domain.share import PlannedShare, Share, ShareState, request_key

CORRECTED: Final = " (corrected)"
FRESH: Final = " (fresh)"
"""What a copy is called by that stands beside the one that a student has."""
OLD: Final = " (old)"
"""What the copy is called by that a fresh one takes the place of."""


def build_correction(
    share: Share,
    deliveries: Sequence[Delivery],
    handout: Handout,
    *,
    share_id: ShareId,
    asked_at: datetime,
) -> PlannedShare:
    """The share that brings a better version to everybody who was to get the first.

    It waits, as scheduled, until the first version is taken away where nobody touched
    it. Its copies have the names of the first ones, with the new document's extension.
    Raises RequestRefused for shares of several documents.
    """
    if any(each.handout_position or each.handout.tree for each in deliveries):
        raise RequestRefused(
            "The share has several documents; which one is to be corrected?",
            effect="Nothing was done.",
            remedy="Recall it, and share the corrected documents.",
        )
    names = [_named(_name_now(each), handout) for each in deliveries]
    plan = _share_like(
        share, deliveries, handout, names=names, share_id=share_id, asked_at=asked_at
    )
    return replace(plan, share=replace(plan.share, state=ShareState.SCHEDULED))


def build_fresh(
    share: Share,
    delivery: Delivery,
    handout: Handout,
    *,
    is_beside: bool,
    share_id: ShareId,
    asked_at: datetime,
) -> PlannedShare:
    """A share that gives one student another copy: beside the one there is, or as it."""
    name = _named(delivery.name, handout)
    name = _marked(name, FRESH) if is_beside else name
    return _share_like(
        share, [delivery], handout, names=[name], share_id=share_id, asked_at=asked_at
    )


def find_copy(
    deliveries: Sequence[Delivery], *, student: str | None, number: int | None
) -> Delivery:
    """The one delivery of a student, by name or by its number, or RequestRefused."""
    if student is None:
        found = [each for each in deliveries if each.key.position == number]
        whom = f"copy {number}"
    else:
        found = [each for each in deliveries if fold(each.student) == fold(student.strip())]
        whom = f"student {student!r}"
    if not found:
        raise RequestRefused(
            f"The share has no {whom}.",
            effect="Nothing was done.",
            remedy="`hectograph shares show ID` names them.",
        )
    if len(found) > 1:
        raise RequestRefused(
            f"The share has several copies for {student!r}.",
            effect="Nothing was done.",
            remedy="Share the document that is meant, with `--again`, with that student.",
        )
    return found[0]


def _share_like(
    share: Share,
    deliveries: Sequence[Delivery],
    handout: Handout,
    *,
    names: Sequence[str],
    share_id: ShareId,
    asked_at: datetime,
) -> PlannedShare:
    """A share of a handout for the students of another one, joined by nobody."""
    recipients = tuple(_recipient(each) for each in deliveries)
    planned = tuple(
        Delivery(
            key=DeliveryKey(share=share_id, position=position),
            wish=handout.wish_of(recipient, destination=share.destination),
            student=recipient.student,
            folder=recipient.folder,
            name=name,
            handout=handout,
            handout_position=0,
            due_at=asked_at,
            members=tuple(each.student for each in recipient.members),
        )
        for position, (recipient, name) in enumerate(zip(recipients, names, strict=True))
    )
    made = Share(
        id=share_id,
        request_key=request_key(
            [handout], recipients, destination=share.destination, mode=f"for {share.id}"
        ),
        account=share.account,
        destination=share.destination,
        title=handout.title,
        school_class=share.school_class,
        state=ShareState.RUNNING,
        service_class=share.service_class,
        asked_at=asked_at,
        ended_at=None,
        total=len(planned),
        open=len(planned),
        again=True,
        mode=share.mode,
        access=share.access,
    )
    return PlannedShare(
        share=made, handouts=(handout,), recipients=recipients, deliveries=planned
    )


def name_beside(name: str) -> str:
    """The name of a corrected copy beside one that stays: "Essay (corrected).docx"."""
    return _marked(name, CORRECTED)


def name_of_old(name: str) -> str:
    """The name of a copy of which a fresh one is made: "Essay (old).docx"."""
    return _marked(name, OLD)


def _marked(name: str, mark: str) -> str:
    stem, extension = split_extension(name)
    return legal_name(f"{stem}{mark}{extension}")


def _recipient(delivery: Delivery) -> Recipient:
    return Recipient(
        student=delivery.student,
        email=delivery.actor,
        folder=delivery.folder,
        members=tuple(Recipient(student=each) for each in delivery.members),
    )


def _name_now(delivery: Delivery) -> str:
    """What the copy is called, whose name may have been numbered."""
    is_file = isinstance(delivery.evidence, FileEvidence) and delivery.path is not None
    return (delivery.path or "").rpartition("/")[2] if is_file else delivery.name


def _named(name: str, handout: Handout) -> str:
    if handout.is_native:
        return name
    return legal_name(split_extension(name)[0] + handout.extension)
