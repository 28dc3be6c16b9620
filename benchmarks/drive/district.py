"""The same district on a Drive emulator."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.district import (
    CLASS,
    DOCUMENT_BYTES,
    OWN_BYTES,
    Contents,
    Size,
    temporary_name,
    write_table,
)
from benchmarks.drive.world import BLOB, FOLDER, NATIVE, OFFICE
from emulators.drive.running import Admin

TOOL = "tool@school.test"
LATER_SECONDS = 600
"""Less than a token request is good for, which real clocks date."""
AT_ONCE = 2_000


@dataclass(slots=True, kw_only=True)
class DriveDistrict:
    """Students' folders of the office's, in which the older tool may write."""

    admin: Admin
    table: Path
    litter: list[str] = field(default_factory=list)
    edited: set[str] = field(default_factory=set)

    def left(self) -> Contents:
        """What is in every temporary file that a student finds, and where it is."""
        litter = frozenset(self.litter)
        return {
            each["id"]: f"{each['name']} {each['parents']} {each['sha256']}"
            for each in self.admin.state()["files"]
            if each["id"] in litter and not each["trashed"]
        }


def build_drive_district(admin: Admin, table: Path, size: Size) -> DriveDistrict:
    """Build it, let the older tool share, let some minutes pass, and have students edit."""
    district = DriveDistrict(admin=admin, table=table)
    chance = random.Random(1)
    students = [f"student{number:05}@school.test" for number in range(size.folders)]
    admin.call("users", {"users": [{"email": each} for each in (OFFICE, TOOL, *students)]})
    folders = _seeded(
        admin,
        [
            {
                "owner": OFFICE,
                "name": f"Folder of {each}",
                "mimeType": FOLDER,
                "permissions": [_writer(each), _writer(TOOL)],
            }
            for each in students
        ],
    )
    _seeded(
        admin,
        [
            _file(each, "Notes.txt", folder, _text(OWN_BYTES, chance))
            for each, folder in zip(students, folders, strict=True)
        ],
    )
    for share in range(size.shares):
        content, kind = _text(DOCUMENT_BYTES, chance), (BLOB, NATIVE)[share % 2]
        district.litter += admin.files(
            [
                _file(TOOL, temporary_name(share, number), folder, content, kind=kind)
                for number, folder in enumerate(folders[share * CLASS :][:CLASS])
            ]
        )
    _write_shares(district)
    admin.advance(LATER_SECONDS)
    _edit(district, students, size, chance)
    return district


def _seeded(admin: Admin, files: list[dict[str, Any]]) -> list[str]:
    return [
        number
        for first in range(0, len(files), AT_ONCE)
        for number in admin.files(files[first : first + AT_ONCE])
    ]


def _writer(email: str) -> dict[str, str]:
    return {"role": "writer", "type": "user", "emailAddress": email}


def _file(
    owner: str, name: str, folder: str, content: str, *, kind: str = BLOB
) -> dict[str, Any]:
    return {
        "owner": owner,
        "name": name,
        "mimeType": kind,
        "parents": [folder],
        "content": content,
    }


def _text(length: int, chance: random.Random) -> str:
    return chance.randbytes(length // 2).hex()


def _write_shares(district: DriveDistrict) -> None:
    born = {
        each["id"]: datetime.fromtimestamp(each["created_at"], UTC)
        for each in district.admin.state()["files"]
    }
    times = [
        [born[each] for each in district.litter[first : first + CLASS]]
        for first in range(0, len(district.litter), CLASS)
    ]
    rows = [
        {
            "Started": min(each).isoformat(),
            "Ended": max(each).isoformat(),
            "Creator": TOOL,
            "Pattern": f"temp_{number:06}-*",
        }
        for number, each in enumerate(times)
    ]
    write_table(district.table, rows)


def _edit(
    district: DriveDistrict, students: list[str], size: Size, chance: random.Random
) -> None:
    chosen = chance.sample(range(size.litter), size.edited)
    for number, place in enumerate(chosen):
        file, student = district.litter[place], students[place]
        act = district.admin.act
        match number % 4:
            case 0:
                act(student, "edit", file, content="My answer.")
            case 1:
                act(student, "edit", file, content=_text(DOCUMENT_BYTES, chance))
            case 2:
                act(student, "comment", file, content="What is asked here?")
            case _:
                act(student, "rename", file, name=f"temp_mine-{number}")
        district.edited.add(file)
