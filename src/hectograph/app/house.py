"""What an edge is given when hectograph is open."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hectograph.app.administering import Administering
from hectograph.app.drives import RosterReader, SchoolDrives
from hectograph.app.folders import ClassFolders
from hectograph.app.rebuilding import Rebuilding
from hectograph.app.sharing import RequestShare, Sharing
from hectograph.domain.ids import AccountId
from hectograph.domain.plan import DEFAULT_PATTERN
from hectograph.ports.presence import Presence
from hectograph.threads import OneThread


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Hectograph, open on a database.

    `work` serves as a worker until the event is set. `reopen` finds or starts the
    database again after it went away. `account_of` names the account of a directory.
    """

    sharing: Sharing
    drives: SchoolDrives
    administering: Administering
    folders: ClassFolders
    rebuilding: Rebuilding
    presence: Presence
    desk: OneThread
    work: Callable[[asyncio.Event], Awaitable[None]]
    reopen: Callable[[], Awaitable[None]]
    read_roster: RosterReader
    account_of: Callable[[Path], AccountId]
    stopping: asyncio.Event

    def request(
        self,
        documents: Sequence[Path],
        *,
        roster: Path,
        into: Path,
        school_class: str | None = None,
        pattern: str = DEFAULT_PATTERN,
        again: bool = False,
    ) -> RequestShare:
        """The request that these files and this directory make; a document counts once.

        Raises RosterRefused.
        """
        return RequestShare(
            documents=tuple(dict.fromkeys(documents)),
            roster=self.read_roster(roster, school_class=school_class),
            account=self.account_of(into),
            destination=str(into.resolve()),
            pattern=pattern,
            school_class=school_class,
            again=again,
        )
