"""Opens Google drives: connections, tokens and paces that accounts of a process share."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from hectograph.domain.drive import GOOGLE_API_ROOT, Drive, split_account
from hectograph.domain.ids import AccountId
from hectograph.ports.accounts import Accounts
from hectograph.ports.clock import Clock
from hectograph.ports.drives import Drives
from hectograph.ports.provider import Notes, Permit
from hectograph.providers.drive_api import DriveApi
from hectograph.providers.drive_tokens import TokenSource, token_source
from hectograph.providers.google_drive import DriveTools, GoogleDrive
from hectograph.providers.transport import Answer, Call, Connections, Transport
from hectograph.threads import OneThread


@dataclass(frozen=True, slots=True)
class Permitted:
    """Asks for the permit right before a call that writes leaves."""

    transport: Transport
    permit: Permit

    async def send(self, call: Call) -> Answer:
        if call.writes:
            self.permit.check()
        return await self.transport.send(call)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleSettings:
    """`api_root` stands for every drive's own; times as in the settings."""

    api_root: str | None
    joins_within: timedelta
    sweep_after: timedelta


@dataclass(slots=True)
class _Shared:
    """What the open drives of one event loop share; closed with the last of them."""

    connections: Connections = field(default_factory=Connections)
    tokens: dict[tuple[str, str], TokenSource] = field(default_factory=dict)
    users: int = 0


class GoogleDrives:
    """The Google drives that this process has open."""

    def __init__(
        self,
        *,
        drives: Drives,
        accounts: Accounts,
        desk: OneThread,
        clock: Clock,
        settings: GoogleSettings,
    ) -> None:
        self._drives = drives
        self._accounts = accounts
        self._desk = desk
        self._clock = clock
        self._settings = settings
        self._shared: dict[asyncio.AbstractEventLoop, _Shared] = {}

    async def open(self, account: AccountId, permit: Permit, notes: Notes) -> GoogleDrive:
        """The drive as this account uses it. Raises UnknownDrive and Misconfigured."""
        name, _ = split_account(account)
        drive = await self._desk.run(self._drives.drive, name)
        shared = self._begin()
        transport = Permitted(shared.connections.transport(self.root_of(drive)), permit)
        tools = DriveTools(
            drive=drive,
            account=account,
            api_for=lambda email: self._api(drive, email, shared, transport),
            accounts=self._accounts,
            desk=self._desk,
            clock=self._clock,
            permit=permit,
            notes=notes,
            room=lambda: 64,
            joins_within=self._settings.joins_within,
            sweep_after=self._settings.sweep_after,
            close=lambda: self._end(shared),
        )
        try:
            return GoogleDrive(tools)
        except BaseException:
            await self._end(shared)
            raise

    def root_of(self, drive: Drive) -> str:
        """Where the drive's API is."""
        return (self._settings.api_root or drive.api_root or GOOGLE_API_ROOT).rstrip("/")

    def _api(
        self, drive: Drive, email: str, shared: _Shared, transport: Transport
    ) -> DriveApi:
        key = (drive.credentials, email)
        if key not in shared.tokens:
            shared.tokens[key] = token_source(Path(drive.credentials), email=email)
        tokens = shared.tokens[key]
        return DriveApi(transport=transport, tokens=tokens, quota_user=email or None)

    def _begin(self) -> _Shared:
        loop = asyncio.get_running_loop()
        shared = self._shared.setdefault(loop, _Shared())
        shared.users += 1
        return shared

    async def _end(self, shared: _Shared) -> None:
        shared.users -= 1
        if shared.users:
            return
        del self._shared[asyncio.get_running_loop()]
        for tokens in shared.tokens.values():
            tokens.close()
        await shared.connections.close()
