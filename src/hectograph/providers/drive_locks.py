"""Google Drive: making a file read-only, and taking exactly that off again.

A content restriction keeps the title, the content and the comments as they are, also from
the owner's programs; it hides nothing, and the file can still be moved and shared. A file
has at most one. It changes neither the time nor the author of the last change.

Source: discovery document of v3 (2026-11-06), `contentRestrictions`; Google's guide
"Protect file content". Only an owner can set or lift one that is `ownerRestricted`; any
other is lifted by whoever may edit the file.
"""

from collections.abc import Callable
from dataclasses import dataclass

from hectograph.domain.delivery import DriveEvidence
from hectograph.domain.errors import OutcomeUnknown, RequestRefused
from hectograph.domain.removal import Removal
from hectograph.providers.drive_answers import Absent
from hectograph.providers.drive_api import DriveApi
from hectograph.providers.drive_values import DriveFile, Lock


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveLocks:
    """The locks that hectograph sets: known by their reason, so that no other is lifted.

    `owner_api` gives the API as a file's owner, where that is another account of ours.
    """

    api: DriveApi
    owner_api: Callable[[DriveFile], DriveApi | None]

    async def check(self, removal: Removal) -> DriveFile:
        """The file, unless somebody else's lock is on it: RequestRefused."""
        try:
            file = await self.api.get(_file(removal))
        except Absent as absent:
            raise RequestRefused(
                "The copy is not there, or the account may not see it any more.",
                effect="Nothing was done.",
                remedy="Share it with the account that acts, or ask its owner.",
            ) from absent
        if file.lock is not None and file.lock.reason != reason_for(removal):
            raise RequestRefused(
                "The copy is locked already, and not by hectograph.",
                effect="That lock stays as it is.",
                remedy="Whoever set it can take it off, in Google Drive: "
                "right click, File information, Unlock.",
            )
        return file

    async def put(self, removal: Removal, *, locked: bool) -> bool:
        """Have our lock on the file, or off it; whether only its owner can lift it.

        Looks first, so that it is safe to repeat. Raises RequestRefused, and
        OutcomeUnknown when it may be done.
        """
        file = await self.check(removal)
        owner = self.owner_api(file)
        is_owner = owner is not None or file.owned_by_me
        api = owner or self.api
        if (file.lock is not None) is not locked:
            wanted = Lock(reason=reason_for(removal), is_firm=is_owner) if locked else None
            file = await api.set_lock(file.id, wanted)
        if (file.lock is not None) is not locked:
            raise OutcomeUnknown("Google Drive does not say that the lock is as it should.")
        return file.lock is not None and file.lock.is_firm


def reason_for(removal: Removal) -> str:
    """What Drive shows beside the lock, by which it is known to be ours."""
    share = removal.delivery.share if removal.delivery else removal.key.cleanup
    return f"Hectograph: the share {share} was taken back; this work stays as it is."


def _file(removal: Removal) -> str:
    evidence = removal.original.evidence
    assert isinstance(evidence, DriveEvidence)  # noqa: S101 - it is this drive's removal
    return evidence.file
