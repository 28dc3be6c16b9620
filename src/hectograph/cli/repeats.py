"""`hectograph repeats`: what is shared anew each Monday, and changing one's mind."""

from collections.abc import Callable
from datetime import tzinfo
from typing import Any

import click

from hectograph.app.reception import Order, Reception
from hectograph.app.repeating import Coming
from hectograph.cli import repeat_screen, screen
from hectograph.cli.output import json_option, print_json
from hectograph.cli.reach import Act, ask
from hectograph.cli.when import when_options
from hectograph.domain.ids import RepetitionId
from hectograph.domain.recurrence import Rule
from hectograph.domain.schedule import When

OPTIONS = (
    click.option(
        "--every",
        metavar="DAYS",
        help="Share it anew then: monday, mon,thu, mon-fri, schoolday, day.",
    ),
    click.option("--until", metavar="DATE", help="The last day, with --every: 2026-12-18."),
)


def repeat_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options; the command is given `every` and `until`."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def begin_repeating(
    context: click.Context, order: Order, rule: Rule, *, as_json: bool
) -> None:
    """What `hectograph share --every` does."""
    begun, zone = ask(context, lambda reception: reception.begin_repeating(order, rule))
    _tell(begun, as_json=as_json, zone=zone)


def preview_repeating(
    context: click.Context, order: Order, rule: Rule, *, as_json: bool
) -> None:
    """What `hectograph share --every --dry-run` shows: the first share that would be."""
    preview, zone = ask(context, lambda reception: reception.preview_repeating(order, rule))
    coming, report = preview
    if as_json:
        print_json(report.as_json())
        return
    screen.show_preview(report, zone=zone)
    repeat_screen.show_times(coming, zone=zone)


@click.group()
def repeats() -> None:
    """Look at what is shared again and again, and steer it."""


@repeats.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@json_option
@click.pass_context
def list_repeats(context: click.Context, limit: int, *, as_json: bool) -> None:
    """List what repeats, the newest first; with --json an object a line."""
    found, zone = ask(context, lambda reception: reception.list_repetitions(limit=limit))
    if not as_json:
        repeat_screen.show_repetitions(found, zone=zone)
        return
    for each in found:
        print_json(each.as_json())


@repeats.command()
@click.argument("repetition", metavar="ID")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@json_option
@click.pass_context
def show(context: click.Context, repetition: str, limit: int, *, as_json: bool) -> None:
    """Show what came of each day."""
    (found, outcomes), zone = ask(
        context, lambda reception: reception.find_repetition(_id(repetition), limit=limit)
    )
    if as_json:
        print_json({**found.as_json(), "days": [each.as_json() for each in outcomes]})
        return
    repeat_screen.show_repetition(found, zone=zone)
    repeat_screen.show_outcomes(outcomes)


@repeats.command()
@click.argument("repetition", metavar="ID")
@json_option
@click.pass_context
def pause(context: click.Context, repetition: str, *, as_json: bool) -> None:
    """Share it no more until it is resumed."""
    _steer(
        context,
        lambda reception: reception.pause_repetition(_id(repetition)),
        as_json=as_json,
        said=f"Paused. Go on with: hectograph repeats resume {repetition}",
    )


@repeats.command()
@click.argument("repetition", metavar="ID")
@json_option
@click.pass_context
def resume(context: click.Context, repetition: str, *, as_json: bool) -> None:
    """Go on with what is to come; what passed meanwhile is left out."""
    _steer(
        context,
        lambda reception: reception.resume_repetition(_id(repetition)),
        as_json=as_json,
    )


@repeats.command()
@click.argument("repetition", metavar="ID")
@json_option
@click.pass_context
def cancel(context: click.Context, repetition: str, *, as_json: bool) -> None:
    """Share it no more. What is done stays done."""
    _steer(
        context,
        lambda reception: reception.cancel_repetition(_id(repetition)),
        as_json=as_json,
    )


@repeats.command()
@click.argument("repetition", metavar="ID")
@when_options
@repeat_options
@json_option
@click.pass_context
def move(
    context: click.Context,
    /,
    repetition: str,
    *,
    every: str | None,
    until: str | None,
    as_json: bool,
    **said: Any,
) -> None:
    """Repeat it on other days, or at other times. What is done stays done.

    What is not named stays as it is: the days, the last day, all times together.
    """
    when = When(**said)

    async def act(reception: Reception) -> Coming:
        return await reception.move_repetition(
            _id(repetition), every=every, until=until, when=when
        )

    _steer(context, act, as_json=as_json)


def _steer(
    context: click.Context,
    act: Act[Coming],
    *,
    as_json: bool,
    said: str | None = None,
) -> None:
    changed, zone = ask(context, act)
    if said is not None and not as_json:
        click.echo(said)
        return
    _tell(changed, as_json=as_json, zone=zone)


def _tell(found: Coming, *, as_json: bool, zone: tzinfo | None) -> None:
    if as_json:
        print_json(found.as_json())
    else:
        repeat_screen.show_repetition(found, zone=zone)


def _id(repetition: str) -> RepetitionId:
    return RepetitionId(repetition.strip().lower())
