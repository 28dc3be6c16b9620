"""The durable record. What it does not say has not happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from hectograph.domain.delivery import Delivery, DeliveryState, Evidence
from hectograph.domain.duplicates import Wished
from hectograph.domain.halt import Halt, UnderWay
from hectograph.domain.ids import AccountId, DeliveryKey, RequestKey, ShareId, WishKey
from hectograph.domain.share import PlannedShare, Progress, Share, ShareState, Timing


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """The right to act for an account, while `epoch` is the account's latest.

    It carries the shares of its `pool`, which is the account itself unless several
    accounts share one drive's work. `goodput` is how many deliveries the account's lanes
    settled in a second so far; None before that was measured.
    """

    account: AccountId
    epoch: int
    pool: AccountId
    goodput: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """How far another share is with the same wish, and the copy it made."""

    state: DeliveryState
    evidence: Evidence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a provider must find again after a crash, before it makes its next call."""

    key: DeliveryKey
    trace: str | None
    bound: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A delivery that a lane took up, with what its order needs from the share.

    `first_tried_at` is None on the first attempt; `tried_since` is when the attempts
    that are counted began: a person's retry begins anew. `earlier` is told of
    deliveries that have one. `withdrawn`: its share was, and no copy is to be made.
    `shown_at` is when the copy may be seen, if not yet.
    """

    delivery: Delivery
    asked_at: datetime
    again: bool
    first_tried_at: datetime | None
    tried_since: datetime
    earlier: Earlier | None = None
    withdrawn: bool = False
    shown_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayReport:
    """A day's deliveries: how many, how many failed, and how long they took.

    Seconds are from the asking to the settling of each delivery that was made.
    """

    delivered: int
    failed: int
    mean_seconds: float | None
    p50_seconds: float | None
    p95_seconds: float | None


class LaneSign(Enum):
    """What the ledger can see of a lane whose job a worker has taken."""

    ALIVE = "alive"
    SILENT = "silent"
    """It had begun, and gives no sign of life any more."""
    UNBORN = "unborn"
    """It has not begun; its worker may be slow, or gone."""


class Ledger(Protocol):
    """Shares and deliveries, each move one transaction.

    Synchronous; every method may raise LedgerUnavailable, and then nothing was
    written. Those that take a Lane raise LaneLost, and change nothing, when its epoch
    is not the latest any more. `now` is the database's time.
    """

    def now(self) -> datetime:
        """The database's time."""
        ...

    def find_joinable(self, key: RequestKey, *, since: datetime) -> Share | None:
        """The share that the same request joins: asked since, and not withdrawn."""
        ...

    def add(self, plan: PlannedShare, *, joins_since: datetime) -> tuple[Share, bool]:
        """Write down a share, its deliveries and the wake-up of its lane: all or none.

        Returns the share and whether it was there already: unless the plan says
        `again`, the same request since `joins_since` is joined, settled by a unique
        index, and so is the share that an occurrence has already, or the same one sent
        twice. Deliveries are tied to earlier ones of the same wish at the destination, if
        the plan says since when those count. Raises IllegalTransition when the repetition
        of its occurrence was paused or has ended.
        """
        ...

    def add_all(
        self, plans: Sequence[PlannedShare], *, joins_since: datetime
    ) -> Sequence[tuple[Share, bool]]:
        """The same for several shares in one transaction: all are written down or none."""
        ...

    def share(self, share: ShareId) -> Share:
        """The share, or UnknownShare."""
        ...

    def list_shares(self, *, limit: int) -> Sequence[Progress]:
        """The newest shares first."""
        ...

    def progress(self, share: ShareId) -> Progress:
        """How far the share is, or UnknownShare."""
        ...

    def deliveries(self, share: ShareId) -> Sequence[Delivery]:
        """Every delivery in the order of the plan, or UnknownShare."""
        ...

    def reopen_failed(self, share: ShareId, *, now: datetime) -> int:
        """Plan the failed deliveries anew and wake the lane; how many, or UnknownShare."""
        ...

    def cancel(self, share: ShareId, *, now: datetime) -> int:
        """Withdraw what was not begun; how many. IllegalTransition once it has ended."""
        ...

    def turn(self, share: ShareId, *, to: ShareState, now: datetime) -> Share:
        """Pause a share, or let a paused one go on; else IllegalTransition.

        One that shall not begin yet waits on when it goes on.
        """
        ...

    def move(self, share: ShareId, timing: Timing, *, now: datetime) -> Share:
        """Have a share done at another time; what is done stays done.

        What is under way comes to its end. Raises UnknownShare, and IllegalTransition once
        the share has ended.
        """
        ...

    def begin_lane(self, account: AccountId, *, job: int, now: datetime) -> Lane:
        """Take the account over: a new epoch; what older lanes left open is looked at.

        `job` names this lane in the signs of life that `look_at_lane` reads.
        """
        ...

    def beat(
        self, lane: Lane, *, job: int, now: datetime, goodput: float | None = None
    ) -> None:
        """Leave a sign of life, and how many deliveries a second the account settles."""
        ...

    def end_lane(self, lane: Lane, *, job: int) -> None:
        """Leave no sign of life any more. A lane that is lost may end, too."""
        ...

    def look_at_lane(
        self, account: AccountId, *, job: int, beat_since: datetime, seen_since: datetime
    ) -> LaneSign:
        """What can be seen of a lane.

        It is alive if it beat since `beat_since` and its process holds its place. One
        that lost its place with its connection, and beat since the later `seen_since`,
        is about to take it again.
        """
        ...

    def mourn(self, account: AccountId, *, seen_since: datetime) -> None:
        """Note that the account has no lane, unless one beat since then."""
        ...

    def claim(self, lane: Lane, *, limit: int, now: datetime) -> Sequence[Claim]:
        """Take up due deliveries of the share whose turn it is, at most `limit`."""
        ...

    def next_due(self, lane: Lane) -> datetime | None:
        """When the next delivery that waits may be claimed by the lane."""
        ...

    def note(self, lane: Lane, notes: Sequence[Note]) -> None:
        """Write down the traces of deliveries that are under way."""
        ...

    def list_needs(self, keys: Sequence[DeliveryKey]) -> Mapping[DeliveryKey, str | None]:
        """What those of these deliveries need that are known: their file, once it is told.

        None stands for one that is owed still, and whose file may be any.
        """
        ...

    def list_wished(self, wishes: Sequence[WishKey]) -> Sequence[Wished]:
        """The deliveries of these wishes, of all shares."""
        ...

    def record(self, lane: Lane, settled: Sequence[Delivery], *, now: datetime) -> None:
        """Write down what became of claimed deliveries, and end shares that are done."""
        ...

    def wake_due(self, *, now: datetime, silent_since: datetime) -> int:
        """Begin what is to begin by now, and wake lanes; how many lanes were woken.

        Every account that needs a lane gets one.
        Those with deliveries due; those whose lane left deliveries half way and was not
        heard of since `silent_since`; and those with documents to let go.
        """
        ...

    def unthawed(self, pool: AccountId) -> Sequence[ShareId]:
        """Ended shares whose frozen documents nobody needs and nobody let go yet."""
        ...

    def thawed(self, share: ShareId) -> None:
        """Note that the frozen documents are gone."""
        ...

    def adopt(self, plan: PlannedShare) -> bool:
        """Write down a share that was read back from a drive; False if it was known."""
        ...

    def day_report(self, *, start: datetime, end: datetime) -> DayReport:
        """The deliveries of the shares asked for between two times."""
        ...

    def halt(self, reason: str | None, *, by: str | None, now: datetime) -> Halt:
        """Have nothing begun any more: no claim, no removal, no wake-up of a lane.

        When this returns, whatever is begun belongs to a lane that `under_way` counts.
        Again, it keeps the time, and the reason where None is given.
        """
        ...

    def resume(self, *, by: str | None, now: datetime) -> Halt | None:
        """Let work begin again; the halt that ended, None when there was none.

        Lanes are not woken; `wake_due` does that.
        """
        ...

    def find_halt(self) -> Halt | None:
        """The halt of the installation, while there is one."""
        ...

    def under_way(self, *, beat_since: datetime) -> UnderWay:
        """What lanes are at that gave a sign of life since then."""
        ...
