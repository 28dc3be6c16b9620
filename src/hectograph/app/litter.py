"""An older tool's litter: found, paired with the shares that made it, written down."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path
from typing import Final, Protocol

from hectograph.app.opening import OpenDrive, opened
from hectograph.app.patience import patiently
from hectograph.domain.cleanup import Cleanup, CleanupReport, Purpose
from hectograph.domain.delivery import DriveEvidence
from hectograph.domain.errors import Rejected
from hectograph.domain.ids import AccountId, cleanup_id_from
from hectograph.domain.litter import (
    FoundFile,
    Litter,
    LitterWanted,
    ParentShare,
    decide_litter,
)
from hectograph.domain.removal import Removal, RemovalKey, RemovalState, reason_for
from hectograph.domain.touch import Judgement, Sign
from hectograph.ports.cleanups import Cleanups
from hectograph.ports.clock import Clock
from hectograph.ports.provider import Provider
from hectograph.threads import OneThread

AT_ONCE: Final = 16
"""Questions for comments under way at a time; a person waits for the answers."""


class ParentsReader(Protocol):
    """Reads an older tool's log of shares from a file."""

    def __call__(self, path: Path, *, zone: tzinfo | None) -> Sequence[ParentShare]:
        """The shares, or ParentsRefused. Times without a zone are in `zone`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LitterRequest:
    """Which files to look for, with which account, and the table of shares if any."""

    wanted: LitterWanted
    account: AccountId
    subject: str
    parents: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LitterPlans:
    """Makes plans of what an older tool left. `random_bytes` makes their ids.

    `zone` is the school's.
    """

    cleanups: Cleanups
    desk: OneThread
    clock: Clock
    open_drive: OpenDrive
    read_parents: ParentsReader
    random_bytes: Callable[[int], bytes]
    zone: tzinfo | None

    async def plan(self, request: LitterRequest, *, by: str | None) -> CleanupReport:
        """List what would go and what stays, and why. Nothing goes until it is applied.

        Raises ParentsRefused, and what the drive does.
        """
        path, parents = request.parents, None
        if path is not None:
            parents = await asyncio.to_thread(self.read_parents, path, zone=self.zone)
        found = await self._find(request, parents)
        cleanup = Cleanup(
            id=cleanup_id_from(self.random_bytes(10)),
            purpose=Purpose.LITTER,
            subject=request.subject,
            asked_at=self.clock.now(),
            asked_by=by,
        )
        removals = tuple(
            _removal(each, RemovalKey(cleanup=cleanup.id, position=position), request)
            for position, each in enumerate(found)
        )
        await self.desk.run(self.cleanups.add, cleanup, removals)
        return CleanupReport(cleanup=cleanup, removals=removals)

    async def _find(
        self, request: LitterRequest, parents: Sequence[ParentShare] | None
    ) -> Sequence[Litter]:
        async with opened(self.open_drive, request.account) as drive:
            files = await patiently(
                lambda: drive.find_files(request.wanted), clock=self.clock
            )
            # Many files are thousands of comparisons with thousands of shares.
            found = await asyncio.to_thread(
                decide_litter, files, wanted=request.wanted, parents=parents
            )
            turns = asyncio.Semaphore(AT_ONCE)
            return await asyncio.gather(
                *(self._with_comments(each, drive, turns) for each in found)
            )

    async def _with_comments(
        self, finding: Litter, drive: Provider, turns: asyncio.Semaphore
    ) -> Litter:
        """The finding once comments were asked for, where it depends on them."""
        file = finding.file
        if finding.reason or not isinstance(file.original.evidence, DriveEvidence):
            return finding
        async with turns:
            try:
                is_commented = await patiently(
                    lambda: drive.is_commented(file), clock=self.clock
                )
            except Rejected as refused:
                return replace(finding, reason=refused.reason())
        if not is_commented:
            return finding
        return replace(finding, reason=reason_for(Judgement(signs=(Sign.COMMENTED,))))


def _removal(finding: Litter, key: RemovalKey, request: LitterRequest) -> Removal:
    file: FoundFile = finding.file
    state = RemovalState.KEPT if finding.reason else RemovalState.PROPOSED
    return Removal(
        key=key,
        account=request.account,
        original=file.original,
        path=file.path,
        state=state,
        due_at=None,
        actor=file.actor,
        reason=finding.reason,
    )
