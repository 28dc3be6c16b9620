"""`hectograph queue`: what runs, what waits, and why."""

import click

from hectograph.cli.output import json_option, print_json
from hectograph.cli.queue_screen import show_queue
from hectograph.cli.reach import ask
from hectograph.domain.standing import standing_json


@click.command()
@click.option(
    "--account",
    metavar="ACCOUNT",
    help="Only this account, or all of a drive: google:school.",
)
@json_option
@click.pass_context
def queue(context: click.Context, account: str | None, *, as_json: bool) -> None:
    """Show what runs and what waits, in the order of being through, and why.

    With --json an object a line.
    """
    found, zone = ask(context, lambda reception: reception.queue(account))
    if not as_json:
        show_queue(found, zone=zone)
        return
    for each in found:
        for standing in each.standings:
            print_json(standing_json(each.line, standing, zone=zone))
