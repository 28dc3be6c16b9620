"""HTTP in, HTTP out: aiohttp.web, with our own table of methods instead of its router."""

import asyncio
import json
import os
import signal
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from multidict import MultiDict, MultiMapping

from emulators.drive import admin, batch, faults, routes
from emulators.drive.calls import Answer
from emulators.drive.discovery import find_document
from emulators.drive.emulator import Emulator, Outcome, Request
from emulators.drive.faults import Fault
from emulators.drive.refusals import Refusal
from emulators.drive.tokens import GrantRefused

TOKEN_PATHS = frozenset(
    {"/token", "/oauth2/v4/token", "/o/oauth2/token", "/oauth2/v3/token"}
)
HANG_SECONDS = 3600.0
JSON = "application/json; charset=UTF-8"


class Door:
    """Reads requests, has them performed, writes what comes of it."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        path = request.path
        if path.startswith("/_admin"):
            return await admin.respond(self.emulator, request)
        if path in TOKEN_PATHS:
            return await self._token(request)
        if path.startswith("/batch"):
            return await self._batch(request)
        document = find_document(path)
        if document is not None:
            return web.Response(body=document, content_type="application/json")
        return await self._api(request)

    async def _api(self, request: web.BaseRequest) -> web.StreamResponse:
        verb = request.method
        query: MultiMapping[str] = request.query
        raw = await request.read()
        if "X-HTTP-Method-Override" in request.headers:
            # Clients do so when an address grows too long; the parameters are in the body.
            verb = request.headers["X-HTTP-Method-Override"]
            query = MultiDict(parse_qsl(raw.decode()))
        found = routes.TABLE.find(verb, request.path)
        if found is None:
            return self._refused(Refusal(404, "notFound", "Not Found"))
        method, ids = found
        asked = Request(
            method=method,
            ids=ids,
            query=query,
            headers=request.headers,
            raw=raw,
            origin=f"{request.scheme}://{request.host}",
        )
        return await self._write(request, await self.emulator.perform(asked))

    async def _token(self, request: web.BaseRequest) -> web.StreamResponse:
        form = {key: str(value) for key, value in (await request.post()).items()}
        fault = self.emulator.token_fault(form)
        if fault and fault.when == "before":
            return await self._suffer(request, fault, None)
        try:
            body = self.emulator.tokens.exchange(self.emulator.world, form)
        except GrantRefused as refusal:
            return respond_json(refusal.body(), status=refusal.status)
        if fault:
            return await self._suffer(request, fault, Answer(body=body))
        return respond_json(body)

    async def _batch(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            body, content_type = await batch.perform(
                self.emulator,
                raw=await request.read(),
                content_type=request.headers.get("Content-Type", ""),
                bearer=request.headers.get("Authorization", ""),
            )
        except Refusal as refusal:
            return self._refused(refusal)
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def _write(
        self, request: web.BaseRequest, outcome: Outcome
    ) -> web.StreamResponse:
        fault = outcome.fault
        if fault and fault.kind != "slow":
            return await self._suffer(request, fault, outcome.answer)
        if outcome.refusal:
            return self._refused(outcome.refusal)
        if outcome.answer is None:
            return await self._suffer(request, fault, None)
        return written(outcome.answer)

    def _refused(self, refusal: Refusal) -> web.Response:
        body = refusal.body(style=self.emulator.settings.reason_style)
        return respond_json(body, status=refusal.status, headers=refusal.headers)

    async def _suffer(
        self, request: web.BaseRequest, fault: Fault | None, answer: Answer | None
    ) -> web.StreamResponse:
        kind = fault.kind if fault else "500"
        if kind == "kill" and fault:
            with suppress(ProcessLookupError):
                os.kill(fault.pid, signal.SIGKILL)
        if kind == "hang":
            await asyncio.sleep(HANG_SECONDS)
        if kind == "502html":
            return web.Response(body=faults.HTML, status=502, content_type="text/html")
        if kind == "slow" and fault:
            await asyncio.sleep(fault.seconds)
            return written(answer) if answer else web.Response(status=503)
        if kind == "cut":
            return await cut(request, answer or _backend_error())
        refusal = faults.as_refusal(kind)
        if refusal:
            return self._refused(refusal)
        return dropped(request)


def _backend_error() -> Answer:
    return Answer(status=503, body=Refusal(503, "backendError", "Backend Error").body())


def written(answer: Answer) -> web.Response:
    """An answer as a response."""
    if answer.raw is not None:
        headers = {**answer.headers, "Content-Type": answer.content_type}
        return web.Response(body=answer.raw, status=answer.status, headers=headers)
    if answer.body is None:
        return web.Response(status=answer.status, headers=answer.headers)
    return respond_json(answer.body, status=answer.status, headers=dict(answer.headers))


def respond_json(
    body: Any, *, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    """A JSON response."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return web.Response(
        body=text.encode(), status=status, headers={**(headers or {}), "Content-Type": JSON}
    )


async def cut(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
    """Half an answer, and the connection closed."""
    whole = written(answer)
    body = whole.body if isinstance(whole.body, bytes) else b""
    response = web.StreamResponse(status=answer.status, headers={"Content-Type": JSON})
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    close(request)
    return response


def dropped(request: web.BaseRequest) -> web.StreamResponse:
    """No answer at all: the connection is closed."""
    close(request)
    return web.Response()


def close(request: web.BaseRequest) -> None:
    """Close the connection once what was written is sent."""
    if request.transport is not None:
        request.transport.close()
