"""What is remembered of acting accounts, whoever has their lane."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Protocol

from hectograph.domain.budget import Grant, Plan
from hectograph.domain.ids import AccountId
from hectograph.domain.pace import LearnedPace
from hectograph.domain.rest import Parked


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An acting account. `staging` is its hidden folder, where it has one.

    `rested_seconds` is the time since its pace was last kept.
    """

    id: AccountId
    pool: AccountId
    pace: LearnedPace | None = None
    rested_seconds: float = inf
    staging: str | None = None
    sweep_at: datetime | None = None
    parked: Parked | None = None


class Accounts(Protocol):
    """Accounts and budgets. Synchronous; every method may raise LedgerUnavailable."""

    def account(self, account: AccountId) -> Account:
        """What is known of the account; nothing, when it never acted."""
        ...

    def list_pool(self, pool: AccountId) -> Sequence[Account]:
        """The accounts that share a pool's work, by name."""
        ...

    def list_of_drive(self, pool: AccountId) -> Sequence[Account]:
        """All that ever acted at the drive with this pool, by name."""
        ...

    def keep_pace(self, account: AccountId, pace: LearnedPace) -> None:
        """Remember how fast the account may be used."""
        ...

    def keep_staging(self, account: AccountId, folder: str, *, old: str | None) -> str:
        """Remember a staging folder in place of `old`; the one that is remembered now."""
        ...

    def park(self, account: AccountId, parked: Parked | None) -> None:
        """Let the account rest, or None to let it work again at once."""
        ...

    def expect_sweeps(self, *, worked_since: datetime, at: datetime) -> None:
        """Have every account look for leftovers then that was given a share since.

        One that is to look earlier anyway does.
        """
        ...

    def sweep_at(self, account: AccountId, at: datetime) -> None:
        """Have a lane look for strays then, or at an earlier time that is kept already."""
        ...

    def swept(self, account: AccountId, *, again_at: datetime | None) -> None:
        """A lane looked for strays; it need not again, or not before then."""
        ...

    def reserve(self, project: str, *, drive: str, wanted: int, plan: Plan) -> Grant:
        """Take tokens from a project's budget, which its drives share evenly."""
        ...
