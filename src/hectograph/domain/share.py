"""A teacher's request: what it asks, its deliveries, how far it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final

from hectograph.domain.delivery import (
    DELIVERED_STATES,
    OPEN_STATES,
    Delivery,
    DeliveryState,
)
from hectograph.domain.halt import Halt
from hectograph.domain.handout import Handout, digest
from hectograph.domain.ids import AccountId, RequestKey, ShareId
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
class Share:
    """A request as the ledger knows it.

    `total` and `open` count deliveries; `open` are those that hectograph still owes.
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

    @property
    def is_ended(self) -> bool:
        """Whether nothing more will be done unless a person asks."""
        return self.state in ENDED_STATES


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedShare:
    """A share with all it will do, ready to be written down.

    `lanes` are the accounts whose lanes may carry it, the share's own when empty.
    `adopts_since` bounds how old an earlier delivery of the same wish may be to be this
    one, too; None where the drive itself tells, or a new copy was asked for.
    """

    share: Share
    handouts: tuple[Handout, ...]
    recipients: tuple[Recipient, ...]
    deliveries: tuple[Delivery, ...]
    lanes: tuple[AccountId, ...] = ()
    adopts_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a share is: deliveries by state, every state named.

    `halted` tells why nothing more of it is begun, while the installation is paused.
    """

    share: Share
    counts: Mapping[DeliveryState, int]
    halted: Halt | None = None

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
        "\0".join((each.email or "", each.student, *each.folder)) for each in recipients
    )
    parts = (destination, mode, str(len(sources)), *sources, *people)
    return RequestKey(digest(*parts))
