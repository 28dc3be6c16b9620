"""`hectograph share`: one document, a whole class, every student's folder."""

import asyncio
from pathlib import Path
from typing import Any

import click

from hectograph.app.drives import DriveDestination
from hectograph.app.here import HouseReception
from hectograph.app.reception import Order, Reception
from hectograph.cli import screen
from hectograph.cli.follow import follow
from hectograph.cli.manner import manner_options, read_manner
from hectograph.cli.output import asker, finish, json_option, notice, print_json
from hectograph.cli.reach import Act, ask, stopped_by_signals
from hectograph.cli.repeats import begin_repeating, preview_repeating, repeat_options
from hectograph.cli.when import when_options
from hectograph.domain.manner import DEFAULT_PATTERN
from hectograph.domain.names import check_pattern
from hectograph.domain.recurrence import Rule
from hectograph.domain.report import ShareReport
from hectograph.domain.schedule import When


@click.command()
@click.argument("documents", metavar="DOCUMENT...", nargs=-1, required=True)
@click.option(
    "--roster",
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
    help="The subject whose folders receive: within each student's, or on the drive.",
)
@click.option(
    "--class",
    "school_class",
    metavar="NAME",
    help="Only this class of the roster; at a server, the class that is known there.",
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
    roster: Path | None,
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
    mode, rights = read_manner(per_group=per_group, for_all=for_all, access=access)
    on_drive = DriveDestination(drive=drive or "", subject=subject, teacher=teacher)
    if not context.obj.is_far:
        _check_place(roster, into, drive)
    when = When(**said)
    order = Order(
        documents=documents,
        school_class=school_class,
        roster=roster,
        into=on_drive if drive is not None else into,
        pattern=pattern,
        mode=mode,
        access=rights,
        subject=subject,
        again=again,
        when=when,
    )
    if every is not None:
        rule = Rule.parse(every, when=when, until=until)
        act = preview_repeating if dry_run else begin_repeating
        act(context, order, rule, as_json=as_json)
        return
    if until is not None:
        raise click.UsageError("--until says when --every ends.")
    if dry_run:
        preview, zone = ask(context, lambda reception: reception.preview(order))
        print_json(preview.as_json()) if as_json else screen.show_preview(
            preview, zone=zone
        )
        return
    report, zone = ask(context, _sharing(order, wait=wait, quiet=as_json))
    waited = wait and not report.share.is_for_later
    context.exit(finish(report, as_json=as_json, zone=zone, waited=waited))


def _check_place(roster: Path | None, into: Path | None, drive: str | None) -> None:
    """Of this machine a command names who gets it, and where. Raises UsageError."""
    if roster is None:
        raise click.UsageError("Missing option '--roster'.")
    if (into is None) == (drive is None):
        raise click.UsageError("Say where to: either --into DIRECTORY or --drive NAME.")


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
        order = Order(documents=(str(document),), roster=roster, into=directory)
        reception = HouseReception(house=house, by=asker(), told=notice)
        report = asyncio.run(_shared(reception, order, wait=True, quiet=False))
        zone = house.sharing.zone
    code = finish(report, as_json=False, zone=zone)
    screen.show_next_steps(document=document, roster=roster, directory=directory)
    context.exit(code)


def _sharing(order: Order, *, wait: bool, quiet: bool) -> Act[ShareReport]:
    return lambda reception: _shared(reception, order, wait=wait, quiet=quiet)


async def _shared(
    reception: Reception, order: Order, *, wait: bool, quiet: bool
) -> ShareReport:
    with stopped_by_signals(reception.stopping):
        requested = await reception.request(order)
        share = requested.share
        # Who asks for later does not sit and wait.
        if wait and not share.is_for_later and not share.is_ended:
            await follow(reception, share.id, quiet=quiet)
        return await reception.report(share.id, joined=requested.joined)
