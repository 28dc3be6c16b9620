"""The mail of a day: who wants it, what became of it, and who sends it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from hectograph.domain.digest import (
    DigestLetter,
    DigestLine,
    DigestState,
    MailOutcome,
    Reader,
)
from hectograph.domain.ids import PersonId


class Digests(Protocol):
    """Synchronous; every method may raise LedgerUnavailable."""

    def is_wanted(self, person: PersonId) -> bool:
        """Whether somebody wants it."""
        ...

    def want(self, person: PersonId, *, since: datetime | None) -> None:
        """Somebody wants it from then on, or does not; safe to repeat."""
        ...

    def list_readers(self, *, day: date, limit: int) -> Sequence[Reader]:
        """Who wants it, and has nothing noted for that day."""
        ...

    def list_lines(
        self, person: PersonId, *, since: datetime, until: datetime
    ) -> Sequence[DigestLine]:
        """The shares they asked for that ended since, or of which copies failed since."""
        ...

    def begin(
        self,
        person: PersonId,
        *,
        day: date,
        state: DigestState,
        now: datetime,
        told_until: datetime | None,
    ) -> bool:
        """Note the day's mail; False if somebody did so before."""
        ...

    def end(
        self,
        person: PersonId,
        *,
        day: date,
        state: DigestState,
        told_until: datetime | None,
    ) -> None:
        """Note what became of it."""
        ...

    def release(self, person: PersonId, *, day: date) -> None:
        """It certainly was not sent: let it be begun again."""
        ...


class DigestMailer(Protocol):
    """Puts a letter into words, and sends it."""

    async def send(self, letter: DigestLetter) -> MailOutcome:
        """Send it once; whatever goes wrong is in the outcome."""
        ...
