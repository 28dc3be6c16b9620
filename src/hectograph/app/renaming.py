"""Giving one student's copy another name, because a person wants that, and back."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from hectograph.app.opening import OpenDrive, opened
from hectograph.app.patience import patiently
from hectograph.domain.correction import name_of_old
from hectograph.domain.decision import (
    NOTHING_DONE,
    Choice,
    Decision,
    in_force,
    where_it_stands,
)
from hectograph.domain.delivery import Delivery, DriveEvidence, Evidence, FileEvidence
from hectograph.domain.errors import RequestRefused
from hectograph.domain.ids import AccountId, CleanupId
from hectograph.domain.names import is_numbering, numbered
from hectograph.domain.removal import Removal, RemovalKey, build_recall
from hectograph.ports.cleanups import Cleanups
from hectograph.ports.clock import Clock
from hectograph.ports.provider import Changed, Inspection, NameTaken, Provider
from hectograph.threads import OneThread

NO_CLEANUP: Final = CleanupId("-")
"""Whose list a copy is on that nobody takes away."""

TRIES: Final = 5
"""How often a file may change between the look and the act before it counts as in use."""

NAMES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Renaming:
    """Each renaming is in the audit log before it is done, and again afterwards.

    Nothing is renamed that does not stand where it was put, under the name that it was
    given: what a student calls something is theirs to say. Safe to repeat. `by` is the
    person who wants it, everywhere.
    """

    cleanups: Cleanups
    desk: OneThread
    clock: Clock
    open_drive: OpenDrive

    async def make_old(
        self, delivery: Delivery, *, account: AccountId, drive: Provider, by: str | None
    ) -> str | None:
        """Call a copy old; its name then, None if it is not where it was put.

        Raises RequestRefused while somebody has it open, and where the drive cannot.
        """
        copy = self._copy(delivery, account=account)
        if copy is None:
            return None
        name = name_of_old(copy.original.name)
        wanted = _Wanted(copy=copy, name=name, choice=Choice.RENAME, by=by)
        return await self._rename(wanted, drive)

    async def bring_back(
        self, delivery: Delivery, *, account: AccountId, by: str | None
    ) -> str:
        """Give a copy the name back that it had; which that is. Raises RequestRefused."""
        copy = self._copy(delivery, account=account)
        renamed = await self._find_renaming(delivery)
        if copy is None or renamed is None:
            raise RequestRefused("This copy was not renamed.", effect=NOTHING_DONE)
        former = copy.original
        evidence = renamed.now or former.evidence
        there = replace(former, name=name_of_old(former.name), evidence=evidence)
        wanted = _Wanted(
            copy=replace(copy, original=there),
            name=former.name,
            choice=Choice.RENAME_BACK,
            by=by,
        )
        async with opened(self.open_drive, account) as drive:
            name = await self._rename(wanted, drive)
        if name is None:
            raise RequestRefused(
                "The copy is not where it was any more, or was saved as a new file.",
                effect=NOTHING_DONE,
                remedy="Whoever may write in the folder can rename it.",
            )
        return name

    def _copy(self, delivery: Delivery, *, account: AccountId) -> Removal | None:
        """A copy in the words in which drives are asked to look at one."""
        key = RemovalKey(cleanup=NO_CLEANUP, position=delivery.key.position)
        built = build_recall(delivery, key=key, account=account, now=self.clock.now())
        return where_it_stands(built) if built else None

    async def _find_renaming(self, delivery: Delivery) -> Decision | None:
        known = await self.desk.run(self.cleanups.list_decisions, delivery.key.share)
        decided = in_force(each for each in known if each.key == delivery.key)
        return next((each for each in decided if each.choice is Choice.RENAME), None)

    async def _rename(self, wanted: "_Wanted", drive: Provider) -> str | None:
        """Give a copy the first name that is free; None if it does not stand there."""
        for name in wanted.names():
            with suppress(NameTaken):
                return await self._give_name(wanted, name, drive)
        raise RequestRefused(
            f"Another file is called {wanted.name!r}.",
            effect=NOTHING_DONE,
            remedy="If that is the fresh copy, take it back first: `hectograph recall ID`.",
        )

    async def _give_name(self, wanted: "_Wanted", name: str, drive: Provider) -> str | None:
        for _ in range(TRIES):
            with suppress(Changed):
                # It looks before it writes, so that it may be asked again.
                return await patiently(
                    lambda: self._give_name_once(wanted, name, drive), clock=self.clock
                )
        raise _in_use()

    async def _give_name_once(
        self, wanted: "_Wanted", name: str, drive: Provider
    ) -> str | None:
        async with drive.inspected(wanted.copy) as found:
            if found is None or found.hidden is not None:
                return None
            begun = self._decision(wanted, found)
            if wanted.is_done(found):
                # By an earlier attempt, which could not say so.
                name = found.present.name
            elif not wanted.is_meant(found):
                return None
            elif found.present.in_use:
                raise _in_use()
            else:
                await self._note(begun)
                await drive.rename(wanted.copy, found, name)
        await self._note(replace(begun, is_done=True))
        return name

    def _decision(self, wanted: "_Wanted", found: Inspection) -> Decision:
        copy = wanted.copy
        assert copy.delivery is not None  # noqa: S101 - it was built of one
        return Decision(
            key=copy.delivery,
            choice=wanted.choice,
            at=self.clock.now(),
            by=wanted.by,
            before=copy.original.evidence,
            now=found.present.evidence,
        )

    async def _note(self, decision: Decision) -> None:
        noted = replace(decision, at=self.clock.now())
        await self.desk.run(self.cleanups.note, noted)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """Which copy is to be called what. `copy` is under the name that it has still."""

    copy: Removal
    name: str
    choice: Choice
    by: str | None

    def names(self) -> Iterator[str]:
        """What it may be called, best first; a name given back is that one and no other."""
        yield self.name
        if self.choice is Choice.RENAME:
            yield from (numbered(self.name, number) for number in range(2, NAMES))

    def is_meant(self, found: Inspection) -> bool:
        """Whether it is the copy, under its name, whatever an editor that saved made of it.

        One that was renamed has to be the very file: a student may use such names, too.
        """
        has_name = found.present.name == self.copy.original.name
        return has_name and (self.choice is Choice.RENAME or self._is_same(found))

    def is_done(self, found: Inspection) -> bool:
        """Whether the very file has its name already."""
        return self._is_same(found) and is_numbering(found.present.name, of=self.name)

    def _is_same(self, found: Inspection) -> bool:
        return _identity(found.present.evidence) == _identity(self.copy.original.evidence)


def _identity(evidence: Evidence | None) -> int | str | None:
    match evidence:
        case FileEvidence():
            return evidence.inode
        case DriveEvidence():
            return evidence.file
        case None:
            return None


def _in_use() -> RequestRefused:
    return RequestRefused(
        "Somebody has the copy open, or it cannot be read.",
        effect=NOTHING_DONE,
        remedy="Have it closed, then try again; or leave it its name.",
    )
