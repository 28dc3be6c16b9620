"""Errors as programs read them: `application/problem+json`, as RFC 9457 has it."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import structlog
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError
from ninja.errors import HttpError as NinjaHttpError

from hectograph.domain.errors import (
    HectographError,
    IllegalTransition,
    LedgerUnavailable,
    NotAllowed,
    NotFound,
    Problem,
    ProviderError,
    RequestRefused,
    StillUnderWay,
    TableRefused,
)

log = structlog.get_logger()

TYPE: Final = "tag:hectograph,2026:error/"
"""The type of a problem is this and its code."""

STATUS: Final[tuple[tuple[type[HectographError], int], ...]] = (
    (NotFound, 404),
    (NotAllowed, 403),
    (IllegalTransition, 409),
    (StillUnderWay, 409),
    (RequestRefused, 422),
    (LedgerUnavailable, 503),
    (ProviderError, 503),
    (HectographError, 500),
)

BY_STATUS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("malformed", "Send JSON, and the headers that are asked for."),
    401: ("no_token", "Send a token of /account/tokens/ as `Authorization: Bearer …`."),
    404: ("unknown_address", "/api/v1/openapi.json has every address there is."),
    405: ("unknown_method", "Use one of the methods that the header Allow names."),
    422: ("invalid", "Correct what `errors` names and send the request again."),
    413: ("too_large", "Send less at once."),
    429: ("too_many_requests", "Wait as long as the header Retry-After says."),
    500: ("unforeseen", "Whoever runs hectograph finds what happened in its log."),
}
"""Codes and remedies of what went wrong before any use case."""


class Refusal(Exception):
    """A request that no use case gets to see, by its status."""

    def __init__(
        self, status: int, detail: str, *, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.retry_after = retry_after


def problem(
    status: int,
    detail: str,
    *,
    code: str | None = None,
    effect: str = "",
    remedy: str | None = None,
    errors: Sequence[Mapping[str, Any]] = (),
    retry_after: timedelta | None = None,
) -> HttpResponse:
    """An answer that says what went wrong, and what to do about it."""
    known_code, known_remedy = BY_STATUS.get(status, ("error", ""))
    code = code or known_code
    told = {
        "type": f"{TYPE}{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": f"{detail} {effect}".strip(),
        "cause": detail,
        "effect": effect,
        "code": code,
        "remedy": known_remedy if remedy is None else remedy,
        "errors": list(errors),
    }
    response = HttpResponse(
        json.dumps(told), status=status, content_type="application/problem+json"
    )
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    if retry_after is not None:
        response["Retry-After"] = str(max(1, round(retry_after.total_seconds())))
    return response


def problem_of(error: HectographError) -> HttpResponse:
    """An error of a use case."""
    rows = error.problems if isinstance(error, TableRefused) else ()
    return problem(
        next(status for kind, status in STATUS if isinstance(error, kind)),
        error.cause,
        code=error.code,
        effect=error.effect,
        remedy=error.remedy,
        errors=[pointed(each) for each in rows],
        retry_after=_retry_after(error),
    )


def pointed(row: Problem) -> dict[str, str]:
    """What is wrong with a table, and in which row."""
    return {
        "pointer": "" if row.row is None else f"row {row.row}",
        "detail": f"{row.cause} {row.effect}".strip(),
        "remedy": row.remedy,
    }


def _retry_after(error: HectographError) -> timedelta | None:
    if isinstance(error, ProviderError):
        return error.retry_after
    return timedelta(minutes=1) if isinstance(error, StillUnderWay) else None


def install_problems(api: NinjaAPI) -> None:
    """Have everything that goes wrong told in this one way."""

    def refused(_request: HttpRequest, error: Any) -> HttpResponse:
        return problem(error.status, error.detail, retry_after=error.retry_after)

    def nobody(_request: HttpRequest, _error: Any) -> HttpResponse:
        return problem(401, "No token was sent, or one that is not good any more.")

    def invalid(_request: HttpRequest, error: Any) -> HttpResponse:
        errors = [_place(each) for each in error.errors]
        return problem(422, "The request is not as it should be.", errors=errors)

    def told(_request: HttpRequest, error: Any) -> HttpResponse:
        return problem_of(error)

    def unforeseen(request: HttpRequest, error: Any) -> HttpResponse:
        log.error(
            "api.unforeseen", method=request.method, path=request.path, exc_info=error
        )
        return problem(500, "Something went wrong that nobody has foreseen.")

    def malformed(_request: HttpRequest, error: Any) -> HttpResponse:
        return problem(error.status_code, str(error))

    api.add_exception_handler(Refusal, refused)
    api.add_exception_handler(AuthenticationError, nobody)
    api.add_exception_handler(ValidationError, invalid)
    api.add_exception_handler(NinjaHttpError, malformed)
    api.add_exception_handler(HectographError, told)
    api.add_exception_handler(Exception, unforeseen)


def _place(found: Mapping[str, Any]) -> dict[str, str]:
    """Where something is wrong, as a JSON pointer into what was sent."""
    kind, *place = found["loc"]
    # Of a body, its second place is how our function calls it.
    shown = place[1:] if kind == "body" else place
    return {"pointer": "/".join(["#", *map(str, shown)]), "detail": found["msg"]}
