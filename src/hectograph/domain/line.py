"""An account's line: what it owes to whom, and the accounts that carry it."""

from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from typing import Final

from hectograph.domain.halt import Halt
from hectograph.domain.ids import AccountId
from hectograph.domain.order import fair_bound
from hectograph.domain.pace import LearnedPace
from hectograph.domain.rest import Parked
from hectograph.domain.retry import AT_FIRST
from hectograph.domain.share import Share, ShareState
from hectograph.domain.throughput import usual_rate

WRITES_AT_MOST: Final = 4
"""Writes that a delivery takes in the worst case: two, and each of them twice."""

TROUBLED: Final = 3
"""So many deliveries of a drive that were tried in vain are more than chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """An account whose lane carries a line's shares.

    `goodput` is how many deliveries its lane settled in a second while it had enough to
    do, `rested_seconds` the time since it last called.
    """

    account: AccountId
    goodput: float | None = None
    pace: LearnedPace | None = None
    rested_seconds: float = inf
    parked: Parked | None = None

    @property
    def rate(self) -> float:
        """Deliveries a second, as far as that is known.

        Copies of Google's own documents land in waves: first many are made, then many
        moved. What was measured before the second is too little.
        """
        measured = self.goodput or usual_rate(self.account)
        return max(measured, self.pace.rate / WRITES_AT_MOST) if self.pace else measured

    @property
    def is_measured(self) -> bool:
        """Whether it was ever seen at work for a while."""
        return self.goodput is not None

    @property
    def ahead_seconds(self) -> float:
        """How far ahead of its rate it is at once, having rested."""
        if self.pace is None:
            return 0.0
        return min(self.rested_seconds, self.pace.burst / self.pace.rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class InLine:
    """A share that is not through, and its open deliveries that nobody can take up now.

    `under_way` are, and were first tried between two times; of these `staged` only have
    to be moved into their folders. `retries` wait for another
    try, the last of them for `retry_at`; `prepared` are made and wait to be shown.
    `is_native`: its documents are Google's own, which take two writes. `tries` are those
    of the open delivery that had the most in vain.
    """

    share: Share
    is_native: bool = False
    tries: int = 0
    under_way: int = 0
    staged: int = 0
    oldest_at: datetime | None = None
    newest_at: datetime | None = None
    retries: int = 0
    retry_at: datetime | None = None
    prepared: int = 0

    @property
    def due(self) -> int:
        """Deliveries that a lane may take up at once, when their turn comes."""
        return self.share.open - self.under_way - self.retries - self.prepared

    @property
    def to_prepare(self) -> int:
        """Copies to be made yet, if it is shown together."""
        unmade = self.share.open - self.prepared - self.staged
        return unmade if self.share.reveals_at else 0

    @property
    def is_served(self) -> bool:
        """Whether lanes carry it, now or when its time comes."""
        if self.share.state is ShareState.SCHEDULED:
            return self.share.begins_at is not None
        return self.share.state is not ShareState.PAUSED

    @property
    def work_under_way(self) -> float:
        """What is left of the deliveries under way, in whole ones."""
        return self.under_way - self.staged / 2

    @property
    def is_troubled(self) -> bool:
        """Whether a delivery was tried more often than most troubles last."""
        return self.tries > AT_FIRST


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What an account, or a pool of them, has before it at the time `now`.

    `settled` deliveries are behind it. `crowd` is how many other accounts of the same
    drive have shares under way: they share its project's quota. `troubled` deliveries of
    the drive were tried more often than most troubles last, the first of them since
    `troubled_since`.
    """

    account: AccountId
    now: datetime
    settled: int
    carriers: tuple[Carrier, ...]
    shares: tuple[InLine, ...]
    crowd: int = 0
    troubled: int = 0
    troubled_since: datetime | None = None
    halt: Halt | None = None

    @property
    def trouble_seconds(self) -> float:
        """How long the service seems to have been away already; 0.0 if it does not."""
        if self.troubled < TROUBLED or self.troubled_since is None:
            return 0.0
        return (self.now - self.troubled_since).total_seconds()

    @property
    def working(self) -> tuple[Carrier, ...]:
        """The carriers that do not rest."""
        return tuple(each for each in self.carriers if not self._rests(each))

    @property
    def rest(self) -> Parked | None:
        """Why nobody carries anything, and until when the first of them rests."""
        if self.working or not self.carriers:
            return None
        parked = [each.parked for each in self.carriers if each.parked]
        return min(parked, key=lambda each: each.until)

    @property
    def rate(self) -> float:
        """Deliveries a second of all that carry it."""
        carriers = self.working or self.carriers
        return sum(each.rate for each in carriers) or usual_rate(self.account)

    @property
    def ahead_seconds(self) -> float:
        """How far ahead of its rate it is at once."""
        carriers = self.working or self.carriers
        if not carriers:
            return 0.0
        return sum(each.ahead_seconds for each in carriers) / len(carriers)

    def before_showing(self) -> "Line":
        """The line as if what is shown together were through once its copies are made."""
        return replace(
            self, shares=tuple(map(_before_showing, filter(_has_to_be_made, self.shares)))
        )

    def joined_by(self, share: Share, *, is_native: bool) -> "Line":
        """The line with one share more, which takes its place now or when it begins.

        One that is in the line already, sent once more, is in it once.
        """
        others = tuple(each for each in self.shares if each.share.id != share.id)
        ahead = sum(
            each.share.open for each in others if each.share.state is ShareState.RUNNING
        )
        is_bound = share.state is ShareState.RUNNING and share.timing.is_bound_fairly
        bound = fair_bound(settled=self.settled, ahead=ahead, remaining=share.open)
        entry = InLine(
            share=replace(share, fair_by=bound if is_bound else None), is_native=is_native
        )
        return replace(self, shares=(*others, entry))

    def _rests(self, carrier: Carrier) -> bool:
        return carrier.parked is not None and carrier.parked.until > self.now


def _has_to_be_made(entry: InLine) -> bool:
    return entry.to_prepare > 0 or entry.share.reveals_at is None


def _before_showing(entry: InLine) -> InLine:
    if entry.share.reveals_at is None:
        return entry
    return replace(
        entry,
        share=replace(entry.share, reveals_at=None, open=entry.to_prepare),
        under_way=entry.under_way - entry.staged,
        staged=0,
        prepared=0,
    )
