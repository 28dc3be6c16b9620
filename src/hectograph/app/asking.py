"""From what was typed, or chosen, to a request."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from hectograph.app.drives import DriveDestination, Placed, SchoolDrives
from hectograph.app.sharing import RequestShare
from hectograph.domain.ids import AccountId
from hectograph.domain.manner import PLAIN, Manner, gather
from hectograph.domain.roster import Roster
from hectograph.domain.share import NOW, Timing
from hectograph.ports.provider import Document


class RosterReader(Protocol):
    """Reads a class list from a file."""

    def __call__(
        self, path: Path, *, school_class: str | None = None, linked: bool = False
    ) -> Roster:
        """The roster, or RosterRefused. `linked`: its folders are links, not paths."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """`account_of` names the account of a directory."""

    drives: SchoolDrives
    read_roster: RosterReader
    account_of: Callable[[Path], AccountId]

    async def request(
        self,
        documents: Sequence[str],
        *,
        roster: Path,
        into: Path | DriveDestination,
        school_class: str | None = None,
        manner: Manner = PLAIN,
        again: bool = False,
        timing: Timing = NOW,
    ) -> RequestShare:
        """The request that these documents make, for the people of a roster.

        Into a directory they are paths, onto a drive links or ids. Raises RosterRefused,
        and for a drive RequestRefused and UnknownDrive.
        """
        is_on_drive = isinstance(into, DriveDestination)
        if isinstance(into, DriveDestination):
            await self.drives.drive(into.drive)
        # Where a file lies on a server, reading it may take as long as it likes.
        people = await asyncio.to_thread(
            self.read_roster, roster, school_class=school_class, linked=is_on_drive
        )
        return await self.request_for(
            people,
            documents if is_on_drive else [Path(each) for each in documents],
            into=into,
            school_class=school_class,
            manner=manner,
            again=again,
            timing=timing,
        )

    async def request_for(
        self,
        people: Roster,
        documents: Sequence[Document],
        *,
        into: Path | DriveDestination,
        school_class: str | None = None,
        manner: Manner = PLAIN,
        again: bool = False,
        timing: Timing = NOW,
    ) -> RequestShare:
        """The same for people who are known; a document that is named twice counts once.

        Raises as `request` does.
        """
        manner.check_access(is_on_drive=isinstance(into, DriveDestination))
        manner.check_subject()
        if isinstance(into, DriveDestination):
            # There each subject has its folders, which were made before.
            into = replace(into, subject=manner.subject or into.subject)
            manner = replace(manner, subject="")
        receivers = gather(people.recipients, manner, school_class=school_class)
        gathered = Roster(recipients=receivers)
        if isinstance(into, DriveDestination):
            placed = await self.drives.place(gathered, into, access=manner.access)
        else:
            account = self.account_of(into)
            placed = Placed(
                roster=gathered, account=account, destination=account.partition(":")[2]
            )
        return RequestShare(
            documents=tuple(dict.fromkeys(documents)),
            roster=placed.roster,
            account=placed.account,
            destination=placed.destination,
            common=placed.common,
            manner=manner,
            school_class=school_class,
            again=again,
            timing=timing,
        )
