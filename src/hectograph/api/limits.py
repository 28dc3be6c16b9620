"""How often a program may ask."""

from datetime import datetime, timedelta
from typing import Final

A_MINUTE: Final = timedelta(minutes=1)
PER_MINUTE: Final = 120
"""Requests of one token: a program that looks at a share twice a second."""


class Limit:
    """Counts requests by token, in this process: so many at once, and again in a minute."""

    def __init__(self, *, per_minute: int = PER_MINUTE) -> None:
        self._step = A_MINUTE / per_minute
        self._paid_until: dict[str, datetime] = {}

    def wait_of(self, token: str, *, now: datetime) -> timedelta | None:
        """Count a request; or how long to wait with it, which then counts as none."""
        paid_until = max(self._paid_until.get(token, now), now) + self._step
        if paid_until - now > A_MINUTE:
            return paid_until - now - A_MINUTE
        self._forget(now)
        self._paid_until[token] = paid_until
        return None

    def _forget(self, now: datetime) -> None:
        """Those who have not asked for long are as if they had never asked."""
        for token in [each for each, at in self._paid_until.items() if at <= now]:
            del self._paid_until[token]
