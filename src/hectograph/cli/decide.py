"""`hectograph decide`: what becomes of one copy that a recall has left."""

import asyncio
from dataclasses import dataclass

import click

from hectograph.app.house import House
from hectograph.cli import cleanup_screen, screen
from hectograph.cli.follow import follow, stopped_by_signals
from hectograph.cli.output import (
    STATE_CODES,
    UNDER_WAY,
    asker,
    json_option,
    notice,
    print_json,
    wait_option,
)
from hectograph.domain.decision import Choice, Decision
from hectograph.domain.ids import ShareId
from hectograph.domain.report import ShareReport


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What was typed."""

    share: ShareId
    student: str | None
    document: str | None
    copy: int | None
    choice: Choice
    to: str

    async def decide(self, house: House) -> Decision:
        """Carry it out, or have it carried out."""
        kept = await house.deciding.find(
            self.share, self.student, document=self.document, copy=self.copy
        )
        match self.choice:
            case Choice.LEAVE:
                return await house.deciding.leave(kept, by=asker())
            case Choice.HAND_OVER:
                return await house.deciding.hand_over(kept, to=self.to, by=asker())
            case _:
                is_lock = self.choice is Choice.LOCK
                return await house.deciding.set_locked(kept, locked=is_lock, by=asker())


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
    asked = _Asked(
        share=ShareId(share.strip().lower()),
        student=student,
        document=document,
        copy=copy,
        choice=chosen[0],
        to=hand_over or "",
    )

    async def carry_out(house: House) -> tuple[Decision, ShareReport | None]:
        with stopped_by_signals(house):
            decision = await asked.decide(house)
            if decision.by_share is None:
                return decision, None
            if wait:
                await follow(house, decision.by_share, quiet=as_json)
            return decision, await house.sharing.report(decision.by_share)

    with context.obj.open_house(notice) as house:
        decision, given = asyncio.run(carry_out(house))
        zone = house.sharing.zone
    if as_json:
        told = given.as_json() if given else None
        print_json({"decision": decision.as_json(), "given": told})
    else:
        cleanup_screen.show_decision(decision)
        if given is not None:
            screen.show_outcome(given, waited=wait, zone=zone)
    if given is not None:
        context.exit(STATE_CODES.get(given.state, UNDER_WAY if wait else 0))
