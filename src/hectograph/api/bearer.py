"""Who asks: a token in the header, what it lets a program do, and how often."""

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from hectograph.api.errors import Refusal
from hectograph.api.limits import Limit
from hectograph.app.tokens import AccessTokens
from hectograph.domain.errors import NotAllowed
from hectograph.domain.people import Person
from hectograph.domain.tokens import Bearer, Scope
from hectograph.ports.clock import Clock


class BearerToken(HttpBearer):
    """Lets programs in whose token has a scope."""

    def __init__(
        self, tokens: AccessTokens, *, clock: Clock, scope: Scope, limit: Limit
    ) -> None:
        super().__init__()
        self._tokens = tokens
        self._clock = clock
        self._scope = scope
        self._limit = limit

    async def authenticate(self, request: HttpRequest, token: str) -> Any:  # noqa: ARG002
        """The bearer; None when the token is not good. Raises NotAllowed and Refusal."""
        bearer = await self._tokens.find_bearer(token)
        if bearer is None:
            return None
        known = bearer.token
        wait = self._limit.wait_of(known.token_sha256, now=self._clock.now())
        if wait is not None:
            raise Refusal(429, "This token asks too often.", retry_after=wait)
        if self._scope not in known.scopes:
            raise NotAllowed(
                f"This token has not the scope `{self._scope}`.",
                effect="Nothing was done.",
                remedy="Make one that has it, at /account/tokens/.",
            )
        return bearer


def person_of(request: HttpRequest) -> Person:
    """Whom a program that was let in acts for."""
    bearer: Bearer = request.auth  # type: ignore[attr-defined]  # ninja keeps it there
    return bearer.person
