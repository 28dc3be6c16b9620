"""One port for everything: plain HTTP, and CONNECT with TLS ended here.

aiohttp.web cannot answer CONNECT. So each connection begins with a protocol that reads the
first line, and then hands the connection, with what was read, to aiohttp: as it is, or
wrapped in TLS with a certificate for Google's names.
"""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

import trustme

HOSTS = (
    "www.googleapis.com",
    "*.googleapis.com",
    "oauth2.googleapis.com",
    "accounts.google.com",
    "drive.google.com",
    "docs.google.com",
    "people.googleapis.com",
    "admin.googleapis.com",
    "*.school.test",
    "localhost",
    "127.0.0.1",
)
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
MAX_HEAD_BYTES = 16384

Accept = Callable[[], asyncio.Protocol]


def make_certificates(directory: Path) -> tuple[Path, ssl.SSLContext]:
    """A private authority; returns its certificate's path and a context for servers."""
    authority = trustme.CA()
    path = directory / "ca.pem"
    authority.cert_pem.write_to_path(path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*HOSTS).configure_cert(context)
    return path, context


class Front(asyncio.Protocol):
    """The first bytes of a connection."""

    def __init__(self, accept: Accept, *, tls: ssl.SSLContext) -> None:
        self._accept = accept
        self._tls = tls
        self._read = b""
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client came."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("a stream is expected")
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Read until it is clear what the client wants."""
        self._read += data
        if self._transport is None or self._task is not None:
            return
        if len(self._read) >= 8 and not self._read.startswith(b"CONNECT "):
            self._hand_over(self._transport)
        elif b"\r\n\r\n" in self._read:
            self._read = b""
            self._transport.write(ESTABLISHED)
            self._transport.pause_reading()
            self._task = asyncio.ensure_future(self._encrypt(self._transport))
        elif len(self._read) > MAX_HEAD_BYTES:
            self._transport.close()

    async def _encrypt(self, transport: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        try:
            inner = await loop.start_tls(transport, self, self._tls, server_side=True)
        except (OSError, ssl.SSLError):
            transport.close()
            return
        if inner is not None:
            self._hand_over(inner)

    def _hand_over(self, transport: asyncio.Transport) -> None:
        protocol = self._accept()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if self._read:
            protocol.data_received(self._read)
        self._read = b""
