"""`hectograph fresh`: another copy for one student, and the old one's name."""

import click

from hectograph.app.reception import Meant, Reception
from hectograph.cli import screen
from hectograph.cli.follow import follow
from hectograph.cli.output import (
    STATE_CODES,
    UNDER_WAY,
    json_option,
    print_json,
    wait_option,
)
from hectograph.cli.reach import ask, stopped_by_signals
from hectograph.domain.ids import ShareId
from hectograph.domain.report import ShareReport


@click.command()
@click.argument("share", metavar="SHARE")
@click.argument("student", metavar="[STUDENT]", required=False)
@click.option(
    "--copy",
    type=click.IntRange(min=0),
    metavar="NUMBER",
    help="In place of STUDENT: the copy's number, as the audit log tells it.",
)
@click.option("--document", metavar="DOCUMENT", help="Of which; needed in a directory.")
@click.option(
    "--rename-old",
    is_flag=True,
    help="Call the old copy old, so that the fresh one can have its name.",
)
@click.option("--undo", is_flag=True, help="Make nothing; give the old copy its name back.")
@wait_option
@json_option
@click.pass_context
def fresh(
    context: click.Context,
    share: str,
    student: str | None,
    copy: int | None,
    document: str | None,
    *,
    rename_old: bool,
    undo: bool,
    wait: bool,
    as_json: bool,
) -> None:
    """Give one STUDENT of SHARE a fresh copy; the one there is stays as it is."""
    if (student is None) == (copy is None):
        raise click.UsageError("Say whose copy: either STUDENT or --copy NUMBER.")
    meant = Meant(share=ShareId(share.strip().lower()), student=student, copy=copy)

    async def give(reception: Reception) -> tuple[ShareReport, str | None]:
        with stopped_by_signals(reception.stopping):
            made = await reception.refresh(meant, document=document, renames_old=rename_old)
            if wait:
                await follow(reception, made.share, quiet=as_json)
            return await reception.report(made.share), made.old

    if undo:
        name, _ = ask(context, lambda reception: reception.bring_name_back(meant))
        told = {"name": name}
        print_json(told) if as_json else click.echo(f"It is called {name!r} again.")
        return
    (report, old), zone = ask(context, give)
    if as_json:
        print_json({**report.as_json(), "old_copy": old})
    else:
        screen.show_outcome(report, waited=wait, zone=zone)
        if rename_old:
            click.echo(f"  {_words(old)}")
    context.exit(STATE_CODES.get(report.state, UNDER_WAY if wait else 0))


def _words(old: str | None) -> str:
    if old is None:
        return "The old copy is not where it was put; nothing was renamed."
    return f"The old copy is called {old!r} now."
