"""`hectograph drive` and `hectograph folders`: what those who look after drives do."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from hectograph.app.folders import FolderRequest
from hectograph.app.house import House
from hectograph.cli import drive_screen
from hectograph.cli.output import json_option, notice, print_json
from hectograph.domain.drive import (
    GOOGLE_API_ROOT,
    ActingChoice,
    DeliveryMode,
    Drive,
    check_api_root,
    parse_quota,
)
from hectograph.domain.drive_findings import DriveFinding, is_well

EXCEPTIONS = 3
"""The exit code when not all is well, or not every folder is there."""

teacher_option = click.option(
    "--as",
    "teacher",
    metavar="EMAIL",
    help="The teacher who acts, where teachers' own accounts do.",
)


@click.group()
def drive() -> None:
    """Set drives up, and look after them."""


@drive.group()
def add() -> None:
    """Set up a drive at a storage service, or set it up anew."""


@add.command()
@click.argument("name")
@click.option(
    "--service-account",
    type=Path,
    metavar="FILE",
    help="The JSON key of a service account with domain-wide delegation.",
)
@click.option(
    "--oauth-client",
    type=Path,
    metavar="FILE",
    help="The file that an account's signing in made, in place of a service account.",
)
@click.option(
    "--acting",
    required=True,
    metavar="WHO",
    help="Who makes the copies: teacher, institution:EMAIL, couriers:EMAIL,EMAIL,… or "
    "recipient.",
)
@click.option(
    "--delivery",
    type=click.Choice(list(map(str, DeliveryMode))),
    default=str(DeliveryMode.STAGED),
    show_default=True,
    help="By way of a hidden folder, or straight into the students'.",
)
@click.option(
    "--quota",
    default="units",
    show_default=True,
    metavar="QUOTA",
    help="What the project may use a minute: units (1,000,000), queries (12,000), or a "
    "number such as 600queries.",
)
@click.option(
    "--api-root",
    default=GOOGLE_API_ROOT,
    show_default=True,
    metavar="URL",
    help="Another server than Google's: a proxy, an emulator.",
)
@json_option
@click.pass_context
def google(
    context: click.Context,
    name: str,
    service_account: Path | None,
    oauth_client: Path | None,
    acting: str,
    delivery: str,
    quota: str,
    api_root: str,
    *,
    as_json: bool,
) -> None:
    """Set up a Google Drive as NAME. Only the path of the key file is kept."""
    key = service_account or oauth_client
    if key is None or (service_account and oauth_client):
        raise click.UsageError(
            "Name one key file: either --service-account FILE or --oauth-client FILE."
        )
    choice = ActingChoice.parse(acting)
    made = Drive(
        name=name,
        # Not resolved: a mounted secret is a link that moves on to the next version.
        credentials=str(key.absolute()),
        acting=choice.acting,
        accounts=choice.accounts,
        delivery=DeliveryMode(delivery),
        api_root=check_api_root(api_root),
        quota=parse_quota(quota),
    )
    with context.obj.open_house(notice) as house:
        warnings = asyncio.run(
            house.administering.add(made, is_personal=oauth_client is not None)
        )
    for each in warnings:
        notice(f"hectograph: {each.check}: {each.message} {each.remedy}")
    if as_json:
        print_json(drive_screen.drive_json(made))
        return
    drive_screen.show_added(made)


@drive.command("list")
@json_option
@click.pass_context
def list_drives(context: click.Context, *, as_json: bool) -> None:
    """List the drives, and what is known of their accounts."""
    with context.obj.open_house(notice) as house:
        found = asyncio.run(house.administering.list_drives())
        zone = house.sharing.zone
    if not as_json:
        drive_screen.show_drives(found, zone=zone)
        return
    for each in found:
        print_json(drive_screen.overview_json(each))


@drive.command()
@click.argument("name")
@click.option("--as", "teacher", metavar="EMAIL", help="The teacher or student to try.")
@json_option
@click.pass_context
def check(context: click.Context, name: str, teacher: str | None, *, as_json: bool) -> None:
    """Look the drive NAME over: key, token, API, accounts, staging. 3: not all is well."""
    with context.obj.open_house(notice) as house:
        show = (
            (lambda each: print_json(each.as_json()))
            if as_json
            else drive_screen.FindingScreen()
        )
        found = asyncio.run(_check(house, name, teacher=teacher, show=show))
    if not as_json:
        drive_screen.show_verdict(name, found)
    context.exit(0 if is_well(found) else EXCEPTIONS)


async def _check(
    house: House, name: str, *, teacher: str | None, show: Callable[[DriveFinding], Any]
) -> list[DriveFinding]:
    found = []
    async for each in house.administering.check(name, teacher=teacher):
        show(each)
        found.append(each)
    return found


@drive.command()
@click.argument("name")
@click.argument("account", required=False)
@json_option
@click.pass_context
def unpark(
    context: click.Context, name: str, account: str | None, *, as_json: bool
) -> None:
    """Let accounts of the drive NAME that rest work again: ACCOUNT, or all of them."""
    with context.obj.open_house(notice) as house:
        woken = asyncio.run(house.administering.unpark(name, account=account))
    if as_json:
        print_json({"drive": name, "unparked": list(woken)})
        return
    click.echo(drive_screen.unparked(woken))


@click.group()
def folders() -> None:
    """The students' folders on a drive."""


@folders.command()
@click.option("--drive", required=True, metavar="NAME", help="A drive of `drive add`.")
@click.option(
    "--roster",
    required=True,
    type=Path,
    metavar="FILE",
    help="The class: CSV, TSV or xlsx with columns for names and classes.",
)
@click.option(
    "--class", "school_class", metavar="NAME", help="Only this class of the roster."
)
@click.option(
    "--subject",
    default="",
    metavar="NAME",
    help="Put the students' folders into one of this name within the class's.",
)
@click.option(
    "--teacher",
    "teachers",
    multiple=True,
    metavar="EMAIL",
    help="Who may write in the class's folder; more than once for several.",
)
@teacher_option
@click.option("--dry-run", is_flag=True, help="Show what would be done; do nothing.")
@json_option
@click.pass_context
def ensure(
    context: click.Context,
    drive: str,
    roster: Path,
    school_class: str | None,
    subject: str,
    teachers: tuple[str, ...],
    teacher: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Have a folder for every student, shared with them; safe to run again.

    Missing folders are made, and those in the trash restored. A folder that was renamed or
    moved stays as it is. 3: not everything could be done; run it again.
    """
    request = FolderRequest(
        drive=drive,
        roster=roster,
        school_class=school_class,
        subject=subject,
        teachers=teachers,
        teacher=teacher,
        dry_run=dry_run,
    )
    with (
        context.obj.open_house(notice) as house,
        drive_screen.folder_bar(quiet=as_json) as show,
    ):
        report = asyncio.run(house.folders.ensure(request, show=show))
    if as_json:
        print_json(report.as_json())
    else:
        drive_screen.show_folders(report, request=request)
    context.exit(0 if report.is_complete else EXCEPTIONS)
