"""OAuth 2: the token endpoint, and what a token is worth."""

import binascii
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulators.drive.access import Caller
from emulators.drive.refusals import Refusal
from emulators.drive.world import World

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PREFIX = "https://www.googleapis.com/auth/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a token stands for."""

    account: str
    client: str
    scopes: frozenset[str]
    expires_at: float


class GrantRefused(Exception):
    """The token endpoint says no. `error` is OAuth's word for why."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description

    def body(self) -> dict[str, str]:
        """As RFC 6749 has it."""
        return {"error": self.error, "error_description": self.description}


class Tokens:
    """Issued, and not yet forgotten."""

    def __init__(self) -> None:
        self._access: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}

    def issue(
        self, world: World, *, account: str, client: str, scopes: str
    ) -> dict[str, Any]:
        """A fresh access token, as the token endpoint answers."""
        seconds = world.settings.token_seconds
        token = "ya29." + world.new_token()
        self._access[token] = Grant(
            account=account,
            client=client,
            scopes=frozenset(scope.removeprefix(PREFIX) for scope in scopes.split()),
            expires_at=world.now + seconds,
        )
        return {
            "access_token": token,
            "expires_in": int(seconds),
            "scope": scopes,
            "token_type": "Bearer",
        }

    def issue_refresh(self, world: World, *, account: str, client: str, scopes: str) -> str:
        """A refresh token, as a user's consent would have given."""
        token = "1//" + world.new_token()
        self._refresh[token] = Grant(
            account=account,
            client=client,
            scopes=frozenset(scopes.split()),
            expires_at=float("inf"),
        )
        return token

    def revoke(self, account: str) -> None:
        """Forget all access tokens of an account."""
        self._access = {
            token: grant
            for token, grant in self._access.items()
            if grant.account != account
        }

    def exchange(self, world: World, form: Mapping[str, str]) -> dict[str, Any]:
        """The token endpoint. Raises `GrantRefused`."""
        kind = form.get("grant_type")
        if kind == JWT_BEARER:
            return self._from_assertion(world, form.get("assertion", ""))
        if kind == "refresh_token":
            return self._from_refresh(world, form)
        raise GrantRefused(400, "unsupported_grant_type", f"Invalid grant_type: {kind}")

    def _from_assertion(self, world: World, assertion: str) -> dict[str, Any]:
        claims = _claims(assertion)
        client = str(claims.get("iss", ""))
        account = str(claims.get("sub") or client)
        if float(claims.get("exp", 0)) < world.now:
            raise GrantRefused(
                400, "invalid_grant", "Invalid JWT: Token must be short-lived"
            )
        if account not in world.users:
            if account != client:
                raise GrantRefused(400, "invalid_grant", "Invalid email or User ID")
            world.add_user(client, kind="service")
        scopes = str(claims.get("scope", ""))
        _check_authorised(world, client=client, account=account, scopes=scopes)
        return self.issue(world, account=account, client=client, scopes=scopes)

    def _from_refresh(self, world: World, form: Mapping[str, str]) -> dict[str, Any]:
        grant = self._refresh.get(form.get("refresh_token", ""))
        if grant is None or grant.client != form.get("client_id", ""):
            raise GrantRefused(400, "invalid_grant", "Token has been expired or revoked.")
        scopes = form.get("scope") or " ".join(sorted(grant.scopes))
        return self.issue(world, account=grant.account, client=grant.client, scopes=scopes)

    def caller(self, world: World, authorization: str, *, all_drives: bool) -> Caller:
        """Whoever presents the token; or 401."""
        kind, _, token = authorization.partition(" ")
        grant = self._access.get(token) if kind.lower() == "bearer" else None
        if grant is None and not authorization and world.settings.anonymous:
            return _anonymous(world, all_drives=all_drives)
        if grant is None or grant.expires_at <= world.now:
            raise _unauthorised()
        return Caller(
            account=grant.account,
            client=grant.client,
            scopes=grant.scopes,
            all_drives=all_drives,
        )


def _anonymous(world: World, *, all_drives: bool) -> Caller:
    return Caller(
        account=world.settings.anonymous,
        client="anonymous",
        scopes=frozenset({"drive"}),
        all_drives=all_drives,
    )


def _unauthorised() -> Refusal:
    return Refusal(
        401,
        "authError",
        "Invalid Credentials",
        location="Authorization",
        headers={"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/"'},
    )


def _check_authorised(world: World, *, client: str, account: str, scopes: str) -> None:
    authorised = world.settings.scopes.get(client)
    if authorised is None or account == client:
        return
    known = {scope.removeprefix(PREFIX) for scope in authorised}
    if not {scope.removeprefix(PREFIX) for scope in scopes.split()} <= known:
        raise GrantRefused(
            401,
            "unauthorized_client",
            "Client is unauthorized to retrieve access tokens using this method, or client "
            "not authorized for any of the scopes requested.",
        )


def _claims(assertion: str) -> dict[str, Any]:
    # The signature is not looked at: any key will do, as nothing here is worth a lock.
    try:
        part = assertion.split(".")[1]
        claims = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError, binascii.Error):
        raise GrantRefused(400, "invalid_grant", "Invalid JWT") from None
    if not isinstance(claims, dict):
        raise GrantRefused(400, "invalid_grant", "Invalid JWT")
    return claims
