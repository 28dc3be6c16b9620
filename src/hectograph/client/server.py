"""Requests to a server: sent until it is known what came of them."""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    FormData,
)

from hectograph.client.refusals import error_of
from hectograph.domain.errors import (
    HectographError,
    LedgerUnavailable,
    Misconfigured,
    ServerUnavailable,
    StillUnderWay,
)

Json = dict[str, Any]
Pause = Callable[[float], Awaitable[None]]

API: Final = "/api/v1"
CONNECT_SECONDS: Final = 10
READ_SECONDS: Final = 120
"""A preview looks at the drive, which may take its time."""

PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Between attempts, in seconds; as many more as there are."""

LONGEST_PAUSE: Final = 60.0
AWAY: Final = frozenset({502, 503, 504})
REDIRECTS: Final = range(300, 400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request. With a `key` the server does it once, however often it is sent.

    `is_safe`: it may be sent again without one.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json | None = None
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    key: str | None = None
    is_safe: bool = False

    @property
    def may_repeat(self) -> bool:
        """Whether nothing is done twice when it is sent again."""
        return self.is_safe or self.key is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    status: int
    said: Json
    wait: float | None


class Server:
    """A server, for whom a token acts. Used in an `async with`.

    The token is sent to this address and, as nothing is followed elsewhere, to no other.
    """

    def __init__(self, root: str, token: str, *, pause: Pause = asyncio.sleep) -> None:
        self.root = root
        self._token = token
        self._pause = pause
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = ClientSession(
            headers={
                "Authorization": f"Bearer {self._token}",
                "Accept": "application/json",
            },
            timeout=ClientTimeout(
                total=None, sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS
            ),
            cookie_jar=DummyCookieJar(),
            trust_env=True,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(self, path: str, **query: str) -> Json:
        """What is there."""
        return await self.ask(Asked(method="GET", path=path, query=query, is_safe=True))

    async def post(
        self, path: str, body: Json | None = None, *, is_safe: bool = False
    ) -> Json:
        """Have something changed that is no new thing."""
        return await self.ask(
            Asked(method="POST", path=path, body=body or {}, is_safe=is_safe)
        )

    async def make(self, path: str, body: Json) -> Json:
        """Have something made, once."""
        key = secrets.token_urlsafe(24)
        return await self.ask(Asked(method="POST", path=path, body=body, key=key))

    async def send_files(self, path: str, files: Mapping[str, bytes]) -> Json:
        """Send files. Should they arrive twice, nobody asks for the first ones."""
        return await self.ask(Asked(method="POST", path=path, files=files, is_safe=True))

    async def ask(self, asked: Asked) -> Json:
        """The answer of a request. Raises what the server refuses, ServerUnavailable."""
        for wait in (*PAUSES, None):
            try:
                told = await self._exchange(asked)
                if told.status < HTTPStatus.BAD_REQUEST:
                    return told.said
                failed = error_of(told.said, root=self.root)
                if wait is None or not _passes(told, failed, asked):
                    raise failed
                wait = min(max(wait, told.wait or 0.0), LONGEST_PAUSE)  # noqa: PLW2901
            except _Lost as lost:
                if wait is None or not (asked.may_repeat or lost.never_left):
                    raise self._away(asked, lost) from None
            await self._pause(wait)
        raise AssertionError  # pragma: no cover

    async def _exchange(self, asked: Asked) -> _Told:
        assert self._session is not None  # noqa: S101 - used in an `async with`
        try:
            async with self._session.request(
                asked.method,
                f"{self.root}{API}{asked.path}",
                params=asked.query,
                json=asked.body,
                data=_form(asked.files) if asked.files else None,
                headers={"Idempotency-Key": asked.key} if asked.key else {},
                allow_redirects=False,
            ) as response:
                content = await response.read()
                return self._told(response.status, response.headers, content)
        except (ClientConnectorError, ConnectionTimeoutError) as error:
            raise _Lost(error, never_left=True) from error
        except (ClientError, TimeoutError) as error:
            raise _Lost(error, never_left=False) from error

    def _told(self, status: int, headers: Mapping[str, str], content: bytes) -> _Told:
        if status in REDIRECTS:
            raise Misconfigured(
                f"{self.root} sends on to another address.",
                effect="The token was not sent there, and nothing was done.",
                remedy="Set HECTOGRAPH_URL to where hectograph is.",
            )
        wait = headers.get("Retry-After", "")
        try:
            said = json.loads(content)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            if status in AWAY:
                return _Told(status=status, said=UNKNOWN_STATE, wait=None)
            raise Misconfigured(
                f"What answers at {self.root} is not hectograph.",
                effect="Nothing was done.",
                remedy="Set HECTOGRAPH_URL to where hectograph is.",
            )
        return _Told(
            status=status, said=said, wait=float(wait) if wait.isdecimal() else None
        )

    def _away(self, asked: Asked, lost: "_Lost") -> ServerUnavailable:
        is_known = asked.method == "GET" or lost.never_left
        return ServerUnavailable(
            f"{self.root} does not answer: {lost}.",
            effect="Nothing was done."
            if is_known
            else "It is not known whether it was done.",
        )


def check_token(text: str, *, root: str) -> str:
    """A token as it can be sent. Raises Misconfigured."""
    token = text.strip()
    if not token or not (token.isascii() and token.isprintable()) or " " in token:
        raise Misconfigured(
            "HECTOGRAPH_URL is set, and HECTOGRAPH_TOKEN is not, or is no token.",
            effect="Nothing was done.",
            remedy=f"Make one at {root}/account/tokens/, and set it, or a file with it "
            "as HECTOGRAPH_TOKEN_FILE.",
        )
    return token


class _Lost(Exception):
    """There was no answer. `never_left`: the server cannot have heard of the request."""

    def __init__(self, error: BaseException, *, never_left: bool) -> None:
        super().__init__(str(error) or type(error).__name__)
        self.never_left = never_left


UNKNOWN_STATE: Final[Json] = {
    "code": ServerUnavailable.code,
    "cause": "The server is not there at the moment.",
    "effect": "",
}


def _passes(told: _Told, failed: HectographError, asked: Asked) -> bool:
    """Whether a refusal is worth another attempt."""
    if told.status == HTTPStatus.TOO_MANY_REQUESTS or isinstance(failed, StillUnderWay):
        return True
    if told.status not in AWAY:
        return False
    return asked.may_repeat or isinstance(failed, LedgerUnavailable)


def _form(files: Mapping[str, bytes]) -> FormData:
    form = FormData()
    for name, content in files.items():
        form.add_field("files", content, filename=name)
    return form
