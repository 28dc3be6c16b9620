"""The options by which people say when a share is done."""

from collections.abc import Callable
from typing import Any

import click

OPTIONS = (
    click.option(
        "--at",
        metavar="TIME",
        help="Begin then: 09:00, tomorrow 09:00, monday 09:00, 2026-11-30 09:00.",
    ),
    click.option(
        "--tonight",
        is_flag=True,
        help="From tonight on, done by the morning of the next school day.",
    ),
    click.option("--done-by", metavar="TIME", help="All must be there by then."),
    click.option(
        "--reveal-at",
        metavar="TIME",
        help="Make the copies beforehand, and show them together then.",
    ),
    click.option(
        "--in-lesson", is_flag=True, help="A class waits for it: before all others."
    ),
)


def when_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options; the command is given `at`, `tonight` and so on."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command
