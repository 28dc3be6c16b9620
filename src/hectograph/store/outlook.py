"""Lines and estimates in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from math import inf

from hectograph.domain.errors import Reason
from hectograph.domain.hindsight import Past
from hectograph.domain.ids import AccountId, ShareId, drive_of
from hectograph.domain.line import Carrier, InLine, Line
from hectograph.domain.noted import Noted
from hectograph.domain.pace import LearnedPace
from hectograph.domain.rest import Parked
from hectograph.domain.risk import Risk
from hectograph.domain.share import Share
from hectograph.store import outlook_statements as statements
from hectograph.store.halts import find_halt
from hectograph.store.queries import Row, atomic, fetch_all, fetch_one, run
from hectograph.store.rows import share_from


@dataclass(frozen=True, slots=True)
class PostgresOutlook:
    """What lies before accounts, and estimates that are kept. Use it from one thread."""

    def line(
        self, account: AccountId, *, now: datetime, lanes: Sequence[AccountId] = ()
    ) -> Line:
        with atomic():
            return _line(account, now=now, lanes=lanes)

    def list_lines(self, *, now: datetime) -> Sequence[Line]:
        with atomic():
            accounts = fetch_all(statements.OPEN_ACCOUNTS)
            return [_line(AccountId(row[0]), now=now, lanes=()) for row in accounts]

    def keep(self, noted: Sequence[Noted]) -> None:
        if noted:
            with atomic():
                run(statements.KEEP, _columns(noted))

    def list_unnoted(self, *, now: datetime) -> Sequence[Share]:
        with atomic():
            return [share_from(row) for row in fetch_all(statements.UNNOTED, {"now": now})]

    def list_past(self, *, limit: int) -> Sequence[Past]:
        with atomic():
            rows = fetch_all(statements.PAST, {"limit": limit})
            return [Past(kind=kind, ratio=ratio) for kind, ratio in rows]

    def list_deadlines(self) -> Sequence[Share]:
        with atomic():
            return [share_from(row) for row in fetch_all(statements.DEADLINES)]

    def list_risks(self) -> Sequence[Risk]:
        with atomic():
            rows = fetch_all(statements.RISKS)
        return [
            Risk(share=ShareId(share), told_at=told, deadline=deadline, latest_at=latest)
            for share, told, deadline, latest in rows
        ]

    def tell_risk(self, risk: Risk) -> bool:
        with atomic():
            return bool(fetch_all(statements.TELL_RISK, asdict(risk)))

    def end_risk(self, share: ShareId, *, at: datetime) -> bool:
        with atomic():
            return bool(fetch_all(statements.END_RISK, {"share": share, "at": at}))

    def forget(self, share: ShareId | None) -> None:
        with atomic():
            if share is None:
                run(statements.FORGET_OPEN)
            else:
                run(statements.FORGET, {"share": share})

    def prune(self, *, before: datetime) -> int:
        with atomic():
            return run(statements.PRUNE, {"before": before})


def _line(account: AccountId, *, now: datetime, lanes: Sequence[AccountId]) -> Line:
    wanted = {"account": account, "now": now, "drive": drive_of(account)}
    troubled, troubled_since = fetch_one(statements.TROUBLED, wanted)
    settled = fetch_all(statements.SETTLED, wanted)
    return Line(
        account=account,
        now=now,
        settled=settled[0][0] if settled else 0,
        carriers=_carriers(account, now=now, lanes=lanes),
        shares=tuple(map(_in_line, fetch_all(statements.IN_LINE, wanted))),
        crowd=fetch_one(statements.CROWD, wanted)[0],
        troubled=troubled,
        troubled_since=troubled_since,
        halt=find_halt(),
    )


def _carriers(
    account: AccountId, *, now: datetime, lanes: Sequence[AccountId]
) -> tuple[Carrier, ...]:
    wanted = {"account": account, "lanes": list(lanes), "now": now}
    found = [_carrier(row) for row in fetch_all(statements.CARRIERS, wanted)]
    known = {each.account: each for each in found}
    names = sorted(lanes) or [each.account for each in found] or [account]
    return tuple(known.get(each, Carrier(account=each)) for each in names)


def _carrier(row: Row) -> Carrier:
    account, goodput, rate, burst, rested, until, code, message, remedy = row
    reason = Reason(code=code or "", message=message or "", remedy=remedy or "")
    return Carrier(
        account=AccountId(account),
        goodput=goodput,
        pace=LearnedPace(rate=rate, burst=burst) if rate else None,
        rested_seconds=inf if rested is None else max(0.0, rested),
        parked=Parked(until=until, reason=reason) if until else None,
    )


def _in_line(row: Row) -> InLine:
    *share, is_native, tries, under_way, staged, oldest_at, newest_at = row[:-3]
    retries, retry_at, prepared = row[-3:]
    return InLine(
        share=share_from(share),
        is_native=is_native,
        tries=tries,
        under_way=under_way,
        staged=staged,
        oldest_at=oldest_at,
        newest_at=newest_at,
        retries=retries,
        retry_at=retry_at,
        prepared=prepared,
    )


def _columns(noted: Sequence[Noted]) -> list[list[object]]:
    return [
        list(column)
        for column in zip(
            *(
                (
                    each.expectation.share,
                    each.made_at,
                    each.again_at,
                    each.expectation.starts_at,
                    each.expectation.seconds,
                    each.expectation.kind,
                    each.estimate.earliest_at,
                    each.estimate.likely_at,
                    each.estimate.latest_at,
                )
                for each in noted
            ),
            strict=True,
        )
    ]
