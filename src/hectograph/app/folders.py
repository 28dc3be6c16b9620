"""Making a class's folders, so that each is there once whatever happens meanwhile.

A folder's id is in the ledger before the folder is made under it. Whoever comes second
finds the id used; so there are no twins, and every step can be repeated.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from hectograph.app.asking import RosterReader
from hectograph.domain.drive import Drive, check_email, owner_of
from hectograph.domain.errors import (
    Exhausted,
    FolderRefused,
    OutcomeUnknown,
    ProviderError,
    Rejected,
    Throttled,
    Unavailable,
)
from hectograph.domain.folders import (
    CommonFolders,
    FolderKey,
    FolderOutcome,
    FolderReport,
    FolderState,
    FolderWish,
    KeptFolder,
    NeededFolder,
    SeenFolder,
    build_folders,
    find_too_free,
    find_uninvited,
    reason_for,
)
from hectograph.domain.roster import Roster
from hectograph.ports.clock import Clock
from hectograph.ports.drive_office import DriveAccount, DriveOffice
from hectograph.ports.drives import Drives
from hectograph.threads import OneThread

T = TypeVar("T")
Show = Callable[[int, int], None]

AT_ONCE: Final = 4
TRIES: Final = 10
FIRST_SECONDS: Final = 0.5
LONGEST_SECONDS: Final = 30.0
# An id that was used and leads nowhere is looked at again before it is given up.
SETTLE_SECONDS: Final = 1.0
# Meanwhile somebody else may take a folder away again, but not for ever.
ROUNDS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderRequest:
    """Which folders are asked for; `teacher` is who owns them where teachers act."""

    drive: str
    roster: Path
    school_class: str | None = None
    subject: str = ""
    teachers: Sequence[str] = ()
    teacher: str | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFolders:
    """`jitter` gives numbers from 0 to 1, so that two who wait do not come back at once."""

    drives: Drives
    office: DriveOffice
    desk: OneThread
    clock: Clock
    read_roster: RosterReader
    jitter: Callable[[], float]

    async def ensure(self, request: FolderRequest, *, show: Show) -> FolderReport:
        """See to it that every folder is there and shared; `show` hears done and total.

        Raises UnknownDrive, RequestRefused, RosterRefused, and ProviderError when the
        account that should own the folders cannot act at all.
        """
        drive = await self.desk.run(self.drives.drive, request.drive)
        owner = owner_of(drive, request.teacher)
        roster = self.read_roster(
            request.roster, school_class=request.school_class, linked=True
        )
        needed = build_folders(_wish(request, drive=drive, owner=owner, roster=roster))
        outcomes = await self._see_to(
            needed, drive=drive, owner=owner, dry_run=request.dry_run, show=show
        )
        return FolderReport(drive=drive.name, dry_run=request.dry_run, outcomes=outcomes)

    async def make_common(self, common: CommonFolders) -> Mapping[FolderKey, str]:
        """The ids of folders that several share, made and shared where they are not.

        Raises FolderRefused with why one is not, or not shared with all members; what was
        made stays, and is found when it is asked for again.
        """
        drive = await self.desk.run(self.drives.drive, common.drive)
        outcomes = await self._see_to(common.needed, drive=drive, owner=common.owner)
        receiving = set(common.places.values())
        for each in outcomes:
            is_missing = each.state is FolderState.FAILED or each.needed.key in receiving
            if each.reason is not None and is_missing:
                raise FolderRefused(
                    f"The folder {each.needed.name} is not ready: {each.reason.message}",
                    effect="Nothing was shared.",
                    remedy=each.reason.remedy,
                )
        return {each.needed.key: each.id or "" for each in outcomes}

    async def _see_to(
        self,
        needed: Sequence[NeededFolder],
        *,
        drive: Drive,
        owner: str,
        dry_run: bool = False,
        show: Show = lambda _done, _total: None,
    ) -> tuple[FolderOutcome, ...]:
        known: dict[FolderKey, KeptFolder] = {}
        for name in sorted({each.key.school_class for each in needed}):
            known |= await self.desk.run(
                self.drives.list_folders, drive.name, school_class=name
            )
        async with self.office.open(drive, owner) as account:
            work = _Work(
                account=account, owner=owner, tools=self, known=known, dry_run=dry_run
            )
            return await work.run(needed, show=show)


@dataclass(slots=True, kw_only=True)
class _Work:
    """One run over the folders of a class, with what it has seen so far."""

    account: DriveAccount
    owner: str
    tools: ClassFolders
    known: dict[FolderKey, KeptFolder]
    dry_run: bool
    ids: list[str] = field(default_factory=list)
    new: set[str] = field(default_factory=set)
    done: dict[FolderKey, FolderOutcome] = field(default_factory=dict)
    spent: dict[str, Exhausted] = field(default_factory=dict)

    async def run(
        self, needed: Sequence[NeededFolder], *, show: Show
    ) -> tuple[FolderOutcome, ...]:
        """See to all of them, those above first, and several at once."""
        await self._repeat(self.account.sign_in)
        await self._stock(needed)
        parents = {each.parent for each in needed}
        above = [each for each in needed if each.key in parents]
        below = [each for each in needed if each.key not in parents]
        room = asyncio.Semaphore(AT_ONCE)

        async def see_to(each: NeededFolder) -> None:
            async with room:
                self.done[each.key] = await self._outcome(each)
            show(len(self.done), len(needed))

        for each in above:
            await see_to(each)
        try:
            async with asyncio.TaskGroup() as group:
                for each in below:
                    group.create_task(see_to(each))
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return tuple(self.done[each.key] for each in needed)

    async def _stock(self, needed: Sequence[NeededFolder]) -> None:
        new = sum(each.key not in self.known for each in needed)
        if new and not self.dry_run:
            self.ids = list(await self._repeat(lambda: self.account.generate_ids(new)))

    async def _outcome(self, needed: NeededFolder) -> FolderOutcome:
        """What became of one folder, with whatever went wrong as its reason."""
        failed = FolderOutcome(needed=needed, state=FolderState.FAILED)
        if needed.parent is not None:
            parent = self.done[needed.parent]
            if parent.state is FolderState.FAILED:
                return replace(failed, reason=parent.reason)
        try:
            if self.dry_run:
                return await self._foreseen(needed)
            outcome = await self._placed(needed)
        except ProviderError as error:
            return replace(failed, reason=reason_for(error))
        return await self._shared(outcome)

    async def _foreseen(self, needed: NeededFolder) -> FolderOutcome:
        """What would become of it, without writing anything."""
        kept = self.known.get(needed.key)
        seen = await self._look(kept) if kept else None
        if kept is None or seen is None:
            self._refuse_foreign(kept)
            return FolderOutcome(
                needed=needed, state=FolderState.MADE, shared=needed.guests
            )
        there = await self._repeat(lambda: self.account.list_guests(kept.id))
        return FolderOutcome(
            needed=needed,
            state=FolderState.RESTORED if seen.trashed else FolderState.THERE,
            id=kept.id,
            shared=tuple(find_uninvited(needed, there)),
        )

    async def _placed(self, needed: NeededFolder) -> FolderOutcome:
        """Have the folder there, made, restored or as it was."""
        parent = self.done[needed.parent] if needed.parent else None
        kept = self.known.get(needed.key) or await self._keep(needed.key, old=None)
        for _ in range(ROUNDS):
            is_new = kept.id in self.new
            seen = None if is_new else await self._look(kept)
            if seen is None:
                self._refuse_foreign(kept)
                if await self._made(kept, needed, parent=parent):
                    return FolderOutcome(needed=needed, state=FolderState.MADE, id=kept.id)
                seen = await self._look_twice(kept)
            if seen is not None:
                state = await self._untrashed(kept, seen, parent=parent)
                if is_new and state is FolderState.THERE:
                    state = FolderState.MADE
                return FolderOutcome(needed=needed, state=state, id=kept.id)
            kept = await self._keep(needed.key, old=kept)
        raise Unavailable(
            "Somebody takes the folder away as often as it is made.",
            effect="It is not there.",
            remedy="Find out who, then run `hectograph folders ensure` again.",
        )

    async def _keep(self, key: FolderKey, *, old: KeptFolder | None) -> KeptFolder:
        """Have an id for the folder in the ledger: ours, or that of whoever was first."""
        if not self.ids:
            self.ids = list(await self._repeat(lambda: self.account.generate_ids(1)))
        new = KeptFolder(id=self.ids.pop(), owner=self.owner)
        self.new.add(new.id)
        tools = self.tools
        return await tools.desk.run(tools.drives.keep_folder, key, new, old=old)

    async def _made(
        self, kept: KeptFolder, needed: NeededFolder, *, parent: FolderOutcome | None
    ) -> bool:
        """Make it under the kept id; False when that id can be used no more.

        A second try of ours finds the id used by the first: then the folder is there.
        """
        above = parent.id if parent else None
        try:
            return await self._repeat(
                lambda: self.account.make_folder(kept.id, name=needed.name, parent=above),
                kind="make",
            )
        except Rejected as error:
            # An id of long ago may not be known as one any more.
            if type(error) is Rejected and kept.id not in self.new:
                return False
            raise

    async def _untrashed(
        self, kept: KeptFolder, seen: SeenFolder, *, parent: FolderOutcome | None
    ) -> FolderState:
        if not seen.trashed:
            return FolderState.THERE
        if seen.trashed_itself:
            await self._repeat(lambda: self.account.restore(kept.id), kind="make")
            return FolderState.RESTORED
        if parent is None or parent.state is not FolderState.RESTORED:
            raise _in_trashed_folder()
        await self._repeat(lambda: self._restored_above(kept))
        return FolderState.RESTORED

    async def _restored_above(self, kept: KeptFolder) -> None:
        """What lies in a folder comes back with it, a moment later."""
        seen = await self.account.find_folder(kept.id)
        if seen is not None and seen.trashed:
            raise Unavailable(
                "The folder lies in one that is still on its way out of the trash.",
                effect="It cannot be used yet.",
                remedy="Run `hectograph folders ensure` again.",
            )

    async def _look(self, kept: KeptFolder) -> SeenFolder | None:
        return await self._repeat(lambda: self.account.find_folder(kept.id))

    async def _look_twice(self, kept: KeptFolder) -> SeenFolder | None:
        """To take a folder for gone that is there would make a second one."""
        if seen := await self._look(kept):
            return seen
        await self.tools.clock.sleep(SETTLE_SECONDS)
        return await self._look(kept)

    def _refuse_foreign(self, kept: KeptFolder | None) -> None:
        """Another's folder may well be there, unseen: it is never replaced."""
        if kept and kept.owner and kept.owner != self.owner:
            raise FolderRefused(
                f"The folder was made by {kept.owner}, and {self.owner} does not see it.",
                effect="Nothing was made in its place.",
                remedy=f"Let {kept.owner} share the class's folder with {self.owner} as an "
                "editor, or act as that account; then run `hectograph folders ensure` "
                "again.",
            )

    async def _shared(self, outcome: FolderOutcome) -> FolderOutcome:
        """Invite whom it is for, one after the other: of changes at once one is lost."""
        granted: dict[str, str] = {}
        refused: dict[str, ProviderError] = {}
        try:
            for _ in range(ROUNDS):
                missing = await self._uninvited(outcome, granted)
                if not (missing := [each for each in missing if each not in refused]):
                    break
                await self._invite(outcome, missing, granted, refused)
            else:
                refused[""] = _not_kept()
        except ProviderError as error:
            refused[""] = error
        reason = next(map(reason_for, refused.values()), None)
        return replace(outcome, shared=tuple(granted), reason=reason)

    async def _invite(
        self,
        outcome: FolderOutcome,
        emails: Sequence[str],
        granted: dict[str, str],
        refused: dict[str, ProviderError],
    ) -> None:
        for email in emails:
            access = outcome.needed.access
            invite = partial(self.account.invite, outcome.id or "", email, access=access)
            try:
                granted[email] = (await self._repeat(invite, kind="share")).id
            except ProviderError as error:
                refused[email] = error

    async def _uninvited(
        self, outcome: FolderOutcome, granted: dict[str, str]
    ) -> Sequence[str]:
        """Who has no right there yet. Google may know somebody by another address.

        Raises FolderRefused where somebody has more than they shall: a folder above gives
        them that, or a person did, and nobody's right is taken away.
        """
        if not outcome.needed.guests:
            return ()
        there = await self._repeat(lambda: self.account.list_guests(outcome.id or ""))
        if more := find_too_free(outcome.needed, there):
            raise _too_free(more[0], outcome.needed)
        ids = {each.id for each in there}
        missing = find_uninvited(outcome.needed, there)
        return [each for each in missing if granted.get(each) not in ids]

    async def _repeat(self, call: Callable[[], Awaitable[T]], *, kind: str = "") -> T:
        """Call until it is known to be done. What is used up for one, is for all."""
        if kind in self.spent:
            raise self.spent[kind]
        for tries in range(1, TRIES):
            try:
                return await self._once(call, kind=kind)
            except (Unavailable, OutcomeUnknown, Throttled) as error:
                await self._rest(error, tries=tries)
        return await self._once(call, kind=kind)

    async def _once(self, call: Callable[[], Awaitable[T]], *, kind: str) -> T:
        try:
            return await call()
        except Exhausted as error:
            self.spent[kind] = error
            raise

    async def _rest(self, error: ProviderError, *, tries: int) -> None:
        delay = min(FIRST_SECONDS * 2 ** (tries - 1), LONGEST_SECONDS)
        delay *= 0.5 + self.tools.jitter() / 2
        if error.retry_after is not None:
            delay = max(delay, error.retry_after.total_seconds())
        await self.tools.clock.sleep(delay)


def _wish(
    request: FolderRequest, *, drive: Drive, owner: str, roster: Roster
) -> FolderWish:
    couriers = [each for each in drive.accounts if each != owner]
    teachers = [check_email(each) for each in request.teachers]
    return FolderWish(
        drive=drive.name,
        roster=roster,
        subject=request.subject,
        teachers=tuple(each for each in teachers if each != owner),
        couriers=tuple(couriers),
    )


def _not_kept() -> Unavailable:
    return Unavailable(
        "Google Drive did not keep the invitation.",
        effect="Somebody cannot write there yet.",
        remedy="Run `hectograph folders ensure` again.",
    )


def _too_free(email: str, needed: NeededFolder) -> FolderRefused:
    return FolderRefused(
        f"{email} may do more in this folder than to {needed.access}.",
        effect="Whoever may may go on, so the copies would not be as they should.",
        remedy="Take that right away in Google Drive, here or on the folder above, "
        "or let them edit.",
    )


def _in_trashed_folder() -> FolderRefused:
    return FolderRefused(
        "The folder was moved into another, and that lies in the trash.",
        effect="It cannot be used.",
        remedy="Restore the folder above, or move this one out; then run "
        "`hectograph folders ensure` again.",
    )
