"""multipart/related and multipart/mixed, as Drive takes them."""

import re
from dataclasses import dataclass

from emulators.drive.refusals import invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part; the names of its headers are in lower case."""

    headers: dict[str, str]
    body: bytes


def parse_parts(content_type: str, raw: bytes) -> list[Part]:
    """The parts of a body; 400 where it has no boundary."""
    found = re.search(r'boundary="?([^";]+)"?', content_type)
    if found is None:
        raise invalid("Malformed multipart body.", reason="badContent")
    delimiter = rb"\r?\n--" + re.escape(found[1].encode())
    pieces = re.split(delimiter, b"\r\n" + raw)
    return [_part(piece) for piece in pieces[1:] if not piece.startswith(b"--")]


def _part(piece: bytes) -> Part:
    head, _, body = _split(piece.removeprefix(b"\r\n").removeprefix(b"\n"))
    headers = {}
    for line in head.decode().splitlines():
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return Part(headers=headers, body=body)


def _split(piece: bytes) -> tuple[bytes, bytes, bytes]:
    windows, unix = piece.find(b"\r\n\r\n"), piece.find(b"\n\n")
    if windows >= 0 and (unix < 0 or windows < unix):
        return piece.partition(b"\r\n\r\n")
    return piece.partition(b"\n\n")
