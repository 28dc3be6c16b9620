"""Accounts and budgets in PostgreSQL."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from math import inf
from typing import Any

from hectograph.domain.budget import Budget, Grant, Part, Plan
from hectograph.domain.errors import Reason
from hectograph.domain.ids import AccountId
from hectograph.domain.pace import LearnedPace
from hectograph.domain.rest import Parked
from hectograph.ports.accounts import Account
from hectograph.store import statements
from hectograph.store.queries import Row, atomic, fetch_all, fetch_one, run


@dataclass(frozen=True, slots=True)
class PostgresAccounts:
    """What is remembered of accounts. Use it from one thread."""

    def account(self, account: AccountId) -> Account:
        with atomic():
            rows = fetch_all(statements.ACCOUNT, {"account": account})
        return _account(rows[0]) if rows else Account(id=account, pool=account)

    def list_pool(self, pool: AccountId) -> Sequence[Account]:
        with atomic():
            return [_account(row) for row in fetch_all(statements.ACCOUNTS, {"pool": pool})]

    def list_of_drive(self, pool: AccountId) -> Sequence[Account]:
        with atomic():
            rows = fetch_all(statements.ACCOUNTS_OF_DRIVE, {"pool": pool})
        return [_account(row) for row in rows]

    def keep_pace(self, account: AccountId, pace: LearnedPace) -> None:
        wanted = {"account": account, "rate": pace.rate, "burst": pace.burst}
        with atomic():
            run(statements.KEEP_PACE, wanted)

    def keep_staging(self, account: AccountId, folder: str, *, old: str | None) -> str:
        wanted = {"account": account, "folder": folder, "old": old}
        with atomic():
            run(statements.KEEP_STAGING, wanted)
            kept: str = fetch_one(statements.STAGING, {"account": account})[0]
            return kept

    def park(self, account: AccountId, parked: Parked | None) -> None:
        reason = parked.reason if parked else None
        with atomic():
            run(
                statements.PARK,
                {
                    "account": account,
                    "until": parked.until if parked else None,
                    "code": reason.code if reason else None,
                    "message": reason.message if reason else None,
                    "remedy": reason.remedy if reason else None,
                },
            )

    def expect_sweeps(self, *, worked_since: datetime, at: datetime) -> None:
        with atomic():
            run(statements.EXPECT_SWEEPS, {"worked_since": worked_since, "at": at})

    def sweep_at(self, account: AccountId, at: datetime) -> None:
        with atomic():
            run(statements.SWEEP_AT, {"account": account, "at": at})

    def swept(self, account: AccountId, *, again_at: datetime | None) -> None:
        with atomic():
            run(statements.SWEPT, {"account": account, "at": again_at})

    def reserve(self, project: str, *, drive: str, wanted: int, plan: Plan) -> Grant:
        with atomic():
            run(statements.ADD_BUDGET, {"project": project})
            *kept, now = fetch_one(statements.HOLD_BUDGET, {"project": project})
            budget, grant = _budget(kept, plan).reserve(wanted, drive=drive, now=now)
            run(statements.KEEP_BUDGET, {"project": project, **_budget_parameters(budget)})
        return grant


def _budget(kept: Row, plan: Plan) -> Budget:
    tokens, refilled_at, parts = kept
    return Budget(
        plan=plan,
        tokens=tokens,
        refilled_at=refilled_at,
        parts={name: Part(**part) for name, part in json.loads(parts).items()},
    )


def _budget_parameters(budget: Budget) -> dict[str, Any]:
    parts = {name: asdict(part) for name, part in budget.parts.items()}
    return {
        "tokens": budget.tokens,
        "refilled_at": budget.refilled_at,
        "parts": json.dumps(parts),
    }


def _account(row: Row) -> Account:
    account, pool, rate, burst, rested, staging, sweep_at, *rest = row
    until, code, message, remedy = rest
    reason = Reason(code=code or "", message=message or "", remedy=remedy or "")
    return Account(
        id=AccountId(account),
        pool=AccountId(pool or account),
        pace=LearnedPace(rate=rate, burst=burst) if rate else None,
        rested_seconds=inf if rested is None else rested,
        staging=staging,
        sweep_at=sweep_at,
        parked=Parked(until=until, reason=reason) if until else None,
    )
