"""What repeats: begun, changed, and asked for when it is due."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from hectograph.app.asking import Asking
from hectograph.app.drives import DriveDestination
from hectograph.app.sharing import RequestShare, Sharing
from hectograph.app.teaching import Teaching
from hectograph.domain.errors import (
    CalendarRefused,
    HectographError,
    IllegalTransition,
    LedgerUnavailable,
    NotAllowed,
    Reason,
    Rejected,
    RequestRefused,
    UnknownClass,
    UnknownDrive,
)
from hectograph.domain.ids import ClassId, OccurrenceKey, RepetitionId, repetition_id_from
from hectograph.domain.recurrence import Occurrence, Rule
from hectograph.domain.repetition import (
    Outcome,
    Repetition,
    RepetitionState,
    StandingRequest,
    decide_due,
    find_upcoming,
    list_coming,
    never_due,
)
from hectograph.domain.report import ShareReport
from hectograph.domain.school_days import SchoolDays
from hectograph.ports.clock import Clock
from hectograph.ports.repetitions import Repetitions
from hectograph.threads import OneThread

AT_ONCE: Final = 8
"""So many are asked for at the same time by one worker."""

ASKED_AGAIN: Final = timedelta(minutes=1)
"""After so long an occurrence is taken up again that came to no end."""

LASTING: Final = (RequestRefused, Rejected, UnknownDrive, UnknownClass, NotAllowed)
"""What trying again cannot help: the occurrence has no share, and the next is tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A repetition with what it will make next, and the closed days that it leaves out.

    `unknown` tells why that is not known: the calendar cannot be read.
    """

    repetition: Repetition
    next: Occurrence | None = None
    left_out: Mapping[date, str] = field(default_factory=dict)
    unknown: Reason | None = None

    def as_json(self) -> dict[str, Any]:
        """What `--json` prints."""
        told = self.repetition.as_json(self.next, self.left_out)
        return {**told, "unknown": asdict(self.unknown) if self.unknown else None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeating:
    """`random_bytes` makes ids."""

    repetitions: Repetitions
    asking: Asking
    sharing: Sharing
    teaching: Teaching
    desk: OneThread
    clock: Clock
    random_bytes: Callable[[int], bytes]

    async def preview(
        self, request: StandingRequest, rule: Rule, *, by: str | None
    ) -> tuple[Coming, ShareReport]:
        """What would repeat, and the first share that would be made; nothing is kept.

        Raises RequestRefused, and what `Sharing.preview` raises.
        """
        upcoming = await self._upcoming(rule)
        if upcoming is None:
            raise never_due()
        draft = Repetition(
            id=repetition_id_from(self.random_bytes(10)),
            request=request,
            rule=rule,
            state=RepetitionState.ON,
            asked_at=self.clock.now(),
            asked_by=by,
            next_on=None,
            due_at=None,
        ).followed_by(upcoming)
        coming = await self._coming(draft)
        first = await self._read(draft, coming.next or upcoming)
        return coming, await self.sharing.preview(first)

    async def begin(
        self, request: StandingRequest, rule: Rule, *, by: str | None
    ) -> Coming:
        """Repeat a request by a rule from now on, once it is known that it can be made.

        Raises what `preview` raises; then nothing is kept.
        """
        coming, _ = await self.preview(request, rule, by=by)
        await self.desk.run(self.repetitions.add, coming.repetition)
        return coming

    async def list_repetitions(
        self, *, limit: int, classes: Sequence[ClassId] | None = None
    ) -> Sequence[Coming]:
        """The newest; those of some classes alone, if they are named."""
        found = await self.desk.run(
            self.repetitions.list_repetitions, limit=limit, classes=classes
        )
        return [await self._coming(each) for each in found]

    async def find(self, repetition: RepetitionId) -> Coming:
        """The repetition, or UnknownRepetition."""
        found = await self.desk.run(self.repetitions.repetition, repetition)
        return await self._coming(found)

    async def list_outcomes(
        self, repetition: RepetitionId, *, limit: int
    ) -> Sequence[Outcome]:
        """What came of the latest days."""
        return await self.desk.run(self.repetitions.list_outcomes, repetition, limit=limit)

    async def pause(self, repetition: RepetitionId) -> Coming:
        """Make no more shares until it is resumed."""
        return await self._change(repetition, Repetition.paused)

    async def resume(self, repetition: RepetitionId) -> Coming:
        """Go on with what is to come; what passed meanwhile is left out."""
        before = (await self.find(repetition)).repetition
        upcoming = await self._upcoming(before.rule, made_on=before.made_on)
        return await self._change(repetition, lambda each: each.resumed(upcoming))

    async def move(self, repetition: RepetitionId, rule: Rule) -> Coming:
        """Repeat by another rule from now on. What is done stays done."""
        before = (await self.find(repetition)).repetition
        upcoming = await self._upcoming(rule, made_on=before.made_on)
        return await self._change(repetition, lambda each: each.moved(rule, upcoming))

    async def cancel(self, repetition: RepetitionId) -> Coming:
        """Make no more shares. Those that it made stay as they are."""
        return await self._change(repetition, Repetition.ended)

    async def ask_due(self) -> None:
        """Ask for everything that is due, once, however many workers do the same.

        What goes wrong with one is noted with it. Raises LedgerUnavailable.
        """
        while True:
            now = self.clock.now()
            claimed = await self.desk.run(
                self.repetitions.claim_due,
                limit=AT_ONCE,
                now=now,
                again_at=now + ASKED_AGAIN,
            )
            if not claimed:
                return
            async with asyncio.TaskGroup() as asking:
                for each in claimed:
                    asking.create_task(self._take_up(each))

    async def _take_up(self, claimed: Repetition) -> None:
        assert claimed.next_on is not None  # noqa: S101 - else it is never due
        day = claimed.next_on
        try:
            due = decide_due(
                claimed.rule,
                next_on=day,
                school=self.sharing.school,
                days=await self._days(),
                now=self.clock.now(),
            )
            told = list(due.told)
            if due.wanted is not None:
                day = due.wanted.day
                told += await self._ask(claimed, due.wanted)
        except LedgerUnavailable:
            raise
        except HectographError as error:
            # It may pass by itself: taken up again for as long as the day lasts.
            outcome = Outcome(day=day, at=self.clock.now(), reason=error.reason())
            await self.desk.run(self.repetitions.note, claimed.id, [outcome])
            return
        follow = self.repetitions.follow
        await self.desk.run(follow, claimed, told, following=due.following)

    async def _ask(self, claimed: Repetition, wanted: Occurrence) -> list[Outcome]:
        """Have the share of an occurrence written down; the reason if it cannot be."""
        try:
            requested = await self.sharing.request(await self._read(claimed, wanted))
            if claimed.request.class_id is not None:
                share = requested.share.id
                await self.teaching.note_repeated(share, claimed.request)
        except IllegalTransition:
            return []  # it was paused or cancelled meanwhile
        except LASTING as error:
            at = self.clock.now()
            return [Outcome(day=wanted.day, at=at, reason=error.reason())]
        return []

    async def _read(self, repetition: Repetition, wanted: Occurrence) -> RequestShare:
        """The request of an occurrence, with documents and roster as they are now."""
        request = repetition.request
        key = OccurrenceKey(repetition=repetition.id, day=wanted.day)
        if request.class_id is not None:
            read = await self.teaching.read_standing(request, timing=wanted.timing)
            return replace(read, occurrence=key)
        into: Path | DriveDestination = Path(request.into or "")
        if request.drive is not None:
            into = DriveDestination(
                drive=request.drive, subject=request.subject, teacher=request.teacher
            )
        read = await self.asking.request(
            request.documents,
            roster=Path(request.roster),
            into=into,
            school_class=request.school_class,
            manner=request.manner,
            again=True,
            timing=wanted.timing,
        )
        return replace(read, occurrence=key)

    async def _change(
        self, repetition: RepetitionId, change: Callable[[Repetition], Repetition]
    ) -> Coming:
        changed = await self.desk.run(self.repetitions.change, repetition, change)
        return await self._coming(changed)

    async def _upcoming(
        self, rule: Rule, *, made_on: date | None = None
    ) -> Occurrence | None:
        return find_upcoming(
            rule,
            school=self.sharing.school,
            days=await self._days(),
            now=self.clock.now(),
            made_on=made_on,
        )

    async def _coming(self, repetition: Repetition) -> Coming:
        school = self.sharing.school
        try:
            days = await self._days()
        except CalendarRefused as error:
            return Coming(repetition=repetition, unknown=error.reason())
        coming, left_out = list_coming(repetition, school=school, days=days)
        return Coming(repetition=repetition, next=coming, left_out=left_out)

    async def _days(self) -> SchoolDays:
        return await asyncio.to_thread(self.sharing.school_days)
