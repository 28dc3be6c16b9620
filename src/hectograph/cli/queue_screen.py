"""What a person sees of the queue."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

import click

from hectograph.app.estimating import Queued
from hectograph.cli.screen import build_table, open_console, plain
from hectograph.domain.estimate_words import words_at, words_by
from hectograph.domain.line import Line
from hectograph.domain.share import ServiceClass
from hectograph.domain.standing import Standing

FOR = {
    ServiceClass.IN_LESSON: "for a lesson: ",
    ServiceClass.NORMAL: "",
    ServiceClass.OVERNIGHT: "for the night: ",
}


def show_queue(found: Sequence[Queued], *, zone: tzinfo | None) -> None:
    """For each account its pace, and a row for each share."""
    if not found:
        click.echo("Nothing is under way, and nothing waits.")
        return
    console = open_console()
    for each in found:
        console.print(f"\n{plain(_heading(each.line))}", style="bold", soft_wrap=True)
        table = build_table("Share", "Done", "Ready", "Document, and why it waits")
        for standing in each.standings:
            table.add_row(*_cells(standing, now=each.line.now, zone=zone))
        console.print(table)


def _heading(line: Line) -> str:
    """The account, who carries its shares, and how fast."""
    number = len(line.carriers)
    accounts = "" if number == 1 else f" · {number} accounts"
    measured = [each.goodput for each in line.carriers if each.goodput]
    pace = f"{sum(measured):.3g} copies a second" if measured else "pace not known yet"
    return f"{line.account}{accounts} · {pace}"


def _cells(standing: Standing, *, now: datetime, zone: tzinfo | None) -> tuple[str, ...]:
    share = standing.share
    why = FOR[share.service_class] + standing.why.words(now=now, zone=zone)
    return (
        share.id,
        f"{share.total - share.open:,} of {share.total:,}",
        _ready(standing, now=now, zone=zone),
        f"{plain(share.title)}\n[dim]{plain(why)}[/]",
    )


def _ready(standing: Standing, *, now: datetime, zone: tzinfo | None) -> str:
    """By when it should be ready, and by when it has to be."""
    estimate, deadline = standing.estimate, standing.share.deadline
    lines = [f"by {words_by(estimate, zone=zone)}"] if estimate else []
    if deadline:
        wanted = f"wanted by {words_at(deadline, now=now, zone=zone)}"
        style = "bold red" if standing.at_risk else "dim"
        lines.append(f"[{style}]{wanted}[/]")
    return "\n".join(lines)
