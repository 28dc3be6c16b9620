"""Sends an event to one address: once, following nothing, and never into a closed network.

What a name leads to is checked where its sockets are made. A check before that would be
worth nothing: the name may lead elsewhere a moment later.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from ipaddress import ip_address
from typing import Final

from aiohttp import (
    AddrInfoType,
    ClientConnectorCertificateError,
    ClientConnectorSSLError,
    ClientError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver
from aiohttp.http import HttpProcessingError
from yarl import URL

from hectograph.domain.errors import RequestRefused
from hectograph.domain.reach import Permitted, check_url, may_connect
from hectograph.domain.webhooks import Answer, Trouble

TOTAL_SECONDS: Final = 15.0
CONNECT_SECONDS: Final = 5.0


class _ClosedNetwork(OSError):
    """An address that nothing is sent to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSender:
    """`resolver` makes what looks names up; the system's, where none is given."""

    permitted: Permitted
    total_seconds: float = TOTAL_SECONDS
    resolver: Callable[[], AbstractResolver] | None = None

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        try:
            # Once more: what the operator permits may have changed since it was kept.
            address = URL(check_url(url, permitted=self.permitted), encoded=True)
        except RequestRefused:
            return Answer(trouble=Trouble.CLOSED_NETWORK)
        guard = _Guard(host=address.host or "", permitted=self.permitted)
        try:
            return Answer(status=await self._status(address, guard, body, headers))
        except TimeoutError:
            return Answer(trouble=Trouble.TIMEOUT)
        except (ClientConnectorCertificateError, ClientConnectorSSLError):
            return Answer(trouble=Trouble.INSECURE)
        except (ClientError, HttpProcessingError, OSError):
            has_refused = guard.has_refused
            return Answer(
                trouble=Trouble.CLOSED_NETWORK if has_refused else Trouble.UNREACHABLE
            )

    async def _status(
        self, address: URL, guard: "_Guard", body: bytes, headers: Mapping[str, str]
    ) -> int:
        async with (
            asyncio.timeout(self.total_seconds),
            self._session(guard) as session,
            session.post(
                address, data=body, headers=headers, allow_redirects=False
            ) as response,
        ):
            # Of its body nothing is read, however long it is.
            response.close()
            return response.status

    def _session(self, guard: "_Guard") -> ClientSession:
        connector = TCPConnector(
            # A connection of its own each time: none that another host's check let pass.
            force_close=True,
            socket_factory=guard.build_socket,
            resolver=self.resolver() if self.resolver else None,
            ssl=ssl.create_default_context(),
        )
        return ClientSession(
            connector=connector,
            timeout=ClientTimeout(sock_connect=CONNECT_SECONDS),
            headers={"User-Agent": f"hectograph/{version('hectograph')}"},
            cookie_jar=DummyCookieJar(),
            # A proxy would look names up itself, where nobody checks what they lead to.
            trust_env=False,
        )


@dataclass(slots=True, kw_only=True)
class _Guard:
    """Makes the sockets of one exchange."""

    host: str
    permitted: Permitted
    has_refused: bool = False

    def build_socket(self, found: AddrInfoType) -> socket.socket:
        """A socket for an address that a host leads to, or an OSError."""
        family, kind, protocol, _, address = found
        if not may_connect(
            self.host, ip_address(str(address[0])), permitted=self.permitted
        ):
            self.has_refused = True
            raise _ClosedNetwork("an address of a closed network")
        return socket.socket(family=family, type=kind, proto=protocol)
