"""Tokens by which programs act for people, and answers that are kept for them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from hectograph.domain.ids import PersonId
from hectograph.domain.tokens import Bearer, KeptRequest, KeyedRequest, Token


class Tokens(Protocol):
    """Synchronous; every method may raise LedgerUnavailable."""

    def add(self, token: Token, *, of: PersonId) -> None:
        """Keep a new token."""
        ...

    def list_tokens(self, of: PersonId) -> Sequence[Token]:
        """Somebody's tokens, the newest first."""
        ...

    def find_bearer(self, token_sha256: str, *, now: datetime) -> Bearer | None:
        """Whose token it is, if it is good still; that it was used is noted, by minutes."""
        ...

    def revoke(self, token_sha256: str, *, of: PersonId) -> None:
        """Let a token of somebody be good no more. Safe to repeat."""
        ...


class Answers(Protocol):
    """Synchronous; every method may raise LedgerUnavailable."""

    def begin(self, request: KeyedRequest, *, by: PersonId, now: datetime) -> KeptRequest:
        """Note a request, unless it was noted before; then what is known of it.

        One without an answer is for whoever asks again after a while.
        """
        ...

    def keep(self, request: KeyedRequest, answer: str, *, by: PersonId) -> None:
        """Keep the answer to a request."""
        ...

    def drop(self, request: KeyedRequest, *, by: PersonId) -> None:
        """Forget a request that came to nothing."""
        ...
