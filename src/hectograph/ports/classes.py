"""The classes of a school, their rosters, and who asked for which share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hectograph.domain.ids import ClassId, PersonId, ShareId
from hectograph.domain.roster import Roster
from hectograph.domain.school_class import (
    Change,
    Destination,
    Latecomers,
    RosterLoad,
    SchoolClass,
    Teaching,
)
from hectograph.domain.share import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A share, the class it is for, and who asked for it, the first one first."""

    share: ShareId
    school_class: ClassId
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDocument:
    """A document on a drive that was shared before; `origin` is its id there."""

    title: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in the list of shares: behind the share that was asked for then."""

    asked_at: datetime
    share: ShareId


class Classes(Protocol):
    """Synchronous; every method may raise LedgerUnavailable."""

    def list_classes(
        self,
        *,
        school: str | None = None,
        taught_by: PersonId | None = None,
        search: str = "",
        limit: int | None = None,
    ) -> Sequence[SchoolClass]:
        """Classes by name: of a school, that somebody teaches, or are called so."""
        ...

    def school_class(self, number: ClassId) -> SchoolClass:
        """The class, or UnknownClass."""
        ...

    def roster(self, number: ClassId) -> Roster:
        """Who is in it, in the order of the roster."""
        ...

    def find_by_name(self, school: str, name: str) -> ClassId | None:
        """The class of a school that is called so; case does not matter."""
        ...

    def load(
        self, school: str, changes: Sequence[tuple[ClassId, Change]], load: RosterLoad
    ) -> None:
        """Put rosters in place of what classes had, and note the load: all or none."""
        ...

    def note_load(self, school: str, load: RosterLoad) -> None:
        """Note a load that was refused."""
        ...

    def list_loads(self, school: str, *, limit: int) -> Sequence[RosterLoad]:
        """The newest first."""
        ...

    def place(self, number: ClassId, destination: Destination) -> None:
        """Say where a class's folders are."""
        ...

    def set_teachers(self, number: ClassId, teachers: Sequence[Teaching]) -> None:
        """Say who teaches it, in place of who did."""
        ...

    def note_asked(
        self,
        share: ShareId,
        *,
        school_class: ClassId,
        by: PersonId,
        now: datetime,
        pattern: str | None = None,
    ) -> None:
        """Note who asked for a share, for which class. Safe to repeat.

        `pattern` names its copies, where all of the class were asked for.
        """
        ...

    def list_latecomers(
        self, classes: Sequence[ClassId], *, since: datetime
    ) -> Sequence[Latecomers]:
        """Who has nothing of what all of these classes got since then, and was not passed.

        Of shares that are complete, the newest first. Who has a copy by another share of
        the class has it.
        """
        ...

    def pass_over(self, share: ShareId, students: Sequence[str]) -> None:
        """Students get nothing of a share, and are not asked about again."""
        ...

    def find_asked(self, share: ShareId) -> Asked | None:
        """For which class a share is; None if it was asked for at a command line."""
        ...

    def list_asked(self, shares: Sequence[ShareId]) -> Sequence[Asked]:
        """The same of many; those that were asked for at a command line are left out."""
        ...

    def list_shares(
        self,
        classes: Sequence[ClassId] | None,
        *,
        school: str | None = None,
        search: str,
        limit: int,
        after: Place | None = None,
    ) -> Sequence[tuple[Asked | None, Progress]]:
        """The newest shares whose title has the words in it.

        Of these classes; of all of a `school` where None are named; and without both of
        every class, with what was asked for at a command line. With `after` those that
        come behind a place in the list.
        """
        ...

    def list_documents(
        self, by: PersonId, *, destination: str, limit: int
    ) -> Sequence[KnownDocument]:
        """The documents on a drive that somebody shared there, the last ones first."""
        ...
