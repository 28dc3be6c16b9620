"""What was asked for in earlier days, in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hectograph.ports.history import PastShare
from hectograph.store import statements
from hectograph.store.queries import atomic, fetch_all
from hectograph.store.rows import share_from


@dataclass(frozen=True, slots=True)
class PostgresHistory:
    """What the ledger knows of earlier days. Use it from one thread."""

    def list_begun(self, *, start: datetime, end: datetime) -> Sequence[PastShare]:
        with atomic():
            rows = fetch_all(statements.BEGUN, {"start": start, "end": end})
        return [PastShare(share=share_from(row), is_plain=row[-1]) for row in rows]
