"""Looking after the installation: its drives, and the halt."""

from django.http import HttpRequest

from hectograph.api import school_schemas as told
from hectograph.api.bearer import person_of
from hectograph.api.operations import Json, Operations
from hectograph.app.administering import DriveOverview
from hectograph.domain.drive import split_account
from hectograph.domain.drive_findings import is_well
from hectograph.domain.errors import UnknownDrive
from hectograph.ports.accounts import Account


class InstallationRoutes(Operations):
    """What operators do; the use cases know who is one."""

    async def list_drives(self, request: HttpRequest) -> Json:
        """All drives, with what is remembered of their accounts."""
        found = await self.house.installation.list_drives(by=person_of(request))
        return {"drives": [_drive_json(each) for each in found]}

    async def check_drive(
        self, request: HttpRequest, name: str, wish: told.CheckWish
    ) -> Json:
        """Look a drive over: key, token, accounts, staging."""
        by = person_of(request)
        found = await self.house.installation.drive(_name(name), by=by)
        look = self.house.installation.check_drive
        findings = [
            each async for each in look(found.drive.name, teacher=wish.account, by=by)
        ]
        return {
            "drive": found.drive.name,
            "well": is_well(findings),
            "findings": [each.as_json() for each in findings],
        }

    async def wake(self, request: HttpRequest, name: str, wish: told.CheckWish) -> Json:
        """Let accounts of a drive that rest work again: one, or all of them."""
        woken = await self.house.installation.wake(
            _name(name), account=wish.account, by=person_of(request)
        )
        return {"drive": name, "unparked": list(woken)}

    async def find_halt(self, request: HttpRequest) -> Json:  # noqa: ARG002
        """Why everything is paused, while it is."""
        halt = await self.house.operating.find_halt()
        return {"halted": halt.as_json() if halt else None}

    async def halt(self, request: HttpRequest, said: told.HaltSaid) -> Json:
        """Have nothing begun any more, for anybody, until it is resumed."""
        reason = (said.reason or "").strip() or None
        halt = await self.house.installation.pause(reason, by=person_of(request))
        return {"halted": halt.as_json()}

    async def end_halt(self, request: HttpRequest) -> Json:
        """Let everything go on."""
        await self.house.installation.resume(by=person_of(request))
        return {"halted": None}


def _name(text: str) -> str:
    """Raises UnknownDrive for what none can be called."""
    if not text.isprintable():
        raise UnknownDrive("There is no such drive.")
    return text


def _drive_json(overview: DriveOverview) -> Json:
    drive = overview.drive
    return {
        "drive": drive.name,
        "acting": str(drive.acting),
        "accounts": list(drive.accounts),
        "delivery": str(drive.delivery),
        "known_accounts": [_account_json(each) for each in overview.accounts],
    }


def _account_json(account: Account) -> Json:
    pace, parked = account.pace, account.parked
    return {
        "account": split_account(account.id)[1] or "the pool",
        "calls_per_second": round(pace.rate, 3) if pace else None,
        "parked_until": parked.until.isoformat() if parked else None,
        "parked_because": parked.reason.message if parked else None,
    }
