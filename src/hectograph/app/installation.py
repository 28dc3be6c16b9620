"""What operators do with the whole installation, once it is known that they may."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from hectograph.app.administering import Administering, DriveOverview
from hectograph.app.operating import Operating
from hectograph.domain.drive_findings import DriveFinding
from hectograph.domain.errors import NotAllowed
from hectograph.domain.halt import Halt
from hectograph.domain.people import Act, Person, may_in_school


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Its drives, and the halt. Everything raises NotAllowed for whoever may not."""

    administering: Administering
    operating: Operating

    async def list_drives(self, *, by: Person) -> Sequence[DriveOverview]:
        """All drives, with what is remembered of their accounts."""
        _check(by)
        return await self.administering.list_drives()

    async def drive(self, name: str, *, by: Person) -> DriveOverview:
        """One drive. Raises UnknownDrive."""
        _check(by)
        return await self.administering.overview(name)

    def check_drive(
        self, name: str, *, teacher: str | None, by: Person
    ) -> AsyncIterator[DriveFinding]:
        """Look a drive over; each finding as soon as it is known. As `Administering`."""
        _check(by)
        return self.administering.check(name, teacher=teacher)

    async def wake(self, name: str, *, account: str | None, by: Person) -> Sequence[str]:
        """Let accounts of a drive work again at once; which ones did. Or UnknownDrive."""
        _check(by)
        return await self.administering.unpark(name, account=account)

    async def pause(self, reason: str | None, *, by: Person) -> Halt:
        """Have nothing begun any more, on any machine."""
        _check(by)
        return await self.operating.pause(reason, by=by.email)

    async def resume(self, *, by: Person) -> Halt | None:
        """Let everything go on; None when nothing was paused."""
        _check(by)
        return await self.operating.resume(by=by.email)


def _check(by: Person) -> None:
    if not may_in_school(by, Act.OPERATE, by.school):
        raise NotAllowed(
            "Only operators look after the installation.",
            remedy="Ask whoever runs hectograph for your school.",
        )
