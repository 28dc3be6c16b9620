"""Following a share at a terminal: a bar to look at, and Ctrl-C."""

import sys
from collections.abc import Callable
from datetime import tzinfo

from hectograph.app import following
from hectograph.app.following import F
from hectograph.app.house import House
from hectograph.app.reception import Reception
from hectograph.cli import screen
from hectograph.cli.output import notice
from hectograph.domain.halt import Halt
from hectograph.domain.ids import CleanupId, ShareId


async def follow(reception: Reception, share: ShareId, *, quiet: bool) -> None:
    """Return when the share has ended, or when the person asked to stop."""
    with screen.progress_bar(quiet=quiet) as show:
        told = _telling_halts(show, zone=reception.zone, quiet=quiet)
        await reception.follow(share, show=told)


async def follow_taken(reception: Reception, share: ShareId, *, quiet: bool) -> None:
    """The same for the copies that a recall took up."""
    with screen.cleanup_bar(quiet=quiet) as show:
        told = _telling_halts(show, zone=reception.zone, quiet=quiet)
        await reception.follow_taken(share, show=told)


async def follow_cleanup(house: House, cleanup: CleanupId, *, quiet: bool) -> None:
    """Return when nothing of a clean-up is waited for, or when the person asked to stop."""
    with screen.cleanup_bar(quiet=quiet) as show:
        await following.follow(
            house,
            lambda: house.cleaning.report(cleanup),
            show=_telling_halts(show, zone=house.sharing.zone, quiet=quiet),
        )


def _telling_halts(
    show: Callable[[F], None], *, zone: tzinfo | None, quiet: bool
) -> Callable[[F], None]:
    """The same, and where there is no bar, a line when everything is paused or goes on."""
    if quiet or sys.stderr.isatty():
        return show
    before: Halt | None = None

    def tell(found: F) -> None:
        nonlocal before
        halt = found.halted
        if halt != before:
            words = halt and f"Everything is paused: {halt.words(zone=zone)}."
            notice(words or "It goes on.")
        before = halt
        show(found)

    return tell
