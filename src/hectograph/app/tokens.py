"""Tokens: made, looked at and revoked by their person; shown by programs."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from hectograph.domain.people import Person
from hectograph.domain.tokens import PREFIX, Bearer, Scope, Token, check_token_name
from hectograph.ports.clock import Clock
from hectograph.ports.tokens import Tokens
from hectograph.threads import OneThread


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTokens:
    """`new_token` makes secrets that nobody can guess; only digests of them are kept."""

    tokens: Tokens
    desk: OneThread
    clock: Clock
    new_token: Callable[[], str]

    async def make(
        self,
        *,
        by: Person,
        name: str,
        scopes: Collection[Scope],
        good_for: timedelta | None = None,
    ) -> str:
        """A token that acts for whoever makes it; told once. Raises RequestRefused."""
        text = f"{PREFIX}{self.new_token()}"
        now = self.clock.now()
        token = Token(
            token_sha256=digest_of(text),
            name=check_token_name(name),
            scopes=frozenset(scopes),
            created_at=now,
            expires_at=now + good_for if good_for else None,
        )
        await self.desk.run(self.tokens.add, token, of=by.id)
        return text

    async def list_mine(self, *, by: Person) -> Sequence[Token]:
        """Somebody's own tokens, the newest first."""
        return await self.desk.run(self.tokens.list_tokens, by.id)

    async def revoke(self, token_sha256: str, *, by: Person) -> None:
        """Let a token of one's own be good no more. Safe to repeat."""
        await self.desk.run(self.tokens.revoke, token_sha256, of=by.id)

    async def find_bearer(self, token: str) -> Bearer | None:
        """For whom a token acts; None if it is not good, or its person left."""
        now = self.clock.now()
        return await self.desk.run(self.tokens.find_bearer, digest_of(token), now=now)


def digest_of(text: str) -> str:
    """What is kept in place of a secret."""
    return hashlib.sha256(text.encode()).hexdigest()
