"""What wakes a lane. A wake-up is a hint; the ledger alone says what is owed."""

from typing import Protocol

from hectograph.domain.ids import AccountId


class Queue(Protocol):
    """The durable queue of lanes, on the ledger's own database."""

    def wake(self, account: AccountId) -> None:
        """Have a lane drain this account.

        Called inside a transaction of the ledger and goes with its rollback. Raises
        LaneWaiting when one waits already; the caller must then roll back to before it.
        """
        ...
