"""When the shares of a line should be through: the line played on, as lanes serve it.

The very order decides that decides in earnest; the pace is the one that was measured.
What neither knows is left to `hindsight.py`: troubles to come, who asks next, and a quota
that is shared with others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from math import ceil, floor, log, log10
from typing import Final

from hectograph.domain.drive import GOOGLE, is_google
from hectograph.domain.ids import ShareId
from hectograph.domain.line import InLine, Line
from hectograph.domain.order import Candidate, Tally, decide_next, fair_bound
from hectograph.domain.share import Share, ShareState

PORTIONS: Final = 40
"""A line is played in so many portions; who needs less is served whole."""

NATIVE_SECONDS: Final = 6.0
NUMBERED_SECONDS: Final = 1.0
DIRECTORY_SECONDS: Final = 0.1
"""What a single copy takes, however fast the account is."""

LATE: Final = 2.5
"""So many times that a copy may take; then its call hangs, or it had to be tried again."""

FARTHEST_SECONDS: Final = 366 * 86_400.0
"""Nobody looks farther ahead, and what is farther away is told as this."""

HANGING_SECONDS: Final = 60.0
"""What a call may take until it is given up. Source: `providers/transport.py`."""

STUCK_SECONDS: Final = 1.5 * HANGING_SECONDS

LAST_MOMENT: Final = datetime.max.replace(tzinfo=UTC) - timedelta(days=2)
"""Of the calendar; two days are left for zones and for rounding."""

CROWD_GROWTH: Final = 4
SIZES_A_DECADE: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """A share should be through so many `seconds` after `starts_at`.

    `starts_at` is now, or the known moment before which it cannot be. `kind` says what it
    resembles: words from the widest to the narrowest, between slashes.
    """

    share: ShareId
    starts_at: datetime
    seconds: float
    kind: str

    @property
    def ends_at(self) -> datetime:
        """When it should be through."""
        return self.after(1.0)

    def after(self, ratio: float) -> datetime:
        """When so much of its time has passed: a moment that a calendar has."""
        span = timedelta(seconds=min(FARTHEST_SECONDS, self.seconds * ratio))
        return min(self.starts_at, LAST_MOMENT - span) + span


def expect(line: Line, *, only: ShareId | None = None) -> Mapping[ShareId, Expectation]:
    """What to expect of the shares of a line, in the order in which they end.

    Not of paused ones, and of none while everything is halted. With `only`, the others
    are left out that end later.
    """
    if line.halt is not None:
        return {}
    play = _Play(line)
    ends = play.run(only=only)
    entries = {each.share.id: each for each in line.shares}
    return {
        share: _expectation(entries[share], line=line, seconds=seconds, behind=behind)
        for share, (seconds, behind) in ends.items()
    }


def _expectation(entry: InLine, *, line: Line, seconds: float, behind: bool) -> Expectation:
    known_at = _known_start(entry, line)
    starts_at = max(line.now, known_at) if known_at else line.now
    waits = (starts_at - line.now).total_seconds()
    work = max(0.0, seconds - waits) + _last_seconds(entry, line)
    # What has lasted for a while lasts as long again, as far as anybody can know.
    work += max(line.trouble_seconds, _stuck_seconds(line))
    return Expectation(
        share=entry.share.id,
        starts_at=starts_at,
        seconds=work,
        kind=_kind(entry, line=line, seconds=work, behind=behind),
    )


def _last_seconds(entry: InLine, line: Line) -> float:
    """What the last copies take from when nothing is due any more."""
    single = _single_seconds(entry, line)
    if _is_late(entry, line):
        left = max(single, HANGING_SECONDS - _age(entry.oldest_at, line))
    elif entry.due or entry.retries or entry.prepared:
        left = single
    else:
        left = max(single / 6, single - _age(entry.newest_at, line))
    return max(left, entry.work_under_way / line.rate)


def _single_seconds(entry: InLine, line: Line) -> float:
    if not is_google(line.account):
        return DIRECTORY_SECONDS
    return NATIVE_SECONDS if entry.is_native else NUMBERED_SECONDS


def _is_late(entry: InLine, line: Line) -> bool:
    """Whether a copy has been under way for longer than copies are."""
    usual = LATE * _single_seconds(entry, line) + _filled_seconds(line)
    return _age(entry.oldest_at, line) > usual


def _stuck_seconds(line: Line) -> float:
    """For how long a line has not come on, beyond what a call that hangs explains."""
    ages = (_age(each.oldest_at, line) for each in line.shares)
    oldest = max(ages, default=0.0)
    return oldest if oldest > STUCK_SECONDS + _filled_seconds(line) else 0.0


def _backlog_seconds(line: Line) -> float:
    """What is under way beyond what always is goes before all that is claimed next."""
    return sum(
        max(0.0, each.work_under_way / line.rate - _single_seconds(each, line))
        for each in line.shares
    )


def _filled_seconds(line: Line) -> float:
    """What it takes to have all done that is under way, and as much as is done of it."""
    return sum(each.under_way for each in line.shares) / line.rate


def _age(since: datetime | None, line: Line) -> float:
    return (line.now - since).total_seconds() if since else 0.0


def _known_start(entry: InLine, line: Line) -> datetime | None:
    """The moment before which it cannot be through for a reason that has a time."""
    share, rest = entry.share, line.rest
    known = [
        share.reveals_at,
        share.begins_at if share.state is ShareState.SCHEDULED else None,
        rest.until if rest else None,
    ]
    return max((each for each in known if each), default=None)


def _kind(entry: InLine, *, line: Line, seconds: float, behind: bool) -> str:
    decade = round(SIZES_A_DECADE * log10(seconds)) / SIZES_A_DECADE
    is_measured = all(each.is_measured for each in line.carriers)
    return "/".join(
        (
            _stage(entry, line),
            GOOGLE if is_google(line.account) else "directory",
            "native" if entry.is_native else "plain",
            f"{10**decade:.2g} s",
            "measured" if is_measured else "unmeasured",
            f"crowd {int(log(line.crowd + 1, CROWD_GROWTH))}",
            "behind" if behind else "first",
        )
    )


def _stage(entry: InLine, line: Line) -> str:
    """What a share is waiting for: the first of these that is so."""
    share = entry.share
    stages = {
        "later": share.state is ShareState.SCHEDULED or line.rest is not None,
        "shown": share.reveals_at is not None,
        "troubled": entry.is_troubled,
        "beside trouble": line.trouble_seconds > 0,
        "stuck": _stuck_seconds(line) > 0,
        "hanging": _is_late(entry, line) and entry.tries <= 1,
        "again": _is_late(entry, line),
        "last": share.open == entry.under_way,
        "begun": share.open < share.total,
        "asked": True,
    }
    return next(stage for stage, is_so in stages.items() if is_so)


@dataclass(slots=True, kw_only=True)
class _Waiter:
    """A share of the line as it is played: what is due of it, and what is left in all.

    What is under way lands in the time that the last copy takes.
    """

    share: Share
    due: int
    left: int
    under_way: int
    fair_by: int | None
    is_revealing: bool = False
    behind: bool = False


class _Play:
    """Serves a line until all of it is through."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._rate = line.rate
        self._ahead = self._most_ahead = line.ahead_seconds
        self._settled = line.settled
        rest = self._seconds(line.rest.until) if line.rest else 0.0
        self._at = min(FARTHEST_SECONDS, rest + _backlog_seconds(line))
        self._waiters: dict[ShareId, _Waiter] = {}
        self._coming: list[tuple[float, int, InLine, int]] = []
        for entry in line.shares:
            if entry.is_served:
                self._enrol(entry)

    def run(self, *, only: ShareId | None) -> dict[ShareId, tuple[float, bool]]:
        """The seconds from now until each is through, and whether others went first."""
        ends = {
            each.share.id: (0.0, False)
            for each in self._line.shares
            if each.share.open == each.under_way
        }
        while (self._waiters or self._coming) and only not in ends:
            self._admit()
            due = [each for each in self._waiters.values() if each.due]
            if not due and not self._coming:
                # What was read of them was not of one moment; they are as good as through.
                return ends | dict.fromkeys(self._waiters, (self._at, False))
            if not due:
                self._rest_until(self._coming[0][0])
                continue
            chosen = self._chosen(due)
            self._serve(chosen, self._portion(chosen, due))
            for each in due:
                each.behind |= each is not chosen
            if chosen.left == chosen.under_way:
                del self._waiters[chosen.share.id]
                ends[chosen.share.id] = self._at, chosen.behind
        return ends

    def _enrol(self, entry: InLine) -> None:
        share = entry.share
        begins = share.begins_at if share.state is ShareState.SCHEDULED else None
        if entry.due:
            self._come(begins, entry, entry.due)
        if entry.retries:
            self._come(entry.retry_at, entry, entry.retries)
        if entry.prepared:
            self._come(share.reveals_at, entry, entry.prepared)

    def _come(self, at: datetime | None, entry: InLine, number: int) -> None:
        order = len(self._coming)
        heappush(self._coming, (self._seconds(at), order, entry, number))

    def _seconds(self, at: datetime | None) -> float:
        ahead = (at - self._line.now).total_seconds() if at else 0.0
        return min(FARTHEST_SECONDS, max(0.0, ahead))

    def _admit(self) -> None:
        while self._coming and self._coming[0][0] <= self._at:
            _, _, entry, number = heappop(self._coming)
            share = entry.share
            waiter = self._waiters.get(share.id)
            if waiter is None:
                waiter = self._waiters[share.id] = _Waiter(
                    share=share,
                    due=0,
                    left=share.open,
                    under_way=entry.under_way,
                    fair_by=self._bound(share),
                )
            waiter.due += number
            shown = share.reveals_at
            waiter.is_revealing = shown is not None and self._seconds(shown) <= self._at

    def _bound(self, share: Share) -> int | None:
        is_new = share.state is ShareState.SCHEDULED and share.timing.is_bound_fairly
        if not is_new:
            return share.fair_by
        ahead = sum(each.left for each in self._waiters.values())
        return fair_bound(settled=self._settled, ahead=ahead, remaining=share.open)

    def _chosen(self, due: list[_Waiter]) -> _Waiter:
        if len(due) == 1:
            return due[0]
        chosen = decide_next(
            [_candidate(each) for each in due],
            now=self._line.now + timedelta(seconds=self._at),
            tally=Tally(settled=self._settled, rate=self._rate),
        )
        return self._waiters[chosen] if chosen else due[0]

    def _portion(self, chosen: _Waiter, due: list[_Waiter]) -> int:
        """How much is served before it is decided anew."""
        portion = chosen.due
        if len(due) > 1:
            portion = min(portion, ceil(sum(each.due for each in due) / PORTIONS))
        if self._coming:
            seconds = self._coming[0][0] - self._at + self._ahead
            portion = min(portion, floor(seconds * self._rate))
        return max(1, portion)

    def _serve(self, waiter: _Waiter, number: int) -> None:
        waiter.due -= number
        waiter.left -= number
        self._settled += number
        seconds = number / self._rate
        saved = min(self._ahead, seconds)
        self._ahead -= saved
        self._at = min(FARTHEST_SECONDS, self._at + seconds - saved)

    def _rest_until(self, at: float) -> None:
        self._ahead = min(self._most_ahead, self._ahead + at - self._at)
        self._at = at


def _candidate(waiter: _Waiter) -> Candidate:
    share = waiter.share
    return Candidate(
        share=share.id,
        service_class=share.service_class,
        remaining=waiter.left,
        waits_since=share.waits_since,
        fair_by=waiter.fair_by,
        deadline=share.deadline,
        is_revealing=waiter.is_revealing,
    )
