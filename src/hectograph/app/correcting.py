"""Sending a better version of what was shared."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from hectograph.app.patience import patiently
from hectograph.domain.correction import build_correction
from hectograph.domain.errors import DocumentRefused, IllegalTransition
from hectograph.domain.ids import (
    AccountId,
    CleanupId,
    ShareId,
    cleanup_id_from,
    share_id_from,
)
from hectograph.domain.share import ShareState
from hectograph.ports.cleanups import Cleanups
from hectograph.ports.clock import Clock
from hectograph.ports.ledger import Ledger
from hectograph.ports.provider import Document, Provider
from hectograph.threads import OneThread

OpenDrive = Callable[[AccountId], Awaitable[Provider]]


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
        found = await self.desk.run(self.ledger.share, share)
        if found.state is ShareState.RECALLED:
            raise IllegalTransition("The share is recalled.", effect="Nothing was done.")
        deliveries = await self.desk.run(self.ledger.deliveries, share)
        drive = await self.open_drive(found.account)
        try:
            handouts = await patiently(lambda: drive.describe([document]), clock=self.clock)
            if len(handouts) != 1 or handouts[0].tree:
                raise DocumentRefused(
                    f"{document} is a folder.",
                    effect="Nothing was done.",
                    remedy="Name the one document that corrects the first.",
                )
            plan = build_correction(
                found,
                deliveries,
                handouts[0],
                share_id=share_id_from(self.random_bytes(10)),
                asked_at=self.clock.now(),
            )
            await drive.freeze([document], handouts, share=plan.share.id)
            plan = await patiently(lambda: drive.equip(plan), clock=self.clock)
        finally:
            await drive.close()
        cleanup = cleanup_id_from(self.random_bytes(10))
        await self.desk.run(
            self.cleanups.correct, share, plan, cleanup=cleanup, by=by, now=self.clock.now()
        )
        return Corrected(cleanup=cleanup, share=plan.share.id)
