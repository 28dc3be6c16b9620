"""Sending what was shared again: a better version to all, or a fresh copy to one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from hectograph.app.opening import OpenDrive, opened
from hectograph.app.patience import patiently
from hectograph.domain.correction import build_correction, build_fresh, find_student
from hectograph.domain.delivery import Delivery
from hectograph.domain.errors import DocumentRefused, IllegalTransition
from hectograph.domain.handout import Handout
from hectograph.domain.ids import (
    CleanupId,
    ShareId,
    cleanup_id_from,
    share_id_from,
)
from hectograph.domain.share import PlannedShare, Share, ShareState
from hectograph.ports.cleanups import Cleanups
from hectograph.ports.clock import Clock
from hectograph.ports.ledger import Ledger
from hectograph.ports.provider import Document
from hectograph.threads import OneThread


class New(TypedDict):
    """What is new of a share that is built from another."""

    share_id: ShareId
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What was begun: the taking back of the first version, then a share of the new."""

    cleanup: CleanupId
    share: ShareId


@dataclass(frozen=True, slots=True, kw_only=True)
class Correcting:
    """`random_bytes` makes ids."""

    ledger: Ledger
    cleanups: Cleanups
    desk: OneThread
    clock: Clock
    open_drive: OpenDrive
    random_bytes: Callable[[int], bytes]

    async def correct(
        self, share: ShareId, document: Document, *, by: str | None
    ) -> Corrected:
        """Replace copies that nobody touched; the others get the new one beside theirs.

        When this returns it is written down, and workers do it: first the old copies
        go, then the new ones come. Raises RequestRefused and UnknownShare.
        """
        found, deliveries = await self._look(share)
        if found.state is ShareState.RECALLED:
            raise IllegalTransition("The share is recalled.", effect="Nothing was done.")

        def build(handout: Handout) -> PlannedShare:
            return build_correction(found, deliveries, handout, **self._new())

        plan = await self._prepare(found, document, build)
        cleanup = cleanup_id_from(self.random_bytes(10))
        await self.desk.run(
            self.cleanups.correct, share, plan, cleanup=cleanup, by=by, now=self.clock.now()
        )
        return Corrected(cleanup=cleanup, share=plan.share.id)

    async def refresh(
        self, share: ShareId, student: str, *, document: Document | None
    ) -> ShareId:
        """Give one student a fresh copy beside the one there is; the share that does.

        Without a `document` it is the one that was shared, as it is now, where the drive
        knows which that was. Raises RequestRefused and UnknownShare.
        """
        found, deliveries = await self._look(share)
        delivery = find_student(deliveries, student)
        wanted = document or delivery.handout.origin
        if wanted is None:
            raise DocumentRefused(
                "The document is not kept after its share has ended.",
                effect="Nothing was done.",
                remedy="Name it with --document FILE.",
            )

        def build(handout: Handout) -> PlannedShare:
            return build_fresh(found, delivery, handout, **self._new())

        plan = await self._prepare(found, wanted, build)
        since = plan.share.asked_at
        await self.desk.run(self.ledger.add, plan, joins_since=since)
        return plan.share.id

    async def _look(self, share: ShareId) -> tuple[Share, Sequence[Delivery]]:
        found = await self.desk.run(self.ledger.share, share)
        return found, await self.desk.run(self.ledger.deliveries, share)

    async def _prepare(
        self, found: Share, document: Document, build: Callable[[Handout], PlannedShare]
    ) -> PlannedShare:
        """Plan what is built of a document, and keep the document for it."""
        async with opened(self.open_drive, found.account) as drive:
            handouts = await patiently(lambda: drive.describe([document]), clock=self.clock)
            if len(handouts) != 1 or handouts[0].tree:
                raise DocumentRefused(
                    f"{document} is a folder.",
                    effect="Nothing was done.",
                    remedy="Name one document.",
                )
            plan = build(handouts[0])
            await drive.freeze([document], handouts, share=plan.share.id)
            return await patiently(lambda: drive.equip(plan), clock=self.clock)

    def _new(self) -> New:
        return {
            "share_id": share_id_from(self.random_bytes(10)),
            "asked_at": self.clock.now(),
        }
