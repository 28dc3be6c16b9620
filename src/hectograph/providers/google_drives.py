"""Opens Google drives: connections, tokens and paces that accounts of a process share."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from hectograph.domain.budget import Grant
from hectograph.domain.drive import GOOGLE_API_ROOT, Drive, split_account
from hectograph.domain.errors import LedgerUnavailable
from hectograph.domain.ids import AccountId
from hectograph.domain.pace import Pace, Verdict
from hectograph.ports.accounts import Account, Accounts
from hectograph.ports.clock import Clock
from hectograph.ports.drives import Drives
from hectograph.ports.provider import Notes, Permit
from hectograph.providers.drive_answers import Meaning, classify, find_wait
from hectograph.providers.drive_api import DriveApi
from hectograph.providers.drive_tokens import (
    SERVICE_ACCOUNT,
    TokenSource,
    token_source,
)
from hectograph.providers.google_drive import DriveTools, GoogleDrive
from hectograph.providers.paced import Handful, Paced
from hectograph.providers.transport import Answer, Call, Connections, Transport
from hectograph.threads import OneThread

KEEP_SECONDS: Final = 5.0
"""Time between two writings of what was learned of an account."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Transported:
    """A transport, with what its pace tells: room, and seconds of refusal."""

    transport: Transport
    room: Callable[[], int] = lambda: sys.maxsize
    refused_for: Callable[[], float] = lambda: 0.0
    hasten: Callable[[], None] = lambda: None


def judge(answer: Answer) -> Verdict:
    """What an answer says about the quota."""
    match classify(answer, writes=True).meaning:
        case Meaning.SLOW_DOWN:
            return Verdict.REFUSED
        case Meaning.UNKNOWN:
            return Verdict.FAILED
        case _:
            return Verdict.ADMITTED


def read_wait(answer: Answer) -> float | None:
    """How many seconds an answer asks to stay away."""
    wait = find_wait(answer.headers)
    return wait.total_seconds() if wait is not None else None


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
        self._paces: dict[AccountId, Pace] = {}

    @asynccontextmanager
    async def kept_open(self) -> AsyncIterator[None]:
        """Keep connections and tokens between one lane and the next."""
        shared = self._begin()
        try:
            yield
        finally:
            await self._end(shared)

    async def open(self, account: AccountId, permit: Permit, notes: Notes) -> GoogleDrive:
        """The drive for a lane, kept to the account's pace and the project's budget.

        Raises UnknownDrive and Misconfigured.
        """
        drive = await self._drive(account)
        known = await self._desk.run(self._accounts.account, account)
        shared = self._begin()
        try:
            paced = self._paced(drive, known, shared, permit=permit)
        except BaseException:
            await self._end(shared)
            raise
        keeping = asyncio.create_task(self._keep_learning(account, paced))

        async def close() -> None:
            keeping.cancel()
            self._paces[account] = paced.pace
            await self._keep(account, paced)
            await self._end(shared)

        transport = Transported(
            transport=paced,
            room=paced.room,
            refused_for=paced.refused_for_seconds,
            hasten=paced.give_up,
        )
        return self._opened(
            drive, account, shared, transport, permit=permit, notes=notes, close=close
        )

    async def look(self, account: AccountId, permit: Permit, notes: Notes) -> GoogleDrive:
        """The drive for a few calls, as fast as they come."""
        drive = await self._drive(account)
        shared = self._begin()
        direct = Transported(transport=shared.connections.transport(self.root_of(drive)))
        return self._opened(
            drive,
            account,
            shared,
            direct,
            permit=permit,
            notes=notes,
            close=lambda: self._end(shared),
        )

    async def _drive(self, account: AccountId) -> Drive:
        name, _ = split_account(account)
        return await self._desk.run(self._drives.drive, name)

    def _opened(
        self,
        drive: Drive,
        account: AccountId,
        shared: _Shared,
        transported: Transported,
        *,
        permit: Permit,
        notes: Notes,
        close: Callable[[], Awaitable[None]],
    ) -> GoogleDrive:
        return GoogleDrive(
            DriveTools(
                drive=drive,
                account=account,
                api_for=lambda email: self._api(
                    drive, email, shared, transported.transport
                ),
                accounts=self._accounts,
                desk=self._desk,
                clock=self._clock,
                permit=permit,
                notes=notes,
                room=transported.room,
                refused_for=transported.refused_for,
                hasten=transported.hasten,
                joins_within=self._settings.joins_within,
                sweep_after=self._settings.sweep_after,
                close=close,
                impersonates=self._tokens(drive, "", shared).describe().kind
                == SERVICE_ACCOUNT,
            )
        )

    def _paced(
        self,
        drive: Drive,
        known: Account,
        shared: _Shared,
        *,
        permit: Permit,
    ) -> Paced:
        pace = self._paces.pop(known.id, None)
        if pace is None or pace.outstanding:
            pace = Pace.begin(
                known.pace, now=self._clock.elapsed(), rested=known.rested_seconds
            )
        project = self._tokens(drive, "", shared).describe()
        name = (project.client_email or project.client_id).partition("@")[2]

        def reserve(wanted: int) -> Awaitable[Grant]:
            return self._desk.run(
                self._accounts.reserve,
                name or project.client_id,
                drive=drive.name,
                wanted=wanted,
                plan=drive.quota,
            )

        return Paced(
            Permitted(shared.connections.transport(self.root_of(drive)), permit),
            pace=pace,
            judge=judge,
            retry_after=read_wait,
            clock=self._clock,
            handful=Handful(drive.quota, reserve=reserve, clock=self._clock),
        )

    async def _keep_learning(self, account: AccountId, paced: Paced) -> None:
        while True:
            await self._clock.sleep(KEEP_SECONDS)
            await self._keep(account, paced)

    async def _keep(self, account: AccountId, paced: Paced) -> None:
        learned = paced.learned()
        if learned is not None:
            with suppress(LedgerUnavailable):
                await self._desk.run(self._accounts.keep_pace, account, learned)

    def root_of(self, drive: Drive) -> str:
        """Where the drive's API is."""
        return (self._settings.api_root or drive.api_root or GOOGLE_API_ROOT).rstrip("/")

    def _api(
        self, drive: Drive, email: str, shared: _Shared, transport: Transport
    ) -> DriveApi:
        tokens = self._tokens(drive, email, shared)
        return DriveApi(transport=transport, tokens=tokens, quota_user=email or None)

    def _tokens(self, drive: Drive, email: str, shared: _Shared) -> TokenSource:
        key = (drive.credentials, email)
        if key not in shared.tokens:
            shared.tokens[key] = token_source(Path(drive.credentials), email=email)
        return shared.tokens[key]

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
