"""What was asked for in earlier days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hectograph.domain.share import Share


@dataclass(frozen=True, slots=True, kw_only=True)
class PastShare:
    """A share of an earlier day. `is_plain`: all its documents have bytes of their own."""

    share: Share
    is_plain: bool


class History(Protocol):
    """Synchronous; every method may raise LedgerUnavailable."""

    def list_begun(self, *, start: datetime, end: datetime) -> Sequence[PastShare]:
        """Shares that took their place in the queue then, in that order.

        Those that were withdrawn are left out.
        """
        ...
