"""The halt of the installation: one row, or none. Called within a transaction.

Statements that begin anything ask for it themselves, by `NOT_HALTED`.
"""

import json
from datetime import datetime

from hectograph.domain.halt import MAINTENANCE, Halt
from hectograph.store import removal_statements, statements
from hectograph.store.queries import Row, fetch_all, fetch_one, run

INSTALLATION = "installation"
"""What the audit log's entries are about."""


def find_halt() -> Halt | None:
    """The halt, while there is one."""
    rows = fetch_all(statements.FIND_HALT)
    return _halt_from(rows[0]) if rows else None


def begin_halt(reason: str | None, *, by: str | None, now: datetime) -> Halt:
    """Write the halt down, once nobody is about to claim without knowing it."""
    wanted = {"reason": reason, "otherwise": MAINTENANCE, "by": by, "now": now}
    run(statements.HOLD_HALT)
    halt = _halt_from(fetch_one(statements.HALT, wanted))
    _audit("installation.paused", halt, undo="hectograph resume", by=by, now=now)
    return halt


def end_halt(*, by: str | None, now: datetime) -> Halt | None:
    """Take the row away; what it said."""
    rows = fetch_all(statements.END_HALT)
    if not rows:
        return None
    halt = _halt_from(rows[0])
    _audit("installation.resumed", halt, undo=None, by=by, now=now)
    return halt


def _audit(
    act: str, halt: Halt, *, undo: str | None, by: str | None, now: datetime
) -> None:
    facts = json.dumps(halt.as_json())
    entry = [[act], [INSTALLATION], [INSTALLATION], [facts], [undo]]
    run(removal_statements.ADD_AUDIT, [now, by, *entry])


def _halt_from(row: Row) -> Halt:
    reason, by, since = row
    return Halt(reason=reason, by=by, since=since)
