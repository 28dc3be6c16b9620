"""Whether a file on Google Drive is the copy that was ordered, and what to say of it."""

from datetime import datetime, timedelta
from typing import Final

from hectograph.domain.delivery import DriveEvidence, Receipt
from hectograph.domain.errors import FolderRefused
from hectograph.domain.stamp import Stamp
from hectograph.domain.touch import Making, Present, decide_touch_since, is_same_content
from hectograph.ports.provider import CopyOrder
from hectograph.providers.drive_traces import Baseline
from hectograph.providers.drive_values import DriveFile

STAMP_KEY = "hx"
"""The private property that carries our stamp; with it at most 124 bytes."""
SHARE_KEY = "hs"
"""The private property that tells the share, so that its copies can be listed."""
SELF_WRITTEN: Final = timedelta(seconds=5)
"""After its making Drive itself writes to a copy for two seconds; some are for clocks.

Source: rclone issue 4517. The author of the last change stays the account that copied.
"""


def properties_of(stamp: Stamp) -> dict[str, str]:
    """The properties of a copy. Those of the source would be inherited: all are set."""
    return {STAMP_KEY: stamp.text(), SHARE_KEY: stamp.key.share}


def stamp_of(file: DriveFile) -> Stamp | None:
    """The stamp that a file carries, if it is one of ours."""
    text = file.app_properties.get(STAMP_KEY)
    return Stamp.parse(text) if text else None


def is_made_for(file: DriveFile, order: CopyOrder) -> bool:
    """Whether this order, or an earlier attempt at it, made the file."""
    return file.app_properties.get(STAMP_KEY) == order.stamp.text()


def receipt_for_new(file: DriveFile, order: CopyOrder) -> Receipt:
    """What to say of a copy as Drive described it when it was made.

    Raises FolderRefused when it went into a folder that lies in the trash.
    """
    if file.trashed and not file.explicitly_trashed:
        raise trashed_folder()
    return Receipt(
        path=path_of(file),
        evidence=evidence_of(file),
        touched=not _is_in_place(file, order),
    )


def receipt_for_found(
    file: DriveFile, order: CopyOrder, *, baseline: Baseline | None
) -> Receipt:
    """What to say of a copy that is there already.

    It is touched when it is not where and as it was put, or when its content cannot be
    told from another.
    """
    if file.trashed and not file.explicitly_trashed:
        raise trashed_folder()
    same = _is_in_place(file, order) and _is_same_content(file, order, baseline)
    return Receipt(
        path=path_of(file), evidence=evidence_of(file), found=True, touched=not same
    )


def receipt_for_earlier(
    file: DriveFile, order: CopyOrder, *, earlier: DriveEvidence
) -> Receipt:
    """What to say of a copy that another share made, and saw as `earlier`."""
    until = self_written_until(file, actor=order.actor)
    same = is_same_content(earlier, evidence_of(file), self_written_until=until)
    return Receipt(path=path_of(file), evidence=earlier, found=True, touched=not same)


def trashed_folder() -> FolderRefused:
    """The student's folder lies in the trash; nobody sees what is put there."""
    return FolderRefused(
        "The student's folder is in the trash.",
        effect="Nobody would see a copy there.",
        remedy="Restore it, or run `hectograph folders ensure`; "
        "then run `hectograph shares retry ID`.",
    )


def _is_in_place(file: DriveFile, order: CopyOrder) -> bool:
    there = order.folder[-1] in file.parents and not file.trashed
    return there and file.name == order.name and is_made_for(file, order)


def _is_same_content(file: DriveFile, order: CopyOrder, baseline: Baseline | None) -> bool:
    if baseline is not None:
        return baseline.is_same_content(file)
    if file.is_native:
        # A recipient's own account leaves the same traces as the copying did.
        return order.actor is None and is_as_made(file)
    return file.md5 is not None and file.md5 == order.handout.md5


def is_as_made(file: DriveFile) -> bool:
    """Whether nobody but the account that made it can have worked on a copy.

    Comments are asked for before it goes.
    """
    maker = file.owners[0] if file.owners else None
    making = Making(by=maker, until=file.created_at + SELF_WRITTEN)
    present = present_of(file, has_comments=False, actor=None)
    return decide_touch_since(making, present).is_untouched


def present_of(file: DriveFile, *, has_comments: bool | None, actor: str | None) -> Present:
    """A file as the rule of clean-ups takes it. `actor` is the recipient that made it."""
    return Present(
        evidence=evidence_of(file),
        folder=file.parents[-1:],
        name=file.name,
        has_comments=has_comments,
        self_written_until=self_written_until(file, actor=actor),
    )


def self_written_until(file: DriveFile, *, actor: str | None) -> datetime | None:
    """Until when Drive itself may have written to a copy, if it can be told from people."""
    return None if actor else file.created_at + SELF_WRITTEN


def path_of(file: DriveFile) -> str:
    """Where a person opens a file."""
    return file.web_link or f"https://drive.google.com/open?id={file.id}"


def evidence_of(file: DriveFile) -> DriveEvidence:
    """What a file is like now."""
    return DriveEvidence(
        file=file.id,
        version=file.version,
        modified_at=file.modified_at,
        modified_by=file.modified_by,
        revision=file.head_revision_id,
        md5=file.md5,
    )
