"""The page for people: who is there, what lies where, what was asked, what goes wrong."""

from collections.abc import Iterable, Sequence
from html import escape

from emulators.drive.emulator import Emulator
from emulators.drive.model import File
from emulators.drive.world import World

MOST_CALLS = 30
STYLE = """
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 1rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin-bottom: 2rem; }
caption { text-align: left; font-weight: bold; padding: .5rem 0; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
"""


def render(emulator: Emulator) -> str:
    """The whole page, as it is at this moment."""
    world = emulator.world
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Drive emulator</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>Drive emulator</h1>
<p>{len(world.users)} accounts, {_count_files(world)} files,
{emulator.journal.length} calls so far. Reload to see the present state.</p>
{_faults(emulator)}
{_accounts(world)}
<h2>Folders</h2>
{_folders(world)}
{_counts(emulator)}
{_last_calls(emulator)}
</main>
</body>
</html>"""


def _count_files(world: World) -> int:
    return sum(bool(file.parent) and not file.gone for file in world.files.values())


def _table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    lines = ["".join(_cell(value) for value in row) for row in rows]
    empty = f'<tr><td colspan="{len(heads)}">none</td></tr>'
    body = "".join(f"<tr>{line}</tr>" for line in lines) or empty
    return (
        f"<table><caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cell(value: object) -> str:
    number = ' class="number"' if isinstance(value, int) else ""
    return f"<td{number}>{escape(str(value))}</td>"


def _faults(emulator: Emulator) -> str:
    rows = [
        (one["call"], one["when"], one["kind"], one["matched"], one["struck"])
        for one in emulator.trouble.state()
    ]
    return _table("Faults in force", ("Call", "When", "Kind", "Matched", "Struck"), rows)


def _accounts(world: World) -> str:
    rows = [(user.email, user.kind, user.used_bytes) for user in world.users.values()]
    return _table("Accounts", ("Account", "Kind", "Bytes used"), rows)


def _folders(world: World) -> str:
    tables = []
    for folder in world.files.values():
        if not folder.is_folder or folder.gone:
            continue
        inside = [
            file
            for file in world.candidates_in(folder.id)
            if file.parent == folder.id and not file.gone
        ]
        if inside:
            rows = [_row(world, file) for file in inside]
            heads = ("Name", "Kind", "Owner", "Version", "State")
            tables.append(_table(_path(world, folder), heads, rows))
    return "".join(tables) or "<p>Nothing lies anywhere.</p>"


def _row(world: World, file: File) -> tuple[object, ...]:
    state = "in the trash" if world.is_trashed(file) else ""
    kind = file.mime_type.rpartition(".")[2] if not file.has_bytes else file.mime_type
    return (file.name, kind, file.owner or "the shared drive", file.version, state)


def _path(world: World, folder: File) -> str:
    names = []
    node: File | None = folder
    while node is not None:
        names.append(node.name if node.parent else f"{node.owner or node.name}")
        node = world.parent_of(node)
    return " / ".join(reversed(names))


def _counts(emulator: Emulator) -> str:
    rows = [
        (
            one["call"],
            one["status"] or "no answer",
            one["reason"],
            one["fault"],
            one["count"],
        )
        for one in emulator.journal.counts()["by"]
    ]
    heads = ("Call", "Status", "Reason", "Fault", "Count")
    return _table("Calls in numbers", heads, rows)


def _last_calls(emulator: Emulator) -> str:
    entries = emulator.journal.after(emulator.journal.length - MOST_CALLS)
    rows = [
        (one["number"], one["call"], one["account"], one["status"], one["fault"])
        for one in reversed(entries)
    ]
    heads = ("Number", "Call", "Account", "Status", "Fault")
    return _table("The last calls", heads, rows)
