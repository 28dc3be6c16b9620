"""Deciding about copies that a recall left: leave, hand over, lock, one by one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from hectograph.app.opening import OpenDrive, opened
from hectograph.app.patience import patiently
from hectograph.app.sharing import Planned, Sharing
from hectograph.domain.decision import (
    NOTHING_DONE,
    Choice,
    Decision,
    HandOverTo,
    build_hand_over,
    pick_kept,
    where_it_stands,
)
from hectograph.domain.delivery import Delivery, DriveEvidence
from hectograph.domain.drive import is_google, split_account
from hectograph.domain.errors import RequestRefused
from hectograph.domain.ids import AccountId, ShareId, share_id_from
from hectograph.domain.links import parse_link
from hectograph.domain.removal import Removal
from hectograph.domain.share import Share
from hectograph.domain.touch import Present
from hectograph.ports.cleanups import Cleanups
from hectograph.ports.clock import Clock
from hectograph.ports.ledger import Ledger
from hectograph.ports.provider import Document, Inspection, Provider
from hectograph.threads import OneThread


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A copy that a recall left: its share, its delivery, and the row of the recall."""

    share: Share
    delivery: Delivery
    removal: Removal


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """Every decision is in the audit log before it is carried out, and again afterwards.

    All are safe to repeat. `account_of` names the account of a directory; `random_bytes`
    makes ids; `by` is the person who decides, everywhere.
    """

    ledger: Ledger
    cleanups: Cleanups
    desk: OneThread
    clock: Clock
    open_drive: OpenDrive
    sharing: Sharing
    account_of: Callable[[Path], AccountId]
    random_bytes: Callable[[int], bytes]

    async def find(
        self,
        share: ShareId,
        student: str | None = None,
        *,
        document: str | None = None,
        copy: int | None = None,
    ) -> Kept:
        """The copy that is meant, if the share's recall has left it.

        `copy` is its number in the share. Raises UnknownShare and RequestRefused.
        """
        found = await self.desk.run(self.ledger.share, share)
        cleanup = await self.desk.run(self.cleanups.find_recall, share)
        if cleanup is None:
            raise RequestRefused(
                f"The share {share} is not recalled.",
                effect=NOTHING_DONE,
                remedy=f"Take it back first: `hectograph recall {share}`.",
            )
        _, removals = await self.desk.run(self.cleanups.cleanup, cleanup)
        deliveries = await self.desk.run(self.ledger.deliveries, share)
        removal, delivery = pick_kept(
            removals, deliveries, student=student, document=document, copy=copy
        )
        return Kept(share=found, delivery=delivery, removal=where_it_stands(removal))

    async def leave(self, kept: Kept, *, by: str | None) -> Decision:
        """Let it stay with the student, as it is."""
        async with opened(self.open_drive, kept.removal.account) as drive:
            return await self._begin(kept, Choice.LEAVE, drive, by=by, is_done=True)

    async def set_locked(self, kept: Kept, *, locked: bool, by: str | None) -> Decision:
        """Make a copy read-only, or take exactly that off again.

        Raises RequestRefused where files cannot be locked, or somebody else's lock is on.
        """
        choice = Choice.LOCK if locked else Choice.UNLOCK
        async with opened(self.open_drive, kept.removal.account) as drive:
            removal = kept.removal
            await patiently(lambda: drive.check_lock(removal), clock=self.clock)
            begun = await self._begin(kept, choice, drive, by=by)
            # It looks before it writes, so that it may be asked again.
            is_firm = await patiently(
                lambda: drive.set_locked(removal, locked=locked), clock=self.clock
            )
        return await self._note(
            replace(begun, is_done=True, is_firm=is_firm if locked else None)
        )

    async def hand_over(self, kept: Kept, *, to: str, by: str | None) -> Decision:
        """Have a copy of the student's present work made in a folder.

        `to` is a directory, or on Google Drive a folder's link or id. When this returns
        the share that makes it is written down; workers do it. The same work to the same
        folder again is that share again. Raises RequestRefused.
        """
        target = self._target(kept, to)
        async with opened(self.open_drive, kept.removal.account) as drive:
            present = (await self._look(kept, drive)).present
        document = _document(kept, present)
        async with opened(self.open_drive, target.account) as drive:
            await patiently(drive.check, clock=self.clock)
            begun = await self._note(self._decision(kept, Choice.HAND_OVER, present, by=by))
            share = await self._share(kept, document, to=target, drive=drive)
        return await self._note(replace(begun, is_done=True, by_share=share))

    async def _share(
        self, kept: Kept, document: Document, *, to: HandOverTo, drive: Provider
    ) -> ShareId:
        """The share that makes the copy: a new one, or that of the same request."""
        (handout,) = await patiently(lambda: drive.describe([document]), clock=self.clock)
        plan = build_hand_over(
            kept.delivery,
            handout,
            to=to,
            share_id=share_id_from(self.random_bytes(10)),
            asked_at=self.clock.now(),
            like=kept.share,
        )
        planned = Planned(plan=plan, documents=(document,), drive=drive)
        since = kept.share.asked_at
        (made,) = await self.sharing.write_down([planned], since=since)
        return made.share.id

    async def _begin(
        self,
        kept: Kept,
        choice: Choice,
        drive: Provider,
        *,
        by: str | None,
        is_done: bool = False,
    ) -> Decision:
        """Look at the copy, and write down what was decided about it."""
        present = (await self._look(kept, drive)).present
        decision = self._decision(kept, choice, present, by=by)
        return await self._note(replace(decision, is_done=is_done))

    async def _look(self, kept: Kept, drive: Provider) -> Inspection:
        """The copy as it is now. Raises RequestRefused when it certainly is not there."""

        async def look() -> Inspection | None:
            async with drive.inspected(kept.removal) as found:
                return found

        found = await patiently(look, clock=self.clock)
        if found is None or found.hidden is not None or not _is_the_copy(found, kept):
            raise RequestRefused(
                "The copy is not where it was any more.",
                effect=NOTHING_DONE,
                remedy="Ask the student: it was moved, or thrown away.",
            )
        return found

    def _decision(
        self, kept: Kept, choice: Choice, present: Present, *, by: str | None
    ) -> Decision:
        return Decision(
            key=kept.delivery.key,
            choice=choice,
            at=self.clock.now(),
            by=by,
            before=kept.removal.original.evidence,
            now=present.evidence,
        )

    async def _note(self, decision: Decision) -> Decision:
        noted = replace(decision, at=self.clock.now())
        await self.desk.run(self.cleanups.note, noted)
        return noted

    def _target(self, kept: Kept, to: str) -> HandOverTo:
        share = kept.share
        if not is_google(share.account):
            account = self.account_of(Path(to))
            return HandOverTo(
                account=account,
                destination=account.partition(":")[2],
                folder=(),
                email=None,
            )
        folder = parse_link(to)
        if folder is None:
            raise RequestRefused(
                f"{to!r} is neither a link to a folder on Google Drive nor an id.",
                effect=NOTHING_DONE,
                remedy="Open your folder in the browser and copy the address from there.",
            )
        return HandOverTo(
            account=share.account,
            destination=share.destination,
            folder=(folder,),
            email=split_account(share.account)[1],
        )


def _is_the_copy(found: Inspection, kept: Kept) -> bool:
    """Whether what was found is the copy, and no later file that got its inode.

    Under its own name it is, whatever an editor that saved made of it; under another one
    its stamp must tell.
    """
    original = kept.removal.original
    if isinstance(original.evidence, DriveEvidence) or found.present.name == original.name:
        return True
    return found.stamp is not None and found.stamp.wish == kept.delivery.wish


def _document(kept: Kept, present: Present) -> Document:
    """The student's file as it is now, in the words of its drive."""
    evidence = kept.removal.original.evidence
    if isinstance(evidence, DriveEvidence):
        return evidence.file
    root = Path(kept.removal.account.partition(":")[2])
    return root.joinpath(*present.folder, present.name)
