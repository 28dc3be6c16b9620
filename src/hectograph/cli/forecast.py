"""`hectograph forecast`: how a school's day will go."""

import asyncio
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import click

from hectograph.app.forecasting import ForecastRequest
from hectograph.app.house import House
from hectograph.cli import forecast_picture, forecast_screen
from hectograph.cli.output import json_option, notice, print_json
from hectograph.domain.drive import DeliveryMode, parse_quota
from hectograph.domain.errors import RequestRefused
from hectograph.domain.forecast import Forecast
from hectograph.domain.forecast_setting import Wanted
from hectograph.domain.school_day import Big, Hours, Numbers, Sizes, teachers_for
from hectograph.domain.school_days import WEEKDAYS
from hectograph.domain.simulated_day import Draw

DAY_OPTIONS = (
    click.option(
        "--teachers", type=click.IntRange(min=1), metavar="NUMBER", help="So many share."
    ),
    click.option(
        "--students",
        type=click.IntRange(min=1),
        metavar="NUMBER",
        help="In place of --teachers: as many as so many students have.",
    ),
    click.option(
        "--class-size",
        default="30",
        show_default=True,
        metavar="SIZE",
        help="Students of a class, such as 30 or 24-32.",
    ),
    click.option(
        "--documents",
        type=click.IntRange(min=1),
        metavar="NUMBER",
        default=1,
        show_default=True,
        help="How many each teacher shares, each with a class.",
    ),
    click.option(
        "--between",
        default="08:00-09:00",
        show_default=True,
        metavar="HOURS",
        help="When they share; half of them as lessons begin.",
    ),
    click.option(
        "--big", metavar="SHARESxSIZE", help="Big shares as well: 3x900 are three of 900."
    ),
    click.option("--day", "on", metavar="DATE", help="What was asked for on 2026-11-24."),
    click.option(
        "--like",
        "weekday",
        type=click.Choice(WEEKDAYS, case_sensitive=False),
        metavar="WEEKDAY",
        help="What was asked for on the last such day.",
    ),
)

SERVICE_OPTIONS = (
    click.option("--drive", metavar="NAME", help="As on this drive of `drive add`."),
    click.option(
        "--couriers",
        type=click.IntRange(min=0, max=1000),
        metavar="NUMBER",
        help="Accounts of the school's that copy; 0: each teacher's own.",
    ),
    click.option(
        "--workers",
        type=click.IntRange(min=1, max=1000),
        metavar="NUMBER",
        default=1,
        show_default=True,
        help="Workers that run.",
    ),
    click.option(
        "--delivery",
        type=click.Choice(list(map(str, DeliveryMode))),
        help="How Google's own documents are delivered.",
    ),
    click.option(
        "--quota", metavar="QUOTA", help="What the project may use a minute: 12000queries."
    ),
    click.option(
        "--writes-per-second",
        type=click.FloatRange(min=0.1, max=10_000),
        metavar="NUMBER",
        help="What the service takes from an account.",
    ),
    click.option(
        "--burst",
        type=click.FloatRange(min=1, max=100_000),
        metavar="NUMBER",
        help="And at once, after a rest.",
    ),
)


def options(*groups: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add options of groups to a command, in that order."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed([each for group in groups for each in group]):
            command = option(command)
        return command

    return add


@click.command()
@options(DAY_OPTIONS, SERVICE_OPTIONS)
@click.option(
    "--seed",
    type=int,
    metavar="NUMBER",
    default=1,
    show_default=True,
    help="Another one makes another day up of the same numbers.",
)
@click.option("--shares", "each_share", is_flag=True, help="Tell of every share.")
@click.option(
    "--svg",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Draw it as well.",
)
@json_option
@click.pass_context
def forecast(
    context: click.Context,
    /,
    *,
    seed: int,
    each_share: bool,
    svg: Path | None,
    as_json: bool,
    **said: Any,
) -> None:
    """Tell how long shares will take on a school's day, and what would make it better.

    The day is one that was (--day, --like), or made up from numbers (--teachers or
    --students). It is played through the order and the pace that workers keep.
    """
    request = _request(**said)
    if svg and not svg.parent.is_dir():
        raise click.UsageError(f"There is no directory {svg.parent} for the picture.")
    with context.obj.open_house(notice) as house:
        zone = house.sharing.zone
        found = asyncio.run(_forecast(house, request, seed=seed))
    if svg:
        svg.write_text(forecast_picture.draw(found, zone=zone), encoding="utf-8")
    if as_json:
        print_json(forecast_screen.forecast_json(found, each_share=each_share))
        return
    forecast_screen.show_forecast(found, zone=zone)
    if each_share:
        forecast_screen.show_ends(found, zone=zone)
    if svg:
        notice(f"The picture is in {svg}.")


async def _forecast(house: House, request: ForecastRequest, *, seed: int) -> Forecast:
    def make_draw() -> Draw:
        return Random(seed).random  # noqa: S311 - chance is no secret

    def told(name: str) -> None:
        if sys.stderr.isatty():
            notice(f"Playing the day: {name} …")

    return await house.forecasting.forecast(request, make_draw=make_draw, told=told)


def _request(
    *,
    teachers: int | None,
    students: int | None,
    class_size: str,
    documents: int,
    between: str,
    big: str | None,
    on: str | None,
    weekday: str | None,
    drive: str | None,
    delivery: str | None,
    quota: str | None,
    **wanted: Any,
) -> ForecastRequest:
    if sum(each is not None for each in (teachers, students, on, weekday)) != 1:
        raise click.UsageError(
            "Say which day, in one way: --teachers, --students, --day or --like."
        )
    if big and not (teachers or students):
        raise click.UsageError("--big belongs to a day that is made up.")
    numbers = None
    if teachers or students:
        sizes = Sizes.parse(class_size)
        numbers = Numbers(
            teachers=teachers or teachers_for(students or 0, sizes),
            sizes=sizes,
            hours=Hours.parse(between),
            documents=documents,
            big=Big.parse(big) if big else None,
        )
    return ForecastRequest(
        numbers=numbers,
        on=_day(on) if on else None,
        weekday=weekday,
        drive=drive,
        wanted=Wanted(
            delivery=DeliveryMode(delivery) if delivery else None,
            quota=parse_quota(quota) if quota else None,
            **wanted,
        ),
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise RequestRefused(
            f"{text!r} is no date.",
            effect="Nothing was forecast.",
            remedy="Write 2026-11-24, or take --like monday.",
        ) from error
