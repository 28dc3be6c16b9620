"""A better version of what was shared: who gets it, and under which name."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from hectograph.domain.delivery import Delivery, FileEvidence
from hectograph.domain.errors import RequestRefused
from hectograph.domain.handout import Handout
from hectograph.domain.ids import ShareId
from hectograph.domain.names import legal_name, split_extension
from hectograph.domain.roster import Recipient
from hectograph.domain.share import PlannedShare, Share, ShareState, request_key

MARK: Final = " (corrected)"
"""What a copy is called by that stands beside the one a student has worked on."""


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
    recipients = tuple(_recipient(each) for each in deliveries)
    planned = tuple(
        Delivery(
            key=type(each.key)(share=share_id, position=each.key.position),
            wish=handout.wish_of(recipient, destination=share.destination),
            student=each.student,
            folder=each.folder,
            name=_named(_name_now(each), handout),
            handout=handout,
            handout_position=0,
            due_at=asked_at,
        )
        for each, recipient in zip(deliveries, recipients, strict=True)
    )
    corrected = Share(
        id=share_id,
        request_key=request_key(
            [handout], recipients, destination=share.destination, mode=f"for {share.id}"
        ),
        account=share.account,
        destination=share.destination,
        title=handout.title,
        school_class=share.school_class,
        state=ShareState.SCHEDULED,
        service_class=share.service_class,
        asked_at=asked_at,
        ended_at=None,
        total=len(planned),
        open=len(planned),
        again=True,
    )
    return PlannedShare(
        share=corrected, handouts=(handout,), recipients=recipients, deliveries=planned
    )


def name_beside(name: str) -> str:
    """The name of a corrected copy beside one that stays: "Essay (corrected).docx"."""
    stem, extension = split_extension(name)
    return legal_name(f"{stem}{MARK}{extension}")


def _recipient(delivery: Delivery) -> Recipient:
    return Recipient(student=delivery.student, email=delivery.actor, folder=delivery.folder)


def _name_now(delivery: Delivery) -> str:
    """What the copy is called, whose name may have been numbered."""
    is_file = isinstance(delivery.evidence, FileEvidence) and delivery.path is not None
    return (delivery.path or "").rpartition("/")[2] if is_file else delivery.name


def _named(name: str, handout: Handout) -> str:
    if handout.is_native:
        return name
    return legal_name(split_extension(name)[0] + handout.extension)
