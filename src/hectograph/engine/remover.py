"""One removal, one step further: the only place where a file is taken out of sight.

Where a file's content can be replaced in place, its sibling `rewriter.py` does that.

The rule is asked right before, while the drive holds the file still where it can, and
again right after; what it does not call untouched stays, or comes back.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import assert_never

import structlog

from hectograph.domain.errors import ProviderError, Rejected
from hectograph.domain.removal import Removal, RemovalState, reason_for
from hectograph.domain.touch import Judgement, Sign, decide_touch
from hectograph.engine.rewriter import TRIES, Rewriter
from hectograph.ports.cleanups import Cleanups
from hectograph.ports.clock import Clock
from hectograph.ports.ledger import Lane
from hectograph.ports.provider import Changed, Provider
from hectograph.threads import OneThread

log = structlog.get_logger(__name__)

S = RemovalState

AT_ONCE = 32
"""Removals under way at a time; each holds a file or two open."""
LOOK_SECONDS = 1.0
"""How soon to ask again whether any are due, while there is other work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remover:
    """Carries removals at one drive. Every step is safe to take twice."""

    drive: Provider
    clock: Clock

    async def attempt(self, removal: Removal) -> Removal:
        """The removal after one step; what goes wrong at the drive delays it."""
        try:
            return await self._step(removal)
        except Rejected as error:
            # A file that we may not take away stays; one that should come back is owed.
            if removal.state is S.ASKED and not await self._may_be_done(removal):
                return removal.kept(error.reason())
            return removal.delayed(error, now=self.clock.now())
        except ProviderError as error:
            return removal.delayed(error, now=self.clock.now())

    async def _step(self, removal: Removal) -> Removal:
        match removal.state:
            case S.ASKED:
                return await self._replace(removal) or await self._remove(removal)
            case S.REMOVED:
                return await self._look_again(removal)
            case S.RETURNING:
                return await self._write_back(removal) or await self._bring_back(
                    removal, judgement=None
                )
            case S.PROPOSED | S.REPLACED | S.KEPT | S.GONE | S.RETURNED:
                return removal
            case _:
                assert_never(removal.state)

    async def _replace(self, removal: Removal) -> Removal | None:
        if removal.rewrite is None:
            return None
        return await Rewriter(drive=self.drive).replace(removal, removal.rewrite)

    async def _write_back(self, removal: Removal) -> Removal | None:
        if removal.rewrite is None or removal.hidden is not None:
            return None
        return await Rewriter(drive=self.drive).bring_back(removal, removal.rewrite)

    async def _may_be_done(self, removal: Removal) -> bool:
        """Whether it is out of sight or replaced, by this attempt or an earlier one."""
        key = removal.rewrite.becomes.key if removal.rewrite else None
        try:
            async with self.drive.inspected(removal) as found:
                if found is None:
                    return False
                is_replaced = key is not None and found.key == key
                return found.hidden is not None or is_replaced
        except Rejected:
            return False
        except ProviderError:
            return True

    async def _remove(self, removal: Removal) -> Removal:
        for _ in range(TRIES):
            async with self.drive.inspected(removal) as found:
                if found is None:
                    return removal.gone()
                if found.hidden is not None:
                    # An earlier attempt got so far, and could not say so.
                    hidden = found.hidden
                    break
                judgement = decide_touch(removal.original, found.present)
                if not judgement.is_untouched:
                    return removal.kept(reason_for(judgement))
                try:
                    hidden = await self.drive.detach(removal, found)
                except Changed:
                    continue
                if found.is_exact:
                    return removal.removed(hidden, now=self.clock.now())
                break
        else:
            return removal.kept(reason_for(Judgement(signs=(Sign.IN_USE,))))
        return await self._look_again(removal.removed(hidden, now=self.clock.now()))

    async def _look_again(self, removal: Removal) -> Removal:
        now = self.clock.now()
        async with self.drive.inspected(removal) as found:
            if found is None:
                # Somebody emptied the trash.
                return removal.gone()
            judgement = decide_touch(removal.original, found.present)
        if found.hidden is None or not judgement.is_untouched:
            # In sight: by hand, or by an earlier attempt that could not say so.
            why = None if judgement.is_untouched else judgement
            return await self._bring_back(removal, judgement=why)
        is_due = removal.due_at is not None and removal.due_at <= now
        return removal.looked(now=now) if is_due else removal

    async def _bring_back(
        self, removal: Removal, *, judgement: Judgement | None
    ) -> Removal:
        try:
            path = await self.drive.reattach(removal)
        except Changed:
            return removal.gone()
        return removal.returned(path, judgement=judgement)


@dataclass(slots=True, kw_only=True)
class RemovalRun:
    """What a lane takes away, looks at again and brings back, until nothing is due."""

    cleanups: Cleanups
    desk: OneThread
    clock: Clock
    lane: Lane
    remover: Remover
    stopping: Callable[[], bool]
    _looked_at: float = -inf
    _carrying: asyncio.Task[None] | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether something is being carried."""
        return self._carrying is not None and not self._carrying.done()

    def look(self, crew: asyncio.TaskGroup) -> None:
        """Begin to carry beside other work, unless that was a moment ago."""
        if self.is_under_way or self.clock.elapsed() - self._looked_at < LOOK_SECONDS:
            return
        self._carrying = crew.create_task(self.carry())

    async def carry(self) -> None:
        """Carry everything that is due, some at a time, until the lane ends."""
        while not self.stopping():
            now = self.clock.now()
            due = await self.desk.run(
                self.cleanups.list_due, self.lane, limit=AT_ONCE, now=now
            )
            self._looked_at = self.clock.elapsed()
            if not due:
                return
            settled = await asyncio.gather(*(self.remover.attempt(each) for each in due))
            now = self.clock.now()
            await self.desk.run(self.cleanups.record, self.lane, due, settled, now=now)
            log.info("lane.cleaned", account=self.lane.account, removals=len(due))
