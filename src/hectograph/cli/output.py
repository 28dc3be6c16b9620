"""What every command prints in the same way."""

import getpass
import json
import os
from datetime import tzinfo
from typing import Any

import click

from hectograph.cli import screen
from hectograph.domain.report import ShareReport
from hectograph.domain.share import ShareState

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")

wait_option = click.option(
    "--wait/--no-wait", default=True, help="Wait until it is done, and say what came of it."
)

UNDER_WAY = 75
"""The exit code of somebody who waited, and stopped before the share had ended."""

STATE_CODES = {
    ShareState.COMPLETE: 0,
    ShareState.COMPLETE_WITH_EXCEPTIONS: 3,
    ShareState.CANCELLED: 1,
    ShareState.RECALLED: 1,
}


def asker() -> str:
    """Who asks: the name of the account on this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def notice(text: str) -> None:
    """Say something on stderr that is not the result."""
    click.echo(text, err=True)


def print_json(value: Any) -> None:
    """Print one JSON object on a line of stdout."""
    click.echo(json.dumps(value, ensure_ascii=False))


def finish(
    report: ShareReport, *, as_json: bool, zone: tzinfo | None, waited: bool = True
) -> int:
    """Print a share's outcome; the exit code that says the same."""
    if as_json:
        print_json(report.as_json())
    else:
        screen.show_outcome(report, waited=waited, zone=zone)
    return STATE_CODES.get(report.state, UNDER_WAY if waited else 0)
