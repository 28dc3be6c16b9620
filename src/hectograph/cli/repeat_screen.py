"""What a person sees of what repeats."""

from collections.abc import Sequence
from datetime import date, tzinfo
from pathlib import PurePath

import click

from hectograph.app.repeating import Coming
from hectograph.cli.screen import build_table, open_console, program
from hectograph.domain.repetition import Outcome, Repetition, RepetitionState

LEFT_OUT_SHOWN = 3


def show_repetition(found: Coming, *, zone: tzinfo | None) -> None:
    """A repetition: what, when, and what to do next."""
    repetition = found.repetition
    console = open_console()
    console.print(f"\n  {_title(repetition)}", style="bold")
    show_times(found, zone=zone)
    console.print(f"    folders   {_place(repetition)}", soft_wrap=True)
    console.print(f"    repeat    {repetition.id} ({repetition.state})")
    console.print(f"    done      {_done(repetition)}")
    console.print()
    if repetition.state is RepetitionState.ON:
        console.print("  A worker has to be about then:  hectograph worker", style="dim")
        again = f"{program()} repeats"
        console.print(f"  Look, or change it:  {again} list · {again} --help", style="dim")
    elif repetition.state is RepetitionState.PAUSED:
        resume = f"{program()} repeats resume {repetition.id}"
        console.print(f"  Go on:  {resume}", style="dim")
    elif repetition.made:
        console.print(
            "  What was shared stays. A share that is under way still can be withdrawn:",
            style="dim",
        )
        console.print(f"    {program()} shares list", style="dim")


def show_times(found: Coming, *, zone: tzinfo | None) -> None:
    """When it is made, the next time, and the closed days before that."""
    console = open_console()
    console.print(f"    every     {found.repetition.rule.words()}")
    console.print(f"    next      {_next(found, zone=zone)}")
    for line in _left_out(found):
        console.print(f"              {line}")


def show_repetitions(found: Sequence[Coming], *, zone: tzinfo | None) -> None:
    """A row for each repetition."""
    if not found:
        click.echo("Nothing repeats. Begin with: hectograph share … --every DAYS")
        return
    table = build_table("Repeat", "Document", "Every", "Next", "Last")
    for each in found:
        repetition = each.repetition
        is_on = repetition.state is RepetitionState.ON
        coming = [_next(each, zone=zone), *_left_out(each)]
        table.add_row(
            repetition.id,
            _title(repetition),
            repetition.rule.words(),
            "\n".join(coming) if is_on else str(repetition.state),
            _last(repetition.last),
        )
    open_console().print(table)


def show_outcomes(outcomes: Sequence[Outcome]) -> None:
    """What came of each day, a row each."""
    if not outcomes:
        return
    table = build_table("Day", "Share", "Why not")
    for each in outcomes:
        reason = each.reason
        why = f"{reason.message} {reason.remedy}".strip() if reason else ""
        table.add_row(_day(each.day), each.share or "", why)
    open_console().print(table)


def _title(repetition: Repetition) -> str:
    first, *others = repetition.request.documents
    name = PurePath(first).name
    return f"{name} and {len(others)} more" if others else name


def _place(repetition: Repetition) -> str:
    request = repetition.request
    if request.class_id is not None:
        return f"those of {request.school_class}"
    if request.into is not None:
        return request.into
    return " · ".join(filter(None, (f"drive {request.drive}", request.subject)))


def _next(found: Coming, *, zone: tzinfo | None) -> str:
    if found.repetition.state is not RepetitionState.ON:
        return "none"
    if found.unknown is not None:
        return f"not known. {found.unknown.message}"
    if found.next is None:
        return "never: there is no school on any day that is left"
    return f"{found.next.wanted_at.astimezone(zone):%a %d %b, %H:%M}"


def _left_out(found: Coming) -> list[str]:
    if found.repetition.state is not RepetitionState.ON:
        return []
    lines = [f"not {_day(day)}: {why}" for day, why in found.left_out.items()]
    more = len(lines) - LEFT_OUT_SHOWN
    return [*lines[:LEFT_OUT_SHOWN], *([f"and {more} more"] if more > 0 else [])]


def _done(repetition: Repetition) -> str:
    if repetition.last is None:
        return "nothing yet"
    shares = "1 share" if repetition.made == 1 else f"{repetition.made} shares"
    return f"{shares}; {_last(repetition.last)}"


def _last(outcome: Outcome | None) -> str:
    if outcome is None:
        return ""
    reason = outcome.reason
    return f"{_day(outcome.day)}: {reason.message if reason else outcome.share}"


def _day(day: date) -> str:
    return f"{day:%a %d %b}"
