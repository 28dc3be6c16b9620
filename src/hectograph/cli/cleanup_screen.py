"""What a person sees of clean-ups and of the audit log."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

import click

from hectograph.cli.screen import build_table, open_console, program
from hectograph.domain.cleanup import Cleanup, CleanupReport, Purpose
from hectograph.domain.decision import Choice, Decision
from hectograph.domain.removal import Removal, RemovalState
from hectograph.ports.cleanups import AuditEntry

WORDS = {
    RemovalState.PROPOSED: "would go",
    RemovalState.ASKED: "goes",
    RemovalState.REMOVED: "taken away",
    RemovalState.REPLACED: "replaced in place",
    RemovalState.KEPT: "stays",
    RemovalState.GONE: "not there",
    RemovalState.RETURNING: "comes back",
    RemovalState.RETURNED: "back",
}

STYLES = {
    RemovalState.KEPT: "yellow",
    RemovalState.RETURNED: "green",
    RemovalState.REMOVED: "dim",
    RemovalState.REPLACED: "dim",
}

PURPOSES = {
    Purpose.RECALL: "recall",
    Purpose.CORRECTION: "correction",
    Purpose.LEFTOVER: "leftovers",
    Purpose.DUPLICATE: "duplicates",
    Purpose.LITTER: "litter",
}

DECIDED = {
    Choice.LEAVE: "left",
    Choice.HAND_OVER: "handed over",
    Choice.LOCK: "locked",
    Choice.UNLOCK: "unlocked",
    Choice.RENAME: "renamed",
    Choice.RENAME_BACK: "renamed back",
}

REPLACED = {
    RemovalState.REPLACED: "replaced in place",
    RemovalState.REMOVED: "replaced by a new file",
}

SHOWN = 200


def show_report(report: CleanupReport) -> None:
    """Every file of a clean-up, what stays first; then how many, and what to do next."""
    console = open_console()
    if not report.removals:
        is_twice = report.cleanup.purpose is Purpose.DUPLICATE
        nothing = "Nothing is there twice." if is_twice else "Nothing is left over."
        console.print(f"  {nothing}")
        return
    table = build_table(*_columns(report))
    ordered = sorted(report.removals, key=_goes)
    for each in ordered[:SHOWN]:
        table.add_row(*_cells(each, report))
    console.print(table)
    if len(ordered) > SHOWN:
        console.print(f"  … and {len(ordered) - SHOWN:,} more: add --json", style="dim")
    counted = (
        f"{number:,} {WORDS[state]}" for state, number in report.counts.items() if number
    )
    console.print(f"  {' · '.join(counted)}", style="bold")
    if report.owed:
        console.print(f"  {report.owed:,} deliveries are still being looked for.")
    _show_next(report)


def show_decision(decision: Decision) -> None:
    """What was decided, and how to take it back."""
    console = open_console()
    console.print(f"  The copy is {_words(decision)}.", style="bold")
    if decision.is_firm is False:
        console.print("  Whoever may edit the copy can take the lock off.")
    if decision.undo:
        console.print(f"  Take it back:  {decision.undo}", style="dim")


def show_correction(taken: CleanupReport) -> None:
    """How many copies were replaced, and who keeps the first version."""
    counts = taken.counts
    any_in_place = counts[RemovalState.REPLACED] > 0
    replaced = [
        f"{counts[state]:,} {words}"
        for state, words in REPLACED.items()
        if counts[state] or (state is RemovalState.REMOVED and not any_in_place)
    ]
    stay = [
        each
        for each in taken.removals
        if each.state in (RemovalState.KEPT, RemovalState.RETURNED)
    ]
    console = open_console()
    told = ", ".join([*replaced, f"{len(stay):,} worked on already"])
    console.print(f"  {told}", style="bold")
    for each in stay[:SHOWN]:
        why = each.reason.message if each.reason else ""
        console.print(f"    {each.path}: {why} The new version is beside it.")


def _show_next(report: CleanupReport) -> None:
    console, cleanup = open_console(), report.cleanup
    counts = report.counts
    command = f"{program()} cleanup"
    if counts[RemovalState.PROPOSED]:
        console.print(f"  Do just that:  {command} apply {cleanup.id}", style="dim")
    if counts[RemovalState.REMOVED] or counts[RemovalState.REPLACED]:
        undo = f"{command} undo {cleanup.id}"
        if cleanup.purpose is Purpose.RECALL:
            undo = f"{program()} recall {cleanup.subject} --undo"
        console.print(f"  Bring it back:  {undo}", style="dim")
    if report.awaited and report.is_ended:
        decide = f"{program()} decide {cleanup.subject} STUDENT"
        what = "--leave, --hand-over TO or --lock"
        console.print(f"  Decide about what stays:  {decide} {what}", style="dim")
    if not report.is_ended:
        console.print(f"  Look again:  {command} show {cleanup.id}", style="dim")


def show_cleanups(found: Sequence[Cleanup], *, zone: tzinfo | None) -> None:
    """A row for each clean-up."""
    if not found:
        click.echo("Nothing was cleaned up, and nothing planned.")
        return
    table = build_table("Clean-up", "Of", "About", "By", "Asked")
    for each in found:
        table.add_row(
            each.id,
            PURPOSES[each.purpose],
            each.subject,
            each.asked_by or "hectograph",
            f"{each.asked_at.astimezone(zone):%Y-%m-%d %H:%M}",
        )
    open_console().print(table)


def show_audit(found: Sequence[AuditEntry], *, zone: tzinfo | None) -> None:
    """Two lines for each entry: what was done, then by which facts, and how to undo it."""
    if not found:
        click.echo("Nothing was done.")
        return
    console = open_console()
    for each in found:
        when = f"{each.at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        by = each.by or "hectograph"
        console.print(f"{when}  {each.act:<18} {each.subject:<14} by {by}", soft_wrap=True)
        facts = [f"{k} {v}" for k, v in each.facts.items() if not _is_long(v)]
        undo = [f"undo: {each.undo}"] if each.undo else []
        if facts or undo:
            console.print(f"{'':21}{' · '.join(facts + undo)}", style="dim", soft_wrap=True)


def audit_json(entry: AuditEntry) -> dict[str, Any]:
    """One row of what `--json` prints."""
    return {
        "at": entry.at.isoformat(),
        "by": entry.by,
        "act": entry.act,
        "subject": entry.subject,
        "facts": dict(entry.facts),
        "undo": entry.undo,
    }


def _columns(report: CleanupReport) -> list[str]:
    """The columns of a list; of one that left copies, also whose they are."""
    return ["File", "What", "Why", *(["Student"] if report.students else [])]


def _cells(removal: Removal, report: CleanupReport) -> list[str]:
    why = removal.reason.message if removal.reason else ""
    words = [WORDS[removal.state], *map(_words, report.decisions_on(removal))]
    state = f"[{STYLES.get(removal.state, 'default')}]{', '.join(words)}[/]"
    whose = [report.student_of(removal) or ""] if report.students else []
    return [removal.path, state, why, *whose]


def _words(decision: Decision) -> str:
    words = DECIDED[decision.choice]
    return words if decision.is_done else f"to be {words}"


def _is_long(value: object) -> bool:
    return value == "" or isinstance(value, dict)


def _goes(removal: Removal) -> bool:
    return removal.state is not RemovalState.KEPT
