"""A made-up district on disk: students' folders, an older tool's files, and edits."""

import csv
import hashlib
import os
import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from hectograph.domain.litter import SLACK

CLASS = 25
DOCUMENT_BYTES = 8_000
OWN_BYTES = 2_000

Contents = dict[str, str]
"""The hash of what is in each file, by path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large the district is; `edited` of the `litter` files were."""

    folders: int = 10_000
    litter: int = 3_000
    edited: int = 400

    @property
    def shares(self) -> int:
        """Classes of the older tool's shares, each file one copy in it."""
        return self.litter // CLASS


@dataclass(slots=True, kw_only=True)
class District:
    """Folders below `root`, and the table of the older tool's shares."""

    root: Path
    table: Path
    litter: list[Path] = field(default_factory=list)
    edited: set[Path] = field(default_factory=set)

    def left(self) -> Contents:
        """What is in every temporary file that a student finds."""
        return {
            str(path): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.root.glob("*/*/temp_*")
        }


def build_district(place: Path, size: Size) -> District:
    """Build it, let the older tool share, wait, and have students edit."""
    district = District(root=place / "district", table=place / "shares.csv")
    chance = random.Random(1)
    folders = [
        district.root / f"Class {number // CLASS:03}" / f"Student {number:05}"
        for number in range(size.folders)
    ]
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / "Notes.txt").write_bytes(chance.randbytes(OWN_BYTES))
    shares = [_shared(district, folders, each, chance) for each in range(size.shares)]
    write_table(district.table, shares)
    # Who saves a file as a new one while its share runs cannot be told from the tool.
    time.sleep(SLACK.total_seconds() + 2)  # noqa: TID251 - it is real
    _edit(district, size, chance)
    os.sync()
    return district


def write_table(path: Path, rows: list[dict[str, str]]) -> None:
    """Write the log of the older tool's shares."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def temporary_name(share: int, number: int) -> str:
    """As the older tool named what it had not finished."""
    digits = f"{random.Random(share * 1_000 + number).randrange(10**10):010}"
    return f"temp_{share:06}-{digits[:2]}-{digits[2:5]}-{digits[5:7]}"


def _shared(
    district: District, folders: list[Path], share: int, chance: random.Random
) -> dict[str, str]:
    content = chance.randbytes(DOCUMENT_BYTES)
    began = datetime.fromtimestamp(time.time(), UTC)
    for number in range(CLASS):
        path = folders[share * CLASS + number] / temporary_name(share, number)
        path.write_bytes(content)
        district.litter.append(path)
    ended = datetime.fromtimestamp(time.time(), UTC)
    return {
        "Started": began.isoformat(),
        "Ended": ended.isoformat(),
        "Pattern": f"temp_{share:06}-*",
    }


def _edit(district: District, size: Size, chance: random.Random) -> None:
    ways = (_append, _replace, _overwrite, _overwrite_quietly)
    for number, path in enumerate(chance.sample(district.litter, size.edited)):
        ways[number % len(ways)](path, chance)
        district.edited.add(path)


def _append(path: Path, chance: random.Random) -> None:
    with path.open("ab") as file:
        file.write(chance.randbytes(100))


def _replace(path: Path, chance: random.Random) -> None:
    """As most editors save: a new file under the old name."""
    new = path.with_name("~save")
    new.write_bytes(path.read_bytes() + chance.randbytes(100))
    new.replace(path)


def _overwrite(path: Path, chance: random.Random) -> None:
    with path.open("r+b") as file:
        file.write(chance.randbytes(100))


def _overwrite_quietly(path: Path, chance: random.Random) -> None:
    """The same size, and the old time put back."""
    before = path.stat()
    _overwrite(path, chance)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
