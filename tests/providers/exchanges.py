"""Raw servers on the loopback, that count what reaches them and answer as they are told."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit


@dataclass
class Request:
    """What reached the server."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {
            name: each[0] for name, each in parse_qs(urlsplit(self.target).query).items()
        }

    def told(self):
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        return {name: each[0] for name, each in parse_qs(self.body.decode()).items()}


def answer(status: int = 200, body: bytes | dict = b"{}", **headers: str) -> bytes:
    """A whole answer; headers are written with underscores."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


DROP = b""


@dataclass
class Server:
    """Gives each request the next of its answers, and the last one to all that follow.

    An answer that is `DROP`, or cut off, ends the connection. A function is asked.
    """

    answers: list[bytes | Callable[[Request], bytes]]
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    stuck: asyncio.Event | None = None
    scheme: str = "http"
    under_way: set[asyncio.Task] = field(default_factory=set)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def root(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    async def serve(self, reader, writer) -> None:
        self.connections += 1
        this = asyncio.current_task()
        assert this is not None
        self.under_way.add(this)
        try:
            while True:
                request = await read_request(reader)
                self.requests.append(request)
                self.reached.set()
                if self.stuck is not None:
                    await self.stuck.wait()
                said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                said = said if isinstance(said, bytes) else said(request)
                writer.write(said)
                await writer.drain()
                if not is_whole(said):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


def is_whole(said: bytes) -> bool:
    head, found, body = said.partition(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.startswith(b"Content-Length: ")]
    return bool(found) and bool(lengths) and len(body) == int(lengths[0].split()[1])


async def read_request(reader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {
        name.lower(): value
        for name, _, value in (line.partition(": ") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method=method, target=target, headers=headers, body=body)


@asynccontextmanager
async def serving(*answers, stuck=None, tls=None) -> AsyncIterator[Server]:
    """A server; `stuck` holds its answers back until it is set."""
    server = Server(answers=list(answers) or [answer()], stuck=stuck)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    server.scheme = "https" if tls else "http"
    try:
        yield server
    finally:
        listening.close()
        if stuck is not None:
            stuck.set()
        for each in server.under_way:
            each.cancel()
        await asyncio.gather(*server.under_way, return_exceptions=True)
