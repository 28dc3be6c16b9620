"""`hectograph recall`, `correct`, `cleanup …` and `audit`."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import click

from hectograph.app.drives import DriveDestination
from hectograph.app.house import House
from hectograph.app.reception import Reception
from hectograph.cli import cleanup_screen, screen
from hectograph.cli.follow import follow, follow_cleanup, follow_taken
from hectograph.cli.output import (
    STATE_CODES,
    UNDER_WAY,
    asker,
    json_option,
    notice,
    print_json,
    wait_option,
)
from hectograph.cli.reach import ask, stopped_by_signals
from hectograph.domain.cleanup import CleanupReport
from hectograph.domain.ids import CleanupId, ShareId
from hectograph.domain.litter import build_wanted
from hectograph.domain.removal import RemovalState
from hectograph.domain.report import ShareReport
from hectograph.ports.cleanups import Scope

EXCEPTIONS = 3
"""The exit code when something stays, or came back, because it was touched."""


@click.command()
@click.argument("share", metavar="SHARE")
@click.option("--undo", is_flag=True, help="Bring back what was taken away.")
@wait_option
@json_option
@click.pass_context
def recall(
    context: click.Context, share: str, *, undo: bool, wait: bool, as_json: bool
) -> None:
    """Take a share back: copies that nobody touched go, the others are listed.

    A share that runs is stopped first. Nothing is deleted: copies go into a quarantine
    or the trash, and come back with --undo, or by themselves should somebody have worked
    on one after all.
    """
    wanted = ShareId(share.strip().lower())

    async def act(reception: Reception) -> CleanupReport:
        with stopped_by_signals(reception.stopping):
            if undo:
                await reception.undo_recall(wanted)
            else:
                await reception.recall(wanted)
            if wait:
                await follow_taken(reception, wanted, quiet=as_json)
            return await reception.taken(wanted)

    report, _ = ask(context, act)
    _show(report, as_json=as_json)
    context.exit(_code(report, waited=wait))


@click.command()
@click.argument("share", metavar="SHARE")
@click.argument("document", metavar="DOCUMENT")
@wait_option
@json_option
@click.pass_context
def correct(
    context: click.Context, share: str, document: str, *, wait: bool, as_json: bool
) -> None:
    """Send DOCUMENT, a better version, to everybody who got SHARE.

    Copies that nobody touched are replaced, under the same names. Who has worked on a
    copy keeps it, and gets the new version beside it, marked as corrected. On Google
    Drive DOCUMENT is a link or an id.
    """
    wanted = ShareId(share.strip().lower())

    async def carry_out(reception: Reception) -> tuple[CleanupReport, ShareReport]:
        with stopped_by_signals(reception.stopping):
            done = await reception.correct(wanted, document)
            if wait:
                # It ends last: whoever works meanwhile is not stopped in between.
                await follow(reception, done.share, quiet=as_json)
            return await reception.taken(wanted), await reception.report(done.share)

    (taken, given), zone = ask(context, carry_out)
    if as_json:
        print_json({"taken": taken.as_json(), "given": given.as_json()})
    else:
        cleanup_screen.show_correction(taken)
        screen.show_outcome(given, waited=wait, zone=zone)
    context.exit(STATE_CODES.get(given.state, UNDER_WAY if wait else 0))


@click.group()
def cleanup() -> None:
    """List what is left over, take it out of sight, bring it back."""


@cleanup.command()
@click.option("--share", metavar="ID", help="What this share has left over.")
@click.option(
    "--class", "school_class", metavar="CLASS", help="What a class's shares have."
)
@click.option("--all", "everything", is_flag=True, help="What all shares have.")
@click.option(
    "--duplicates",
    is_flag=True,
    help="With one of these: where a folder has more than one copy of the same.",
)
@click.option(
    "--pattern",
    metavar="PATTERN",
    help="Files of an older tool: what their names are like, such as 'temp_*'.",
)
@click.option(
    "--into",
    type=Path,
    metavar="DIRECTORY",
    help="With --pattern: where the students' folders are.",
)
@click.option(
    "--drive",
    metavar="NAME",
    help="With --pattern: a drive of `hectograph drive add`, in place of --into.",
)
@click.option(
    "--as",
    "teacher",
    metavar="EMAIL",
    help="With --drive: the teacher who looks, where teachers' accounts act.",
)
@click.option(
    "--since", metavar="WHEN", help="With --pattern: made then or later; a date or time."
)
@click.option(
    "--until",
    metavar="WHEN",
    help="With --pattern: made then or earlier, the day included.",
)
@click.option(
    "--creator", metavar="EMAIL", help="With --drive: the account that the tool used."
)
@click.option(
    "--parents",
    type=Path,
    metavar="FILE",
    help="With --pattern: the tool's shares, a table with columns Started and Ended.",
)
@json_option
@click.pass_context
def plan(
    context: click.Context,
    share: str | None,
    school_class: str | None,
    pattern: str | None,
    into: Path | None,
    drive: str | None,
    teacher: str | None,
    since: str | None,
    until: str | None,
    creator: str | None,
    parents: Path | None,
    *,
    everything: bool,
    duplicates: bool,
    as_json: bool,
) -> None:
    """List what would go and what stays, and why. Nothing is done.

    Of shares, what they have left over, or with --duplicates what a student has twice;
    with --pattern, what an older tool left in students' folders.
    """
    if sum((bool(share), bool(school_class), everything, pattern is not None)) != 1:
        raise click.UsageError(
            "Say of what: --share ID, --class CLASS or --all; or --pattern PATTERN."
        )
    if duplicates and pattern is not None:
        raise click.UsageError("--duplicates goes with --share, --class or --all.")
    litter = _Litter(
        into=into,
        drive=drive,
        teacher=teacher,
        since=since,
        until=until,
        creator=creator,
        parents=parents,
    )
    where = litter.where(pattern)
    wanted = ShareId(share.strip().lower()) if share else None
    scope = Scope(share=wanted, school_class=school_class)
    with context.obj.open_house(notice) as house:
        if pattern is not None and where is not None:
            report = asyncio.run(litter.plan(house, pattern, where))
        elif duplicates:
            report = asyncio.run(house.duplicates.plan(scope, by=asker()))
        else:
            report = asyncio.run(house.cleaning.plan_leftovers(scope, by=asker()))
    _show(report, as_json=as_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Litter:
    """What was typed beside --pattern."""

    into: Path | None
    drive: str | None
    teacher: str | None
    since: str | None
    until: str | None
    creator: str | None
    parents: Path | None

    def where(self, pattern: str | None) -> Path | DriveDestination | None:
        """Where to look; None without a pattern. Raises UsageError."""
        if pattern is None:
            typed = (self.into, self.drive, self.teacher, self.since, self.until)
            if any(each is not None for each in (*typed, self.creator, self.parents)):
                raise click.UsageError("These options need --pattern PATTERN.")
            return None
        if (self.into is None) == (self.drive is None):
            raise click.UsageError("Say where: either --into DIRECTORY or --drive NAME.")
        if self.drive is not None:
            return DriveDestination(drive=self.drive, teacher=self.teacher)
        if self.creator is not None or self.teacher is not None:
            raise click.UsageError(
                "In a directory nobody tells who made a file: leave --creator and --as out."
            )
        return self.into

    async def plan(
        self, house: House, pattern: str, where: Path | DriveDestination
    ) -> CleanupReport:
        """List what an older tool left."""
        wanted = build_wanted(
            pattern,
            zone=house.litter.zone,
            since=self.since,
            until=self.until,
            creator=self.creator,
        )
        request = await house.litter_request(wanted, where=where, parents=self.parents)
        return await house.litter.plan(request, by=asker())


@cleanup.command()
@click.argument("plan", metavar="PLAN")
@wait_option
@json_option
@click.pass_context
def apply(context: click.Context, plan: str, *, wait: bool, as_json: bool) -> None:
    """Do what a plan lists, and nothing else; each file is judged again right before."""

    async def act(house: House) -> CleanupId:
        await house.cleaning.apply(_id(plan), by=asker())
        return _id(plan)

    _act(context, act, wait=wait, as_json=as_json)


@cleanup.command()
@click.argument("plan", metavar="PLAN")
@wait_option
@json_option
@click.pass_context
def undo(context: click.Context, plan: str, *, wait: bool, as_json: bool) -> None:
    """Bring everything back that a clean-up has taken away."""

    async def act(house: House) -> CleanupId:
        await house.cleaning.undo(_id(plan), by=asker())
        return _id(plan)

    _act(context, act, wait=wait, as_json=as_json)


@cleanup.command()
@click.argument("plan", metavar="PLAN")
@json_option
@click.pass_context
def show(context: click.Context, plan: str, *, as_json: bool) -> None:
    """Show a plan or a clean-up, file by file."""
    with context.obj.open_house(notice) as house:
        report = asyncio.run(house.cleaning.report(_id(plan)))
    _show(report, as_json=as_json)


@cleanup.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@json_option
@click.pass_context
def list_cleanups(context: click.Context, limit: int, *, as_json: bool) -> None:
    """List the newest plans and clean-ups; with --json an object a line."""
    with context.obj.open_house(notice) as house:
        found = asyncio.run(house.cleaning.list_cleanups(limit=limit))
    if not as_json:
        cleanup_screen.show_cleanups(found, zone=house.sharing.zone)
        return
    for each in found:
        print_json(CleanupReport(cleanup=each, removals=()).as_json())


@click.command()
@click.option("--about", metavar="ID", help="Only what concerns this share or clean-up.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@json_option
@click.pass_context
def audit(context: click.Context, about: str | None, limit: int, *, as_json: bool) -> None:
    """Show who did what to students' files, by which evidence, and how to undo it."""
    subject = about.strip().lower() if about else None
    with context.obj.open_house(notice) as house:
        found = asyncio.run(house.cleaning.audit(subject=subject, limit=limit))
    if not as_json:
        cleanup_screen.show_audit(found, zone=house.sharing.zone)
        return
    for each in found:
        print_json(cleanup_screen.audit_json(each))


def _act(
    context: click.Context,
    act: Callable[[House], Awaitable[CleanupId]],
    *,
    wait: bool,
    as_json: bool,
) -> None:
    async def act_and_wait(house: House) -> CleanupReport:
        with stopped_by_signals(house.stopping):
            wanted = await act(house)
            if wait:
                await follow_cleanup(house, wanted, quiet=as_json)
            return await house.cleaning.report(wanted)

    with context.obj.open_house(notice) as house:
        report = asyncio.run(act_and_wait(house))
    _show(report, as_json=as_json)
    context.exit(_code(report, waited=wait))


def _show(report: CleanupReport, *, as_json: bool) -> None:
    if as_json:
        print_json(report.as_json())
    else:
        cleanup_screen.show_report(report)


def _code(report: CleanupReport, *, waited: bool) -> int:
    if not report.is_ended:
        return UNDER_WAY if waited else 0
    came_back = any(
        each.state is RemovalState.RETURNED and each.reason for each in report.removals
    )
    stays = report.counts[RemovalState.KEPT] or came_back
    return EXCEPTIONS if stays else 0


def _id(plan: str) -> CleanupId:
    return CleanupId(plan.strip().lower())
