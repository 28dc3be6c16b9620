"""`hectograph shares`: what was asked for, how far it is, and changing one's mind."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import click

from hectograph.app.house import House
from hectograph.cli import screen
from hectograph.cli.follow import follow, stopped_by_signals
from hectograph.cli.output import finish, json_option, notice, print_json
from hectograph.cli.when import read_timing, when_options
from hectograph.domain.ids import ShareId
from hectograph.domain.report import ShareReport, progress_json
from hectograph.domain.schedule import When


@click.group()
def shares() -> None:
    """Look at shares, and steer them."""


@shares.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@json_option
@click.pass_context
def list_shares(context: click.Context, limit: int, *, as_json: bool) -> None:
    """List the newest shares; with --json an object a line."""
    with context.obj.open_house(notice) as house:
        found = asyncio.run(house.sharing.list_shares(limit=limit))
    if not as_json:
        screen.show_shares(found, zone=house.sharing.zone)
        return
    for each in found:
        print_json(progress_json(each))


@shares.command()
@click.argument("share", metavar="ID")
@json_option
@click.pass_context
def show(context: click.Context, share: str, *, as_json: bool) -> None:
    """Show a share with every delivery."""
    with context.obj.open_house(notice) as house:
        report = asyncio.run(house.sharing.report(_id(share)))
    if not as_json:
        screen.show_deliveries(report)
    context.exit(finish(report, as_json=as_json, zone=house.sharing.zone, waited=False))


@shares.command()
@click.argument("share", metavar="ID")
@json_option
@click.pass_context
def watch(context: click.Context, share: str, *, as_json: bool) -> None:
    """Follow a share to its end; works on it while no worker is about."""
    with context.obj.open_house(notice) as house:
        report = asyncio.run(_watch(house, _id(share), quiet=as_json))
    context.exit(finish(report, as_json=as_json, zone=house.sharing.zone))


async def _watch(house: House, share: ShareId, *, quiet: bool) -> ShareReport:
    with stopped_by_signals(house):
        await house.sharing.progress(share)
        await follow(house, share, quiet=quiet)
        return await house.sharing.report(share)


@shares.command()
@click.argument("share", metavar="ID")
@click.option("--only", type=click.Choice(["failed"]), default="failed", show_default=True)
@json_option
@click.pass_context
def retry(context: click.Context, share: str, only: str, *, as_json: bool) -> None:  # noqa: ARG001
    """Give what failed another go."""

    async def act(house: House) -> str:
        number = await house.sharing.retry_failed(_id(share))
        return f"{screen.deliveries(number)} will be tried again."

    _steer(context, share, act, as_json=as_json)


@shares.command()
@click.argument("share", metavar="ID")
@json_option
@click.pass_context
def cancel(context: click.Context, share: str, *, as_json: bool) -> None:
    """Withdraw what was not begun. What is done stays done."""

    async def act(house: House) -> str:
        number = await house.sharing.cancel(_id(share))
        return f"{screen.deliveries(number)} withdrawn; what is done stays done."

    _steer(context, share, act, as_json=as_json)


@shares.command()
@click.argument("share", metavar="ID")
@when_options
@json_option
@click.pass_context
def move(context: click.Context, /, share: str, *, as_json: bool, **said: Any) -> None:
    """Have a share done at another time; without a time, now. What is done stays done."""

    async def act(house: House) -> str:
        timing = read_timing(house, When(**said))
        moved = await house.sharing.move(_id(share), timing)
        lines = screen.times_of(moved, zone=house.sharing.zone)
        return "\n".join(lines) or "It is for now."

    _steer(context, share, act, as_json=as_json)


@shares.command()
@click.argument("share", metavar="ID")
@json_option
@click.pass_context
def pause(context: click.Context, share: str, *, as_json: bool) -> None:
    """Begin nothing more of a share until it is resumed."""

    async def act(house: House) -> str:
        await house.sharing.pause(_id(share))
        return f"Paused. Go on with: hectograph shares resume {share}"

    _steer(context, share, act, as_json=as_json)


@shares.command()
@click.argument("share", metavar="ID")
@json_option
@click.pass_context
def resume(context: click.Context, share: str, *, as_json: bool) -> None:
    """Let a paused share go on."""

    async def act(house: House) -> str:
        await house.sharing.resume(_id(share))
        return "It goes on."

    _steer(context, share, act, as_json=as_json)


def _steer(
    context: click.Context,
    share: str,
    act: Callable[[House], Awaitable[str]],
    *,
    as_json: bool,
) -> None:
    async def act_and_look(house: House) -> tuple[str, Any, bool]:
        said = await act(house)
        progress = await house.sharing.progress(_id(share))
        about = await house.desk.run(house.presence.is_worker_about)
        return said, progress, about

    with context.obj.open_house(notice) as house:
        said, progress, about = asyncio.run(act_and_look(house))
    if as_json:
        print_json(progress_json(progress))
        return
    click.echo(said)
    if not (about or progress.share.is_ended):
        notice(f"No worker is about. Watch and work: hectograph shares watch {share}")


def _id(share: str) -> ShareId:
    return ShareId(share.strip().lower())
