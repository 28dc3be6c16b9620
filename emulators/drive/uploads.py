"""Content sent to Drive: in one request, with metadata, or in resumable pieces."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulators.drive import creation, mutation, v2, v3
from emulators.drive.calls import EDIT, Answer, Call, Method
from emulators.drive.model import File
from emulators.drive.multipart import parse_parts
from emulators.drive.refusals import Refusal, invalid

# Content for a new file, or for the one the call names.
Receive = Callable[[Call, Mapping[str, Any], bytes, str], File]


@dataclass(slots=True, kw_only=True)
class Session:
    """A resumable upload under way. `ids` is empty for a new file."""

    ids: tuple[str, ...]
    body: dict[str, Any]
    media_type: str
    received: bytes = b""
    done: Answer | None = None


def _create(call: Call, body: Mapping[str, Any], data: bytes, media_type: str) -> File:
    return creation.create(call.world, call.caller, body, data=data, media_type=media_type)


def _update(call: Call, body: Mapping[str, Any], data: bytes, media_type: str) -> File:
    return mutation.update(
        call.world,
        call.caller,
        call.ids[0],
        body,
        add_parents=call.query.get("addParents", ""),
        remove_parents=call.query.get("removeParents", ""),
        data=data,
        media_type=media_type,
    )


def _insert_v2(call: Call, body: Mapping[str, Any], data: bytes, media_type: str) -> File:
    return _create(
        call, v2.as_v3(body) | {"parents": v2.parents_in(body)}, data, media_type
    )


def _update_v2(call: Call, body: Mapping[str, Any], data: bytes, media_type: str) -> File:
    v2.matched(call)
    dates = call.flag("setModifiedDate")
    return _update(call, v2.as_v3(body, dates=dates), data, media_type)


def receive(call: Call, take: Receive, answer: Callable[[Call, File], Answer]) -> Answer:
    """Any of the three ways of uploading, by `uploadType`."""
    kind = call.query.get("uploadType", "media")
    if kind == "resumable":
        return _resumable(call, take, answer)
    if kind == "multipart":
        body, data, media_type = _related(call)
    else:
        body, data = {}, call.raw
        media_type = call.headers.get("Content-Type", "application/octet-stream")
    return answer(call, take(call, body, data, media_type))


def _related(call: Call) -> tuple[dict[str, Any], bytes, str]:
    parts = parse_parts(call.headers.get("Content-Type", ""), call.raw)
    if len(parts) != 2:
        raise invalid("Malformed multipart body.", reason="badContent")
    metadata, media = parts
    body = json.loads(metadata.body) if metadata.body.strip() else {}
    return body, media.body, media.headers.get("content-type", "application/octet-stream")


def _resumable(call: Call, take: Receive, answer: Callable[[Call, File], Answer]) -> Answer:
    upload_id = call.query.get("upload_id")
    if upload_id is None:
        return _begin(call)
    session: Session | None = call.sessions.get(upload_id)
    if session is None:
        raise Refusal(404, "notFound", "Upload session not found.")
    if session.done is not None:
        return session.done
    return _piece(call, session, take, answer)


def _begin(call: Call) -> Answer:
    upload_id = "ADP" + call.world.new_token()
    media_type = call.headers.get("X-Upload-Content-Type", "application/octet-stream")
    call.sessions[upload_id] = Session(ids=call.ids, body=call.body, media_type=media_type)
    path = "/".join([call.method.path.replace("/*", ""), *call.ids])
    rest = "".join(
        f"&{name}={value}"
        for name, value in call.query.items()
        if name not in {"uploadType", "upload_id"}
    )
    address = f"{call.origin}/{path}?uploadType=resumable&upload_id={upload_id}{rest}"
    headers = {
        "Location": address,
        "X-GUploader-UploadID": upload_id,
        "Content-Length": "0",
    }
    return Answer(raw=b"", headers=headers)


def _piece(
    call: Call, session: Session, take: Receive, answer: Callable[[Call, File], Answer]
) -> Answer:
    span, _, total = (
        call.headers.get("Content-Range", "").removeprefix("bytes ").partition("/")
    )
    if span and span != "*":
        first = int(span.partition("-")[0])
        if first > len(session.received):
            raise invalid("A piece is missing.", reason="badContent")
        session.received = session.received[:first] + call.raw
    elif not span:
        session.received = call.raw
    if total not in {"", "*"} and len(session.received) < int(total):
        return _incomplete(session)
    if total == "*":
        return _incomplete(session)
    file = take(call, session.body, session.received, session.media_type)
    session.done = answer(call, file)
    return session.done


def _incomplete(session: Session) -> Answer:
    have = len(session.received)
    headers = {"Range": f"bytes=0-{have - 1}"} if have else {}
    return Answer(status=308, raw=b"", headers=headers)


def _methods(
    version: str, name: str, verb: str, path: str, *, run: Callable[[Call], Answer]
) -> list[Method]:
    # A resumable upload's pieces are sent by PUT, whatever it began with.
    verbs = {verb, "PUT"}
    return [
        Method(
            name=name,
            verb=one,
            path=f"{prefix}/drive/{version}/{path}",
            run=run,
            units=EDIT,
            writes=True,
        )
        for one in sorted(verbs)
        for prefix in ("upload", "resumable/upload")
    ]


METHODS: Sequence[Method] = (
    *_methods(
        "v3",
        "files.create",
        "POST",
        "files",
        run=lambda c: receive(c, _create, v3.file_answer),
    ),
    *_methods(
        "v3",
        "files.update",
        "PATCH",
        "files/*",
        run=lambda c: receive(c, _update, v3.file_answer),
    ),
    *_methods(
        "v2",
        "files.create",
        "POST",
        "files",
        run=lambda c: receive(c, _insert_v2, v2.file_answer),
    ),
    *_methods(
        "v2",
        "files.update",
        "PUT",
        "files/*",
        run=lambda c: receive(c, _update_v2, v2.file_answer),
    ),
)
