"""Sending what was shared again: a better version to all, or a fresh copy to one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from hectograph.app.opening import OpenDrive, opened
from hectograph.app.patience import patiently
from hectograph.app.renaming import Renaming
from hectograph.domain.correction import build_correction, build_fresh, find_copy
from hectograph.domain.delivery import Delivery
from hectograph.domain.errors import DocumentRefused, HectographError, IllegalTransition
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
class Refreshed:
    """The share of a fresh copy, and what the old one is called now, if that is new."""

    share: ShareId
    old: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correcting:
    """`random_bytes` makes ids."""

    ledger: Ledger
    cleanups: Cleanups
    desk: OneThread
    clock: Clock
    open_drive: OpenDrive
    renaming: Renaming
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
        self,
        share: ShareId,
        student: str | None,
        *,
        copy: int | None = None,
        document: Document | None = None,
        renames_old: bool = False,
        by: str | None,
    ) -> Refreshed:
        """Give one student a fresh copy beside the one there is; the share that does.

        `copy` is its number, in place of the student. Without a `document` it is the one
        that was shared, as it is now, where the drive knows which that was. With
        `renames_old` the old copy is called old, and the fresh one takes its name. Raises
        RequestRefused and UnknownShare.
        """
        found, deliveries = await self._look(share)
        delivery = find_copy(deliveries, student=student, number=copy)
        wanted = document or delivery.handout.origin
        if wanted is None:
            raise DocumentRefused(
                "The document is not kept after its share has ended.",
                effect="Nothing was done.",
                remedy="Name it with --document FILE.",
            )

        def build(handout: Handout) -> PlannedShare:
            beside = not renames_old
            return build_fresh(found, delivery, handout, is_beside=beside, **self._new())

        plan = await self._prepare(found, wanted, build)
        old = None
        if renames_old:
            old = await self._make_old(found, delivery, plan, by=by)
        since = plan.share.asked_at
        await self.desk.run(self.ledger.add, plan, joins_since=since)
        return Refreshed(share=plan.share.id, old=old)

    async def bring_name_back(
        self, share: ShareId, student: str | None, *, copy: int | None, by: str | None
    ) -> str:
        """Give the old copy the name back that a fresh one took; which that is.

        Raises RequestRefused and UnknownShare.
        """
        found, deliveries = await self._look(share)
        delivery = find_copy(deliveries, student=student, number=copy)
        return await self.renaming.bring_back(delivery, account=found.account, by=by)

    async def _make_old(
        self, found: Share, delivery: Delivery, plan: PlannedShare, *, by: str | None
    ) -> str | None:
        async with opened(self.open_drive, found.account) as drive:
            try:
                return await self.renaming.make_old(
                    delivery, account=found.account, drive=drive, by=by
                )
            except HectographError:
                await drive.thaw(plan.share.id)
                raise

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
