"""`hectograph decide`: what becomes of one copy that a recall has left."""

import click

from hectograph.app.reception import Meant, Reception
from hectograph.cli import cleanup_screen, screen
from hectograph.cli.follow import follow
from hectograph.cli.output import (
    STATE_CODES,
    UNDER_WAY,
    json_option,
    print_json,
    wait_option,
)
from hectograph.cli.reach import ask, stopped_by_signals
from hectograph.domain.decision import Choice, Decision
from hectograph.domain.ids import ShareId
from hectograph.domain.report import ShareReport


@click.command()
@click.argument("share", metavar="SHARE")
@click.argument("student", metavar="[STUDENT]", required=False)
@click.option("--document", metavar="NAME", help="Of several documents, which one.")
@click.option(
    "--copy",
    type=click.IntRange(min=0),
    metavar="NUMBER",
    help="In place of STUDENT: the copy's number, as `recall --json` tells it.",
)
@click.option("--leave", is_flag=True, help="It stays with the student, as it is.")
@click.option(
    "--hand-over",
    metavar="TO",
    help="Put a copy of the work, as it is now, into a folder of yours: a directory, or "
    "on Google Drive a link or an id.",
)
@click.option("--lock", is_flag=True, help="Make it read-only, on Google Drive.")
@click.option("--unlock", is_flag=True, help="Take that lock off again.")
@wait_option
@json_option
@click.pass_context
def decide(
    context: click.Context,
    share: str,
    student: str | None,
    document: str | None,
    copy: int | None,
    hand_over: str | None,
    *,
    leave: bool,
    lock: bool,
    unlock: bool,
    wait: bool,
    as_json: bool,
) -> None:
    """Decide about the copy of STUDENT that a recall of SHARE has left.

    Whatever is decided, the student's work stays as it is; each decision is in the audit
    log. Safe to repeat.
    """
    typed = {
        Choice.LEAVE: leave,
        Choice.HAND_OVER: hand_over is not None,
        Choice.LOCK: lock,
        Choice.UNLOCK: unlock,
    }
    chosen = [choice for choice, is_chosen in typed.items() if is_chosen]
    if len(chosen) != 1:
        raise click.UsageError(
            "Say what to do: --leave, --hand-over TO, --lock or --unlock."
        )
    if (student is None) == (copy is None):
        raise click.UsageError("Say whose copy: either STUDENT or --copy NUMBER.")
    meant = Meant(
        share=ShareId(share.strip().lower()), student=student, document=document, copy=copy
    )

    async def carry_out(reception: Reception) -> tuple[Decision, ShareReport | None]:
        with stopped_by_signals(reception.stopping):
            decision = await reception.decide(meant, chosen[0], to=hand_over or "")
            if decision.by_share is None:
                return decision, None
            if wait:
                await follow(reception, decision.by_share, quiet=as_json)
            return decision, await reception.report(decision.by_share)

    (decision, given), zone = ask(context, carry_out)
    if as_json:
        told = given.as_json() if given else None
        print_json({"decision": decision.as_json(), "given": told})
    else:
        cleanup_screen.show_decision(decision)
        if given is not None:
            screen.show_outcome(given, waited=wait, zone=zone)
    if given is not None:
        context.exit(STATE_CODES.get(given.state, UNDER_WAY if wait else 0))
