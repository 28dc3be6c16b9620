"""A school on the Drive emulator: accounts, folders, documents, and how it ended."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from emulators.drive.running import Running

NATIVE = "application/vnd.google-apps.document"
TEACHER = "teacher@school.test"
OFFICE = "office@school.test"


def write_key(path: Path, url: str) -> Path:
    """A service account's key file, whose tokens come from the emulator."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    told = {
        "type": "service_account",
        "project_id": "hectograph-test",
        "private_key_id": "k1",
        "private_key": pem.decode(),
        "client_email": "hectograph@hectograph-test.iam.gserviceaccount.com",
        "client_id": "100000000000000000001",
        "token_uri": f"{url}/token",
    }
    path.write_text(json.dumps(told), encoding="utf-8")
    path.chmod(0o600)
    return path


@dataclass
class DriveSchool:
    """A class on an emulator whose world is empty but for it."""

    emulator: Running
    folder: Path
    students: list[str] = field(default_factory=list)
    folders: dict[str, str] = field(default_factory=dict)

    def open(self, count: int, *, couriers: int = 0, prefix: str = "student") -> Path:
        """Make the accounts and a folder for each student; returns the roster."""
        admin = self.emulator.admin
        couriers_there = [f"courier{n}@school.test" for n in range(1, couriers + 1)]
        for email in (TEACHER, OFFICE, *couriers_there):
            admin.user(email)
        self.students = [f"{prefix}{n:04d}@school.test" for n in range(1, count + 1)]
        admin.call("users", {"users": [{"email": each} for each in self.students]})
        made = admin.files(
            [
                {
                    "owner": OFFICE,
                    "name": f"Folder of {email}",
                    "mimeType": "application/vnd.google-apps.folder",
                    "permissions": [
                        {"role": "writer", "type": "user", "emailAddress": each}
                        for each in (email, TEACHER, *couriers_there)
                    ],
                }
                for email in self.students
            ]
        )
        self.folders = dict(zip(self.students, made, strict=True))
        roster = self.folder / "roster.csv"
        lines = ["Name,Email,Folder"]
        lines += [
            f"Student {n:04d},{email},https://drive.google.com/drive/folders/{folder}"
            for n, (email, folder) in enumerate(self.folders.items(), start=1)
        ]
        roster.write_text("\n".join(lines), encoding="utf-8")
        return roster

    def document(self, *, native: bool, readers: list[str] | None = None) -> str:
        """A document of the teacher's; returns its id."""
        kind = NATIVE if native else "text/plain"
        return self.emulator.admin.file(
            TEACHER,
            "Essay" if native else "Essay.txt",
            mimeType=kind,
            content="Write about the sea.",
            permissions=[
                {"role": "reader", "type": "user", "emailAddress": each}
                for each in (readers or [OFFICE])
            ],
        )


def each_trouble(call: str, when: str) -> list[dict]:
    """One trouble of each kind with a call, before or after its effect."""
    return [
        {"call": call, "when": when, "kind": kind, "times": 1}
        for kind in ("drop", "503", "403", "502html")
    ]


def copies_by_student(state: dict, folders: dict[str, str]) -> dict[str, list[dict]]:
    """Live files with our stamp by the student whose folder they were delivered to."""
    owner_of = {folder: student for student, folder in folders.items()}
    found = defaultdict(list)
    for file in state["files"]:
        for parent in file["parents"]:
            if parent in owner_of:
                found[owner_of[parent]].append(file)
    return found
