"""What a teacher can do: ask for a share, watch it, change their mind."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from functools import partial

from hectograph.app.estimating import Estimating
from hectograph.app.opening import OpenDrive, opened
from hectograph.app.patience import patiently
from hectograph.domain.errors import CalendarRefused, DocumentRefused, HectographError
from hectograph.domain.folders import CommonFolders, FolderKey
from hectograph.domain.halt import Halt
from hectograph.domain.ids import AccountId, OccurrenceKey, ShareId, share_id_from
from hectograph.domain.manner import PLAIN, Manner
from hectograph.domain.plan import Wish, build_plan
from hectograph.domain.report import ShareReport, build_preview, build_report
from hectograph.domain.risk import is_at_risk
from hectograph.domain.roster import Roster
from hectograph.domain.schedule import When, closed_days, decide_timing
from hectograph.domain.school_days import SchoolDays
from hectograph.domain.school_time import SchoolTime
from hectograph.domain.share import (
    NOW,
    PlannedShare,
    Progress,
    Share,
    ShareState,
    Timing,
)
from hectograph.ports.clock import Clock
from hectograph.ports.ledger import Ledger
from hectograph.ports.provider import Document, Provider
from hectograph.threads import OneThread

MakeCommon = Callable[[CommonFolders], Awaitable[Mapping[FolderKey, str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestShare:
    """What was asked for: these documents, for these people, into that drive.

    `again` makes new copies beside those of an earlier, identical request; `timing` says
    when they are wanted. For an `occurrence` there is one share, whoever asks for it.
    """

    documents: tuple[Document, ...]
    roster: Roster
    account: AccountId
    destination: str
    manner: Manner = PLAIN
    school_class: str | None = None
    again: bool = False
    timing: Timing = NOW
    occurrence: OccurrenceKey | None = None
    common: CommonFolders | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """The share that answers a request, and whether it was there already."""

    share: Share
    joined: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan that is about to be written down, its documents, and the drive it is for.

    `common` are the folders that have to be there by then.
    """

    plan: PlannedShare
    documents: tuple[Document, ...]
    drive: Provider
    common: CommonFolders | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """`random_bytes` makes share ids; `school` knows what its clocks mean.

    `make_common` has the folders there that several share, and tells their ids. Raises
    FolderRefused and what else a drive raises.
    `calendar` tells the school days, given the school's date. Raises CalendarRefused.
    """

    ledger: Ledger
    estimating: Estimating
    desk: OneThread
    clock: Clock
    open_drive: OpenDrive
    make_common: MakeCommon
    random_bytes: Callable[[int], bytes]
    joins_within: timedelta
    school: SchoolTime
    calendar: Callable[[date], SchoolDays]

    @property
    def zone(self) -> tzinfo | None:
        """The school's time zone, None for the system's."""
        return self.school.zone

    def timing(self, when: When) -> Timing:
        """When a share is done of which this was said. Raises RequestRefused.

        Only a night needs the calendar.
        """
        days = self.school_days() if when.tonight else SchoolDays()
        now = self.clock.now()
        return decide_timing(when, school=self.school, days=days, now=now)

    def timing_and_notes(self, when: When) -> tuple[Timing, list[str]]:
        """The same, and in a line each what a person should know of these days."""
        timing = self.timing(when)
        try:
            closed = self.closed_days(when, timing)
        except CalendarRefused as error:
            return timing, [str(error)]  # the time that was named is kept all the same
        return timing, [
            f"{day.day} {day:%B} is a day without school: {why}."
            for day, why in closed.items()
        ]

    def closed_days(self, when: When, timing: Timing) -> Mapping[date, str]:
        """The days without school that somebody named, and why there is none."""
        if not (when.at or when.done_by or when.reveal_at):
            return {}
        return closed_days(when, timing, school=self.school, days=self.school_days())

    def school_days(self) -> SchoolDays:
        """The days with school, as far as they are known. Raises CalendarRefused."""
        return self.calendar(self.school.local(self.clock.now()).date())

    def tonight(self) -> tuple[datetime, datetime]:
        """When work for tonight would begin, and by when it would be done.

        As if every weekday were a school day while the calendar cannot be read.
        """
        try:
            days = self.school_days()
        except CalendarRefused:
            days = SchoolDays()
        return self.school.tonight(days, now=self.clock.now())

    async def preview(self, request: RequestShare) -> ShareReport:
        """What a request would do, without doing any of it."""
        async with opened(self.open_drive, request.account) as drive:
            plan = await self._plan(request, drive)
        now = await self.estimating.foresee(plan)
        tonight = None
        if plan.share.timing == NOW:
            tonight = await self.estimating.foresee(self._tonight(plan))
        return build_preview(
            plan,
            estimate=now.estimate if now else None,
            tonight=tonight.estimate if tonight else None,
        )

    async def find_same(self, share: Share) -> Share | None:
        """The share that a planned one would join."""
        return await self._find_joined(share, since=self.clock.now() - self.joins_within)

    async def request(self, request: RequestShare) -> Requested:
        """Write a share down, or join the one that the same request made before.

        When this returns, the share is durable and a lane is woken; nothing was copied
        yet. Raises RequestRefused when it cannot be; then nothing is left behind.
        """
        (requested,) = await self.request_all([request])
        return requested

    async def request_all(self, requests: Sequence[RequestShare]) -> Sequence[Requested]:
        """The same for several shares: all of them or none, each joined on its own."""
        async with AsyncExitStack() as drives:
            planned = [await self._planned(each, drives) for each in requests]
            asked_at = min(each.plan.share.asked_at for each in planned)
            return await self.write_down(planned, since=asked_at - self.joins_within)

    async def _planned(self, request: RequestShare, drives: AsyncExitStack) -> Planned:
        drive = await drives.enter_async_context(opened(self.open_drive, request.account))
        plan = await self._plan(request, drive)
        return Planned(
            plan=plan, documents=request.documents, drive=drive, common=request.common
        )

    async def write_down(
        self, planned: Sequence[Planned], *, since: datetime
    ) -> Sequence[Requested]:
        """The shares of plans, their documents kept; or the same that were asked since.

        All that are new are written down, or none.
        """
        joined = [await self._find_joined(each.plan.share, since=since) for each in planned]
        new = [each for each, found in zip(planned, joined, strict=True) if found is None]
        made = iter(await self._write_new(new, since=since) if new else ())
        return [
            next(made) if found is None else Requested(share=found, joined=True)
            for found in joined
        ]

    async def _find_joined(self, share: Share, *, since: datetime) -> Share | None:
        if share.again:
            return None
        key = share.request_key
        return await self.desk.run(self.ledger.find_joinable, key, since=since)

    async def _write_new(
        self, planned: Sequence[Planned], *, since: datetime
    ) -> Sequence[Requested]:
        plans = await self._equipped(planned)
        foreseen = [await self.estimating.foresee(plan) for plan in plans]
        # Not undone when the answer is lost: the shares may well be written down.
        written = await self.desk.run(self.ledger.add_all, plans, joins_since=since)
        for each, noted, (share, _) in zip(planned, foreseen, written, strict=True):
            # The same share, sent twice, needs its documents.
            if share.id != each.plan.share.id:
                await each.drive.thaw(each.plan.share.id)
            else:
                await self.estimating.keep(noted)
        return [Requested(share=share, joined=joined) for share, joined in written]

    async def _equipped(self, planned: Sequence[Planned]) -> list[PlannedShare]:
        """The plans with their documents kept; of no share, where one cannot be."""
        kept: list[Planned] = []
        plans = []
        try:
            for each in planned:
                share = each.plan.share.id
                await each.drive.freeze(each.documents, each.plan.handouts, share=share)
                kept.append(each)
                plan = await self._housed(each)
                equip = partial(each.drive.equip, plan)
                plans.append(await patiently(equip, clock=self.clock))
        except HectographError:
            for each in kept:
                await each.drive.thaw(each.plan.share.id)
            raise
        return plans

    async def _housed(self, planned: Planned) -> PlannedShare:
        """The plan with the ids of the folders that several share, made by now."""
        common = planned.common
        if common is None:
            return planned.plan
        ids = await self.make_common(common)
        deliveries = tuple(
            replace(each, folder=(ids[common.places[each.folder]],))
            for each in planned.plan.deliveries
        )
        return replace(planned.plan, deliveries=deliveries)

    async def progress(self, share: ShareId) -> Progress:
        """How far a share is, counted."""
        found = await self.desk.run(self.ledger.progress, share)
        return replace(
            found,
            halted=await self._halt_of(found.share),
            estimate=await self.estimating.glance(found.share),
        )

    async def report(self, share: ShareId, *, joined: bool = False) -> ShareReport:
        """A share with every delivery."""
        found = await self.desk.run(self.ledger.share, share)
        deliveries = await self.desk.run(self.ledger.deliveries, share)
        estimates = await self.estimating.promised([found])
        return build_report(
            found,
            deliveries,
            joined=joined,
            now=self.clock.now(),
            halted=await self._halt_of(found),
            estimate=estimates.get(share),
        )

    async def list_shares(self, *, limit: int) -> Sequence[Progress]:
        """The newest shares."""
        return await self.with_outlook(
            await self.desk.run(self.ledger.list_shares, limit=limit)
        )

    async def with_outlook(self, found: Sequence[Progress]) -> Sequence[Progress]:
        """The same with what lies before those that are not through."""
        halt = await self.desk.run(self.ledger.find_halt)
        estimates = await self.estimating.promised([each.share for each in found])
        now = self.clock.now()

        def seen(progress: Progress) -> Progress:
            estimate = estimates.get(progress.share.id)
            at_risk = is_at_risk(progress.share, estimate, now=now)
            return replace(progress, halted=halt, estimate=estimate, at_risk=at_risk)

        return [each if each.is_ended else seen(each) for each in found]

    async def retry_failed(self, share: ShareId) -> int:
        """Give the failed deliveries another go; how many there were."""
        await self.estimating.forget(share)
        return await self.desk.run(self.ledger.reopen_failed, share, now=self.clock.now())

    async def cancel(self, share: ShareId) -> int:
        """Withdraw what was not begun; how many. What is done stays done."""
        return await self.desk.run(self.ledger.cancel, share, now=self.clock.now())

    async def pause(self, share: ShareId) -> Share:
        """Begin nothing more of a share until it is resumed."""
        return await self._turn(share, ShareState.PAUSED)

    async def resume(self, share: ShareId) -> Share:
        """Let a paused share go on."""
        return await self._turn(share, ShareState.RUNNING)

    async def move(self, share: ShareId, timing: Timing) -> Share:
        """Have a share done at another time. What is done stays done."""
        await self.estimating.forget(share)
        return await self.desk.run(self.ledger.move, share, timing, now=self.clock.now())

    def _tonight(self, plan: PlannedShare) -> PlannedShare:
        """The same plan, for tonight."""
        return plan.timed(self.timing(When(tonight=True)), now=self.clock.now())

    async def _halt_of(self, share: Share) -> Halt | None:
        return None if share.is_ended else await self.desk.run(self.ledger.find_halt)

    async def _turn(self, share: ShareId, state: ShareState) -> Share:
        await self.estimating.forget(share)
        return await self.desk.run(self.ledger.turn, share, to=state, now=self.clock.now())

    async def _plan(self, request: RequestShare, drive: Provider) -> PlannedShare:
        if not request.documents:
            raise DocumentRefused("No document was named.", effect="Nothing was shared.")
        place = await patiently(drive.check, clock=self.clock)
        handouts = await patiently(
            lambda: drive.describe(request.documents), clock=self.clock
        )
        asked_at = self.clock.now()
        occurrence = request.occurrence
        wish = Wish(
            account=request.account,
            destination=request.destination,
            place=place,
            handouts=tuple(handouts),
            recipients=request.roster.recipients,
            manner=request.manner,
            school_class=request.school_class,
            again=request.again,
            timing=request.timing,
        )
        plan = build_plan(
            wish,
            share_id=share_id_from(self.random_bytes(10)),
            asked_at=asked_at,
            asked_on=occurrence.day if occurrence else self.school.local(asked_at).date(),
        )
        return replace(plan, occurrence=occurrence)
