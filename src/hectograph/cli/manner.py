"""The options that say how copies are made: their names, for whom, and for what."""

from collections.abc import Callable
from typing import Any

import click

from hectograph.domain.manner import DEFAULT_PATTERN, Access, ShareMode

OPTIONS = (
    click.option(
        "--name",
        "pattern",
        show_default=f"{DEFAULT_PATTERN}, with the date if --every",
        metavar="PATTERN",
        help="The copies' names: {document}, {student}, {class}, {date}.",
    ),
    click.option(
        "--per-group", is_flag=True, help="One copy for each group of the roster."
    ),
    click.option("--for-all", is_flag=True, help="One copy for the whole class."),
    click.option(
        "--access",
        type=click.Choice([str(each) for each in Access]),
        default=str(Access.EDIT),
        show_default=True,
        help="What students may do with a copy that several share, on a drive.",
    ),
)


def manner_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options; the command is given what `read_manner` takes."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def read_manner(*, per_group: bool, for_all: bool, access: str) -> tuple[ShareMode, Access]:
    """For whom a copy is made, and what they may do with it, as that was said."""
    if per_group and for_all:
        raise click.UsageError("Say either --per-group or --for-all.")
    mode = ShareMode.GROUP if per_group else ShareMode.CLASS if for_all else ShareMode.OWN
    return mode, Access(access)
