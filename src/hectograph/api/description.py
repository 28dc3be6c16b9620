"""The description of the API, with what ninja cannot know of it."""

from collections.abc import Collection, Mapping
from copy import deepcopy
from http import HTTPStatus
from typing import Any, Final

KEY: Final = "Idempotency-Key"
PROBLEM: Final = "application/problem+json"

RETRY_AFTER: Final = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}
}
LOCATION: Final = {
    "Location": {"description": "Where what was made is.", "schema": {"type": "string"}}
}
BEARER: Final = {
    "WWW-Authenticate": {"description": "Bearer", "schema": {"type": "string"}}
}
TABLE: Final = {"text/csv": {"schema": {"type": "string"}}}


def describe(written: Mapping[str, Any], *, keyed: Collection[str]) -> dict[str, Any]:
    """What ninja wrote, with the types and headers of answers.

    `keyed` names the operations that are done once for a key.
    """
    told = deepcopy(dict(written))
    for operations in told["paths"].values():
        for operation in operations.values():
            _tell_answers(operation)
            if operation["operationId"] in keyed:
                _tell_key(operation)
    return told


def _tell_answers(operation: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        number = int(status)
        if number >= HTTPStatus.BAD_REQUEST:
            answer["content"] = {PROBLEM: next(iter(answer["content"].values()))}
        elif not answer.get("content"):
            answer["content"] = TABLE
        answer["headers"] = _headers(number)
        if not answer["headers"]:
            del answer["headers"]


def _headers(status: int) -> dict[str, Any]:
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        return dict(RETRY_AFTER)
    if status == HTTPStatus.UNAUTHORIZED:
        return dict(BEARER)
    return dict(LOCATION) if status == HTTPStatus.ACCEPTED else {}


def _tell_key(operation: dict[str, Any]) -> None:
    """Ninja spells headers in its own way, and takes this one to be optional."""
    others = [each for each in operation.get("parameters", []) if each["in"] != "header"]
    key = {
        "in": "header",
        "name": KEY,
        "required": True,
        "description": "Made up for this one request; the same again does nothing twice.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    }
    operation["parameters"] = [*others, key]
