"""Other content for a file in its place: the only caller that has one overwritten.

An overwrite takes away what stood there, so it goes by the rule of removals, which is asked
right before; the drive refuses the write if anything about the file changed since. Whether
it was done is always told by looking: the file carries the stamp of the delivery whose copy
it became. So nothing depends on an answer, and every step is safe to take twice.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from hectograph.domain.delivery import DriveEvidence, Receipt
from hectograph.domain.errors import OutcomeUnknown
from hectograph.domain.removal import NOT_IN_PLACE, Removal, reason_for
from hectograph.domain.rewriting import Rewrite, Version, left_as, receipt_for
from hectograph.domain.touch import Judgement, Original, Sign, decide_touch
from hectograph.ports.provider import Changed, Inspection, NotInPlace, Provider

TRIES: Final = 5
"""How often a file may change between the look and the act before it counts as in use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewriter:
    """Replaces the content of files at one drive, and brings it back."""

    drive: Provider

    async def replace(self, removal: Removal, rewrite: Rewrite) -> Removal | None:
        """The removal after its file got new content, or stayed.

        None when it cannot be replaced in place: then it is to be taken away.
        """
        for _ in range(TRIES):
            with suppress(Changed):
                return await self._replace_once(removal, rewrite)
        return removal.kept(reason_for(Judgement(signs=(Sign.IN_USE,))))

    async def _replace_once(self, removal: Removal, rewrite: Rewrite) -> Removal | None:
        async with self.drive.inspected(removal) as found:
            if found is None:
                return removal.gone()
            if found.key == rewrite.becomes.key:
                return removal.replaced(_receipt(removal, rewrite.becomes, found))
            if found.hidden is not None:
                return None
            judgement = decide_touch(removal.original, found.present)
            if not judgement.is_untouched:
                return removal.kept(reason_for(judgement))
            is_written = await self._write(removal, found, rewrite.becomes)
        if not is_written:
            return None
        receipt = await self._read_back(removal, rewrite.becomes)
        return removal.replaced(receipt) if receipt else removal.gone()

    async def bring_back(self, removal: Removal, rewrite: Rewrite) -> Removal | None:
        """The removal after its file got its former content again, or stays as it is.

        None when its file was not replaced but taken away.
        """
        for _ in range(TRIES):
            with suppress(Changed):
                return await self._bring_back_once(removal, rewrite)
        return removal.kept(reason_for(Judgement(signs=(Sign.IN_USE,))))

    async def _bring_back_once(self, removal: Removal, rewrite: Rewrite) -> Removal | None:
        async with self.drive.inspected(removal) as found:
            if found is None:
                return removal.gone()
            if found.key != rewrite.becomes.key:
                return _not_replaced(removal, rewrite, found)
            judgement = _judge_corrected(removal, rewrite, found)
            if not judgement.is_untouched:
                return removal.kept(reason_for(judgement))
            is_written = await self._write(removal, found, rewrite.former)
        if not is_written:
            return removal.kept(NOT_IN_PLACE)
        receipt = await self._read_back(removal, rewrite.former)
        if receipt is None:
            return removal.gone()
        return removal.returned(removal.path, given=receipt)

    async def _write(self, removal: Removal, found: Inspection, version: Version) -> bool:
        """Have the file hold a version; False when it certainly does not, and cannot."""
        try:
            await self.drive.rewrite(removal, found, version)
        except NotInPlace:
            # A service may refuse what it has done: an earlier attempt's, or this one's.
            async with self.drive.inspected(removal) as after:
                return after is not None and after.key == version.key
        return True

    async def _read_back(self, removal: Removal, version: Version) -> Receipt | None:
        """What is to be said of a file right after it was written; None if it is gone."""
        async with self.drive.inspected(removal) as found:
            if found is None:
                return None
            if found.key != version.key:
                raise OutcomeUnknown("The file does not show its new content yet.")
            return _receipt(removal, version, found)


def _not_replaced(removal: Removal, rewrite: Rewrite, found: Inspection) -> Removal | None:
    """What became of a file that does not carry the corrected version's stamp."""
    was_replaced = rewrite.baseline is not None
    if found.key == rewrite.former.key and (
        was_replaced or _is_written_back(removal, found)
    ):
        # An earlier attempt did it, and could not say so. Whoever threw it away since, or
        # wrote to it, did that to the former version.
        receipt = _receipt(removal, rewrite.former, found)
        return removal.returned(removal.path, given=receipt)
    if found.hidden is not None:
        return None
    if found.key == rewrite.former.key or not was_replaced:
        return removal.returned(removal.path)
    # Corrected once more, or it lost its stamp.
    return removal.kept(reason_for(decide_touch(removal.original, found.present)))


def _receipt(removal: Removal, version: Version, found: Inspection) -> Receipt:
    hidden = found.hidden is not None
    return receipt_for(
        version, removal.original, found.present, path=removal.path, hidden=hidden
    )


def _judge_corrected(removal: Removal, rewrite: Rewrite, found: Inspection) -> Judgement:
    """Whether somebody has worked on the corrected version."""
    if found.hidden is not None:
        return Judgement(signs=(Sign.MOVED,))
    left = left_as(rewrite.becomes, removal.original, found.present)
    if rewrite.baseline is not None:
        left = Original(evidence=rewrite.baseline, folder=left.folder, name=left.name)
    return decide_touch(left, found.present)


def _is_written_back(removal: Removal, found: Inspection) -> bool:
    """Whether a later revision holds the very bytes of the first.

    Asked where it is not known whether the file was ever replaced.
    """
    before, now = removal.original.evidence, found.present.evidence
    if not (isinstance(before, DriveEvidence) and isinstance(now, DriveEvidence)):
        return False
    return now.revision != before.revision and now.md5 == before.md5
