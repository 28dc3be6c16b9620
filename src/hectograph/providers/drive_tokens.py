"""Access tokens for one Google account, renewed ahead of time and by one at a time.

Keys and tokens are in no repr and no error: what google-auth raises may quote them, so it
is neither repeated nor linked to.
"""

import asyncio
import json
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from google.auth.credentials import Credentials, TokenState
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.auth.transport import Response
from google.auth.transport.requests import Request
from google.oauth2 import credentials as authorised_user
from google.oauth2 import service_account
from requests import Session

from hectograph.domain.errors import (
    AccessDenied,
    Misconfigured,
    ProviderError,
    Unavailable,
)

DRIVE_SCOPE: Final = "https://www.googleapis.com/auth/drive"
TOKEN_URI: Final = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address

# A token is a few hundred bytes, made in a fraction of a second.
TOKEN_SECONDS: Final = 20
SERVER_ERROR: Final = 500
PASSING: Final = frozenset({408, 429})

SERVICE_ACCOUNT: Final = "service_account"
AUTHORISED_USER: Final = "authorized_user"
NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    SERVICE_ACCOUNT: ("client_email", "client_id", "private_key", "token_uri"),
    AUTHORISED_USER: ("client_id", "client_secret", "refresh_token"),
}

NO_ACCESS: Final = "Hectograph cannot act on this drive."
NEW_KEY: Final = (
    "Make a new key for it in the Google Cloud console, APIs & Services, Credentials."
)
NEW_FILE: Final = (
    "Name the JSON key of a service account, or the file that an account's signing in made."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What of a credentials file may be shown. `kind` is the file's own word.

    `scopes` are those that an authorised user agreed to, where the file tells.
    """

    kind: str
    client_id: str
    client_email: str | None
    key_id: str | None
    project: str | None = None
    scopes: tuple[str, ...] = ()


def read_identity(credentials_file: Path) -> Identity:
    """Who hectograph would be to Google with this file. Raises Misconfigured."""
    return _identity(_read(credentials_file), file=credentials_file)


def token_source(credentials_file: Path, *, email: str | None) -> "TokenSource":
    """Tokens to act for an account; an authorised user's file is for one account alone.

    Such a file is asked for what the user agreed to, be it all of Drive or only the files
    that hectograph makes. Raises Misconfigured.
    """
    identity = read_identity(credentials_file)
    if identity.kind == AUTHORISED_USER:
        return TokenSource(credentials_file, subject=None, scopes=identity.scopes)
    return TokenSource(credentials_file, subject=email or None, scopes=(DRIVE_SCOPE,))


class TokenSource:
    """Tokens to act for `subject` with the given scopes.

    A service account acts for anyone in its domain, by domain-wide delegation; with no
    subject, for itself. An authorised user's file is for that user alone.
    """

    def __init__(
        self, credentials_file: Path, *, subject: str | None, scopes: Sequence[str]
    ) -> None:
        """Raise Misconfigured for a file that is missing, unreadable or of another kind."""
        self._file = credentials_file
        self._subject = subject
        self._scopes = tuple(scopes)
        told = _read(credentials_file)
        self._identity = _identity(told, file=credentials_file)
        if subject is not None and self._identity.kind == AUTHORISED_USER:
            raise _misconfigured(
                credentials_file,
                "acts for the one account that signed in, not for another",
                remedy="Name no account for it, or use a service account's file.",
            )
        self._credentials = self._build(told)
        self._session = _build_session()
        self._request = Request(self._session)
        self._renewal: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"TokenSource({self._identity})"

    def describe(self) -> Identity:
        """Who hectograph is to Google: nothing here is secret."""
        return self._identity

    async def token(self) -> str:
        """A token that is good for some minutes yet.

        While the old one lasts it is given, and another fetched meanwhile. Raises
        AccessDenied when Google refuses, Unavailable when it does not answer.
        """
        state = self._credentials.token_state
        if state is not TokenState.FRESH:
            self._renew()
        if state is TokenState.INVALID and self._renewal is not None:
            await asyncio.shield(self._renewal)
        token: str | None = self._credentials.token
        if token is None:
            raise _no_answer("no token")
        return token

    def forget(self, token: str) -> None:
        """Google refused this one: the next call waits for another.

        One that was replaced in the meantime changes nothing.
        """
        if self._credentials.token == token:
            self._credentials.token = None

    def close(self) -> None:
        """Let go of the connection to the token service."""
        self._session.close()

    def _renew(self) -> None:
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renewed())
            # Nobody waits for a renewal ahead of time; the next one will tell.
            self._renewal.add_done_callback(
                lambda task: task.cancelled() or task.exception()
            )

    async def _renewed(self) -> None:
        # What google-auth raises may hold the request, so it is left behind here.
        try:
            await asyncio.to_thread(self._credentials.refresh, self._post)
        except RefreshError as refused:
            error = self._refused(_said(refused))
        except (GoogleAuthError, OSError, ValueError, TypeError, AttributeError) as lost:
            error = _no_answer(type(lost).__name__)
        else:
            return
        raise error

    def _post(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> Response:
        """What google-auth calls, in a thread. It must not try again by itself."""
        response: Response = self._request(
            url,
            method=method,
            body=body,
            headers=headers,
            timeout=TOKEN_SECONDS,
            allow_redirects=False,
        )
        if response.status >= SERVER_ERROR or response.status in PASSING:
            raise TransportError(f"status {response.status}")
        return response

    def _build(self, told: Mapping[str, Any]) -> Credentials:
        if self._identity.kind == AUTHORISED_USER:
            return authorised_user.Credentials(
                token=None,
                refresh_token=told["refresh_token"],
                token_uri=told.get("token_uri", TOKEN_URI),
                client_id=told["client_id"],
                client_secret=told["client_secret"],
                scopes=list(self._scopes),
            )
        try:
            built: Credentials = service_account.Credentials.from_service_account_info(
                told, scopes=list(self._scopes), subject=self._subject
            )
        except (GoogleAuthError, ValueError, TypeError):
            error = _misconfigured(
                self._file, "holds a private key that cannot be read", remedy=NEW_KEY
            )
        else:
            return built
        raise error

    def _refused(self, said: str) -> ProviderError:
        """Why Google gives no token, in words that an administrator can act upon."""
        if not said:
            return _no_answer("an answer that is none")
        whom = f" for {self._subject}" if self._subject else ""
        return AccessDenied(
            f"Google gives hectograph no access{whom} ({said}).",
            effect=NO_ACCESS,
            remedy=self._remedy(said),
        )

    def _remedy(self, said: str) -> str:
        scopes = ", ".join(self._scopes or (DRIVE_SCOPE,))
        delegation = (
            "In the Admin console, under Security, API controls, Domain-wide delegation, "
            f"give the client id {self._identity.client_id} exactly these scopes: {scopes}"
        )
        match (self._identity.kind, said):
            case (_, "invalid_client" | "deleted_client" | "disabled_client"):
                return NEW_KEY
            case ("service_account", "invalid_grant"):
                return (
                    "See that this account exists and is not suspended, that the key was "
                    "not revoked, and that this machine's clock is right."
                )
            case ("service_account", _):
                return f"{delegation}. It may take a day to be known everywhere."
            case _:
                return (
                    f"Let the account sign in again, and agree to {scopes}: what it "
                    "agreed to was taken back, ran out, or was less."
                )


def _said(error: RefreshError) -> str:
    """Google's word for it, such as "invalid_grant", or nothing if it gave none."""
    if str(error.args[0] if error.args else "").startswith("Reauthentication"):
        return "rapt_required"
    told = error.args[1] if len(error.args) > 1 else None
    word = told.get("error") if isinstance(told, dict) else None
    is_word = isinstance(word, str) and re.fullmatch(r"[a-z_]{1,40}", word)
    return word if is_word and word is not None else ""


def _no_answer(what: str) -> ProviderError:
    return Unavailable(
        f"Google's token service gave no usable answer ({what}).",
        effect="Nothing was done.",
    )


def _read(file: Path) -> Mapping[str, Any]:
    try:
        told = json.loads(file.read_bytes())
    except FileNotFoundError:
        error = _misconfigured(file, "does not exist")
    except OSError as failed:
        error = _misconfigured(file, f"cannot be read: {failed.strerror}")
    except (ValueError, RecursionError):
        error = _misconfigured(file, "is not JSON")
    else:
        if isinstance(told, dict):
            return told
        error = _misconfigured(file, "holds no credentials")
    raise error


def _identity(told: Mapping[str, Any], *, file: Path) -> Identity:
    """The file's public part. Raises Misconfigured when what is needed is not there."""
    kind = str(told.get("type"))
    if "installed" in told or "web" in told:
        raise _misconfigured(
            file, "is that of an OAuth client, which no account has signed in with yet"
        )
    if kind not in NEEDED:
        raise _misconfigured(file, "holds credentials of another kind")
    missing = [
        each
        for each in NEEDED[kind]
        if not isinstance(told.get(each), str) or not told[each]
    ]
    if missing:
        raise _misconfigured(file, f"lacks {', '.join(missing)}")
    return Identity(
        kind=kind,
        client_id=told["client_id"],
        client_email=told.get("client_email"),
        key_id=told.get("private_key_id"),
        project=told.get("project_id") or told.get("quota_project_id"),
        scopes=_scopes(told.get("scopes") or told.get("scope")),
    )


def _scopes(told: Any) -> tuple[str, ...]:
    """A list of scopes, or a text with blanks between them."""
    found = told.split() if isinstance(told, str) else told
    return tuple(map(str, found)) if isinstance(found, list) else ()


def _misconfigured(file: Path, what: str, *, remedy: str = NEW_FILE) -> Misconfigured:
    return Misconfigured(
        f"The Google credentials file {file} {what}.", effect=NO_ACCESS, remedy=remedy
    )


def _build_session() -> Session:
    session = Session()
    # The same authorities as for all other calls: SSL_CERT_FILE, or else the system's.
    paths = ssl.get_default_verify_paths()
    session.verify = paths.cafile or paths.capath or True
    return session
