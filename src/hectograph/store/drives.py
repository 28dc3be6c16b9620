"""Drives and their folders in PostgreSQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hectograph.domain.budget import Plan
from hectograph.domain.drive import Acting, DeliveryMode, Drive
from hectograph.domain.errors import RequestRefused, UnknownDrive
from hectograph.domain.folders import FolderKey, KeptFolder
from hectograph.store import statements
from hectograph.store.queries import Row, atomic, fetch_all, fetch_one, run


@dataclass(frozen=True, slots=True)
class PostgresDrives:
    """The drives of a school. Use it from one thread."""

    def put(self, drive: Drive) -> None:
        with atomic():
            (still_open,) = fetch_one(statements.OPEN_ON_DRIVE, {"pool": drive.pool})
            if still_open and self._differs(drive):
                raise RequestRefused(
                    f'Shares on the drive "{drive.name}" are still under way.',
                    effect="Nothing was changed.",
                    remedy="Wait until they have ended, or cancel them; then try again.",
                )
            run(statements.PUT_DRIVE, _drive_row(drive))

    def drive(self, name: str) -> Drive:
        with atomic():
            rows = fetch_all(statements.DRIVE, {"name": name})
        if not rows:
            raise UnknownDrive(f'There is no drive "{name}".')
        return _drive(rows[0])

    def list_drives(self) -> Sequence[Drive]:
        with atomic():
            return [_drive(row) for row in fetch_all(statements.DRIVES)]

    def list_folders(
        self, drive: str, *, school_class: str
    ) -> Mapping[FolderKey, KeptFolder]:
        wanted = {"drive": drive, "school_class": school_class}
        with atomic():
            rows = fetch_all(statements.FOLDERS, wanted)
        return {
            FolderKey(**wanted, subject=subject, student=student): KeptFolder(
                id=folder, owner=owner
            )
            for subject, student, folder, owner in rows
        }

    def keep_folder(
        self, key: FolderKey, folder: KeptFolder, *, old: KeptFolder | None
    ) -> KeptFolder:
        wanted = {
            "drive": key.drive,
            "school_class": key.school_class,
            "subject": key.subject,
            "student": key.student,
        }
        new = {"folder": folder.id, "owner": folder.owner, "old": old.id if old else None}
        with atomic():
            run(statements.KEEP_FOLDER, {**wanted, **new})
            kept, owner = fetch_one(statements.FOLDER, wanted)
        return KeptFolder(id=kept, owner=owner)

    def _differs(self, drive: Drive) -> bool:
        rows = fetch_all(statements.DRIVE, {"name": drive.name})
        before = _drive(rows[0]) if rows else drive
        return (before.acting, before.accounts) != (drive.acting, drive.accounts)


def _drive(row: Row) -> Drive:
    name, credentials, acting, accounts, delivery, api_root, per_minute, by_units = row
    return Drive(
        name=name,
        credentials=credentials,
        acting=Acting(acting),
        accounts=tuple(accounts.split()),
        delivery=DeliveryMode(delivery),
        api_root=api_root,
        quota=Plan(per_minute=per_minute, by_units=by_units),
    )


def _drive_row(drive: Drive) -> dict[str, Any]:
    return {
        "name": drive.name,
        "credentials": drive.credentials,
        "acting": drive.acting,
        "accounts": " ".join(drive.accounts),
        "delivery": drive.delivery,
        "api_root": drive.api_root,
        "per_minute": drive.quota.per_minute,
        "by_units": drive.quota.by_units,
    }
