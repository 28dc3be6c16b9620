"""How an installation is, in a few numbers."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """How much is open, and who is at it."""

    open_deliveries: int
    """Owed, and neither there nor failed."""
    running_shares: int
    workers: int
    resting_accounts: int
    is_halted: bool


class VitalSigns(Protocol):
    """Synchronous; may raise LedgerUnavailable."""

    def read(self) -> Signs:
        """As they are now."""
        ...
