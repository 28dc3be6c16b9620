"""One HTTP exchange with a storage service: sent once, and what is known afterwards.

Nothing is ever sent a second time here, and no error tells more of a call than its name:
tokens, bodies and addresses stay out of texts and logs.
"""

import platform
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from types import TracebackType
from typing import Final, Protocol, Self
from urllib.parse import urlencode
from urllib.request import getproxies, proxy_bypass

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientConnectorSSLError,
    ClientError,
    ClientHandlerType,
    ClientHttpProxyError,
    ClientOSError,
    ClientProxyConnectionError,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    ServerDisconnectedError,
    TCPConnector,
    encode_basic_auth,
)
from aiohttp.http import HttpProcessingError
from yarl import URL

from hectograph.domain.errors import OutcomeUnknown, ProviderError, Unavailable

# A handshake across the world takes under a second; a lost packet or two are forgiven.
CONNECT_SECONDS: Final = 10
# With every connection in use, a call waits as long again for one to become free.
ENTRY_SECONDS: Final = 2 * CONNECT_SECONDS
# Copying a large document is answered when it is done, which takes seconds, not minutes.
READ_SECONDS: Final = 60
# An answer that trickles in is given up; a lane's lock is not held for longer.
TOTAL_SECONDS: Final = 90
# 1,000 files with their properties are about 1 MB; the rest is room for what we forgot.
ANSWER_BYTES: Final = 32 * 1024 * 1024
# 16 accounts at 3 writes a second with 5 s for a copy; each idle one costs about 30 kB.
POOL_SIZE: Final = 240
# Below the four minutes after which Google's front ends close an idle connection.
KEEP_ALIVE_SECONDS: Final = 60

TRUST: Final = (
    "If the school's network looks into encrypted connections, let SSL_CERT_FILE name a "
    "file with the authorities to trust."
)
PROXY: Final = "Check HTTPS_PROXY and NO_PROXY where hectograph runs."


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to a storage service. Only name, method, path and cost are shown.

    `name` is the service's own, such as "files.copy"; `path` starts with a slash and is
    percent-encoded; `writes` says whether it changes anything there; `units` is what it
    costs of the service's quota.
    """

    name: str
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    writes: bool
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, whatever it says; complete and decompressed."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


class Transport(Protocol):
    """Carries calls to one storage service."""

    async def send(self, call: Call) -> Answer:
        """Send once and wait for the whole answer.

        Raises Unavailable when the call certainly never left, or only reads; and
        OutcomeUnknown when a call that writes may have arrived.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long, and how much, is waited for."""

    connect_seconds: float = CONNECT_SECONDS
    entry_seconds: float = ENTRY_SECONDS
    read_seconds: float = READ_SECONDS
    total_seconds: float = TOTAL_SECONDS
    answer_bytes: int = ANSWER_BYTES
    pool_size: int = POOL_SIZE


DEFAULT_LIMITS: Final = Limits()


class Connections:
    """The connections of a process: one pool for each service, shared by all accounts.

    Proxies are taken from the environment, trusted authorities from SSL_CERT_FILE or the
    system; both are read when the first transport to a service is asked for.
    """

    def __init__(self, *, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._transports: dict[str, HttpTransport] = {}

    def transport(self, root: str) -> "HttpTransport":
        """The transport to a service such as "https://www.googleapis.com".

        To be called in a running event loop, and always in the same.
        """
        if root not in self._transports:
            self._transports[root] = HttpTransport(
                _build_session(root, limits=self._limits), root=root, limits=self._limits
            )
        return self._transports[root]

    async def close(self) -> None:
        """Close them all; calls under way fail."""
        for each in self._transports.values():
            await each.session.close()
        self._transports.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


class HttpTransport:
    """Carries calls over a session's connections to the service at `root`."""

    def __init__(self, session: ClientSession, *, root: str, limits: Limits) -> None:
        self.session = session
        self._root = root.rstrip("/")
        self._host = URL(root).host or root
        self._limits = limits
        self._proxy, self._proxy_headers = _find_proxy(URL(root))

    async def send(self, call: Call) -> Answer:
        # What aiohttp raises knows the address and the token, so it is not even linked to.
        try:
            return await self._exchange(call)
        except (ClientConnectorError, ConnectionTimeoutError, ClientHttpProxyError) as lost:
            error = self._never_left(lost)
        except (ClientError, HttpProcessingError, OSError, _Lost) as lost:
            error = self._no_answer(lost, call=call)
        raise error

    async def _exchange(self, call: Call) -> Answer:
        query = "?" + urlencode(call.query, safe="/(),*'") if call.query else ""
        async with self.session.request(
            call.method,
            URL(f"{self._root}{call.path}{query}", encoded=True),
            data=call.body,
            headers=call.headers,
            allow_redirects=False,
            proxy=self._proxy,
            proxy_headers=self._proxy_headers,
        ) as response:
            body = await self._body(response)
            return Answer(status=response.status, headers=response.headers, body=body)

    async def _body(self, response: ClientResponse) -> bytes:
        """The whole body, counted as it is decompressed."""
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > self._limits.answer_bytes:
                response.close()
                raise _Lost("an answer of more bytes than is allowed")
            chunks.append(chunk)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _never_left(self, error: ClientError) -> ProviderError:
        cause, remedy = _explain(error, host=self._host)
        return Unavailable(cause, effect="Nothing was done.", remedy=remedy)

    def _no_answer(self, error: Exception, *, call: Call) -> ProviderError:
        what = str(error) if isinstance(error, _Lost) else type(error).__name__
        cause = f"{self._host} gave no complete answer to {call.name} ({what})."
        if call.writes:
            return OutcomeUnknown(cause, effect="It may have been done all the same.")
        return Unavailable(cause, effect="Nothing was done.")


class _Lost(Exception):
    """The answer was lost in a way that aiohttp must not get to see, or has no word for."""


async def _once(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Keep aiohttp from sending again.

    Its session repeats GET, PUT and DELETE by itself when the connection breaks, new or
    used, if it gets to see the error. Neither the pace nor the ledger would know of it.
    """
    try:
        return await handler(request)
    except ClientConnectorError:
        raise
    except (ClientOSError, ServerDisconnectedError) as error:
        raise _Lost(type(error).__name__) from None


def _build_session(root: str, *, limits: Limits) -> ClientSession:
    secure = URL(root).scheme == "https"
    return ClientSession(
        connector=TCPConnector(
            limit=limits.pool_size,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            # Made here and not taken from aiohttp, which reads SSL_CERT_FILE on import.
            ssl=ssl.create_default_context() if secure else True,
        ),
        timeout=ClientTimeout(
            total=limits.total_seconds,
            connect=limits.entry_seconds,
            sock_connect=limits.connect_seconds,
            sock_read=limits.read_seconds,
        ),
        headers={"User-Agent": _user_agent(), "Accept-Encoding": "identity"},
        cookie_jar=DummyCookieJar(),
        middlewares=(_once,),
        # True would read ~/.netrc and the environment in two threads before each call,
        # which trebles its cost; a login found there would displace our token.
        trust_env=False,
    )


def _user_agent() -> str:
    # Google compresses only for programs that have the word gzip in their name; they
    # must still ask for it, as the lists do. One file's answer fits a packet anyway.
    # https://developers.google.com/workspace/drive/api/guides/performance
    python = platform.python_version()
    return f"hectograph/{version('hectograph')} Python/{python} (gzip)"


def _find_proxy(root: URL) -> tuple[URL | None, Mapping[str, str] | None]:
    """The proxy that the environment wants for a service, and how to log in there."""
    named = getproxies().get(root.scheme)
    if not named or not root.host or proxy_bypass(root.host):
        return None, None
    proxy = URL(named)
    if proxy.user is None:
        return proxy, None
    login = encode_basic_auth(proxy.user, proxy.password or "")
    return proxy.with_user(None), {"Proxy-Authorization": login}


def _explain(error: ClientError, *, host: str) -> tuple[str, str]:
    """Why a call never left, and what an administrator can do about it."""
    what = type(error).__name__
    match error:
        case ClientConnectorCertificateError() | ClientConnectorSSLError():
            return f"No secure connection to {host} could be made ({what}).", TRUST
        case ClientConnectorDNSError():
            return f"The name {host} was not found.", ""
        case ClientProxyConnectionError() | ClientHttpProxyError():
            return f"The proxy on the way to {host} does not let us through.", PROXY
        case ConnectionTimeoutError():
            return f"No connection to {host} could be had in time.", ""
        case _:
            return f"{host} cannot be reached ({what}).", ""
