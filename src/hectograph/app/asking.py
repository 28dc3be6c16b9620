"""From what was typed to a request."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hectograph.app.drives import DriveDestination, RosterReader, SchoolDrives
from hectograph.app.sharing import RequestShare
from hectograph.domain.ids import AccountId
from hectograph.domain.plan import DEFAULT_PATTERN
from hectograph.domain.share import NOW, Timing


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
        pattern: str = DEFAULT_PATTERN,
        again: bool = False,
        timing: Timing = NOW,
    ) -> RequestShare:
        """The request that these documents make; one that is named twice counts once.

        Into a directory they are paths, onto a drive links or ids. Raises RosterRefused,
        and for a drive RequestRefused and UnknownDrive.
        """
        if isinstance(into, DriveDestination):
            return await self.drives.request(
                documents,
                roster=roster,
                into=into,
                school_class=school_class,
                pattern=pattern,
                again=again,
                timing=timing,
            )
        # Where a file lies on a server, reading it may take as long as it likes.
        people = await asyncio.to_thread(
            self.read_roster, roster, school_class=school_class
        )
        return RequestShare(
            documents=tuple(map(Path, dict.fromkeys(documents))),
            roster=people,
            account=self.account_of(into),
            destination=self.account_of(into).partition(":")[2],
            pattern=pattern,
            school_class=school_class,
            again=again,
            timing=timing,
        )
