"""A call and its answer, and the table by which one finds the other. No I/O."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from emulators.drive import fields
from emulators.drive.access import Caller
from emulators.drive.fields import Selection
from emulators.drive.refusals import invalid
from emulators.drive.world import World

READ, LIST, DOWNLOAD, EDIT, OTHER = 5, 100, 200, 50, 5  # quota units


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is sent back. `body` is JSON, `raw` is anything else."""

    status: int = 200
    body: Any = None
    raw: bytes | None = None
    content_type: str = "application/json; charset=UTF-8"
    headers: Mapping[str, str] = field(default_factory=dict)


class Call:
    """One request, understood: which method, by whom, about what."""

    def __init__(  # noqa: PLR0913 - a request has that many sides
        self,
        *,
        method: "Method",
        world: World,
        caller: Caller,
        ids: tuple[str, ...] = (),
        query: Mapping[str, str],
        headers: Mapping[str, str],
        raw: bytes = b"",
        origin: str = "",
        sessions: dict[str, Any] | None = None,
    ) -> None:
        self.method = method
        self.world = world
        self.caller = caller
        self.ids = ids
        self.query = query
        self.headers = headers
        self.raw = raw
        self.origin = origin
        self.sessions = sessions if sessions is not None else {}

    @cached_property
    def body(self) -> dict[str, Any]:
        """The JSON body; none is an empty one."""
        if not self.raw:
            return {}
        try:
            body = json.loads(self.raw)
        except ValueError:
            raise invalid("Parse Error", reason="parseError") from None
        if not isinstance(body, dict):
            raise invalid("Parse Error", reason="parseError")
        return body

    @cached_property
    def selection(self) -> Selection | None:
        """The `fields` parameter, parsed; None if there is none."""
        text = self.query.get("fields")
        return fields.parse(text) if text else None

    def flag(self, name: str) -> bool:
        """A boolean parameter; absent is false."""
        return self.query.get(name, "").lower() in {"true", "1"}

    def number(self, name: str, *, default: int, most: int) -> int:
        """A positive whole number, capped; or 400."""
        text = self.query.get(name)
        if text is None:
            return default
        if not text.isdigit() or int(text) < 1:
            raise invalid(
                f"Invalid value '{text}'.", location=name, reason="invalidParameter"
            )
        return min(int(text), most)

    def require_fields(self) -> Selection:
        """For the methods that refuse to guess what is wanted."""
        if self.selection is None:
            raise invalid(
                "The 'fields' parameter is required for this method.",
                location="fields",
                reason="required",
            )
        return self.selection

    def inner(self, name: str) -> Selection | None:
        """What is wanted below a name of a list; None if nobody said."""
        if self.selection is None:
            return None
        inner: Selection | None = self.selection.get(
            name, self.selection.get(fields.EVERYTHING)
        )
        return inner or {fields.EVERYTHING: {}}

    def shaped(self, body: dict[str, Any], *, default: Selection | None = None) -> Answer:
        """A body, cut to what was asked for."""
        wanted = self.selection or default
        return Answer(body=fields.select(body, wanted) if wanted else body)


Run = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method of the API: how it is addressed, what it costs, what it does."""

    name: str
    verb: str
    path: str  # with * for ids
    run: Run
    units: int = OTHER
    writes: bool = False
    open: bool = False  # whether it needs no scope of its own

    @property
    def parts(self) -> tuple[str, ...]:
        """The path's segments."""
        return tuple(self.path.split("/"))


class Table:
    """Finds the method for a verb and a path."""

    def __init__(self, methods: Iterable[Method]) -> None:
        self._methods: dict[tuple[str, int], list[tuple[tuple[str, ...], Method]]] = {}
        for method in methods:
            key = (method.verb, len(method.parts))
            self._methods.setdefault(key, []).append((method.parts, method))

    def find(self, verb: str, path: str) -> tuple[Method, tuple[str, ...]] | None:
        """The method, and the ids in the path."""
        parts = path.strip("/").split("/")
        for pattern, method in self._methods.get((verb, len(parts)), ()):
            if all(
                wanted in {"*", part} for wanted, part in zip(pattern, parts, strict=True)
            ):
                ids = (p for wanted, p in zip(pattern, parts, strict=True) if wanted == "*")
                return method, tuple(ids)
        return None
