"""The batch endpoint: up to a hundred calls in one body, each of which counts."""

import asyncio
import json
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlsplit

from multidict import CIMultiDict

from emulators.drive import faults, routes
from emulators.drive.calls import Answer
from emulators.drive.emulator import Emulator, Outcome, Request
from emulators.drive.multipart import Part, parse_parts
from emulators.drive.refusals import Refusal, invalid

MOST = 100
BOUNDARY = "batch_emulated"


async def perform(
    emulator: Emulator, *, raw: bytes, content_type: str, bearer: str
) -> tuple[bytes, str]:
    """Perform all of them; returns the body and its content type."""
    parts = parse_parts(content_type, raw)
    if len(parts) > MOST:
        raise invalid(f"The batch request has more than {MOST} calls.", reason="badRequest")
    answers = await asyncio.gather(*(_one(emulator, part, bearer=bearer) for part in parts))
    body = b"".join(answers) + f"--{BOUNDARY}--\r\n".encode()
    return body, f"multipart/mixed; boundary={BOUNDARY}"


async def _one(emulator: Emulator, part: Part, *, bearer: str) -> bytes:
    request, refusal = _read(part, bearer=bearer)
    if request is None:
        outcome = Outcome(answer=None, refusal=refusal, fault=None)
    else:
        outcome = await emulator.perform(request)
    status, headers, body = _answer(emulator, outcome)
    name = part.headers.get("content-id", "<unnamed>").replace("<", "<response-", 1)
    lines = [
        f"--{BOUNDARY}",
        "Content-Type: application/http",
        f"Content-ID: {name}",
        "",
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        *(f"{key}: {value}" for key, value in headers.items()),
        f"Content-Length: {len(body)}",
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body + b"\r\n"


def _read(part: Part, *, bearer: str) -> tuple[Request | None, Refusal | None]:
    text = part.body.replace(b"\r\n", b"\n")
    head, _, body = text.partition(b"\n\n")
    first, *lines = head.decode().split("\n")
    verb, _, rest = first.partition(" ")
    address = urlsplit(rest.rpartition(" ")[0])
    headers = CIMultiDict({"Authorization": bearer})
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip()] = value.strip()
    found = routes.TABLE.find(verb, unquote(address.path))
    if found is None:
        return None, Refusal(404, "notFound", "Not Found")
    method, ids = found
    query = dict(parse_qsl(address.query))
    return Request(
        method=method, ids=ids, query=query, headers=headers, raw=body.strip()
    ), None


def _answer(emulator: Emulator, outcome: Outcome) -> tuple[int, dict[str, str], bytes]:
    fault = outcome.fault
    refusal = outcome.refusal
    if fault and fault.kind != "slow":
        # There is no connection to drop in here: what was lost is a server error.
        refusal = faults.as_refusal(fault.kind) or Refusal(
            500, "internalError", "Internal Error"
        )
    answer = outcome.answer or Answer(status=500)
    headers = {"Content-Type": answer.content_type, **answer.headers}
    if refusal:
        shown = refusal.body(style=emulator.settings.reason_style)
        return refusal.status, headers, json.dumps(shown).encode()
    if answer.raw is not None:
        return answer.status, headers, answer.raw
    body = b"" if answer.body is None else json.dumps(answer.body).encode()
    return answer.status, headers, body
