"""The drives that a school has set up, and requests that go there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hectograph.domain.drive import Drive, check_drive_name, destination_on
from hectograph.domain.errors import Problem, RosterRefused
from hectograph.domain.folders import (
    FolderKey,
    KeptFolder,
    check_own_folders,
    folder_key,
)
from hectograph.domain.ids import AccountId
from hectograph.domain.names import display_name, fold
from hectograph.domain.roster import PROBLEMS_NAMED, Recipient, Roster
from hectograph.ports.drives import Drives
from hectograph.threads import OneThread


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveDestination:
    """Where on a drive: by its name, a subject's folders; and the teacher who shares."""

    drive: str
    subject: str = ""
    teacher: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """People with their folders, the account that acts there, and the drive's own name."""

    roster: Roster
    account: AccountId
    destination: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolDrives:
    """What a school does with its drives beside sharing."""

    drives: Drives
    desk: OneThread

    async def add(self, drive: Drive) -> None:
        """Set a drive up, or anew. Raises RequestRefused."""
        check_drive_name(drive.name)
        await self.desk.run(self.drives.put, drive)

    async def drive(self, name: str) -> Drive:
        """The drive, or UnknownDrive."""
        return await self.desk.run(self.drives.drive, name)

    async def list_drives(self) -> Sequence[Drive]:
        """All of them, by name."""
        return await self.desk.run(self.drives.list_drives)

    async def place(self, people: Roster, into: DriveDestination) -> Placed:
        """Where copies for these people go on a drive.

        Folders are the roster's, else those that hectograph made for the class. Raises
        UnknownDrive, RequestRefused and RosterRefused.
        """
        found = await self.drive(into.drive)
        known = await self._folders(found, people)
        return Placed(
            roster=with_folders(people, known, drive=found, subject=into.subject),
            account=found.acting_account(into.teacher),
            destination=destination_on(found.name),
        )

    async def _folders(
        self, drive: Drive, roster: Roster
    ) -> Mapping[FolderKey, KeptFolder]:
        classes = {each.school_class or "" for each in roster.recipients if not each.folder}
        known: dict[FolderKey, KeptFolder] = {}
        for school_class in sorted(classes):
            known |= await self.desk.run(
                self.drives.list_folders,
                drive.name,
                school_class=fold(display_name(school_class)),
            )
        return known


def with_folders(
    roster: Roster, known: Mapping[FolderKey, KeptFolder], *, drive: Drive, subject: str
) -> Roster:
    """The roster with a folder for each student, or RosterRefused."""
    alone = [each for each in roster.recipients if not each.folder]
    check_own_folders(alone, drive=drive.name, subject=subject)
    placed = []
    without = []
    for each in roster.recipients:
        folder = known.get(folder_key(drive.name, each, subject=subject))
        if each.folder:
            placed.append(each)
        elif folder:
            placed.append(replace(each, folder=(folder.id,)))
        else:
            without.append(each)
    if without:
        raise RosterRefused(
            f"{len(without)} of {len(roster.recipients)} have no folder on the drive.",
            problems=[_missing_folder(each) for each in without[:PROBLEMS_NAMED]],
        )
    return Roster(recipients=tuple(placed))


def _missing_folder(recipient: Recipient) -> Problem:
    return Problem(
        row=None,
        cause=f"{recipient.student} has no folder.",
        effect="There is nowhere to put a copy.",
        remedy='Add a column "Folder" with links to the folders, or make them: '
        "`hectograph folders ensure`.",
    )
