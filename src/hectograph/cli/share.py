"""`hectograph share`: one document, a whole class, every student's folder."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from hectograph.app.drives import DriveDestination
from hectograph.app.house import House
from hectograph.app.sharing import RequestShare
from hectograph.cli import screen
from hectograph.cli.follow import follow, stopped_by_signals
from hectograph.cli.manner import manner_options, read_manner
from hectograph.cli.output import finish, json_option, notice, print_json
from hectograph.cli.repeats import (
    begin_repeating,
    preview_repeating,
    repeat_options,
    standing_request,
)
from hectograph.cli.when import read_timing, when_options
from hectograph.domain.manner import DEFAULT_PATTERN
from hectograph.domain.names import check_pattern
from hectograph.domain.recurrence import Rule
from hectograph.domain.repetition import DATED_PATTERN
from hectograph.domain.report import ShareReport
from hectograph.domain.schedule import When

Ask = Callable[[], Awaitable[RequestShare]]
"""Makes the request of what was typed."""


@click.command()
@click.argument("documents", metavar="DOCUMENT...", nargs=-1, required=True)
@click.option(
    "--roster",
    required=True,
    type=Path,
    metavar="FILE",
    help="The class: CSV, TSV or xlsx with a column for the students' names.",
)
@click.option(
    "--into",
    type=Path,
    metavar="DIRECTORY",
    help="Where the students' folders are.",
)
@click.option(
    "--drive",
    metavar="NAME",
    help="A drive of `hectograph drive add`, in place of --into.",
)
@click.option(
    "--as",
    "teacher",
    metavar="EMAIL",
    help="The teacher who shares, where teachers' accounts make the copies.",
)
@click.option(
    "--subject",
    default="",
    metavar="NAME",
    help="The subject whose folders receive, made by `hectograph folders ensure`.",
)
@click.option(
    "--class", "school_class", metavar="NAME", help="Only this class of the roster."
)
@manner_options
@click.option(
    "--again", is_flag=True, help="Make new copies beside those of earlier shares."
)
@when_options
@repeat_options
@click.option("--dry-run", is_flag=True, help="Show what would be done; do nothing.")
@click.option("--wait/--no-wait", default=True, help="Wait until every copy is there.")
@json_option
@click.pass_context
def share(
    context: click.Context,
    /,
    documents: tuple[str, ...],
    roster: Path,
    into: Path | None,
    drive: str | None,
    teacher: str | None,
    subject: str,
    school_class: str | None,
    pattern: str | None,
    *,
    per_group: bool,
    for_all: bool,
    access: str,
    again: bool,
    every: str | None,
    until: str | None,
    dry_run: bool,
    wait: bool,
    as_json: bool,
    **said: Any,
) -> None:
    """Put one copy of each DOCUMENT into every student's folder.

    Or one for each group, or one for all; `Groups` and `Whole class` below DIRECTORY, or on
    the drive, then have the folders.

    A student's folder is the roster's `folder` below DIRECTORY, else one of the
    student's name; missing folders are made. A folder as DOCUMENT is copied as a tree.
    With --drive a DOCUMENT is a link to Google Drive or an id, and so is the roster's
    `folder`.
    The same request again joins the earlier share and changes nothing.
    With --every it is made anew on each of these days, until it is cancelled.
    """
    check_pattern(pattern or DEFAULT_PATTERN)
    manner = read_manner(pattern, per_group=per_group, for_all=for_all, access=access)
    if (into is None) == (drive is None):
        raise click.UsageError("Say where to: either --into DIRECTORY or --drive NAME.")
    there = into or DriveDestination(drive=drive or "", subject=subject, teacher=teacher)
    if every is not None:
        standing = standing_request(
            documents,
            roster=roster,
            into=there,
            school_class=school_class,
            manner=manner if pattern else replace(manner, pattern=DATED_PATTERN),
        )
        rule = Rule.parse(every, when=When(**said), until=until)
        act = preview_repeating if dry_run else begin_repeating
        act(context, standing, rule, as_json=as_json)
        return
    if until is not None:
        raise click.UsageError("--until says when --every ends.")
    with context.obj.open_house(notice) as house:
        ask = partial(
            house.asking.request,
            documents,
            roster=roster,
            into=there,
            school_class=school_class,
            manner=manner,
            again=again,
            timing=read_timing(house, When(**said)),
        )
        if dry_run:
            preview, zone = asyncio.run(_preview(house, ask)), house.sharing.zone
            print_json(preview.as_json()) if as_json else screen.show_preview(
                preview, zone=zone
            )
            return
        context.exit(asyncio.run(_share(house, ask, wait=wait, as_json=as_json)))


@click.command()
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-school"),
    show_default=True,
    help="Where the sample school is made.",
)
@click.pass_context
def demo(context: click.Context, folder: Path) -> None:
    """Make a sample school, share a document with its class, and show what happened."""
    with context.obj.open_house(notice) as house:
        document, roster, directory = house.make_school(folder)
        ask = partial(house.asking.request, [str(document)], roster=roster, into=directory)
        code = asyncio.run(_share(house, ask, wait=True, as_json=False))
    screen.show_next_steps(document=document, roster=roster, directory=directory)
    context.exit(code)


async def _preview(house: House, ask: Ask) -> ShareReport:
    return await house.sharing.preview(await ask())


async def _share(house: House, ask: Ask, *, wait: bool, as_json: bool) -> int:
    with stopped_by_signals(house):
        requested = await house.sharing.request(await ask())
        # Who asks for later does not sit and wait.
        wait = wait and not requested.share.is_for_later
        if wait and not requested.share.is_ended:
            await follow(house, requested.share.id, quiet=as_json)
        report = await house.sharing.report(requested.share.id, joined=requested.joined)
    return finish(report, as_json=as_json, zone=house.sharing.zone, waited=wait)
