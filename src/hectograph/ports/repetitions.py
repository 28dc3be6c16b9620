"""What repeats, and what came of each of its days."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from hectograph.domain.ids import ClassId, RepetitionId
from hectograph.domain.recurrence import Occurrence
from hectograph.domain.repetition import Outcome, Repetition


class Repetitions(Protocol):
    """Synchronous; every method is one transaction and may raise LedgerUnavailable.

    That a day has a share is written down by `Ledger.add`, with the share.
    """

    def add(self, repetition: Repetition) -> None:
        """Write one down."""
        ...

    def repetition(self, repetition: RepetitionId) -> Repetition:
        """The repetition, or UnknownRepetition."""
        ...

    def list_repetitions(
        self, *, limit: int, classes: Sequence[ClassId] | None = None
    ) -> Sequence[Repetition]:
        """The newest; those of some classes alone, if they are named."""
        ...

    def list_outcomes(self, repetition: RepetitionId, *, limit: int) -> Sequence[Outcome]:
        """What came of the latest days, the latest first."""
        ...

    def change(
        self, repetition: RepetitionId, change: Callable[[Repetition], Repetition]
    ) -> Repetition:
        """Change its rule, state and next day, held meanwhile; as it is then.

        When this returns, no share is made any more that is against it. Raises
        UnknownRepetition, and what `change` raises.
        """
        ...

    def claim_due(
        self, *, limit: int, now: datetime, again_at: datetime
    ) -> Sequence[Repetition]:
        """Take up what is due; what nobody is heard of is due again at `again_at`."""
        ...

    def note(self, repetition: RepetitionId, outcomes: Sequence[Outcome]) -> None:
        """Note why days have no share, those that have none.

        That a day was missed is noted where nothing else is.
        """
        ...

    def follow(
        self,
        claimed: Repetition,
        outcomes: Sequence[Outcome],
        *,
        following: Occurrence | None,
    ) -> None:
        """The same, and go on to what comes next; unless it was changed since."""
        ...
