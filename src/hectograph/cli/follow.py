"""Following a share at a terminal: a bar to look at, and Ctrl-C."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from hectograph.app import following
from hectograph.app.house import House
from hectograph.cli import screen
from hectograph.domain.ids import CleanupId, ShareId


@contextmanager
def stopped_by_signals(house: House) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end what runs inside, gently."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, house.stopping.set)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def follow(house: House, share: ShareId, *, quiet: bool) -> None:
    """Return when the share has ended, or when the person asked to stop."""
    with screen.progress_bar(quiet=quiet) as show:
        await following.follow(house, lambda: house.sharing.progress(share), show=show)


async def follow_cleanup(house: House, cleanup: CleanupId, *, quiet: bool) -> None:
    """Return when nothing of a clean-up is waited for, or when the person asked to stop."""
    with screen.cleanup_bar(quiet=quiet) as show:
        await following.follow(house, lambda: house.cleaning.report(cleanup), show=show)
