"""Requests to a storage service, and their answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: `name` such as "files.copy", `units` of the service's quota."""

    name: str
    method: str
    path: str
    query: Mapping[str, str]
    body: bytes | None
    headers: Mapping[str, str]
    writes: bool
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport(Protocol):
    """Carries calls."""

    async def send(self, call: Call) -> Answer:
        """Send it, once.

        Raises Unavailable if it was never sent, OutcomeUnknown if no answer came.
        """
        ...
