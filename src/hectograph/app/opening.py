"""A drive, opened for a use case and closed after it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from hectograph.domain.ids import AccountId
from hectograph.ports.provider import Provider

OpenDrive = Callable[[AccountId], Awaitable[Provider]]
"""Opens the drive of an account for somebody who is not a lane."""


@asynccontextmanager
async def opened(open_drive: OpenDrive, account: AccountId) -> AsyncIterator[Provider]:
    """The drive, until the context ends."""
    drive = await open_drive(account)
    try:
        yield drive
    finally:
        await drive.close()
