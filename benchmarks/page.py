"""The tables, on the screen and as a page of the documentation."""

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table as Shown

from benchmarks.figures import Table

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "benchmarks.md"

README = PAGE.parent.parent.parent / "README.md"
BEGIN = "<!-- figures: written by `make bench` -->"
END = "<!-- end of figures -->"
SHOWN_IN_README = ("2,000 students", "The cost of a delivery")

HEAD = """\
# Benchmarks

Written by `make bench`, which measures everything anew and takes some {minutes:.0f}
minutes; `make bench` is also how to repeat it. Nothing on this page is written by hand.

Measured on {day}: {machine}.

Absolute times are those of this machine on this day. Compare ratios: the ways to make
the copies take turns in random order, each in folders of its own that were there
before, and each is divided by the limit of the same round; the median of the rounds is
shown. The document has 100 KB. A copy of hectograph's is durable before it counts, and
was read back; the limit's and the peers' are in memory when they end, save where the
row says otherwise. Nothing is deleted in between: ext4 makes files more slowly for
minutes after.

The goal of 1.6 times the bare loop was set where that loop took 0.29 ms a copy. Here it
takes a sixth of that, less than the two syncs, the search for an earlier copy, the
reading back and the ledger together; the loop with a single sync is the nearer limit,
and stands beside it.
"""


def describe_machine(place: Path, server: str) -> str:
    """The machine in neutral words."""
    found = subprocess.run(
        ["findmnt", "--noheadings", "--output", "FSTYPE", "--target", str(place)],
        check=False,
        capture_output=True,
        text=True,
    )
    kernel = ".".join(platform.release().split("-")[0].split(".")[:2])
    return (
        f"{os.cpu_count()} cores, {platform.system()} {kernel}, "
        f"{found.stdout.strip() or 'an unknown file system'}, PostgreSQL {server}, "
        f"Python {platform.python_version()}"
    )


def write_page(tables: Sequence[Table], *, machine: str, day: date, minutes: float) -> None:
    """Write the page of the documentation."""
    parts = [HEAD.format(machine=machine, day=day, minutes=max(1.0, minutes))]
    parts.extend(as_markdown(each) for each in tables)
    PAGE.write_text("\n".join(parts), encoding="utf-8")


def write_readme(tables: Sequence[Table], *, machine: str) -> None:
    """Put the tables that matter most between the README's marks."""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    chosen = [each for each in tables if each.title in SHOWN_IN_README]
    parts = [f"Measured by `make bench` on {machine}; goals that were missed say so."]
    parts.extend(as_markdown(each, level="###") for each in chosen)
    inside = "\n\n".join(part.strip() for part in parts)
    README.write_text(f"{before}{BEGIN}\n{inside}\n{END}{after}", encoding="utf-8")


def as_markdown(table: Table, *, level: str = "##") -> str:
    """A table under its title, in Markdown."""
    lines = [f"{level} {table.title}", ""]
    lines.append("| " + " | ".join(table.headings) + " |")
    lines.append("|---" * len(table.headings) + "|")
    lines.extend("| " + " | ".join(row) + " |" for row in table.rows)
    lines.append("")
    for note in table.notes:
        lines.extend((note, ""))
    return "\n".join(lines)


def show(table: Table) -> None:
    """Print a table."""
    shown = Shown(*table.headings, title=table.title, title_justify="left")
    for row in table.rows:
        shown.add_row(*(cell.replace("**", "") for cell in row))
    console = Console()
    console.print(shown)
    for note in table.notes:
        console.print(note)
