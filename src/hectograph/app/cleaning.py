"""Taking files out of sight, and back: recalls, leftovers, and an older system's litter."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from hectograph.app.opening import OpenDrive, opened
from hectograph.domain.cleanup import OF_A_SHARE, Cleanup, CleanupReport, Purpose
from hectograph.domain.errors import Reason, RequestRefused
from hectograph.domain.ids import AccountId, CleanupId, ShareId, cleanup_id_from
from hectograph.domain.removal import UNDER_WAY, Removal, RemovalKey, RemovalState
from hectograph.ports.cleanups import AuditEntry, Cleanups, Scope
from hectograph.ports.clock import Clock
from hectograph.ports.ledger import Ledger
from hectograph.ports.provider import Stray
from hectograph.threads import OneThread


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaning:
    """What teachers and administrators can do about files that should not be there.

    `random_bytes` makes ids; what lay hidden for less than `sweep_after` may be under way.
    `by` is the person who asks, everywhere.
    """

    ledger: Ledger
    cleanups: Cleanups
    desk: OneThread
    clock: Clock
    open_drive: OpenDrive
    random_bytes: Callable[[int], bytes]
    sweep_after: timedelta

    async def recall(self, share: ShareId, *, by: str | None) -> CleanupId:
        """Take a share back: copies that nobody touched go, once workers get to it.

        A share that runs is stopped. Safe to repeat. Raises UnknownShare.
        """
        return await self.desk.run(
            self.cleanups.recall,
            share,
            cleanup=self._new_id(),
            by=by,
            now=self.clock.now(),
        )

    async def undo_recall(self, share: ShareId, *, by: str | None) -> CleanupId:
        """Bring everything back that a recall has taken away."""
        await self.desk.run(self.ledger.share, share)
        cleanup = await self.desk.run(self.cleanups.find_recall, share)
        if cleanup is None:
            raise RequestRefused(
                f"The share {share} is not recalled.", effect="Nothing was done."
            )
        await self.undo(cleanup, by=by)
        return cleanup

    async def find_recall(self, share: ShareId) -> CleanupReport | None:
        """What became of the copies of a share that was recalled, or corrected."""
        found = await self.desk.run(self.cleanups.find_last_recall, share)
        return await self.report(found) if found else None

    async def plan_leftovers(self, scope: Scope, *, by: str | None) -> CleanupReport:
        """List what shares have left over, row by row, with what would go and what stays.

        Nothing goes until the list is applied.
        """
        cleanup = Cleanup(
            id=self._new_id(),
            purpose=Purpose.LEFTOVER,
            subject=scope.words(),
            asked_at=self.clock.now(),
            asked_by=by,
        )
        removals: list[Removal] = []
        inside = await self.desk.run(self.cleanups.list_shares, scope)
        for account in await self.desk.run(self.cleanups.list_accounts, scope):
            for stray, needed in await self._strays(account, inside):
                key = RemovalKey(cleanup=cleanup.id, position=len(removals))
                proposed = stray.as_removal(key, account=account)
                removals.append(_kept(proposed, UNDER_WAY) if needed else proposed)
        await self.desk.run(self.cleanups.add, cleanup, removals)
        return CleanupReport(cleanup=cleanup, removals=tuple(removals))

    async def apply(self, cleanup: CleanupId, *, by: str | None) -> int:
        """Have what a list proposes done, each judged again at that moment; how many."""
        now = self.clock.now()
        return await self.desk.run(self.cleanups.apply, cleanup, by=by, now=now)

    async def undo(self, cleanup: CleanupId, *, by: str | None) -> int:
        """Have everything of a list brought back; how many."""
        now = self.clock.now()
        return await self.desk.run(self.cleanups.undo, cleanup, by=by, now=now)

    async def report(self, cleanup: CleanupId) -> CleanupReport:
        """A list with every file, or UnknownCleanup."""
        found, removals = await self.desk.run(self.cleanups.cleanup, cleanup)
        owed = 0
        if found.purpose in OF_A_SHARE:
            owed = (await self.desk.run(self.ledger.share, ShareId(found.subject))).open
        report = CleanupReport(cleanup=found, removals=tuple(removals), owed=owed)
        # While it runs, somebody asks every moment.
        if report.is_ended:
            return await self._with_decisions(report)
        return replace(report, halted=await self.desk.run(self.ledger.find_halt))

    async def _with_decisions(self, report: CleanupReport) -> CleanupReport:
        """The report with whose copies stay, and what was decided about them."""
        if not report.awaited:
            return report
        share = ShareId(report.cleanup.subject)
        deliveries = await self.desk.run(self.ledger.deliveries, share)
        decided = defaultdict(list)
        for each in await self.desk.run(self.cleanups.list_decisions, share):
            decided[each.key].append(each)
        students = {each.key: each.student for each in deliveries}
        return replace(report, students=students, decided=decided)

    async def list_cleanups(self, *, limit: int) -> Sequence[Cleanup]:
        """The newest lists."""
        return await self.desk.run(self.cleanups.list_cleanups, limit=limit)

    async def audit(self, *, subject: str | None, limit: int) -> Sequence[AuditEntry]:
        """Who did what: the newest first."""
        return await self.desk.run(self.cleanups.audit, subject=subject, limit=limit)

    async def _strays(
        self, account: AccountId, inside: frozenset[ShareId] | None
    ) -> Sequence[tuple[Stray, bool]]:
        """What an account has left over of shares, and whether it is needed still."""
        async with opened(self.open_drive, account) as drive:
            found = await drive.list_strays()
        keys = [each.key for each in found if each.key is not None]
        needs = await self.desk.run(self.ledger.list_needs, keys)
        since = self.clock.now() - self.sweep_after
        return [
            (each, each.born_at >= since or each.is_needed(needs))
            for each in found
            if inside is None or (each.key is not None and each.key.share in inside)
        ]

    def _new_id(self) -> CleanupId:
        return cleanup_id_from(self.random_bytes(10))


def _kept(removal: Removal, reason: Reason) -> Removal:
    return replace(removal, state=RemovalState.KEPT, reason=reason)
