"""`hectograph shares`: what was asked for, how far it is, and changing one's mind."""

from typing import Any

import click

from hectograph.app.reception import Reception
from hectograph.cli import screen
from hectograph.cli.follow import follow
from hectograph.cli.output import finish, json_option, notice, print_json
from hectograph.cli.reach import Act, ask, stopped_by_signals
from hectograph.cli.when import when_options
from hectograph.domain.ids import ShareId
from hectograph.domain.report import ShareReport, progress_json
from hectograph.domain.schedule import When
from hectograph.domain.share import Progress


@click.group()
def shares() -> None:
    """Look at shares, and steer them."""


@shares.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@json_option
@click.pass_context
def list_shares(context: click.Context, limit: int, *, as_json: bool) -> None:
    """List the newest shares; with --json an object a line."""
    found, zone = ask(context, lambda reception: reception.list_shares(limit=limit))
    if not as_json:
        screen.show_shares(found, zone=zone)
        return
    for each in found:
        print_json(progress_json(each))


@shares.command()
@click.argument("share", metavar="ID")
@json_option
@click.pass_context
def show(context: click.Context, share: str, *, as_json: bool) -> None:
    """Show a share with every delivery."""
    report, zone = ask(context, lambda reception: reception.report(_id(share)))
    if not as_json:
        screen.show_deliveries(report)
    context.exit(finish(report, as_json=as_json, zone=zone, waited=False))


@shares.command()
@click.argument("share", metavar="ID")
@json_option
@click.pass_context
def watch(context: click.Context, share: str, *, as_json: bool) -> None:
    """Follow a share to its end; works on it while no worker is about."""

    async def act(reception: Reception) -> ShareReport:
        with stopped_by_signals(reception.stopping):
            await reception.progress(_id(share))
            await follow(reception, _id(share), quiet=as_json)
            return await reception.report(_id(share))

    report, zone = ask(context, act)
    context.exit(finish(report, as_json=as_json, zone=zone))


@shares.command()
@click.argument("share", metavar="ID")
@click.option("--only", type=click.Choice(["failed"]), default="failed", show_default=True)
@json_option
@click.pass_context
def retry(context: click.Context, share: str, only: str, *, as_json: bool) -> None:  # noqa: ARG001
    """Give what failed another go."""

    async def act(reception: Reception) -> str:
        number = await reception.retry(_id(share))
        return f"{screen.deliveries(number)} will be tried again."

    _steer(context, share, act, as_json=as_json)


@shares.command()
@click.argument("share", metavar="ID")
@json_option
@click.pass_context
def cancel(context: click.Context, share: str, *, as_json: bool) -> None:
    """Withdraw what was not begun. What is done stays done."""

    async def act(reception: Reception) -> str:
        number = await reception.cancel(_id(share))
        return f"{screen.deliveries(number)} withdrawn; what is done stays done."

    _steer(context, share, act, as_json=as_json)


@shares.command()
@click.argument("share", metavar="ID")
@when_options
@json_option
@click.pass_context
def move(context: click.Context, /, share: str, *, as_json: bool, **said: Any) -> None:
    """Have a share done at another time; without a time, now. What is done stays done."""

    async def act(reception: Reception) -> str:
        moved = await reception.move(_id(share), When(**said))
        lines = screen.times_of(moved, zone=reception.zone)
        return "\n".join(lines) or "It is for now."

    _steer(context, share, act, as_json=as_json)


@shares.command()
@click.argument("share", metavar="ID")
@json_option
@click.pass_context
def pause(context: click.Context, share: str, *, as_json: bool) -> None:
    """Begin nothing more of a share until it is resumed."""

    async def act(reception: Reception) -> str:
        await reception.pause(_id(share))
        return f"Paused. Go on with: hectograph shares resume {share}"

    _steer(context, share, act, as_json=as_json)


@shares.command()
@click.argument("share", metavar="ID")
@json_option
@click.pass_context
def resume(context: click.Context, share: str, *, as_json: bool) -> None:
    """Let a paused share go on."""

    async def act(reception: Reception) -> str:
        await reception.resume(_id(share))
        return "It goes on."

    _steer(context, share, act, as_json=as_json)


def _steer(
    context: click.Context,
    share: str,
    act: Act[str],
    *,
    as_json: bool,
) -> None:
    async def act_and_look(reception: Reception) -> tuple[str, Progress, bool]:
        said = await act(reception)
        progress = await reception.progress(_id(share))
        return said, progress, await reception.is_served()

    (said, progress, is_served), _ = ask(context, act_and_look)
    if as_json:
        print_json(progress_json(progress))
        return
    click.echo(said)
    if not (is_served or progress.share.is_ended):
        notice(f"No worker is about. Watch and work: hectograph shares watch {share}")


def _id(share: str) -> ShareId:
    return ShareId(share.strip().lower())
