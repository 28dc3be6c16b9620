"""Partial responses: the `fields` parameter."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any

from emulators.drive.refusals import invalid

# A selection names what is wanted. An empty one below a name means all of it.
Selection = Mapping[str, Any]
EVERYTHING = "*"


@lru_cache(maxsize=1024)
def parse(text: str) -> Selection:
    """`files(id,owners/emailAddress),nextPageToken` as nested mappings; or 400."""
    selection, rest = _parse_list(text.replace(" ", ""))
    if rest:
        raise _wrong(text)
    return selection


def _parse_list(text: str) -> tuple[dict[str, Any], str]:
    selection: dict[str, Any] = {}
    while True:
        text = _parse_path(text, selection)
        if not text.startswith(","):
            return selection, text
        text = text[1:]


def _parse_path(text: str, into: dict[str, Any]) -> str:
    end = next((at for at, letter in enumerate(text) if letter in ",/()"), len(text))
    name, rest = text[:end], text[end:]
    if not name:
        raise _wrong(text)
    inner: dict[str, Any] = into.setdefault(name, {})
    if rest.startswith("/"):
        return _parse_path(rest[1:], inner)
    if rest.startswith("("):
        selection, rest = _parse_list(rest[1:])
        if not rest.startswith(")"):
            raise _wrong(text)
        inner.update(selection)
        return rest[1:]
    return rest


def _wrong(text: str) -> Exception:
    return invalid(
        f"Invalid field selection {text}", location="fields", reason="invalidParameter"
    )


def check(selection: Selection, known: AbstractSet[str]) -> None:
    """Refuse names that the resource does not have."""
    for name in selection:
        if name != EVERYTHING and name not in known:
            raise _wrong(name)


def takes_all(selection: Selection | None) -> bool:
    """Whether nothing is left out at this level."""
    return not selection or EVERYTHING in selection


def select(value: Any, selection: Selection) -> Any:
    """What a selection leaves of a JSON value."""
    if isinstance(value, list):
        return [select(one, selection) for one in value]
    if not isinstance(value, dict) or not selection:
        return value
    if EVERYTHING in selection:
        inner = selection[EVERYTHING]
        return {
            name: select(one, selection.get(name, inner)) for name, one in value.items()
        }
    return {
        name: select(value[name], inner)
        for name, inner in selection.items()
        if name in value
    }
