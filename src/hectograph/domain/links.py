"""The file or folder that a link leads to, as people copy it from a browser or mail."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from hectograph.domain.errors import RequestRefused

# Ids are opaque. A shared drive's have 19 characters, files' 28, 33 or 44; what stands
# alone must be as long as one of those, so that a name is not so easily taken for an id.
ID: Final = re.compile(r"[A-Za-z0-9_-]{10,128}")
SHORTEST_ALONE: Final = 19

# Longer than any link; what is pasted may be a whole text.
LONGEST: Final = 4096

HOSTS: Final = frozenset(
    {
        "docs.google.com",
        "drive.google.com",
        "sheets.google.com",
        "slides.google.com",
        "forms.google.com",
        "spreadsheets.google.com",
        "jamboard.google.com",
        "script.google.com",
        "sites.google.com",
    }
)
# Where Google's own mail, chat and documents send a reader on to the real address.
FORWARDERS: Final = frozenset({"google.com", "www.google.com"})
# Only the network knows where these lead.
SHORTENERS: Final = frozenset({"forms.gle", "g.co", "bit.ly", "tinyurl.com", "t.ly"})

# Blanks, the marks that are pasted with them, and what may stand around a link in a text.
AROUND: Final = " \t\r\n\f\v\u00a0\u200b\u200e\u200f\u2060\ufeff<>\"'"


def parse_link(text: str) -> str | None:
    """The id in a link to Google Drive or one of its editors, or in an id by itself.

    None for anything else. Raises RequestRefused for a link that would lead to a file and
    does not tell to which: a shortened one, or that of a published page. A long word can
    look like an id, so ask only where a link is expected.
    """
    link = text.strip(AROUND) if len(text) <= LONGEST else ""
    if ID.fullmatch(link):
        return link if len(link) >= SHORTEST_ALONE else None
    address = _split(link)
    if address is not None and address.hostname in FORWARDERS and address.path == "/url":
        address = _split(_first(address, "q", "url"))
    if address is None:
        return None
    if address.hostname in SHORTENERS or _host(address).endswith("goo.gl"):
        raise RequestRefused(
            "A shortened link does not tell which file it leads to.",
            remedy="Open it, and copy the address from the browser's address bar.",
        )
    return _find_id(address) if address.hostname in HOSTS else None


def folder_link(folder: str) -> str:
    """The link that opens a folder in a browser."""
    return f"https://drive.google.com/drive/folders/{folder}"


def file_link(file: str) -> str:
    """The link that opens a file in a browser, whatever its kind."""
    return f"https://drive.google.com/open?id={file}"


def _split(link: str) -> SplitResult | None:
    """An address on the web, whether or not it says how to get there."""
    if "/" not in link and "%2f" in link.lower():
        link = unquote(link)
    if not link or any(each.isspace() for each in link):
        return None
    if "://" not in link.partition("?")[0]:
        link = f"https://{link.removeprefix('//')}"
    try:
        address = urlsplit(link)
    except ValueError:
        return None
    return address if address.scheme in {"http", "https"} else None


def _host(address: SplitResult) -> str:
    return address.hostname or ""


def _find_id(address: SplitResult) -> str | None:
    parts = [unquote(each) for each in f"{address.path}/{address.fragment}".split("/")]
    if any(pair == ("d", "e") for pair in pairwise(parts)):
        raise RequestRefused(
            "This link leads to a page that was published, not to the document itself.",
            remedy="Open the document for editing, and copy its address from there.",
        )
    named = (_first(address, "id"), _first(address, "key"))
    found = (each for each in (*_in_path(parts), *named) if ID.fullmatch(each))
    return next(found, None)


def _in_path(parts: Sequence[str]) -> Iterator[str]:
    """What stands where an id would: after "d", or last of those after "folders"."""
    for position, part in enumerate(parts):
        if part == "d":
            yield from parts[position + 1 : position + 2]
        elif part == "folders":
            # On telephones the folders above may stand before the one that is meant.
            ids = parts[position + 1 :]
            stop = next((n for n, each in enumerate(ids) if not ID.fullmatch(each)), None)
            yield from reversed(ids[:stop])


def _first(address: SplitResult, *names: str) -> str:
    """The first of these in the query, or nothing."""
    try:
        query = parse_qs(address.query)
    except ValueError:
        return ""
    return next((query[name][0] for name in names if name in query), "")
