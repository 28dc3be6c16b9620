"""The page of the documentation that the measurements make."""

import importlib.metadata
import os
import platform
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from benchmarks.drive import peers
from benchmarks.drive.processes import ROOT
from benchmarks.figures import Table
from benchmarks.page import as_markdown

PAGE = ROOT / "docs" / "reference" / "benchmarks-drive.md"

HEAD = """\
# Benchmarks on Google Drive

Written by `make bench-drive`, which measures everything anew and takes about half an hour; it is also how to repeat it.
`python -m benchmarks.drive --only clean tight` repeats some parts; each says when it was measured.
Nothing on this page is written by hand.

The peers: {versions}.

The service is the project's own emulator of Google Drive, in a process of its own, over HTTP.
A call takes a lognormal time with a median of 0.3 s and a sigma of 0.5.
The quota is a token bucket, and what is beyond it is refused with 403 as Drive does.
Every share of a table meets the same world: an emulator of its own, started for it, with the same folders.
The real service's times differ, and so would seconds; **compare ratios**, calls and copies.
The machine is small and other work runs on it: differences below a tenth mean nothing.

The limit is the mean time of somebody who knows rate and burst: a call leaves as soon as the bucket has a token, one call makes a copy, and each call's latency is drawn as the service draws it.
Single shares scatter around it: with 30 copies by a third.

*Learned* says that the same account made shares before; *cold*, that nothing is known of it.
Peers repeat what Google tells to repeat, with backoff: the Python client {retries} times, rclone and GAM as they do by themselves, Celery 10 times.
"""

PARTS = ("clean", "tight", "natives", "troubles", "crews", "behind")
"""In the order of the page."""


def describe_machine(database: str) -> str:
    """The machine in neutral words."""
    kernel = ".".join(platform.release().split("-")[0].split(".")[:2])
    return (
        f"{os.cpu_count()} cores, {platform.system()} {kernel}, PostgreSQL {database}, "
        f"Python {platform.python_version()}"
    )


def describe_peers() -> str:
    """Their versions."""
    found = [
        f"{name} {importlib.metadata.version(package)}"
        for name, package in (
            ("google-api-python-client", "google-api-python-client"),
            ("GAM", "gam7"),
            *((("Celery", "celery"),) if peers.has_celery() else ()),
        )
    ]
    found += [f"rclone {version}" for version in peers.find_rclones()]
    if peers.has_celery():
        found[2] += f" with {peers.celery_broker()} as its broker"
    return ", ".join(found)


def write_part(
    name: str,
    tables: Sequence[Table],
    *,
    machine: str,
    day: date,
    minutes: float,
    to: Path = PAGE,
) -> None:
    """Put a part between its marks, and leave the others as they are."""
    text = to.read_text(encoding="utf-8") if to.exists() else ""
    parts = {each: _inside(text, each) for each in PARTS}
    measured = f"Measured on {day}, in {max(1.0, minutes):.0f} min, on {machine}."
    shown = (as_markdown(_broken(each)) for each in tables)
    parts[name] = "\n".join(("", measured, "", *shown)).rstrip() + "\n"
    head = HEAD.format(versions=describe_peers(), retries=peers.RETRIES)
    marked = (f"{_mark(each)}\n{parts[each]}\n" for each in PARTS)
    to.write_text("\n".join((head, *marked, END)) + "\n", encoding="utf-8")


END = "<!-- end -->"


def _mark(name: str) -> str:
    return f"<!-- {name} -->"


def _inside(text: str, name: str) -> str:
    """What stands between a part's mark and the next."""
    _, found, rest = text.partition(f"{_mark(name)}\n")
    return rest.partition("\n<!-- ")[0].rstrip("\n") + "\n" if found else ""


def _broken(table: Table) -> Table:
    """With a line for each sentence of its notes."""
    notes = tuple(note.replace(". ", ".\n") for note in table.notes)
    return Table(title=table.title, headings=table.headings, rows=table.rows, notes=notes)
