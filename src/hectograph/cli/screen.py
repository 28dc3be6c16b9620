"""What a person sees. rich is imported only where something is drawn."""

import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import Any

import click

from hectograph.domain.cleanup import UNSETTLED, CleanupReport
from hectograph.domain.delivery import PREPARED, Delivery, DeliveryState
from hectograph.domain.estimate import Estimate
from hectograph.domain.estimate_words import words_by, words_left, words_span
from hectograph.domain.report import ShareReport, reason_of
from hectograph.domain.school_class import SchoolClass
from hectograph.domain.share import Progress, Share, ShareState

WORDS = {
    DeliveryState.PLANNED: "planned",
    DeliveryState.PLACING: "copying",
    DeliveryState.PLACED: "checking",
    DeliveryState.VERIFIED: "there",
    DeliveryState.WAITING: "waiting",
    DeliveryState.FAILED: "failed",
    DeliveryState.CANCELLED: "withdrawn",
    DeliveryState.RECALLED: "taken back",
    DeliveryState.KEPT: "there, worked on",
}

STYLES = {
    DeliveryState.VERIFIED: "green",
    DeliveryState.KEPT: "green",
    DeliveryState.FAILED: "bold red",
    DeliveryState.WAITING: "yellow",
    DeliveryState.CANCELLED: "dim",
}

SHOWN_FAILURES = 10
LONG = 40


def program() -> str:
    """The command as it was typed, so that what is shown can be typed again."""
    typed = sys.argv[0]
    return typed if typed.endswith("/hectograph") and len(typed) < LONG else "hectograph"


def deliveries(number: int) -> str:
    """A number of deliveries in words."""
    return "1 delivery" if number == 1 else f"{number:,} deliveries"


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Callable[[Progress], None]]:
    """A bar on stderr; nothing when stderr is not a terminal."""
    with _bar("Copying", quiet=quiet) as update:

        def show(progress: Progress) -> None:
            update(
                total=progress.share.total,
                completed=progress.delivered,
                description=_doing(progress),
                left=words_left(progress.estimate) if progress.estimate else "",
            )

        yield show


@contextmanager
def cleanup_bar(*, quiet: bool) -> Iterator[Callable[[CleanupReport], None]]:
    """The same for files that are taken away or brought back."""
    with _bar("Cleaning up", quiet=quiet) as update:

        def show(report: CleanupReport) -> None:
            open_ones = sum(report.counts[state] for state in UNSETTLED)
            total = len(report.removals)
            doing = (
                f"Paused for everybody: {report.halted.words(zone=None)}"
                if report.halted
                else "Cleaning up"
            )
            update(total=total, completed=total - open_ones, description=doing)

        yield show


@contextmanager
def _bar(doing: str, *, quiet: bool) -> Iterator[Callable[..., None]]:
    if quiet or not sys.stderr.isatty():
        yield lambda **told: None  # noqa: ARG005 - nobody looks
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.progress import Progress as Bar  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(doing, total=None, left="")
        yield partial(bar.update, task)


def _doing(progress: Progress) -> str:
    if progress.halted:
        return f"Paused for everybody: {progress.halted.words(zone=None)}"
    if progress.share.state is ShareState.PAUSED:
        return "Paused"
    if waiting := progress.counts[DeliveryState.WAITING]:
        return f"Copying, {waiting} to be tried again"
    return "Copying"


def show_outcome(report: ShareReport, *, waited: bool, zone: tzinfo | None) -> None:
    """How a share went: how many, how long, where, and what to do next."""
    share, progress = report.share, report.progress
    console = open_console()
    if not share.is_ended:
        _show_under_way(report, waited=waited, zone=zone)
        return
    mark, style = {
        ShareState.COMPLETE: ("✓", "bold green"),
        ShareState.COMPLETE_WITH_EXCEPTIONS: ("!", "bold yellow"),
    }.get(share.state, ("·", "bold"))
    there = f"{progress.delivered:,} of {share.total:,} copies are there"
    when = f"{share.asked_at.astimezone(zone):%H:%M on %d %B}"
    console.print()
    if not report.joined:
        console.print(f"  {mark} {there} · {_took(report.seconds)}", style=style)
    elif share.state is ShareState.COMPLETE:
        console.print(
            f"  {mark} The class already has it: nothing was changed.", style=style
        )
        console.print(f"    {there}, shared at {when}")
    else:
        console.print(f"  {mark} The same was shared at {when}: {there}", style=style)
    console.print(f"    document  {share.title}")
    console.print(f"    folders   {share.destination}")
    console.print(f"    share     {share.id} ({share.state})")
    _show_failures(report)
    console.print()
    console.print(f"  Every copy:  {program()} shares show {share.id}", style="dim")
    if report.joined:
        console.print("  New copies beside the old ones: add --again", style="dim")


def _show_under_way(report: ShareReport, *, waited: bool, zone: tzinfo | None) -> None:
    share, progress = report.share, report.progress
    console = open_console()
    console.print(
        f"Share {share.id}: {progress.delivered:,} of {share.total:,} copies are there."
    )
    if report.joined:
        console.print("The same was asked for before: this joins it.")
    if report.halted:
        console.print(f"Everything is paused: {report.halted.words(zone=zone)}.")
        console.print("It is kept, and goes on when whoever runs hectograph resumes it.")
        return
    if share.state is ShareState.PAUSED:
        console.print(f"It is paused.  Go on:  {program()} shares resume {share.id}")
        return
    for line in times_of(share, zone=zone):
        console.print(line)
    if report.at_risk:
        console.print("It may not all be there in time.", style="bold red")
    if report.estimate:
        console.print(_ready(report.estimate, share, zone=zone), soft_wrap=True)
    if share.is_for_later:
        console.print("A worker has to be about then.")
    elif waited:
        console.print("It is kept, and goes on as soon as a worker is about.")
    console.print(f"  Watch it:      {program()} shares watch {share.id}")
    console.print(f"  Run a worker:  {program()} worker")


def _ready(estimate: Estimate, share: Share, *, zone: tzinfo | None) -> str:
    """When a share is ready, and why not sooner if an account rests."""
    by = f"It should be ready by {words_by(estimate, zone=zone)}"
    if estimate.rest:
        until = f"{estimate.rest.until.astimezone(zone):%H:%M}"
        return f"{by}; until {until} the account rests: {estimate.rest.reason.message}"
    return f"{by}." if share.is_for_later else f"{by}: {words_left(estimate)}."


def times_of(share: Share, *, zone: tzinfo | None) -> list[str]:
    """What a share's times mean, a line each."""
    told = {
        "It begins at": share.begins_at if share.state is ShareState.SCHEDULED else None,
        "Nobody sees a copy before": share.reveals_at,
        "All are to be there by": None if share.reveals_at else share.deadline,
    }
    return [
        f"{words} {at.astimezone(zone):%H:%M on %d %B}." for words, at in told.items() if at
    ]


def _show_failures(report: ShareReport) -> None:
    failed = [each for each in report.deliveries if each.state is DeliveryState.FAILED]
    console = open_console()
    for each in failed[:SHOWN_FAILURES]:
        reason = reason_of(each)
        console.print(
            f"\n  ✗ {each.student}: {reason.message if reason else ''}", style="red"
        )
        if reason:
            console.print(f"    {reason.remedy}")
    if len(failed) > SHOWN_FAILURES:
        console.print(f"\n  … and {len(failed) - SHOWN_FAILURES} more.")


def show_preview(report: ShareReport, *, zone: tzinfo | None) -> None:
    """What a share would do, and when it would be ready."""
    table = build_table(
        "Student", "Would get", title=f"{deliveries(report.share.total)}, none made"
    )
    for each in report.deliveries:
        table.add_row(_for_whom(each), each.path)
    console = open_console()
    console.print(table)
    if report.estimate and report.share.begins_at is None:
        console.print(f"  Now:      {words_span(report.estimate)}")
    elif report.estimate:
        console.print(f"  Ready by {words_by(report.estimate, zone=zone)}")
    if report.tonight:
        console.print(f"  Tonight:  ready by {words_by(report.tonight, zone=zone)}")


def show_deliveries(report: ShareReport) -> None:
    """Every delivery of a share, a row each."""
    table = build_table("Student", "State", "Tries", "Where or why")
    for each in report.deliveries:
        reason = reason_of(each)
        why = f"{reason.message} {reason.remedy}" if reason else each.path or ""
        word = "ready" if each.reason == PREPARED else WORDS[each.state]
        state = f"[{STYLES.get(each.state, 'default')}]{word}[/]"
        table.add_row(_for_whom(each), state, str(each.attempts), why)
    open_console().print(table)


def _for_whom(delivery: Delivery) -> str:
    """The student, or those who share the copy."""
    if not delivery.members:
        return delivery.student
    return f"{delivery.student}: {', '.join(delivery.members)}"


def show_shares(found: Sequence[Progress], *, zone: tzinfo | None) -> None:
    """A row for each share."""
    if not found:
        click.echo("Nothing was shared yet.")
        return
    rows = [_share_cells(each, zone=zone) for each in found]
    # Eighty columns are few: what no row has to tell is left out.
    shown = [name for name in rows[0] if any(row[name] for row in rows)]
    table = build_table(*shown)
    for row in rows:
        table.add_row(*(row[name] for name in shown))
    console = open_console()
    console.print(table)
    if halted := next((each.halted for each in found if each.halted), None):
        console.print(f"Everything is paused: {halted.words(zone=zone)}.")


def _share_cells(progress: Progress, *, zone: tzinfo | None) -> dict[str, str]:
    share = progress.share
    return {
        "Share": share.id,
        "Document": share.title,
        "State": str(share.state),
        "There": f"{progress.delivered:,} of {share.total:,}",
        "Failed": str(progress.failed) if progress.failed else "",
        "Asked": f"{share.asked_at.astimezone(zone):%Y-%m-%d %H:%M}",
        "Ready": _ready_by(progress, zone=zone),
    }


def _ready_by(progress: Progress, *, zone: tzinfo | None) -> str:
    """By when it should be ready, and a warning where that may be too late."""
    estimate, deadline = progress.estimate, progress.share.deadline
    by = f"by {words_by(estimate, zone=zone)}" if estimate else ""
    if deadline is None or not progress.at_risk:
        return by
    return f"{by} [bold red]wanted by {deadline.astimezone(zone):%H:%M}[/]".strip()


def show_classes(found: Sequence[SchoolClass]) -> None:
    """A row for each class."""
    if not found:
        click.echo("No class is known. Load a roster on the pages: hectograph serve")
        return
    table = build_table("Class", "Name", "Students", "Taught by", "Folders")
    for each in found:
        place = each.destination
        table.add_row(
            each.id,
            plain(each.name),
            f"{each.students:,}",
            plain(", ".join(teacher.name for teacher in each.teachers)),
            plain((place.drive or place.directory or "") if place else "not said yet"),
        )
    open_console().print(table)


def show_findings(found: dict[str, Any]) -> None:
    """What the doctor found."""
    console = open_console()
    for name, value in found.items():
        words = ", since ".join(value.values()) if isinstance(value, dict) else value
        if value is not None:
            console.print(f"  {name.replace('_', ' '):<18} {words}", soft_wrap=True)


def show_settings(rows: Sequence[dict[str, str]]) -> None:
    """A row for each setting."""
    console = open_console()
    for row in rows:
        console.print(f"{row['name']} = {row['value']}", style="bold", soft_wrap=True)
        console.print(f"    {row['description']} (from: {row['source']})", soft_wrap=True)


def show_next_steps(*, document: Path, roster: Path, directory: Path) -> None:
    """What a newcomer may try after the demo."""
    paths = (document, "--roster", roster, "--into", directory)
    again = f"{program()} share {shlex.join(map(str, paths))}"
    console = open_console()
    console.print("\n  Try next", style="bold")
    for does, command in (
        ("look into a student's folder", f"ls {shlex.quote(str(directory))}/*"),
        ("ask for the same again: nothing changes", again),
        ("ask for new copies beside the old ones", f"{again} --again"),
        ("share a document of yours with your class", f"{program()} share --help"),
    ):
        console.print(f"    # {does}", style="dim")
        console.print(f"    {command}", soft_wrap=True)


def _took(seconds: float) -> str:
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def open_console() -> Any:
    """Where results are printed."""
    from rich.console import Console  # noqa: PLC0415

    return Console(highlight=False)


def build_table(*columns: str, title: str | None = None) -> Any:
    """A table without lines around it."""
    from rich import box  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def plain(text: str) -> str:
    """Text in which rich sees no markup."""
    from rich.markup import escape  # noqa: PLC0415

    return escape(text)
