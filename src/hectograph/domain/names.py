"""Names that every storage service takes, and what tells two of them apart.

The rules are the strictest of Windows, SMB, SharePoint and POSIX; Drive takes anything.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Container, Iterator, Mapping
from itertools import count
from typing import Final

from hectograph.domain.errors import RequestRefused

MAX_NAME_BYTES: Final = 255
MAX_NAME_UTF16_UNITS: Final = 240
MAX_EXTENSION_CHARACTERS: Final = 16
PATTERN_FIELDS: Final = ("document", "student", "class", "date")

_JOINERS: Final = "\u200c\u200d"
_ILLEGAL: Final = str.maketrans(dict.fromkeys('\\/:*?"<>|', "-"))
# Format characters that are seen: the Arabic and Syriac number signs.
_SEEN_FORMATS: Final = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
# Letters and marks that are not seen: fillers, inherent vowels, the grapheme joiner.
_UNSEEN_LETTERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_UNSEEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_VIRAMA_CLASS: Final = 9
_REGIONAL_INDICATORS: Final = ("\U0001f1e6", "\U0001f1ff")
_SKIN_TONES: Final = ("\U0001f3fb", "\U0001f3ff")
_HANGUL_TAILS: Final = ("\u1160", "\u11ff")

_DEVICE: Final = re.compile(
    r"(?P<device>CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³]|desktop(?=\.ini\Z))"
    r"(?=\s*(?:\.|\Z))",
    re.IGNORECASE,
)
_EXTENSION: Final = re.compile(
    rf"(?<=.)\.(?=[^.]*[^\W\d_])[^.\s]{{1,{MAX_EXTENSION_CHARACTERS}}}\Z"
)
_PATTERN_TOKEN: Final = re.compile(r"\{\{|\}\}|\{(?P<field>[^{}]*)\}|[{}]|[^{}]+")


def legal_name(text: str) -> str:
    """A file or folder name made of `text` that every storage service takes.

    NFC, visible, at most 255 bytes of UTF-8 and 240 units of UTF-16; shortened in the
    stem, never in the extension. Never empty and never hidden. A legal name comes back
    as it is. Rules: Microsoft, "Naming Files, Paths, and Namespaces" and "Restrictions
    and limitations in OneDrive and SharePoint".
    """
    name = re.sub(r"\A\s+|[\s.]+\Z", "", _visible(text).translate(_ILLEGAL))
    name = re.sub(r"\A(?:\.|~(?=\$))", "_", name) or "_"
    name = re.sub(r"_(vti)_", r"-\1-", name, flags=re.IGNORECASE)
    # Shortening can lay a device's name bare ("CON" before many blanks), and marking it
    # makes it longer by one.
    return _shortened(_unreserved(_shortened(name)))


def display_name(text: str) -> str:
    """`text` as it is shown on one line: NFC, visible, trimmed, its blanks single."""
    return " ".join(_visible(" ".join(text.split())).split())


def fold(name: str) -> str:
    """What two names share when they collide where case does not matter."""
    if name.isascii():
        return name.lower()
    folded = unicodedata.normalize("NFC", name)
    while (again := unicodedata.normalize("NFC", folded.casefold())) != folded:
        folded = again
    return folded


def split_extension(name: str) -> tuple[str, str]:
    """Stem and extension with its dot; the extension may be empty.

    An extension has at most 16 characters, a letter among them and no blank: "Homework
    3.5" and "Mr. Smith" have none.
    """
    found = _EXTENSION.search(name)
    return (name[: found.start()], found.group()) if found else (name, "")


def numbered(name: str, number: int) -> str:
    """The legal name with a number: "Essay.docx", 2 makes "Essay (2).docx"."""
    stem, extension = split_extension(legal_name(name))
    return _fitted(stem, tail=f" ({number}){extension}")


def free_name(name: str, taken: Container[str]) -> str:
    """The first of name, name (2), name (3) … whose fold is not in `taken`.

    `name` must be legal, `taken` holds folds.
    """
    if fold(name) not in taken:
        return name
    tries = (numbered(name, number) for number in count(2))
    return next(each for each in tries if fold(each) not in taken)


def is_numbering(name: str, *, of: str) -> bool:
    """Whether a name is the one given, or that with a number as `numbered` writes it."""
    stem, extension = split_extension(legal_name(of))
    pattern = rf"{re.escape(stem)} \(\d+\){re.escape(extension)}"
    return name == of or re.fullmatch(pattern, name) is not None


def check_pattern(pattern: str) -> None:
    """Refuse a pattern from which no name can be made; RequestRefused says why."""
    if not pattern.strip():
        raise _refused("The name pattern is empty.")
    for separator in ("/", "\\"):
        if separator in pattern:
            raise _refused(
                f'The name pattern "{pattern}" has a "{separator}" in it, '
                "and a name cannot reach into another folder."
            )
    for token in _PATTERN_TOKEN.finditer(pattern):
        field = token["field"]
        if token[0] in ("{", "}"):
            raise _refused(f'The name pattern "{pattern}" has a lonely "{token[0]}".')
        if field is not None and field not in PATTERN_FIELDS:
            raise _refused(f'The name pattern "{pattern}" asks for "{{{field}}}".')


def fill_pattern(
    pattern: str,
    *,
    document: str,
    student: str,
    school_class: str | None,
    date: dt.date,
) -> str:
    """The text that `pattern` makes, or RequestRefused.

    Values stand in it letter for letter, so the result may not be a legal name yet.
    `document` gives its stem, a missing class gives nothing, the date is ISO.
    """
    check_pattern(pattern)
    values = {
        "document": split_extension(document)[0],
        "student": student,
        "class": school_class or "",
        "date": date.isoformat(),
    }
    tokens = _PATTERN_TOKEN.finditer(pattern)
    return "".join(_filled(token, values=values) for token in tokens)


def _filled(token: re.Match[str], *, values: Mapping[str, str]) -> str:
    if token["field"] is not None:
        return values[token["field"]]
    return token[0][0] if token[0] in ("{{", "}}") else token[0]


def _refused(cause: str) -> RequestRefused:
    fields = ", ".join(f"{{{field}}}" for field in PATTERN_FIELDS)
    return RequestRefused(
        cause,
        effect="No copy could be named by it, so nothing was shared.",
        remedy=f"Use {fields} and plain text; write {{{{ and }}}} for braces.",
    )


def _visible(text: str) -> str:
    """`text` in NFC without anything that is not seen; joiners only where they join."""
    if text.isascii() and text.isprintable():
        return text
    seen = unicodedata.normalize("NFC", "".join(each for each in text if _is_seen(each)))
    seen = re.sub(rf"([{_JOINERS}])[{_JOINERS}]+", r"\1", seen)
    kept = "".join(
        each
        for at, each in enumerate(seen)
        if each not in _JOINERS or _joins(seen[at - 1 : at], seen[at + 1 : at + 2])
    )
    return unicodedata.normalize("NFC", kept)


def _is_seen(character: str) -> bool:
    if character in _JOINERS or character in _SEEN_FORMATS:
        return True
    if (
        character in _UNSEEN_LETTERS
        or unicodedata.category(character) in _UNSEEN_CATEGORIES
    ):
        return False
    # U+FDD0 and U+FFFE are not characters: no XML, and so no WebDAV answer, holds them.
    code = ord(character)
    is_noncharacter = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF  # noqa: PLR2004
    return not is_noncharacter


def _joins(before: str, after: str) -> bool:
    """Whether a joiner between the two is needed: not in ASCII, always after a virama."""
    if not before or before.isascii() or before.isspace():
        return False
    if unicodedata.combining(before) == _VIRAMA_CLASS:
        return True
    return bool(after) and not after.isascii() and not after.isspace()


def _unreserved(name: str) -> str:
    return _DEVICE.sub(r"\g<device>_", name, count=1) if _DEVICE.match(name) else name


def _shortened(name: str) -> str:
    stem, extension = split_extension(name)
    return _fitted(stem, tail=extension)


def _fitted(stem: str, *, tail: str) -> str:
    if _fits(stem + tail):
        return stem + tail
    kept = ""
    for cluster in _clusters(stem):
        if not _fits(kept + cluster + tail):
            # A letter under three hundred accents is cut all the same.
            kept = kept or _longest_start(cluster, tail=tail)
            break
        kept += cluster
    return re.sub(r"[\s.]+\Z", "", kept) + tail


def _longest_start(cluster: str, *, tail: str) -> str:
    sizes = range(min(len(cluster), MAX_NAME_BYTES), 0, -1)
    starts = (cluster[:size].rstrip(_JOINERS) for size in sizes)
    return next((start for start in starts if _fits(start + tail)), "_")


def _fits(name: str) -> bool:
    return (
        len(name.encode()) <= MAX_NAME_BYTES
        and len(name.encode("utf-16-le")) // 2 <= MAX_NAME_UTF16_UNITS
    )


def _clusters(text: str) -> Iterator[str]:
    """What a reader takes for one character each, a little coarser than UAX #29."""
    cluster = ""
    for each in text:
        if cluster and not _belongs(each, cluster):
            yield cluster
            cluster = ""
        cluster += each
    if cluster:
        yield cluster


def _belongs(character: str, cluster: str) -> bool:
    if character in _JOINERS or cluster[-1] in _JOINERS:
        return True
    if _is_between(character, _REGIONAL_INDICATORS):
        return len(cluster) == 1 and _is_between(cluster, _REGIONAL_INDICATORS)
    return (
        unicodedata.category(character).startswith("M")
        or _is_between(character, _SKIN_TONES)
        or _is_between(character, _HANGUL_TAILS)
    )


def _is_between(character: str, ends: tuple[str, str]) -> bool:
    return ends[0] <= character <= ends[1]
