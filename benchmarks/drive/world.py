"""A school on a Drive emulator of its own, and what a share left there."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from benchmarks.drive.services import Service
from emulators.drive.running import Admin, Running, running

NATIVE = "application/vnd.google-apps.document"
BLOB = "text/plain"
FOLDER = "application/vnd.google-apps.folder"
TEACHER = "teacher@school.test"
OFFICE = "office@school.test"
WRITES = frozenset({"files.copy", "files.create", "files.update"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Calls that reached the service; `refused` for the sake of the quota."""

    calls: int = 0
    writes: int = 0
    refused: int = 0

    def __sub__(self, other: "Calls") -> "Calls":
        return Calls(
            calls=self.calls - other.calls,
            writes=self.writes - other.writes,
            refused=self.refused - other.refused,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """How many students have exactly one copy, how many none, and copies too many."""

    exact: int
    missing: int
    extra: int


@dataclass(slots=True, kw_only=True)
class World:
    """A teacher, an office that owns the students' folders, and those folders."""

    emulator: Running
    place: Path
    couriers: tuple[str, ...] = ()
    folders: dict[str, str] = field(default_factory=dict)
    documents: int = 0

    @property
    def admin(self) -> Admin:
        """The emulator's admin API."""
        return self.emulator.admin

    @property
    def roster(self) -> Path:
        """The class, with links to folders."""
        return self.place / "roster.csv"

    @property
    def key(self) -> Path:
        """A service account's key, whose tokens come from the emulator."""
        return self.place / "key.json"

    def document(self, *, native: bool = False) -> "Document":
        """A new document of the teacher's."""
        self.documents += 1
        title = f"Essay {self.documents}" + ("" if native else ".txt")
        readers = (OFFICE, *self.couriers)
        number = self.admin.file(
            TEACHER,
            title,
            mimeType=NATIVE if native else BLOB,
            content="Write about the sea.",
            permissions=[_permission("reader", each) for each in readers],
        )
        return Document(id=number, title=title)

    def calls(self) -> Calls:
        """The calls so far."""
        counts = self.admin.counts()
        writes = (each["count"] for each in counts["by"] if each["call"] in WRITES)
        return Calls(calls=counts["calls"], writes=sum(writes), refused=counts["refused"])

    def copies(self, document: "Document", *, first: int | None = None) -> Copies:
        """What students, or the first of them, have of a document, as the emulator says."""
        of = f"{PurePath(document.title).stem} - "
        found = Counter(
            parent
            for file in self.admin.state()["files"]
            if file["name"].startswith(of) and not (file["trashed"] or file["deleted"])
            for parent in file["parents"]
        )
        each = [found[folder] for folder in list(self.folders.values())[:first]]
        return Copies(
            exact=each.count(1),
            missing=each.count(0),
            extra=sum(max(0, number - 1) for number in each),
        )

    def wanted(self, document: "Document") -> list[tuple[str, str]]:
        """For peers: a folder's id and a copy's name for each student."""
        title = PurePath(document.title)
        return [
            (folder, f"{title.stem} - {student}{title.suffix}")
            for student, folder in self.folders.items()
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document to be shared."""

    id: str
    title: str


@contextmanager
def opened_world(
    place: Path, service: Service, number: int, *, couriers: int = 0, seed: int = 1
) -> Iterator[World]:
    """A fresh emulator with so many students; the same for everybody who asks."""
    place.mkdir(parents=True)
    with running(settings={**service.settings(), "seed": seed}) as emulator:
        names = tuple(f"courier{n}@school.test" for n in range(1, couriers + 1))
        world = World(emulator=emulator, place=place, couriers=names)
        _fill(world, number)
        emulator.admin.faults(*service.faults)
        yield world


def _fill(world: World, number: int) -> None:
    students = [f"Student {n:04}" for n in range(1, number + 1)]
    staff = (TEACHER, OFFICE, *world.couriers)
    world.admin.call("users", {"users": [{"email": each} for each in staff]})
    writers = [_permission("writer", each) for each in (TEACHER, *world.couriers)]
    made = world.admin.files(
        [
            {"owner": OFFICE, "name": each, "mimeType": FOLDER, "permissions": writers}
            for each in students
        ]
    )
    world.folders = dict(zip(students, made, strict=True))
    rows = [f"{each},{folder}" for each, folder in world.folders.items()]
    world.roster.write_text("\n".join(("Name,Folder", *rows)) + "\n", encoding="utf-8")
    world.key.write_text(json.dumps(service_key(world.emulator.url)), encoding="utf-8")
    world.key.chmod(0o600)


def service_key(url: str) -> dict[str, Any]:
    """A service account's key; its tokens come from the server at `url`."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    project = f"measured-{url.rpartition(':')[2]}"
    return {
        "type": "service_account",
        "project_id": project,
        "private_key_id": "k1",
        "private_key": pem.decode(),
        "client_email": f"hectograph@{project}.iam.gserviceaccount.com",
        "client_id": "100000000000000000001",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": f"{url}/token",
    }


def _permission(role: str, email: str) -> dict[str, str]:
    return {"role": role, "type": "user", "emailAddress": email}
