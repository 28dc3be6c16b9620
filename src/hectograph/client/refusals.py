"""From a problem that a server told to the error that a command would have raised."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from hectograph.domain.errors import (
    HectographError,
    Misconfigured,
    NotAllowed,
    Problem,
    RequestRefused,
    ServerUnavailable,
    TableRefused,
)

REFUSED: Final[Mapping[str, type[HectographError]]] = {
    "invalid": RequestRefused,
    "malformed": RequestRefused,
    "too_large": RequestRefused,
    "too_many_requests": ServerUnavailable,
    "unknown_address": Misconfigured,
    "unknown_method": Misconfigured,
    "unforeseen": ServerUnavailable,
}
"""Codes of what went wrong before any use case, or beside all of them."""


def error_of(problem: Mapping[str, Any], *, root: str) -> HectographError:
    """The same error, with the same words. `root` is the server's address."""
    code = problem.get("code", "")
    if code == "no_token":
        return NotAllowed(
            "The token is not good, or not any more.",
            effect="Nothing was done.",
            remedy=f"Make one at {root}/account/tokens/, and set HECTOGRAPH_TOKEN.",
        )
    kind = KINDS.get(code) or REFUSED.get(code, HectographError)
    rows = [_row(each) for each in problem.get("errors", ())]
    cause = problem.get("cause") or problem.get("detail", "The server refused it.")
    if issubclass(kind, TableRefused):
        return kind(cause, problems=rows)
    places = [f"{each['pointer']}: {each['detail']}" for each in problem.get("errors", ())]
    return kind(
        " ".join([cause, *places]),
        effect=problem.get("effect", ""),
        remedy=problem.get("remedy", ""),
    )


def _row(told: Mapping[str, str]) -> Problem:
    number = told.get("pointer", "").removeprefix("row ")
    return Problem(
        row=int(number) if number.isdecimal() else None,
        cause=told.get("detail", ""),
        effect="",
        remedy=told.get("remedy", ""),
    )


def _kinds(kind: type[HectographError]) -> Iterator[type[HectographError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _kinds(each)


KINDS: Final = {each.code: each for each in _kinds(HectographError)}
