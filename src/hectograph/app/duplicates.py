"""Finding more than one of our copies in a student's folder, and listing what may go."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from hectograph.app.opening import OpenDrive, opened
from hectograph.app.patience import patiently
from hectograph.domain.cleanup import Cleanup, CleanupReport, Purpose
from hectograph.domain.duplicates import Copy, Wished, decide_duplicates, is_in_its_folder
from hectograph.domain.ids import AccountId, WishKey, cleanup_id_from
from hectograph.domain.removal import RemovalKey
from hectograph.ports.cleanups import Cleanups, Scope
from hectograph.ports.clock import Clock
from hectograph.ports.ledger import Ledger
from hectograph.ports.provider import Provider, Sighting
from hectograph.threads import OneThread

AT_ONCE: Final = 16
"""Copies looked at at a time; a person waits."""

Seen = tuple[AccountId, Sighting]


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicatePlans:
    """Makes plans of what is there twice. `random_bytes` makes their ids."""

    ledger: Ledger
    cleanups: Cleanups
    desk: OneThread
    clock: Clock
    open_drive: OpenDrive
    random_bytes: Callable[[int], bytes]

    async def plan(self, scope: Scope, *, by: str | None) -> CleanupReport:
        """List copies that lie with another of the same wish: what would go, what stays.

        Nothing goes until the list is applied. Raises what drives do.
        """
        accounts = await self.desk.run(self.cleanups.list_accounts, scope)
        async with AsyncExitStack() as stack:
            drives = {
                each: await stack.enter_async_context(opened(self.open_drive, each))
                for each in accounts
            }
            copies, wished = await self._find(drives, scope)
        cleanup = Cleanup(
            id=cleanup_id_from(self.random_bytes(10)),
            purpose=Purpose.DUPLICATE,
            subject=scope.words(),
            asked_at=self.clock.now(),
            asked_by=by,
        )
        removals = tuple(
            each.as_removal(RemovalKey(cleanup=cleanup.id, position=position))
            for position, each in enumerate(decide_duplicates(copies, wished))
        )
        await self.desk.run(self.cleanups.add, cleanup, removals)
        return CleanupReport(cleanup=cleanup, removals=removals)

    async def _find(
        self, drives: dict[AccountId, Provider], scope: Scope
    ) -> tuple[Sequence[Copy], Sequence[Wished]]:
        seen = await self._list_several(drives)
        wishes = sorted({sighting.stamp.wish for _, sighting in seen})
        wished = await self.desk.run(self.ledger.list_wished, wishes)
        inside = await self.desk.run(self.cleanups.list_shares, scope)
        by_wish: dict[WishKey, list[Wished]] = {}
        for each in wished:
            by_wish.setdefault(each.delivery.wish, []).append(each)
        meant = [
            (account, sighting)
            for account, sighting in seen
            if is_in_its_folder(sighting.folder, by_wish.get(sighting.stamp.wish, ()))
            and (
                inside is None
                or any(
                    each.delivery.key.share in inside
                    for each in by_wish[sighting.stamp.wish]
                )
            )
        ]
        return await self._look(meant, drives), wished

    async def _list_several(self, drives: dict[AccountId, Provider]) -> list[Seen]:
        """What is stamped, and lies in a folder with another of the same wish."""
        seen: dict[str, Seen] = {}
        for account, drive in drives.items():
            found = await patiently(drive.list_stamped, clock=self.clock)
            # A file that several accounts see is one.
            seen |= {each.path: (account, each) for each in found}
        counts = Counter(_place(each) for _, each in seen.values())
        return [(a, each) for a, each in seen.values() if counts[_place(each)] > 1]

    async def _look(
        self, meant: Sequence[Seen], drives: dict[AccountId, Provider]
    ) -> Sequence[Copy]:
        turns = asyncio.Semaphore(AT_ONCE)

        async def look(account: AccountId, sighting: Sighting) -> Copy | None:
            async with turns:
                file = await patiently(
                    lambda: drives[account].examine(sighting), clock=self.clock
                )
            if file is None:
                return None
            return Copy(stamp=sighting.stamp, account=account, file=file)

        found = await asyncio.gather(*(look(*each) for each in meant))
        return [each for each in found if each is not None]


def _place(sighting: Sighting) -> tuple[str, tuple[str, ...]]:
    return sighting.stamp.wish, sighting.folder
