"""The model checker: what a drive and a ledger must look like when a share has ended.

It knows nothing of the product's own code: it lists folders, compares bytes, and asks the
database in SQL.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

DELIVERED = ("verified", "kept")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One delivery as it was planned: the student's folder, the wanted name, the bytes."""

    folder: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A delivery as the ledger has it."""

    folder: str
    name: str
    state: str
    path: str | None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A share as the ledger has it."""

    state: str
    open: int
    thawed: bool
    entries: tuple[Entry, ...]


def read_record(database_url: str, share: str) -> Record:
    """What the ledger says about a share."""
    with psycopg.connect(database_url) as connection:
        head = connection.execute(
            "SELECT state, open, thawed FROM share WHERE id = %s", [share]
        ).fetchone()
        assert head is not None, f"the ledger does not know {share}"
        rows = connection.execute(
            "SELECT folder, name, state, path, error_code FROM delivery"
            " WHERE share_id = %s ORDER BY position",
            [share],
        ).fetchall()
    entries = (
        Entry(folder=row[0], name=row[1], state=row[2], path=row[3], error=row[4])
        for row in rows
    )
    return Record(state=head[0], open=head[1], thawed=head[2], entries=tuple(entries))


def check_drive(root: Path, planned: Sequence[Planned]) -> list[str]:
    """Violations on the drive: every planned copy once and whole, and nothing else."""
    found = dict(_files(root))
    wanted = {f"{each.folder}/{each.name}": each.content for each in planned}
    assert len(wanted) == len(planned), "the plan asks twice for the same"
    violations = [f"missing: {path}" for path in sorted(wanted.keys() - found.keys())]
    violations += [f"not planned: {path}" for path in sorted(found.keys() - wanted.keys())]
    for path in sorted(wanted.keys() & found.keys()):
        if found[path] != wanted[path]:
            violations.append(
                f"not the same bytes: {path} has {len(found[path] or b'')} of "
                f"{len(wanted[path])}"
            )
    return violations


def check_record(record: Record, planned: Sequence[Planned]) -> list[str]:
    """Violations in the ledger: a complete share, and every copy where it says it is."""
    violations = []
    if (record.state, record.open) != ("complete", 0):
        violations.append(f"the share is {record.state} with {record.open} open")
    if not record.thawed:
        violations.append("the share's documents are still kept")
    entries = {f"{each.folder}/{each.name}": each for each in record.entries}
    wanted = {f"{each.folder}/{each.name}" for each in planned}
    violations += [f"not in the ledger: {path}" for path in sorted(wanted - entries.keys())]
    violations += [
        f"only in the ledger: {path}" for path in sorted(entries.keys() - wanted)
    ]
    for path in sorted(wanted & entries.keys()):
        entry = entries[path]
        if entry.state not in DELIVERED:
            violations.append(f"{path} is {entry.state} ({entry.error})")
        elif entry.path is None or not entry.path.endswith(f"/{path}"):
            violations.append(f"{path} is said to be at {entry.path}")
        elif not Path(entry.path).is_file():
            violations.append(f"{path} is said to be there and is not")
    return violations


def check(
    root: Path, planned: Sequence[Planned], *, database_url: str, share: str
) -> list[str]:
    """Every violation of the promise at the end of a share."""
    record = read_record(database_url, share)
    return [*check_drive(root, planned), *check_record(record, planned)]


def _files(root: Path) -> Iterable[tuple[str, bytes | None]]:
    """Everything below the root but the students' own top folders, hidden or not."""
    for top in os.scandir(root):
        if _is_put_aside(top):
            continue
        if not top.is_dir(follow_symlinks=False) or top.name.startswith("."):
            yield top.name, None
            continue
        for folder, folders, names in os.walk(top.path):
            where = Path(folder)
            for name in names:
                path = where / name
                content = None if path.is_symlink() else path.read_bytes()
                yield str(path.relative_to(root)), content
            if not folders and not names and where != Path(top.path):
                yield str(where.relative_to(root)), None


def _is_put_aside(top: os.DirEntry[str]) -> bool:
    """Half-made copies of dead workers, where no student may look."""
    if top.name != ".hectograph-quarantine" or top.stat().st_mode & 0o077:
        return False
    return os.listdir(top.path) == ["temporaries"]
