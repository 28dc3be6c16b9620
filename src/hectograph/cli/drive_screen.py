"""What a person sees of drives and their folders."""

import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import tzinfo
from typing import Any

import click

from hectograph.app.administering import DriveOverview
from hectograph.app.folders import FolderRequest
from hectograph.cli.screen import build_table, open_console, plain, program
from hectograph.domain.drive import Drive, split_account
from hectograph.domain.drive_findings import DriveFinding, FindingState, is_well
from hectograph.domain.errors import Reason
from hectograph.domain.folders import FolderOutcome, FolderReport, FolderState
from hectograph.domain.links import folder_link
from hectograph.ports.accounts import Account

MARKS = {
    FindingState.OK: ("✓", "green"),
    FindingState.WARNING: ("!", "yellow"),
    FindingState.FAILED: ("✗", "bold red"),
    FindingState.UNKNOWN: ("?", "yellow"),
}

SHOWN_NAMES = 10


def drive_json(drive: Drive) -> dict[str, Any]:
    """A drive as `--json` prints it."""
    return {
        "drive": drive.name,
        "credentials": drive.credentials,
        "acting": str(drive.acting),
        "accounts": list(drive.accounts),
        "delivery": str(drive.delivery),
        "api_root": drive.api_root,
        "quota_per_minute": drive.quota.per_minute,
        "quota_unit": _unit(drive),
    }


def overview_json(overview: DriveOverview) -> dict[str, Any]:
    """A drive with its accounts as `--json` prints it."""
    known = [_account_json(each) for each in overview.accounts]
    return {**drive_json(overview.drive), "known_accounts": known}


def _account_json(account: Account) -> dict[str, Any]:
    pace, parked = account.pace, account.parked
    return {
        "account": _name(account),
        "calls_per_second": round(pace.rate, 3) if pace else None,
        "parked_until": parked.until.isoformat() if parked else None,
        "parked_because": parked.reason.message if parked else None,
    }


def show_added(drive: Drive) -> None:
    """What to do after a drive was set up."""
    shown = open_console()
    shown.print(f'\n  ✓ The drive "{drive.name}" is set up.', style="bold green")
    shown.print(f"    {_who_acts(drive)}", soft_wrap=True)
    shown.print(f"    The key stays in {drive.credentials}", soft_wrap=True)
    shown.print(f"\n  Look it over:  {program()} drive check {drive.name}\n", style="dim")


def show_drives(found: Sequence[DriveOverview], *, zone: tzinfo | None) -> None:
    """A row for each drive; below them the accounts that are known."""
    if not found:
        click.echo("No drive was set up yet.")
        click.echo(f"  Set one up:  {program()} drive add google --help")
        return
    drives = build_table("Drive", "Acting", "Delivery", "A minute")
    for each in found:
        drive = each.drive
        acting = "\n".join((str(drive.acting), *drive.accounts))
        quota = f"{drive.quota.per_minute:,} {_unit(drive)}"
        drives.add_row(drive.name, acting, str(drive.delivery), quota)
    open_console().print(drives)
    accounts = build_table("Drive", "Account", "Learned pace", "Rests until")
    rows = [(each.drive.name, one) for each in found for one in each.accounts]
    for name, account in rows:
        pace, parked = account.pace, account.parked
        accounts.add_row(
            name,
            _name(account),
            f"{pace.rate:.1f} calls/s" if pace else "-",
            f"{parked.until.astimezone(zone):%Y-%m-%d %H:%M}" if parked else "-",
        )
    if rows:
        open_console().print(accounts)
    for name, account in rows:
        if account.parked is not None:
            _show_reason(f"{_name(account)} on {name}", account.parked.reason)
            wake = f"{program()} drive unpark {name} {_name(account)}"
            open_console().print(f"    Sooner:  {wake}", style="dim", soft_wrap=True)


class FindingScreen:
    """Prints findings one by one, under the account that they are about."""

    def __init__(self) -> None:
        self._account: str | None = None

    def __call__(self, finding: DriveFinding) -> None:
        """Print one."""
        shown = open_console()
        if finding.account != self._account:
            shown.print(f"\n  {finding.account or 'The drive'}", style="bold")
            self._account = finding.account
        mark, style = MARKS[finding.state]
        shown.print(
            f"  [{style}]{mark}[/] {finding.check:<15} {plain(finding.message)}",
            soft_wrap=True,
        )
        if finding.remedy and finding.state is not FindingState.OK:
            shown.print(f"  {'':<17} → {plain(finding.remedy)}", soft_wrap=True)


def show_verdict(name: str, found: Sequence[DriveFinding]) -> None:
    """All is well, or how much is not."""
    wrong = sum(each.state is FindingState.FAILED for each in found)
    if is_well(found):
        words, style = f'The drive "{name}" is ready.', "bold green"
    elif not wrong:
        words, style = "Not everything could be looked at.", "yellow"
    else:
        words, style = (
            f"{wrong} {'thing needs' if wrong == 1 else 'things need'} somebody.",
            "bold red",
        )
    open_console().print(f"\n  {words}\n", style=style)


def unparked(woken: Sequence[str]) -> str:
    """Which accounts work again, in words."""
    if not woken:
        return "No account was resting: nothing was changed."
    return f"At work again: {', '.join(woken)}"


@contextmanager
def folder_bar(*, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr; nothing when stderr is not a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None  # noqa: ARG005 - nobody looks
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=36),
        MofNCompleteColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Folders", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def show_folders(report: FolderReport, *, request: FolderRequest) -> None:
    """What became of a class's folders, what did not, and what to do next."""
    shown = open_console()
    students = [each for each in report.outcomes if each.needed.student]
    if not report.outcomes:
        shown.print("Every student has a folder in the roster: nothing to make.")
        return
    well = sum(each.state is not FolderState.FAILED for each in students)
    style = "bold green" if report.is_complete else "bold yellow"
    mark = "✓" if report.is_complete else "!"
    shown.print()
    if report.dry_run:
        shown.print("  This is what would be done; nothing was.", style="bold")
    else:
        words = f"{well:,} of {len(students):,} students have a folder of their own"
        shown.print(f"  {mark} {words}", style=style)
    _show_counts(report)
    for each in report.outcomes:
        if each.needed.parent is None and each.id:
            shown.print(f"    {each.needed.name}  {folder_link(each.id)}", soft_wrap=True)
    _show_uninvited(students, dry_run=report.dry_run)
    for each in report.outcomes:
        if each.reason is not None:
            _show_reason(each.needed.student or each.needed.name, each.reason)
    shown.print()
    _show_next(report, request=request)


def _show_counts(report: FolderReport) -> None:
    words = {
        FolderState.MADE: "to make" if report.dry_run else "made",
        FolderState.RESTORED: "to restore" if report.dry_run else "restored",
        FolderState.THERE: "there already",
        FolderState.FAILED: "not there",
    }
    counts = [
        f"{n:,} {words[state]}" for state in FolderState if (n := report.count(state))
    ]
    if report.shared:
        invited = "to send" if report.dry_run else "made, without a mail"
        noun = "invitation" if report.shared == 1 else "invitations"
        counts.append(f"{report.shared:,} {noun} {invited}")
    if report.unshared:
        counts.append(f"{report.unshared:,} not shared")
    open_console().print(f"    folders: {' · '.join(counts)}")


def _show_uninvited(students: Sequence[FolderOutcome], *, dry_run: bool) -> None:
    names = [each.needed.student for each in students if each.is_uninvited]
    if not names:
        return
    rest = f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
    nobody = "Nobody would be invited" if dry_run else "Nobody is invited"
    open_console().print(
        f"\n  ! {nobody} where the roster has no email: "
        f"{plain(', '.join(names[:SHOWN_NAMES]))}{rest}",
        style="yellow",
    )


def _show_reason(whose: str, reason: Reason) -> None:
    shown = open_console()
    shown.print(
        f"\n  ✗ {plain(whose)}: {plain(reason.message)}", style="red", soft_wrap=True
    )
    shown.print(f"    {plain(reason.remedy)}", soft_wrap=True)


def _show_next(report: FolderReport, *, request: FolderRequest) -> None:
    shown = open_console()
    if report.dry_run:
        return
    if not report.is_complete:
        shown.print("  Run the same again: it goes on where it stopped.\n", style="dim")
        return
    words = ["--drive", report.drive, "--roster", str(request.roster)]
    if request.subject:
        words += ["--subject", request.subject]
    if request.school_class:
        words += ["--class", request.school_class]
    if request.teacher:
        words += ["--as", request.teacher]
    line = f"{program()} share LINK {shlex.join(words)}"
    shown.print(f"  Share a document:  {line}\n", style="dim", soft_wrap=True)


def _who_acts(drive: Drive) -> str:
    accounts = ", ".join(drive.accounts)
    return {
        "teacher": "The teacher's own account makes the copies.",
        "institution": f"{accounts} makes the copies.",
        "couriers": f"These make the copies between them: {accounts}",
        "recipient": "Each student's own account makes its copy.",
    }[drive.acting]


def _unit(drive: Drive) -> str:
    return "units" if drive.quota.by_units else "queries"


def _name(account: Account) -> str:
    return split_account(account.id)[1] or "the pool"
