"""What this process measures of itself: its answers, and what they ask the database."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from asgiref.sync import markcoroutinefunction
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponseBase
from prometheus_client import Counter, Histogram

Answering = Callable[[HttpRequest], Awaitable[HttpResponseBase]]

KNOWN_METHODS: Final = frozenset({"GET", "HEAD", "POST"})

STATEMENTS: Final = Counter(
    "hectograph_statements", "Statements that the pages asked the database."
)
ANSWERS: Final = Histogram(
    "hectograph_answer_seconds",
    "Time until an answer was made; of one that goes on, until it began.",
    ["address", "method"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
)


class Measuring:
    """Middleware around all others."""

    async_capable = True
    sync_capable = False

    def __init__(self, answer: Answering) -> None:
        self._answer = answer
        markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and count how long that took. Nobody is named."""
        began = time.perf_counter()
        response = await self._answer(request)
        # By its name, as an address has ids in it.
        address = request.resolver_match.view_name if request.resolver_match else ""
        method = request.method if request.method in KNOWN_METHODS else "other"
        ANSWERS.labels(address, method).observe(time.perf_counter() - began)
        return response


def count_statements() -> None:
    """Count every statement from now on."""
    connection_created.connect(_count_those_of)


def _count_those_of(connection: Any, **_: Any) -> None:
    if _counted not in connection.execute_wrappers:
        connection.execute_wrappers.append(_counted)


def _counted(execute: Callable[..., Any], *asked: Any) -> Any:
    STATEMENTS.inc()
    return execute(*asked)
