"""Tokens: by them programs act for somebody, within what that person gave them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from hectograph.domain.people import Person, check_name

LONGEST_NAME: Final = 60
PREFIX: Final = "hectograph_"
"""By it people, and what looks for lost secrets, see what a token is for."""

KEPT_FOR: Final = timedelta(hours=24)
"""How long the answer to a request with a key is kept."""

TRIED_AGAIN_AFTER: Final = timedelta(minutes=1)
"""So long a request without an answer is taken to be under way."""


class Scope(StrEnum):
    """What a token lets a program do; whatever its person may not do, it may not."""

    READ = "read"
    """See classes, shares, and what repeats."""
    SHARE = "share"
    """Share, and steer shares and what repeats."""
    ADMIN = "admin"
    """Look after a school, or the installation; see its people and the audit log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token; of its text only a digest is kept. Without `expires_at` it does not end."""

    token_sha256: str
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    last_used_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """A program that showed a token, and whom it acts for."""

    person: Person
    token: Token


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedRequest:
    """A request that a program may send again; of its key and body digests are kept."""

    key_sha256: str
    body_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRequest:
    """What is known of a request. `is_begun`: it is for whoever asks to do it now."""

    body_sha256: str
    answer: str | None
    is_begun: bool


def check_token_name(text: str) -> str:
    """A token's name as it is kept. Raises RequestRefused."""
    return check_name(
        text, of="The name of a token", longest=LONGEST_NAME, effect="No token was made."
    )
