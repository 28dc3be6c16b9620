"""What an edge is given when hectograph is open."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from hectograph.app.administering import Administering
from hectograph.app.answering import Answering
from hectograph.app.asking import Asking
from hectograph.app.auditing import Auditing
from hectograph.app.class_repeats import ClassRepeats
from hectograph.app.classes import SchoolClasses
from hectograph.app.cleaning import Cleaning
from hectograph.app.correcting import Correcting
from hectograph.app.deciding import Deciding
from hectograph.app.digesting import Digesting
from hectograph.app.drives import DriveDestination, SchoolDrives
from hectograph.app.duplicates import DuplicatePlans
from hectograph.app.estimating import Estimating
from hectograph.app.first_steps import FirstSteps, SchoolMaker
from hectograph.app.folders import ClassFolders
from hectograph.app.forecasting import Forecasting
from hectograph.app.installation import Installation
from hectograph.app.litter import LitterPlans, LitterRequest
from hectograph.app.operating import Operating
from hectograph.app.rebuilding import Rebuilding
from hectograph.app.repeating import Repeating
from hectograph.app.searching import Searching
from hectograph.app.sharing import Sharing
from hectograph.app.staff import Staff
from hectograph.app.teaching import Teaching
from hectograph.app.tokens import AccessTokens
from hectograph.app.webhooks import SchoolWebhooks
from hectograph.domain.ids import AccountId
from hectograph.domain.litter import LitterWanted
from hectograph.ports.presence import Presence
from hectograph.ports.vital_signs import VitalSigns
from hectograph.threads import OneThread


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Hectograph, open on a database.

    `work` serves as a worker until the event is set. `reopen` finds or starts the
    database again after it went away. `account_of` names the account of a directory.
    """

    sharing: Sharing
    asking: Asking
    repeating: Repeating
    estimating: Estimating
    drives: SchoolDrives
    administering: Administering
    folders: ClassFolders
    cleaning: Cleaning
    correcting: Correcting
    deciding: Deciding
    duplicates: DuplicatePlans
    litter: LitterPlans
    operating: Operating
    forecasting: Forecasting
    rebuilding: Rebuilding
    staff: Staff
    tokens: AccessTokens
    answering: Answering
    classes: SchoolClasses
    teaching: Teaching
    class_repeats: ClassRepeats
    searching: Searching
    auditing: Auditing
    installation: Installation
    first_steps: FirstSteps
    webhooks: SchoolWebhooks
    digesting: Digesting
    vital_signs: VitalSigns
    presence: Presence
    desk: OneThread
    work: Callable[[asyncio.Event], Awaitable[None]]
    reopen: Callable[[], Awaitable[None]]
    make_school: SchoolMaker
    account_of: Callable[[Path], AccountId]
    stopping: asyncio.Event

    async def litter_request(
        self,
        wanted: LitterWanted,
        *,
        where: Path | DriveDestination,
        parents: Path | None = None,
    ) -> LitterRequest:
        """The request to look for an older tool's files below a directory or on a drive.

        Raises UnknownDrive and RequestRefused.
        """
        if not isinstance(where, DriveDestination):
            account = self.account_of(where)
            subject = account.partition(":")[2]
        else:
            drive = await self.drives.drive(where.drive)
            acting = drive.acting_account(where.teacher)
            # A pool has no lane: of its accounts, all see the students' folders.
            account, subject = drive.lanes(acting)[0], drive.pool
        return LitterRequest(
            wanted=wanted, account=account, subject=subject, parents=parents
        )
