"""The drives that a school has set up, and requests that go there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hectograph.domain.drive import (
    Drive,
    check_drive_name,
    destination_on,
    owner_of,
)
from hectograph.domain.errors import Problem, RosterRefused
from hectograph.domain.folders import (
    CommonFolders,
    FolderKey,
    FolderWish,
    KeptFolder,
    build_common_folders,
    check_own_folders,
    common_place,
    folder_key,
)
from hectograph.domain.ids import AccountId
from hectograph.domain.manner import Access
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
    """People with their folders, the account that acts there, and the drive's own name.

    `common` are the folders of those who share copies; they may not be there yet.
    """

    roster: Roster
    account: AccountId
    destination: str
    common: CommonFolders | None = None


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

    async def place(
        self, people: Roster, into: DriveDestination, *, access: Access = Access.EDIT
    ) -> Placed:
        """Where copies for these people go on a drive.

        Folders are the roster's, else those that hectograph made for the class; for those
        who share copies they are named, and made later. Raises UnknownDrive,
        RequestRefused and RosterRefused.
        """
        found = await self.drive(into.drive)
        if any(each.members for each in people.recipients):
            return _place_common(people, into, drive=found, access=access)
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


def _place_common(
    people: Roster, into: DriveDestination, *, drive: Drive, access: Access
) -> Placed:
    """Where copies go that several share. Raises RequestRefused and RosterRefused."""
    owner = owner_of(drive, into.teacher)
    teacher = (into.teacher or "").strip().lower()
    wish = FolderWish(
        drive=drive.name,
        roster=people,
        subject=into.subject,
        teachers=(teacher,) if teacher and teacher != owner else (),
        couriers=tuple(each for each in drive.accounts if each != owner),
    )
    placed = (
        replace(each, folder=common_place(each, subject=into.subject))
        for each in people.recipients
    )
    return Placed(
        roster=Roster(recipients=tuple(placed)),
        account=drive.acting_account(into.teacher),
        destination=destination_on(drive.name),
        common=build_common_folders(wish, owner=owner, access=access),
    )


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
