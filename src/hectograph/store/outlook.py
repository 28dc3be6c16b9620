"""Lines and estimates in PostgreSQL."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
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
from hectograph.store.queries import Row, atomic, fetch_all, run
from hectograph.store.rows import share_from


@dataclass(frozen=True, slots=True)
class PostgresOutlook:
    """What lies before accounts, and estimates that are kept. Use it from one thread."""

    def line(
        self, account: AccountId, *, now: datetime, lanes: Sequence[AccountId] = ()
    ) -> Line:
        with atomic():
            (line,) = _lines([account], now=now)
            if not lanes:
                return line
            rows = fetch_all(statements.ACCOUNTS, {"accounts": list(lanes), "now": now})
            found = {row[1]: _carrier(row) for row in rows}
            return replace(line, carriers=_carriers(sorted(lanes), found))

    def list_lines(
        self, accounts: Sequence[AccountId] | None = None, *, now: datetime
    ) -> Sequence[Line]:
        with atomic():
            if accounts is None:
                rows = fetch_all(statements.OPEN_ACCOUNTS)
                accounts = [AccountId(row[0]) for row in rows]
            return _lines(accounts, now=now) if accounts else ()

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


def _lines(accounts: Sequence[AccountId], *, now: datetime) -> Sequence[Line]:
    wanted = {"accounts": accounts, "now": now}
    settled = {row[0]: row[1] for row in fetch_all(statements.SETTLED, wanted)}
    pools = _grouped(fetch_all(statements.POOLS, wanted))
    shares = _grouped(fetch_all(statements.IN_LINE, wanted))
    drives = {"drives": sorted({drive_of(each) for each in accounts})}
    busy = {row[0]: row[1] for row in fetch_all(statements.BUSY, drives)}
    troubled = {drive: row for drive, *row in fetch_all(statements.TROUBLED, drives)}
    halt = find_halt()

    def line(account: AccountId) -> Line:
        drive = drive_of(account)
        carriers = {row[1]: _carrier(row) for row in pools.get(account, ())}
        number, since = troubled.get(drive, (0, None))
        return Line(
            account=account,
            now=now,
            settled=settled.get(account, 0),
            carriers=_carriers(list(carriers) or [account], carriers),
            shares=tuple(_in_line(row[1:]) for row in shares.get(account, ())),
            crowd=len(set(busy.get(drive, ())) - {account}),
            troubled=number,
            troubled_since=since,
            halt=halt,
        )

    return [line(each) for each in accounts]


def _grouped(rows: Sequence[Row]) -> Mapping[str, Sequence[Row]]:
    """Rows by what stands first in them."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[0], []).append(row)
    return groups


def _carriers(
    names: Sequence[AccountId], found: Mapping[AccountId, Carrier]
) -> tuple[Carrier, ...]:
    return tuple(found.get(each, Carrier(account=each)) for each in names)


def _carrier(row: Row) -> Carrier:
    _, account, goodput, rate, burst, rested, until, code, message, remedy = row
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
