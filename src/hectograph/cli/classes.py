"""`hectograph classes`: those that are known, and can be shared with."""

import click

from hectograph.cli import screen
from hectograph.cli.output import json_option, print_json
from hectograph.cli.reach import ask
from hectograph.domain.school_class import class_json


@click.group()
def classes() -> None:
    """Look at the classes that hectograph knows."""


@classes.command("list")
@json_option
@click.pass_context
def list_classes(context: click.Context, *, as_json: bool) -> None:
    """List the classes by name; with --json an object a line."""
    found, _ = ask(context, lambda reception: reception.list_classes())
    if not as_json:
        screen.show_classes(found)
        return
    for each in found:
        print_json(class_json(each))
