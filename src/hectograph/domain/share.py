"""A teacher's request: what it asks, its deliveries, how far it is."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final, Self

from hectograph.domain.delivery import (
    DELIVERED_STATES,
    OPEN_STATES,
    Delivery,
    DeliveryState,
)
from hectograph.domain.errors import IllegalTransition
from hectograph.domain.estimate import Estimate
from hectograph.domain.halt import Halt
from hectograph.domain.handout import Handout, digest
from hectograph.domain.ids import AccountId, OccurrenceKey, RequestKey, ShareId
from hectograph.domain.manner import Access, ShareMode
from hectograph.domain.roster import Recipient


class ShareState(StrEnum):
    """Where a share stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETE = "complete"
    COMPLETE_WITH_EXCEPTIONS = "complete with exceptions"
    CANCELLED = "cancelled"
    RECALLED = "recalled"


ENDED_STATES: Final = frozenset(
    {
        ShareState.COMPLETE,
        ShareState.COMPLETE_WITH_EXCEPTIONS,
        ShareState.CANCELLED,
        ShareState.RECALLED,
    }
)

WITHDRAWN_STATES: Final = frozenset({ShareState.CANCELLED, ShareState.RECALLED})
"""States in which a share stays, whatever becomes of the deliveries still under way."""

WORKED_STATES: Final = WITHDRAWN_STATES | {ShareState.RUNNING}
"""States in which lanes carry what is owed; withdrawn is only what was not begun."""

JOINABLE_STATES: Final = frozenset(
    {
        ShareState.SCHEDULED,
        ShareState.RUNNING,
        ShareState.PAUSED,
        ShareState.COMPLETE,
        ShareState.COMPLETE_WITH_EXCEPTIONS,
    }
)
"""States in which the same request again is the same share."""


class ServiceClass(IntEnum):
    """How soon a share is wanted; the smaller goes first."""

    IN_LESSON = 0
    NORMAL = 1
    OVERNIGHT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When a share is wanted: not before, not after, and how much it matters meanwhile.

    Nothing is done before `begins_at`, nobody sees a copy before `reveals_at`, all have
    one by the `deadline`; None where nothing is said.
    """

    service_class: ServiceClass = ServiceClass.NORMAL
    begins_at: datetime | None = None
    deadline: datetime | None = None
    reveals_at: datetime | None = None

    @property
    def is_bound_fairly(self) -> bool:
        """Whether others may go first for so long only; at night the deadline decides."""
        is_for_the_night = self.service_class is ServiceClass.OVERNIGHT
        return not is_for_the_night or self.deadline is None


NOW: Final = Timing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A request as the ledger knows it.

    `total` and `open` count deliveries; `open` are those that hectograph still owes.
    Its times are those of a `Timing`. `fair_by` bounds how long others may go first, see
    `order.py`; None before it begins, and where only the deadline counts. `access` is what
    students may do with a copy.
    """

    id: ShareId
    request_key: RequestKey
    account: AccountId
    destination: str
    title: str
    school_class: str | None
    state: ShareState
    service_class: ServiceClass
    asked_at: datetime
    ended_at: datetime | None
    total: int
    open: int
    again: bool
    begins_at: datetime | None = None
    deadline: datetime | None = None
    reveals_at: datetime | None = None
    fair_by: int | None = None
    mode: ShareMode = ShareMode.OWN
    access: Access = Access.EDIT

    @property
    def is_ended(self) -> bool:
        """Whether nothing more will be done unless a person asks."""
        return self.state in ENDED_STATES

    @property
    def timing(self) -> Timing:
        """When it is wanted."""
        return Timing(
            service_class=self.service_class,
            begins_at=self.begins_at,
            deadline=self.deadline,
            reveals_at=self.reveals_at,
        )

    @property
    def waits_since(self) -> datetime:
        """Since when it has its place in the queue."""
        return self.begins_at or self.asked_at

    @property
    def is_for_later(self) -> bool:
        """Whether nobody can expect to see copies yet."""
        return self.state is ShareState.SCHEDULED or (
            not self.is_ended and self.reveals_at is not None
        )

    def state_at(self, now: datetime) -> ShareState:
        """The state of a share that is neither paused nor over: it waits, or it runs."""
        waits = self.begins_at is not None and self.begins_at > now
        return ShareState.SCHEDULED if waits else ShareState.RUNNING

    def turned(self, to: ShareState, *, now: datetime) -> ShareState:
        """The state after a person paused it, or let it go on; else IllegalTransition."""
        waits_or_runs = self.state is ShareState.RUNNING or (
            self.state is ShareState.SCHEDULED and self.begins_at is not None
        )
        if to is ShareState.PAUSED and waits_or_runs:
            return ShareState.PAUSED
        if to is ShareState.RUNNING and self.state is ShareState.PAUSED:
            return self.state_at(now)
        raise IllegalTransition(f"A share that is {self.state} cannot become {to}.")

    def moved(self, timing: Timing, *, now: datetime) -> Self:
        """The same share, wanted at another time. Raises IllegalTransition once it ended.

        A paused one stays paused.
        """
        if self.is_ended or self.state is ShareState.DRAFT:
            raise IllegalTransition(
                f"The share is {self.state} already.", effect="Nothing was moved."
            )
        if self.state is ShareState.SCHEDULED and self.begins_at is None:
            raise IllegalTransition(
                "The share waits for a first version to be taken away.",
                effect="Nothing was moved.",
                remedy="Look at it with `hectograph cleanup list`.",
            )
        moved = replace(self, **asdict(timing))
        if self.state is ShareState.PAUSED:
            return moved
        return replace(moved, state=moved.state_at(now))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedShare:
    """A share with all it will do, ready to be written down.

    `lanes` are the accounts whose lanes may carry it, the share's own when empty.
    `adopts_since` bounds how old an earlier delivery of the same wish may be to be this
    one, too; None where the drive itself tells, or a new copy was asked for.
    `occurrence` is the day of a repetition that it is for; there is one share for it.
    """

    share: Share
    handouts: tuple[Handout, ...]
    recipients: tuple[Recipient, ...]
    deliveries: tuple[Delivery, ...]
    lanes: tuple[AccountId, ...] = ()
    adopts_since: datetime | None = None
    occurrence: OccurrenceKey | None = None

    def timed(self, timing: Timing, *, now: datetime) -> Self:
        """The same, before it is written down, for another time."""
        share = replace(self.share, **asdict(timing))
        return replace(self, share=replace(share, state=share.state_at(now)))

    @property
    def is_native(self) -> bool:
        """Whether any of its documents is one of Google's own."""
        return any(each.is_native for each in self.handouts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a share is: deliveries by state, every state named.

    `halted` tells why nothing more of it is begun, while the installation is paused;
    `at_risk`: it may miss its deadline.
    """

    share: Share
    counts: Mapping[DeliveryState, int]
    halted: Halt | None = None
    estimate: Estimate | None = None
    at_risk: bool = False

    @property
    def is_ended(self) -> bool:
        """Whether nothing more will be done unless a person asks."""
        return self.share.is_ended

    @property
    def delivered(self) -> int:
        """Deliveries whose student has the copy."""
        return sum(self.counts[state] for state in DELIVERED_STATES)

    @property
    def failed(self) -> int:
        """Deliveries that wait for a person."""
        return self.counts[DeliveryState.FAILED]


def count_states(deliveries: Sequence[Delivery]) -> dict[DeliveryState, int]:
    """Deliveries by state, with a zero for each state that has none."""
    counts = dict.fromkeys(DeliveryState, 0)
    for delivery in deliveries:
        counts[delivery.state] += 1
    return counts


def decide_end(counts: Mapping[DeliveryState, int]) -> ShareState | None:
    """The state in which a running share ends, or None while anything is owed."""
    if any(counts[state] for state in OPEN_STATES):
        return None
    if counts[DeliveryState.FAILED]:
        return ShareState.COMPLETE_WITH_EXCEPTIONS
    if counts[DeliveryState.CANCELLED]:
        return ShareState.CANCELLED
    return ShareState.COMPLETE


def request_key(
    handouts: Sequence[Handout],
    recipients: Sequence[Recipient],
    *,
    destination: str,
    mode: str,
) -> RequestKey:
    """The idempotency key: source revisions + recipients + destination + mode.

    Neither the order of rows nor that of documents makes another request.
    """
    sources = sorted("/".join((*each.tree, each.title, each.sha256)) for each in handouts)
    people = sorted(
        "\0".join((each.email or "", each.student, *each.folder, *whose))
        for receiver in recipients
        for each, whose in (
            (receiver, ()),
            *((member, ("in", receiver.student)) for member in receiver.members),
        )
    )
    parts = (destination, mode, str(len(sources)), *sources, *people)
    return RequestKey(digest(*parts))
