"""What lies before accounts, how far earlier estimates were out, and what is at risk."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from hectograph.domain.hindsight import Past
from hectograph.domain.ids import AccountId, ShareId
from hectograph.domain.line import Line
from hectograph.domain.noted import Noted
from hectograph.domain.risk import Risk
from hectograph.domain.share import Share


class Outlook(Protocol):
    """Lines as they stand, and estimates that are kept. Synchronous.

    Every method may raise LedgerUnavailable; then nothing was written.
    """

    def line(
        self, account: AccountId, *, now: datetime, lanes: Sequence[AccountId] = ()
    ) -> Line:
        """The line of a share's account; empty when it never had a share.

        `lanes` would carry its next share; without them, those that carry it so far.
        """
        ...

    def list_lines(
        self, accounts: Sequence[AccountId] | None = None, *, now: datetime
    ) -> Sequence[Line]:
        """The lines of some accounts, in their order; or all with a share not through.

        It takes as long for many as for one, but for what stands in them.
        """
        ...

    def keep(self, noted: Sequence[Noted]) -> None:
        """Keep estimates, to be learned from once their shares have ended."""
        ...

    def list_unnoted(self, *, now: datetime) -> Sequence[Share]:
        """Running shares of which none was kept, or the next is due."""
        ...

    def list_past(self, *, limit: int) -> Sequence[Past]:
        """How it turned out for the latest that were kept, of shares that completed."""
        ...

    def list_deadlines(self) -> Sequence[Share]:
        """The shares that are not through and have a deadline, by account."""
        ...

    def list_risks(self) -> Sequence[Risk]:
        """The risks that were told and are not over."""
        ...

    def tell_risk(self, risk: Risk) -> bool:
        """Write a risk down; False if it was told already and is not over."""
        ...

    def end_risk(self, share: ShareId, *, at: datetime) -> bool:
        """Write down that a risk is over; False if it was already."""
        ...

    def forget(self, share: ShareId | None) -> None:
        """Learn nothing from a share's estimates so far; None for all that are open.

        Somebody paused or moved it: it ends when they wanted.
        """
        ...

    def prune(self, *, before: datetime) -> int:
        """Let go of what was kept before then; how many."""
        ...
