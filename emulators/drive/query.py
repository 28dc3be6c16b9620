"""The `q` of files.list: Drive's search grammar, as far as clients use it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from emulators.drive import access
from emulators.drive.access import Caller
from emulators.drive.model import RANKS, File, as_text
from emulators.drive.properties import as_seconds
from emulators.drive.refusals import Refusal, invalid
from emulators.drive.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A file as a listing sees it, for one caller."""

    world: World
    caller: Caller
    file: File
    live: File


Test = Callable[[Seen], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What every match must have: where to look, so that not all files need to be tried."""

    parents: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    marks: tuple[tuple[str, str], ...] = ()

    def __add__(self, other: "Hints") -> "Hints":
        return Hints(
            parents=self.parents + other.parents,
            names=self.names + other.names,
            marks=self.marks + other.marks,
        )


NO_HINTS = Hints()


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A compiled `q`."""

    test: Test
    hints: Hints = field(default=NO_HINTS)


TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:\\.|[^'\\])*')|(?P<word>[A-Za-z][\w.]*)|(?P<sign>!=|<=|>=|[=<>(){}]))"
)
ALIASES = {
    "title": "name",
    "modifiedDate": "modifiedTime",
    "createdDate": "createdTime",
    "lastViewedByMeDate": "viewedByMeTime",
}
PEOPLE = {"owners": RANKS["owner"], "writers": RANKS["writer"], "readers": RANKS["reader"]}
TIMES = {"modifiedTime": "modified_at", "createdTime": "created_at"}


def _wrong(detail: str = "") -> Refusal:
    _ = detail  # Drive does not say what is wrong with a query.
    return invalid("Invalid Value", location="q")


@lru_cache(maxsize=4096)
def parse(text: str) -> Query:
    """Compile a query; 400 where Drive answers 400."""
    if not text.strip():
        return Query(test=lambda _: True)
    parser = _Parser(list(_tokens(text)))
    query = parser.alternatives()
    if parser.rest:
        raise _wrong("something follows")
    return query


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    text = text.rstrip()
    while position < len(text):
        found = TOKEN.match(text, position)
        if found is None:
            raise _wrong("unreadable")
        kind = found.lastgroup or ""
        value = found[kind]
        yield kind, re.sub(r"\\(.)", r"\1", value[1:-1]) if kind == "text" else value
        position = found.end()


class _Parser:
    """Recursive descent; `rest` is what was not read yet."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.rest = tokens

    def alternatives(self) -> Query:
        queries = [self._conjunction()]
        while self._skip("or"):
            queries.append(self._conjunction())
        if len(queries) == 1:
            return queries[0]
        tests = [query.test for query in queries]
        return Query(test=lambda seen: any(test(seen) for test in tests))

    def _conjunction(self) -> Query:
        queries = [self._negation()]
        while self._skip("and"):
            queries.append(self._negation())
        if len(queries) == 1:
            return queries[0]
        tests = [query.test for query in queries]
        hints = sum((query.hints for query in queries), NO_HINTS)
        return Query(test=lambda seen: all(test(seen) for test in tests), hints=hints)

    def _negation(self) -> Query:
        if self._skip("not"):
            test = self._negation().test
            return Query(test=lambda seen: not test(seen))
        if self._skip("("):
            query = self.alternatives()
            self._expect(")")
            return query
        return self._term()

    def _term(self) -> Query:
        kind, value = self._next()
        if kind == "text":
            self._expect("in")
            return _membership(value, self._word())
        if kind != "word":
            raise _wrong()
        name = ALIASES.get(value, value)
        if name in {"appProperties", "properties"}:
            self._expect("has")
            return _marked(name, self._braces())
        if name == "sharedWithMe" and (not self.rest or self.rest[0][1] not in {"=", "!="}):
            return _flag("sharedWithMe", wanted=True)
        operator = self._next()[1]
        return _comparison(name, operator, self._next())

    def _braces(self) -> dict[str, str]:
        self._expect("{")
        pairs: dict[str, str] = {}
        while True:
            name = self._word()
            self._expect("=")
            pairs[name] = self._next()[1]
            if not self._skip("and"):
                break
        self._expect("}")
        if not {"key", "value"} <= set(pairs):
            raise _wrong("a key without a value, although the guide shows it")
        return pairs

    def _next(self) -> tuple[str, str]:
        if not self.rest:
            raise _wrong("ends too early")
        return self.rest.pop(0)

    def _word(self) -> str:
        kind, value = self._next()
        if kind != "word":
            raise _wrong()
        return value

    def _skip(self, value: str) -> bool:
        if self.rest and self.rest[0][1] == value and self.rest[0][0] != "text":
            self.rest.pop(0)
            return True
        return False

    def _expect(self, value: str) -> None:
        if not self._skip(value):
            raise _wrong(f"{value} is missing")


def _membership(value: str, field_name: str) -> Query:
    if field_name == "parents":

        def is_in(seen: Seen) -> bool:
            wanted = (
                seen.world.users[seen.caller.account].root if value == "root" else value
            )
            return seen.file.parent == wanted

        return Query(test=is_in, hints=Hints(parents=(value,)))
    rank = PEOPLE.get(field_name)
    if rank is None:
        raise _wrong()

    def has_role(seen: Seen) -> bool:
        email = seen.caller.account if value == "me" else value
        if rank == PEOPLE["owners"]:
            return seen.live.owner == email
        # By name: what a link or a domain lets somebody do is no role of theirs.
        return any(
            entry.email == email and RANKS[entry.role] >= rank
            for entry, _ in access.effective(seen.world, seen.live).values()
        )

    return Query(test=has_role)


def _marked(name: str, pairs: dict[str, str]) -> Query:
    key, value = pairs["key"], pairs["value"]
    private = name == "appProperties" or pairs.get("visibility") == "PRIVATE"

    def has(seen: Seen) -> bool:
        if private:
            mine = seen.file.app_properties.get(seen.caller.client, {})
            return mine.get(key) == value
        return seen.file.properties.get(key) == value

    return Query(test=has, hints=Hints(marks=((key, value),)))


def _flag(name: str, *, wanted: bool) -> Query:
    def starred(seen: Seen) -> bool:
        return seen.caller.account in seen.live.starred_by

    def trashed(seen: Seen) -> bool:
        return seen.world.is_trashed(seen.live, listed=True)

    def shared(seen: Seen) -> bool:
        return seen.caller.account in seen.live.shared_with_me

    test = {"starred": starred, "trashed": trashed, "sharedWithMe": shared}[name]
    return Query(test=test if wanted else lambda seen: not test(seen))


def _comparison(name: str, operator: str, operand: tuple[str, str]) -> Query:
    kind, value = operand
    if name in {"trashed", "starred", "sharedWithMe"}:
        if operator not in {"=", "!="} or value.lower() not in {"true", "false"}:
            raise _wrong()
        return _flag(name, wanted=(value.lower() == "true") == (operator == "="))
    if kind != "text":
        raise _wrong()
    if name == "name":
        return _name(operator, value)
    if name == "mimeType":
        return _mime_type(operator, value)
    if name in TIMES:
        return _time(TIMES[name], operator, value)
    raise _wrong(f"{name} is not something we can search")


def _name(operator: str, value: str) -> Query:
    folded = value.casefold()
    if operator == "=":
        return Query(
            test=lambda seen: _folded(seen) == folded,
            hints=Hints(names=(folded,)),
        )
    if operator == "!=":
        return Query(test=lambda seen: _folded(seen) != folded)
    if operator == "contains":
        # Drive matches how words begin, not what they have inside.
        pattern = re.compile(rf"(?:^|\W|_){re.escape(folded)}")
        return Query(test=lambda seen: pattern.search(_folded(seen)) is not None)
    raise _wrong()


def _folded(seen: Seen) -> str:
    # A name that listings have not learnt yet is none at all.
    return (seen.file.name or "").casefold()


def _mime_type(operator: str, value: str) -> Query:
    if operator == "=":
        return Query(test=lambda seen: seen.file.mime_type == value)
    if operator == "!=":
        return Query(test=lambda seen: seen.file.mime_type != value)
    if operator == "contains":
        return Query(test=lambda seen: value in seen.file.mime_type)
    raise _wrong()


def _time(attribute: str, operator: str, value: str) -> Query:
    moment = as_text(as_seconds(value, location="q"))
    tests: dict[str, Callable[[str], bool]] = {
        "=": lambda at: at == moment,
        "!=": lambda at: at != moment,
        "<": lambda at: at < moment,
        "<=": lambda at: at <= moment,
        ">": lambda at: at > moment,
        ">=": lambda at: at >= moment,
    }
    if operator not in tests:
        raise _wrong()
    compare = tests[operator]
    return Query(test=lambda seen: compare(as_text(getattr(seen.file, attribute))))
