"""Webhooks: where a school's programs are told of events, and how hard that is tried.

The form is that of Standard Webhooks (https://www.standardwebhooks.com).
"""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from hectograph.domain.events import Event, EventType
from hectograph.domain.ids import WebhookId

SECRET_BYTES: Final = 32

FORMER_FOR: Final = timedelta(hours=24)
"""So long a former secret signs beside the new one."""

DELAYS: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long after each try comes the next; after the last of them there is none."""

SPREAD: Final = 0.2
"""A delay is longer by up to this part of it, so that not all come back at one moment."""

GONE: Final = 410
"""By this status a receiver says that it wants nothing more."""

KEPT_FOR: Final = timedelta(days=30)
"""So long an event is kept, and what became of it."""

OF_NO_SCHOOL_AFTER: Final = timedelta(minutes=1)
"""An event whose school is not known by then is of a share that no class asked for."""


class PostingState(StrEnum):
    """Where a posting stands."""

    DUE = "due"
    SENT = "sent"
    GIVEN_UP = "given up"


class Trouble(StrEnum):
    """Why there is no answer."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    INSECURE = "insecure"
    """No secure connection could be made."""
    CLOSED_NETWORK = "closed network"
    """The name leads to an address that hectograph sends nothing to."""
    OTHER_KEY = "other key"
    """The secret was sealed with another key of the installation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that is told of a school's events.

    `gone_at` is when the receiver said that it wants nothing more, `failing_since` when
    an event was given up for the first time since one arrived.
    """

    id: WebhookId
    school: str
    url: str
    events: frozenset[EventType]
    is_on: bool
    created_at: datetime
    gone_at: datetime | None = None
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """An event that is to be sent to a webhook, with its secrets, sealed, the newest first.

    `tries` counts the one that it was claimed for.
    """

    number: int
    webhook: WebhookId
    url: str
    event: Event
    sealed_secrets: tuple[str, ...]
    tries: int
    claimed_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How the last try of a posting ended, as it is shown; not yet, without `tried_at`."""

    type: EventType
    state: PostingState
    tries: int
    tried_at: datetime | None
    due_at: datetime
    answer: "Answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a try: the receiver's status, or the trouble."""

    status: int | None = None
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What follows from an answer; `due_at` is when to try again."""

    state: PostingState
    due_at: datetime | None = None
    is_gone: bool = False


def decide_settlement(
    answer: Answer, *, tries: int, now: datetime, jitter: float
) -> Settlement:
    """Done, once more later, or no more. `jitter` is between 0 and 1."""
    if answer.status is not None and 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP
        return Settlement(state=PostingState.SENT)
    if answer.status == GONE:
        return Settlement(state=PostingState.GIVEN_UP, is_gone=True)
    if tries > len(DELAYS):
        return Settlement(state=PostingState.GIVEN_UP)
    delay = DELAYS[tries - 1] * (1 + SPREAD * jitter)
    return Settlement(state=PostingState.DUE, due_at=now + delay)


def secret_from(random_bytes: bytes) -> str:
    """The secret that random bytes stand for."""
    return f"whsec_{base64.b64encode(random_bytes).decode()}"
