"""Play a school's day before it comes: one that was, or one made up from numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Final

from hectograph.domain.drive import is_google, split_account
from hectograph.domain.errors import RequestRefused
from hectograph.domain.forecast import Forecast, Waits, build_forecast
from hectograph.domain.forecast_setting import Wanted, build_setting
from hectograph.domain.school_day import Numbers, build_day
from hectograph.domain.school_days import A_DAY, WEEKDAYS
from hectograph.domain.school_time import SchoolTime
from hectograph.domain.simulated_day import Arrival, Draw
from hectograph.domain.variants import is_waited_for
from hectograph.ports.accounts import Accounts
from hectograph.ports.clock import Clock
from hectograph.ports.drives import Drives
from hectograph.ports.history import History, PastShare
from hectograph.threads import OneThread

MIDNIGHT: Final = time(0)
A_WEEK: Final = timedelta(days=7)
WEEKS: Final = 10
"""How far back a day of a weekday is looked for: longer than any holidays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastRequest:
    """Which day: one made up from `numbers`, one that was, or the last of a weekday.

    A `drive` tells what was not `wanted` otherwise, and leaves other drives' shares out.
    """

    numbers: Numbers | None = None
    on: date | None = None
    weekday: str | None = None
    drive: str | None = None
    wanted: Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What is asked for on a day; see `Forecast` for the rest."""

    arrivals: tuple[Arrival, ...]
    drive: str | None
    left_out: int = 0
    measured: Waits | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecasting:
    """`lanes_each` is how many accounts a worker serves at once."""

    history: History
    drives: Drives
    accounts: Accounts
    desk: OneThread
    clock: Clock
    school: SchoolTime
    lanes_each: int

    async def forecast(
        self,
        request: ForecastRequest,
        *,
        make_draw: Callable[[], Draw],
        told: Callable[[str], None],
    ) -> Forecast:
        """How long the shares of the day take, as it is and under other conditions.

        `make_draw` makes chances, the same again and again; `told` hears what is played
        next. Raises RequestRefused for a day on which nothing
        was asked for, and UnknownDrive.
        """
        day = await self._day(request, draw=make_draw())
        drive = await self.desk.run(self.drives.drive, day.drive) if day.drive else None
        accounts = (
            await self.desk.run(self.accounts.list_of_drive, drive.pool) if drive else ()
        )
        setting = build_setting(
            request.wanted,
            drive=drive,
            paces=[each.pace for each in accounts if each.pace],
            lanes_each=self.lanes_each,
        )
        found = build_forecast(
            day.arrivals, setting, school=self.school, make_draw=make_draw, told=told
        )
        return replace(found, left_out=day.left_out, measured=day.measured)

    async def _day(self, request: ForecastRequest, *, draw: Draw) -> Day:
        if request.numbers:
            today = self._today()
            arrivals = build_day(request.numbers, on=today, school=self.school, draw=draw)
            return Day(arrivals=arrivals, drive=request.drive)
        if request.on:
            shares = await self._begun_on(request.on)
            words = f"{request.on:%A, %d %B %Y}"
        else:
            shares = await self._last(request.weekday or "")
            words = f"a {(request.weekday or '').title()} of the last {WEEKS} weeks"
        return _day_of(shares, drive=request.drive, words=words)

    def _today(self) -> date:
        return self.school.local(self.clock.now()).date()

    async def _begun_on(self, day: date) -> Sequence[PastShare]:
        start, end = (self.school.instant(each, MIDNIGHT) for each in (day, day + A_DAY))
        return await self.desk.run(self.history.list_begun, start=start, end=end)

    async def _last(self, weekday: str) -> Sequence[PastShare]:
        """The last such day that is over, and on which anything was asked for."""
        today = self._today()
        ago = (today.weekday() - WEEKDAYS.index(weekday) - 1) % len(WEEKDAYS) + 1
        for week in range(WEEKS):
            day = today - timedelta(days=ago) - week * A_WEEK
            if found := await self._begun_on(day):
                return found
        return ()


def _day_of(shares: Sequence[PastShare], *, drive: str | None, words: str) -> Day:
    """The shares of one drive, as they are asked for. Raises RequestRefused."""
    names = sorted({name for each in shares if (name := _drive_of(each))})
    if not drive and len(names) > 1:
        raise RequestRefused(
            f"On {words} shares went to several drives: {', '.join(names)}.",
            effect="Nothing was forecast.",
            remedy="Name one of them: --drive NAME",
        )
    chosen = drive or next(iter(names), None)
    ours = [each for each in shares if chosen and _drive_of(each) == chosen]
    if not ours:
        where = f"on the drive {drive}" if drive else "on a drive at a storage service"
        raise RequestRefused(
            f"Nothing was asked for {where} on {words}.",
            effect="Nothing was forecast.",
            remedy="Choose another day, or make one up: --teachers 40",
        )
    return Day(
        arrivals=tuple(map(_arrival, ours)),
        drive=chosen,
        left_out=len(shares) - len(ours),
        measured=_measured(ours),
    )


def _drive_of(past: PastShare) -> str | None:
    account = past.share.account
    return split_account(account)[0] if is_google(account) else None


def _arrival(past: PastShare) -> Arrival:
    share = past.share
    return Arrival(
        share=share.id,
        account=share.account,
        at=share.asked_at,
        deliveries=share.total,
        timing=share.timing,
        is_plain=past.is_plain,
    )


def _measured(shares: Sequence[PastShare]) -> Waits | None:
    """How long they really took, of those that people waited for."""
    took = [
        (each.share.ended_at - each.share.waits_since).total_seconds()
        for each in shares
        if each.share.ended_at and is_waited_for(_arrival(each))
    ]
    return Waits.of(took) if took else None
