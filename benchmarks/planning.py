"""How long it takes to write a large share down: the plan, and the ledger's rows."""

import secrets
import statistics
import time
from datetime import UTC, date, datetime, timedelta

from benchmarks.figures import Figure, Table, table_of
from hectograph.domain.handout import Handout
from hectograph.domain.ids import AccountId, share_id_from
from hectograph.domain.plan import Wish, build_plan
from hectograph.domain.roster import Recipient
from hectograph.ports.ledger import Ledger

ACCOUNT = AccountId("fs:/nowhere")
GOAL_SECONDS = 0.5


def measure_planning(ledger: Ledger, *, number: int, rounds: int) -> Table:
    """The request for so many students, without the keeping of the document."""
    taken = [_plan_and_add(ledger, number) for _ in range(rounds)]
    planning, adding = (statistics.median(part) for part in zip(*taken, strict=True))
    figures = [
        Figure(
            what=f"a plan of {number:,}, made and durable in the ledger",
            value=planning + adding,
            unit="s",
            goal=GOAL_SECONDS,
        ),
        Figure(what="— made: folders, names, keys", value=planning, unit="s", goal=None),
        Figure(what="— written in one transaction", value=adding, unit="s", goal=None),
    ]
    return table_of("Planning", figures, "The goal is *well under a second*.")


def _plan_and_add(ledger: Ledger, number: int) -> tuple[float, float]:
    handout = Handout(title="Essay.docx", sha256=secrets.token_hex(32), size_bytes=100_000)
    wish = Wish(
        account=ACCOUNT,
        destination="/nowhere",
        place="nowhere",
        handouts=(handout,),
        recipients=tuple(Recipient(student=f"Student {n:05}") for n in range(number)),
    )
    now = datetime.fromtimestamp(time.time(), UTC)
    began = time.perf_counter()
    share = share_id_from(secrets.token_bytes(10))
    plan = build_plan(wish, share_id=share, asked_at=now, asked_on=date(2026, 9, 1))
    planned = time.perf_counter()
    ledger.add(plan, joins_since=now - timedelta(days=1))
    return planned - began, time.perf_counter() - planned
