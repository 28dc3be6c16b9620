"""The reception of the house on this machine, for whoever has its account."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path
from types import TracebackType
from typing import Self

from hectograph.app import following
from hectograph.app.correcting import Corrected, Refreshed
from hectograph.app.drives import DriveDestination
from hectograph.app.estimating import Queued
from hectograph.app.house import House
from hectograph.app.reception import Meant, Order
from hectograph.app.repeating import Coming
from hectograph.app.sharing import Requested, RequestShare
from hectograph.domain.cleanup import CleanupReport
from hectograph.domain.decision import Choice, Decision
from hectograph.domain.errors import RequestRefused
from hectograph.domain.ids import RepetitionId, ShareId
from hectograph.domain.recurrence import Rule
from hectograph.domain.repetition import DATED_PATTERN, Outcome, StandingRequest
from hectograph.domain.report import ShareReport
from hectograph.domain.schedule import When
from hectograph.domain.school_class import SchoolClass
from hectograph.domain.share import Progress, Share, Timing


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseReception:
    """`by` is who asks; `told` hears what a person should know and is no result."""

    house: House
    by: str
    told: Callable[[str], None]

    @property
    def stopping(self) -> asyncio.Event:
        return self.house.stopping

    @property
    def zone(self) -> tzinfo | None:
        return self.house.sharing.zone

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    async def list_classes(self) -> Sequence[SchoolClass]:
        classes = self.house.classes
        return await classes.desk.run(classes.classes.list_classes)

    async def preview(self, order: Order) -> ShareReport:
        return await self.house.sharing.preview(await self._read(order))

    async def request(self, order: Order) -> Requested:
        return await self.house.sharing.request(await self._read(order))

    async def list_shares(self, *, limit: int) -> Sequence[Progress]:
        return await self.house.sharing.list_shares(limit=limit)

    async def progress(self, share: ShareId) -> Progress:
        return await self.house.sharing.progress(share)

    async def report(self, share: ShareId, *, joined: bool = False) -> ShareReport:
        return await self.house.sharing.report(share, joined=joined)

    async def follow(self, share: ShareId, *, show: Callable[[Progress], None]) -> None:
        await following.follow(
            self.house, lambda: self.house.sharing.progress(share), show=show
        )

    async def is_served(self) -> bool:
        return await self.house.desk.run(self.house.presence.is_worker_about)

    async def retry(self, share: ShareId) -> int:
        return await self.house.sharing.retry_failed(share)

    async def cancel(self, share: ShareId) -> int:
        return await self.house.sharing.cancel(share)

    async def pause(self, share: ShareId) -> None:
        await self.house.sharing.pause(share)

    async def resume(self, share: ShareId) -> None:
        await self.house.sharing.resume(share)

    async def move(self, share: ShareId, when: When) -> Share:
        return await self.house.sharing.move(share, self._timing(when))

    async def recall(self, share: ShareId) -> None:
        await self.house.cleaning.recall(share, by=self.by)

    async def undo_recall(self, share: ShareId) -> None:
        await self.house.cleaning.undo_recall(share, by=self.by)

    async def taken(self, share: ShareId) -> CleanupReport:
        found = await self.house.cleaning.find_recall(share)
        if found is None:
            raise RequestRefused(
                f"The share {share} is not recalled.", effect="Nothing was done."
            )
        return found

    async def follow_taken(
        self, share: ShareId, *, show: Callable[[CleanupReport], None]
    ) -> None:
        await following.follow(self.house, lambda: self.taken(share), show=show)

    async def correct(self, share: ShareId, document: str) -> Corrected:
        return await self.house.correcting.correct(share, document, by=self.by)

    async def refresh(
        self, meant: Meant, *, document: str | None, renames_old: bool
    ) -> Refreshed:
        return await self.house.correcting.refresh(
            meant.share,
            meant.student,
            copy=meant.copy,
            document=document,
            renames_old=renames_old,
            by=self.by,
        )

    async def bring_name_back(self, meant: Meant) -> str:
        return await self.house.correcting.bring_name_back(
            meant.share, meant.student, copy=meant.copy, by=self.by
        )

    async def decide(self, meant: Meant, choice: Choice, *, to: str) -> Decision:
        deciding = self.house.deciding
        kept = await deciding.find(
            meant.share, meant.student, document=meant.document, copy=meant.copy
        )
        match choice:
            case Choice.LEAVE:
                return await deciding.leave(kept, by=self.by)
            case Choice.HAND_OVER:
                return await deciding.hand_over(kept, to=to, by=self.by)
            case _:
                is_lock = choice is Choice.LOCK
                return await deciding.set_locked(kept, locked=is_lock, by=self.by)

    async def queue(self, account: str | None) -> Sequence[Queued]:
        return await self.house.estimating.queue(account)

    async def preview_repeating(
        self, order: Order, rule: Rule
    ) -> tuple[Coming, ShareReport]:
        request = standing_request(order)
        return await self.house.repeating.preview(request, rule, by=self.by)

    async def begin_repeating(self, order: Order, rule: Rule) -> Coming:
        return await self.house.repeating.begin(standing_request(order), rule, by=self.by)

    async def list_repetitions(self, *, limit: int) -> Sequence[Coming]:
        return await self.house.repeating.list_repetitions(limit=limit)

    async def find_repetition(
        self, repetition: RepetitionId, *, limit: int
    ) -> tuple[Coming, Sequence[Outcome]]:
        found = await self.house.repeating.find(repetition)
        return found, await self.house.repeating.list_outcomes(repetition, limit=limit)

    async def pause_repetition(self, repetition: RepetitionId) -> Coming:
        return await self.house.repeating.pause(repetition)

    async def resume_repetition(self, repetition: RepetitionId) -> Coming:
        return await self.house.repeating.resume(repetition)

    async def cancel_repetition(self, repetition: RepetitionId) -> Coming:
        return await self.house.repeating.cancel(repetition)

    async def move_repetition(
        self, repetition: RepetitionId, *, every: str | None, until: str | None, when: When
    ) -> Coming:
        before = (await self.house.repeating.find(repetition)).repetition
        rule = before.rule.changed(every=every, until=until, when=when)
        return await self.house.repeating.move(before.id, rule)

    async def _read(self, order: Order) -> RequestShare:
        roster, into = _place(order)
        timing = self._timing(order.when)
        return await self.house.asking.request(
            order.documents,
            roster=roster,
            into=into,
            school_class=order.school_class,
            manner=order.manner,
            again=order.again,
            timing=timing,
        )

    def _timing(self, when: When) -> Timing:
        timing, notes = self.house.sharing.timing_and_notes(when)
        for each in notes:
            self.told(each)
        return timing


def standing_request(order: Order) -> StandingRequest:
    """What was typed, with paths that mean the same to a worker."""
    roster, into = _place(order)
    request = StandingRequest(
        documents=tuple(dict.fromkeys(order.documents)),
        roster=str(roster.absolute()),
        school_class=order.school_class,
        pattern=order.pattern or DATED_PATTERN,
        mode=order.mode,
        access=order.access,
        subject=order.subject,
    )
    if isinstance(into, DriveDestination):
        return replace(
            request,
            drive=into.drive,
            subject=into.subject or order.subject,
            teacher=into.teacher,
        )
    paths = tuple(str(Path(each).absolute()) for each in request.documents)
    return replace(request, documents=paths, into=str(into.absolute()))


def _place(order: Order) -> tuple[Path, Path | DriveDestination]:
    if order.roster is None or order.into is None:
        raise RequestRefused(
            "Who is in the class, or where the folders are, was not said.",
            effect="Nothing was done.",
            remedy="Name --roster FILE, and --into DIRECTORY or --drive NAME.",
        )
    return order.roster, order.into
