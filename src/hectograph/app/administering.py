"""What those who look after a drive can do: set it up, look it over, wake accounts."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hectograph.domain.drive import (
    Acting,
    DeliveryMode,
    Drive,
    check_api_root,
    check_drive_name,
    check_email,
    split_account,
)
from hectograph.domain.drive_findings import DriveFinding, FindingState
from hectograph.domain.errors import (
    HectographError,
    Misconfigured,
    ProviderError,
    RequestRefused,
)
from hectograph.domain.rest import Parked
from hectograph.ports.accounts import Account, Accounts
from hectograph.ports.clock import Clock
from hectograph.ports.drive_office import DriveAccount, DriveOffice, KeyFile, Storage
from hectograph.ports.drives import Drives
from hectograph.threads import OneThread

FULL_PERCENT: Final = 95
SIZES: Final = (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024))


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveOverview:
    """A drive with the accounts that ever acted there."""

    drive: Drive
    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Administering:
    """The administrators' part of a school's drives."""

    drives: Drives
    accounts: Accounts
    office: DriveOffice
    desk: OneThread
    clock: Clock

    async def add(self, drive: Drive, *, is_personal: bool) -> Sequence[DriveFinding]:
        """Set a drive up, or anew; what should be looked at all the same.

        `is_personal`: the key file is said to be one account's own. Raises RequestRefused
        and Misconfigured.
        """
        check_drive_name(drive.name)
        check_api_root(drive.api_root)
        key = self.office.read_key(Path(drive.credentials))
        _check_kind(key, drive, is_personal=is_personal)
        await self.desk.run(self.drives.put, drive)
        return [each for each in _key_findings(key) if each.state is FindingState.WARNING]

    async def list_drives(self) -> Sequence[DriveOverview]:
        """All drives, with what is remembered of their accounts."""
        return [
            DriveOverview(drive=each, accounts=await self._accounts(each))
            for each in await self.desk.run(self.drives.list_drives)
        ]

    async def overview(self, name: str) -> DriveOverview:
        """One of them. Raises UnknownDrive."""
        drive = await self.desk.run(self.drives.drive, name)
        return DriveOverview(drive=drive, accounts=await self._accounts(drive))

    async def unpark(self, name: str, *, account: str | None) -> Sequence[str]:
        """Let accounts that rest work again at once; which ones did."""
        drive = await self.desk.run(self.drives.drive, name)
        wanted = check_email(account) if account is not None else None
        woken = []
        for each in await self._accounts(drive):
            email = split_account(each.id)[1]
            if each.parked is not None and wanted in (None, email):
                await self.desk.run(self.accounts.park, each.id, None)
                woken.append(email or str(each.id))
        return woken

    async def check(self, name: str, *, teacher: str | None) -> AsyncIterator[DriveFinding]:
        """Look a drive over, account by account; each finding as soon as it is known.

        Raises UnknownDrive and RequestRefused.
        """
        drive = await self.desk.run(self.drives.drive, name)
        emails = _acting_emails(drive, teacher)
        try:
            key = self.office.read_key(Path(drive.credentials))
        except Misconfigured as error:
            yield _failed("key file", error)
            return
        for finding in _key_findings(key):
            yield finding
        parked = {
            split_account(each.id)[1]: each.parked
            for each in await self._accounts(drive)
            if each.parked is not None
        }
        whose: Sequence[str | None] = emails or [None]
        for email in whose:
            async with self.office.open(drive, email) as account:
                async for finding in self._look_over(drive, account, email, key=key):
                    yield finding
            if email is not None:
                yield _at_work(drive, parked.pop(email, None), email)
        if not emails:
            yield _needs_account(drive)
        for other, rests in parked.items():
            yield _at_work(drive, rests, other)

    async def _look_over(
        self, drive: Drive, account: DriveAccount, email: str | None, *, key: KeyFile
    ) -> AsyncIterator[DriveFinding]:
        """One account, until something is amiss on which the rest depends."""
        try:
            await account.sign_in()
        except ProviderError as error:
            yield _failed("token", error, account=email)
            return
        yield _ok("token", _token_words(email), account=email)
        try:
            storage = await account.storage()
        except ProviderError as error:
            yield _failed("Drive API", error, account=email, where=key.project)
            return
        yield _ok("Drive API", "It answers.", account=email)
        if email is None:
            return
        yield _storage_finding(storage, email)
        if drive.delivery is DeliveryMode.STAGED and drive.acting is not Acting.RECIPIENT:
            yield await self._staging(account, email)

    async def _staging(self, account: DriveAccount, email: str) -> DriveFinding:
        try:
            is_own = await account.staging()
        except ProviderError as error:
            return _failed("staging folder", error, account=email)
        if is_own:
            return _ok("staging folder", "It is there, and the account's own.", email)
        return DriveFinding(
            check="staging folder",
            state=FindingState.FAILED,
            message="The hidden folder is not the account's own, or lies in the trash.",
            remedy="Run the command again: it is made anew.",
            account=email,
        )

    async def _accounts(self, drive: Drive) -> tuple[Account, ...]:
        return tuple(await self.desk.run(self.accounts.list_of_drive, drive.pool))


def _acting_emails(drive: Drive, teacher: str | None) -> list[str]:
    if drive.acting in (Acting.INSTITUTION, Acting.COURIERS):
        return list(drive.accounts)
    return [check_email(teacher)] if teacher is not None else []


def _check_kind(key: KeyFile, drive: Drive, *, is_personal: bool) -> None:
    if key.is_personal != is_personal:
        kind = "an account that signed in" if key.is_personal else "a service account"
        option = "--oauth-client" if key.is_personal else "--service-account"
        raise RequestRefused(
            f"{drive.credentials} is the key of {kind}.",
            effect="Nothing was added.",
            remedy=f"Name it with {option}, or choose another file.",
        )
    if is_personal and drive.acting is not Acting.INSTITUTION:
        raise RequestRefused(
            "An account that signed in acts for itself, and for nobody else.",
            effect="Nothing was added.",
            remedy="Take --acting institution:EMAIL with the email of that account, or the "
            "key of a service account.",
        )


def _key_findings(key: KeyFile) -> Sequence[DriveFinding]:
    name = key.client_email or key.client_id
    kind = "an account that signed in" if key.is_personal else "a service account"
    if not key.is_open:
        return [_ok("key file", f"It can be read: {kind}, {name}.")]
    return [
        DriveFinding(
            check="key file",
            state=FindingState.WARNING,
            message=f"It can be read ({kind}, {name}), and so it can by everybody on this "
            "machine.",
            remedy="Take that right away: chmod o-r FILE",
        )
    ]


def _token_words(email: str | None) -> str:
    return "Google lets the account in." if email else "Google knows the service account."


def _storage_finding(storage: Storage, email: str) -> DriveFinding:
    if storage.email.lower() != email:
        return DriveFinding(
            check="account",
            state=FindingState.FAILED,
            message=f"The key file acts for {storage.email}.",
            remedy=f"Let {email} sign in, or set the drive up for {storage.email}.",
            account=email,
        )
    used = _size(storage.used_bytes)
    if storage.limit_bytes is None:
        return _ok("account", f"{used} used, without a limit.", email)
    percent = 100 * storage.used_bytes // max(1, storage.limit_bytes)
    words = f"{used} of {_size(storage.limit_bytes)} used ({percent} %)."
    if percent < FULL_PERCENT:
        return _ok("account", words, email)
    is_full = storage.used_bytes >= storage.limit_bytes
    return DriveFinding(
        check="account",
        state=FindingState.FAILED if is_full else FindingState.WARNING,
        message=words,
        remedy="Free some space there, or give the account more.",
        account=email,
    )


def _size(size_bytes: int) -> str:
    for unit, bytes_each in SIZES:
        if size_bytes >= bytes_each:
            return f"{size_bytes / bytes_each:,.1f} {unit}"
    return f"{size_bytes} bytes"


def _at_work(drive: Drive, parked: Parked | None, email: str | None) -> DriveFinding:
    if parked is None:
        return _ok("at work", "It does not rest.", email)
    words = ("hectograph drive unpark", drive.name, email)
    return DriveFinding(
        check="at work",
        state=FindingState.FAILED,
        message=f"It rests until {parked.until:%Y-%m-%d %H:%M} UTC: "
        f"{parked.reason.message}",
        remedy=f"{parked.reason.remedy} To let it work at once: "
        f"{' '.join(word for word in words if word)}",
        account=email,
    )


def _needs_account(drive: Drive) -> DriveFinding:
    return DriveFinding(
        check="account",
        state=FindingState.UNKNOWN,
        message="On this drive teachers' own accounts act, and none was named."
        if drive.acting is Acting.TEACHER
        else "On this drive students' own accounts act, and none was named.",
        remedy=f"Name one to try: hectograph drive check {drive.name} --as EMAIL",
    )


def _ok(check: str, message: str, account: str | None = None) -> DriveFinding:
    return DriveFinding(
        check=check, state=FindingState.OK, message=message, account=account
    )


def _failed(
    check: str,
    error: HectographError,
    *,
    account: str | None = None,
    where: str | None = None,
) -> DriveFinding:
    remedy = error.remedy.replace("run `hectograph shares retry ID`", "check again")
    return DriveFinding(
        check=check,
        state=FindingState.FAILED,
        message=error.reason().message,
        remedy=f"{remedy} The project is {where}." if where else remedy,
        account=account,
    )
