"""Commands for whoever runs the machine: worker, pause, resume, doctor, config, ledger."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from hectograph.app.house import House
from hectograph.cli import screen
from hectograph.cli.output import UNDER_WAY, asker, json_option, notice, print_json
from hectograph.cli.reach import stopped_by_signals
from hectograph.domain.errors import LedgerUnavailable
from hectograph.domain.halt import Halt, UnderWay

ATTEND_SECONDS = 1.0


@click.command()
@click.pass_context
def worker(context: click.Context) -> None:
    """Make the copies that were asked for, until stopped. Run as many as you like."""
    with context.obj.open_house(notice) as house:
        asyncio.run(_work(house))
    notice("The worker has stopped.")


@click.command("serve")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Where to listen: 0.0.0.0, ::1."
)
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="0 for any that is free.",
)
@click.option("--worker/--no-worker", default=True, help="With a worker beside the pages.")
@click.pass_context
def serve_pages(context: click.Context, host: str, port: int, *, worker: bool) -> None:
    """Show the pages for teachers, until stopped."""
    context.obj.serve(host=host, port=port, works=worker, told=notice)


async def _work(house: House) -> None:
    with stopped_by_signals(house.stopping):
        notice("The worker is about. Ctrl-C stops it once what is under way is done.")
        attending = asyncio.create_task(_attend(house))
        await house.work(house.stopping)
        attending.cancel()


async def _attend(house: House) -> None:
    while True:
        with suppress(LedgerUnavailable):
            await house.desk.run(house.presence.attend)
        await asyncio.sleep(ATTEND_SECONDS)


@click.command()
@click.option("--reason", metavar="TEXT", help="Why; teachers read it.")
@click.option("--wait", is_flag=True, help="Return once nothing is under way any more.")
@json_option
@click.pass_context
def pause(context: click.Context, reason: str | None, *, wait: bool, as_json: bool) -> None:
    """Begin nothing more, for anybody and on every machine, until `hectograph resume`.

    What is under way comes to its end. Shares can still be asked for; they wait.
    """

    async def act(house: House) -> tuple[Halt, bool]:
        with stopped_by_signals(house.stopping):
            halt = await house.operating.pause(reason, by=asker())
            is_idle = not wait or await house.operating.until_idle(
                told=_tell_under_way, stopping=house.stopping.is_set
            )
            return halt, is_idle

    with context.obj.open_house(notice) as house:
        halt, is_idle = asyncio.run(act(house))
        zone = house.sharing.zone
    if as_json:
        print_json({"halted": halt.as_json()})
    else:
        click.echo(f"Paused for everybody: {halt.words(zone=zone)}.")
        click.echo("Go on with: hectograph resume")
    if not is_idle:
        notice("Not everything has come to its end yet; nothing more is begun.")
    elif wait:
        notice("Nothing is under way.")
    context.exit(0 if is_idle else UNDER_WAY)


def _tell_under_way(found: UnderWay) -> None:
    notice(f"Waiting for {found.copies:,} copies under way, in {found.lanes:,} lanes.")


@click.command()
@json_option
@click.pass_context
def resume(context: click.Context, *, as_json: bool) -> None:
    """Let everything go on that `hectograph pause` stopped."""
    with context.obj.open_house(notice) as house:
        ended = asyncio.run(house.operating.resume(by=asker()))
    if as_json:
        print_json({"halted": None})
    else:
        click.echo("Everything goes on." if ended else "Nothing was paused.")


@click.command()
@click.option("--stop", is_flag=True, help="Stop the embedded database server.")
@json_option
@click.pass_context
def doctor(context: click.Context, *, stop: bool, as_json: bool) -> None:
    """Tell what was found: the database, its tables, workers, open work."""
    found: dict[str, Any] = context.obj.examine(stop=stop)
    print_json(found) if as_json else screen.show_findings(found)
    context.exit(0 if found["healthy"] else 75)


@click.group()
def config() -> None:
    """Look at the settings."""


@config.command()
@json_option
@click.pass_context
def check(context: click.Context, *, as_json: bool) -> None:
    """Check the settings; show each with its value and where it comes from."""
    rows = context.obj.list_settings()
    if not as_json:
        screen.show_settings(rows)
        return
    for row in rows:
        print_json(row)


@click.group()
def ledger() -> None:
    """Look after the record of what was delivered."""


@ledger.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@json_option
@click.pass_context
def rebuild(context: click.Context, directory: Path, *, as_json: bool) -> None:
    """Write down shares that left copies in DIRECTORY and that the ledger lost."""
    with context.obj.open_house(notice) as house:
        account = house.account_of(directory)
        found = asyncio.run(
            house.rebuilding.rebuild(account, destination=str(directory.resolve()))
        )
    if as_json:
        print_json({"shares": found})
        return
    click.echo(f"{found} {'share was' if found == 1 else 'shares were'} read back.")
