"""Sentences that lower rooms make in English, in the language of the page.

Errors, reasons and findings come as finished sentences, some of them out of the ledger.
`locale/sentences.txt` lists them all, with placeholders for what is put in. A text is cut
where sentences may end, and of all ways to put the pieces together the one counts that
recognises the most letters; what nobody knows stays as it is. See ADR 33.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from string import Formatter
from typing import Final

from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, get_language_bidi, gettext

SENTENCES: Final = Path(__file__).parent / "locale" / "sentences.txt"
ORIGINAL: Final = "en"

END: Final = re.compile(r"(?<=[.?!:)])\s+")
LONGEST: Final = 1000
"""Longer sentences are not looked at: what is put in may be anything."""

MOST_PIECES: Final = 12
"""A text of more sentences is taken sentence by sentence."""

ENOUGH_LETTERS: Final = 4
"""A sentence with fewer of its own is known only if what is put in is known, too."""

WORDED: Final = frozenset(
    {
        *("after", "before", "cause", "delegation", "effect", "error", "kind", "of"),
        *("reason", "remedy", "role", "said", "state", "state2", "to", "value", "what"),
        *("whom", "why"),
    }
)
"""Placeholders in which words of ours may stand; in others it is what somebody wrote."""

ISOLATE: Final = "\N{FIRST STRONG ISOLATE}"
POP: Final = "\N{POP DIRECTIONAL ISOLATE}"

MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
NUMBER: Final = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(\.\d)?( [kMGT]?B)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a text; whether it is in the language of the page, and by how much."""

    text: str
    is_known: bool
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A sentence with placeholders.

    `anchor` is the longest run of its own, `letters` and `length` are how many it has.
    """

    words: str
    shape: re.Pattern[str]
    anchor: str
    letters: int
    length: int


def speak(text: str) -> str:
    """A text of a lower room, as far as it is known, in the language that is active."""
    return "".join(each.text for each in parts_of(text))


def parts_of(text: str) -> Sequence[Part]:
    """The same in parts, those apart that nobody knows."""
    language = get_language() or ORIGINAL
    if language == ORIGINAL or not text.strip():
        return (Part(text=text, is_known=True, score=0),)
    return _spoken(text, language)


@lru_cache(maxsize=4096)
def _spoken(text: str, language: str) -> Sequence[Part]:  # noqa: ARG001 - it is active
    found: list[Part] = []
    for line in text.splitlines(keepends=True):
        words = line.strip()
        start = line.index(words)
        found.append(_as_it_is(line[:start]))
        found.extend(_best(END.split(words)))
        found.append(_as_it_is(line[start + len(words) :]))
    return tuple(each for each in found if each.text)


def _as_it_is(text: str) -> Part:
    return Part(text=text, is_known=True, score=0)


def _best(pieces: Sequence[str]) -> Sequence[Part]:
    """The way to put pieces together that recognises the most."""
    alone = [part for piece in pieces if (part := _known(piece))]
    if len(alone) == len(pieces):
        blanks = ((_as_it_is(" "), part) for part in alone)
        return tuple(chain.from_iterable(blanks))[1:]
    longest = len(pieces) if len(pieces) <= MOST_PIECES else 1
    best: list[tuple[int, tuple[Part, ...]]] = [(0, ())]
    for end in range(1, len(pieces) + 1):
        ways = []
        for begin in range(max(0, end - longest), end):
            text = " ".join(pieces[begin:end])
            part = _known(text)
            if part is None and end - begin == 1:
                part = Part(text=text, is_known=False, score=0)
            if part is not None:
                score, parts = best[begin]
                blank = (_as_it_is(" "),) if parts else ()
                ways.append((score + part.score, (*parts, *blank, part)))
        best.append(max(ways, key=lambda way: (way[0], -len(way[1]))))
    return best[-1][1]


def _known(text: str) -> Part | None:
    """A sentence or a phrase, if it is one of ours."""
    exact, patterns = _sentences()
    if text in exact:
        return Part(text=_plain(gettext(exact[text])), is_known=True, score=len(text))
    if len(text) > LONGEST:
        return None
    for each in patterns:
        if each.anchor in text and (found := each.shape.fullmatch(text)):
            part = _filled(each, found.groupdict())
            if part is not None:
                return part
    return _listed(text)


def _filled(pattern: Pattern, values: Mapping[str, str]) -> Part | None:
    """A sentence with what is put in; None if there is too little to know it by."""
    score = pattern.letters
    filled = {}
    for name, value in values.items():
        part = _known(value) if name in WORDED else None
        score += part.score if part else 0
        if name in WORDED and part is None and pattern.letters < ENOUGH_LETTERS:
            return None
        filled[name] = part.text if part else _apart(_localised(value))
    told = gettext(pattern.words).format(**filled)
    return Part(text=told, is_known=True, score=score)


def _listed(text: str) -> Part | None:
    """Several phrases in one, such as "It was moved, it was renamed."."""
    exact, _ = _sentences()
    phrases = (text[:1].lower() + text[1:]).rstrip(".").split(", ")
    if not text.endswith(".") or not all(each in exact for each in phrases):
        return None
    told = ", ".join(_plain(gettext(exact[each])) for each in phrases)
    return Part(text=f"{told[:1].upper()}{told[1:]}.", is_known=True, score=len(text))


def _apart(value: str) -> str:
    """What was put in, so that its direction does not disturb that of the sentence."""
    return f"{ISOLATE}{value}{POP}" if get_language_bidi() else value


def grouped(number: int) -> str:
    """A number of people or copies, its thousands apart as they are here."""
    return number_format(number, force_grouping=True)


def _localised(value: str) -> str:
    """What was put in: numbers and times as they are written here."""
    if MOMENT.fullmatch(value):
        return date_format(datetime.fromisoformat(value), "SHORT_DATETIME_FORMAT")
    found = NUMBER.fullmatch(value)
    if found is None:
        return value
    digits, tenths, unit = found.groups(default="")
    if not (tenths and unit) and "," not in digits:
        return value
    whole = digits.replace(",", "")
    places = 1 if tenths else 0
    number = float(whole + tenths) if tenths else int(whole)
    return f"{number_format(number, places, force_grouping=True)}{unit}"


@cache
def _sentences() -> tuple[Mapping[str, str], Sequence[Pattern]]:
    """By their text, and those with placeholders, the most specific first."""
    exact, patterns = {}, []
    for words in SENTENCES.read_text(encoding="utf-8").splitlines():
        pieces = list(Formatter().parse(words))
        if all(name is None for _, name, _, _ in pieces):
            exact[_plain(words)] = words
        else:
            patterns.append(_pattern(words))
    patterns.sort(key=lambda each: (each.letters, each.length), reverse=True)
    return exact, patterns


def _pattern(words: str) -> Pattern:
    shape, seen, literals = "", set(), []
    for literal, name, _, _ in Formatter().parse(words):
        # A value in quotes is written with the other kind if it has these in it.
        shape += re.escape(literal).replace("'", "['\"]" if "'{" in words else "'")
        literals.append(literal)
        if name is not None:
            shape += f"(?P={name})" if name in seen else f"(?P<{name}>.*?)"
            seen.add(name)
    return Pattern(
        words=words,
        shape=re.compile(shape, re.DOTALL),
        anchor=max((each.strip("' ") for each in literals), key=len),
        letters=sum(each.isalpha() for each in "".join(literals)),
        length=len("".join(literals)),
    )


def _plain(words: str) -> str:
    """A format string without placeholders as text."""
    return words.replace("{{", "{").replace("}}", "}")
