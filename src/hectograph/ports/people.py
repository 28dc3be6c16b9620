"""The staff: who they are, and how they get in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hectograph.domain.ids import PersonId
from hectograph.domain.people import Person, Role
from hectograph.domain.sign_in import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A link by which somebody gets in once. `email` is empty for the first of all."""

    token_sha256: str
    email: str
    role: Role
    school: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquaintance:
    """What an email is to hectograph; `person` is also who left."""

    standing: Standing
    person: Person | None
    invitation: Invitation | None


class People(Protocol):
    """Synchronous; every method may raise LedgerUnavailable."""

    def find_signed_in(self, person: PersonId, *, session_hash: str) -> Person | None:
        """Whose session it is; None once they left, or changed their password."""
        ...

    def list_people(self, *, school: str | None) -> Sequence[Person]:
        """All of a school, or of all schools, by name."""
        ...

    def find(self, email: str) -> Person | None:
        """Who has this email, whether they are here or left."""
        ...

    def look_up(self, email: str, *, now: datetime) -> Acquaintance:
        """Who has this email, and the invitation to it that is good still."""
        ...

    def is_empty(self) -> bool:
        """Whether nobody is there yet."""
        ...

    def invite(self, invitation: Invitation) -> None:
        """Keep an invitation, in place of an earlier one to the same email."""
        ...

    def find_invitation(self, token_sha256: str, *, now: datetime) -> Invitation | None:
        """An invitation that is good still."""
        ...

    def accept(
        self, invitation: Invitation, *, email: str, name: str, password: str | None
    ) -> Person | None:
        """Let somebody in by an invitation, once; None if it was used meanwhile.

        Whoever has the email already, and was invited by it, is as the invitation says
        from then on; others are RequestRefused. Without a password they have the one that
        they had while they were here, or none.
        """
        ...

    def note_entry(self, person: PersonId, *, begun_at: datetime, now: datetime) -> bool:
        """Note that somebody comes in by a service; whether they may.

        Not when they left, and not by what was begun before they last came in so: that
        may be an answer which is sent a second time.
        """
        ...

    def speak(self, person: PersonId, language: str) -> None:
        """Show somebody pages in a language from now on; empty: as their browser says."""
        ...

    def leave(self, person: PersonId) -> None:
        """Let somebody in no more, nor by an earlier invitation; what they did stays."""
        ...
