"""Following a share at a terminal: a bar to look at, and Ctrl-C."""

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hectograph.app import following
from hectograph.app.following import F
from hectograph.app.house import House
from hectograph.cli import screen
from hectograph.cli.output import notice
from hectograph.domain.halt import Halt
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
        await following.follow(
            house,
            lambda: house.sharing.progress(share),
            show=_telling_halts(show, house=house, quiet=quiet),
        )


async def follow_cleanup(house: House, cleanup: CleanupId, *, quiet: bool) -> None:
    """Return when nothing of a clean-up is waited for, or when the person asked to stop."""
    with screen.cleanup_bar(quiet=quiet) as show:
        await following.follow(
            house,
            lambda: house.cleaning.report(cleanup),
            show=_telling_halts(show, house=house, quiet=quiet),
        )


def _telling_halts(
    show: Callable[[F], None], *, house: House, quiet: bool
) -> Callable[[F], None]:
    """The same, and where there is no bar, a line when everything is paused or goes on."""
    if quiet or sys.stderr.isatty():
        return show
    before: Halt | None = None

    def tell(found: F) -> None:
        nonlocal before
        halt = found.halted
        if halt != before:
            words = halt and f"Everything is paused: {halt.words(zone=house.sharing.zone)}."
            notice(words or "It goes on.")
        before = halt
        show(found)

    return tell
