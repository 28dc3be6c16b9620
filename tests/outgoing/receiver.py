"""A program that is told of events: a real server, which checks what it gets."""

import asyncio
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.abc import AbstractResolver
from standardwebhooks import Webhook as Verifier


@dataclass
class Receiver:
    """Answers with `statuses`, then with 200; `slow` seconds after it was asked."""

    statuses: list = field(default_factory=list)
    slow: float = 0
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    got: list = field(default_factory=list)
    port: int = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook"

    async def _answer(self, request):
        self.got.append((dict(request.headers), await request.text()))
        await asyncio.sleep(self.slow)
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(status=status, headers=self.headers, body=self.body)

    @asynccontextmanager
    async def listening(self):
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await runner.cleanup()

    def verified(self, secret):
        """What was got, as far as the library of the standard says that it is genuine."""
        verifier = Verifier(secret)
        return [verifier.verify(body, headers) for headers, body in self.got]


class Names(AbstractResolver):
    """Names that lead where a test says, another time perhaps elsewhere."""

    def __init__(self, *addresses):
        self.addresses = list(addresses)
        self.asked = 0

    async def resolve(self, host, port=0, family=socket.AF_INET):
        self.asked += 1
        address = self.addresses[min(self.asked, len(self.addresses)) - 1]
        found = {"hostname": host, "host": address, "port": port, "proto": 0, "flags": 0}
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [{**found, "family": kind}]

    async def close(self):
        """Nothing is held."""
