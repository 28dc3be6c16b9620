"""What happens to shares and rosters, as programs are told of it.

An event holds ids, states and counts, and never the name of a person or a document.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NewType

from hectograph.domain.ids import ClassId
from hectograph.domain.share import ShareState

EventId = NewType("EventId", str)
"""Stays the same however often an event is sent."""


class EventType(StrEnum):
    """What happened."""

    SHARE_CREATED = "share.created"
    SHARE_STARTED = "share.started"
    SHARE_COMPLETED = "share.completed"
    SHARE_PARTIALLY_FAILED = "share.partially_failed"
    SHARE_CANCELLED = "share.cancelled"
    SHARE_UNDONE = "share.undone"
    COPY_FAILED = "copy.failed"
    ROSTER_CHANGED = "roster.changed"
    TEST = "webhook.test"
    """A person wants to see whether it arrives."""


SUBSCRIBABLE: Final = tuple(each for each in EventType if each is not EventType.TEST)

ENDS: Final[Mapping[ShareState, EventType]] = MappingProxyType(
    {
        ShareState.COMPLETE: EventType.SHARE_COMPLETED,
        ShareState.COMPLETE_WITH_EXCEPTIONS: EventType.SHARE_PARTIALLY_FAILED,
        ShareState.CANCELLED: EventType.SHARE_CANCELLED,
        ShareState.RECALLED: EventType.SHARE_UNDONE,
    }
)

NOT_BEGUN: Final = frozenset({ShareState.DRAFT, ShareState.SCHEDULED, ShareState.PAUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, with its facts."""

    id: EventId
    type: EventType
    at: datetime
    school_class: ClassId | None
    facts: Mapping[str, Any]

    def body(self) -> str:
        """The event as it is sent: JSON, the same each time."""
        about = {} if self.school_class is None else {"class": self.school_class}
        told = {
            "type": self.type,
            "timestamp": self.at.astimezone(UTC).isoformat(),
            "data": {**about, **self.facts},
        }
        return json.dumps(told, sort_keys=True, separators=(",", ":"))


def find_event(before: ShareState, after: ShareState) -> EventType | None:
    """What is told when a share turns from one state to another.

    That it started is told of each beginning; the ledger tells it of the first one only.
    """
    if before is after:
        return None
    if after is ShareState.RUNNING:
        return EventType.SHARE_STARTED if before in NOT_BEGUN else None
    return ENDS.get(after)
