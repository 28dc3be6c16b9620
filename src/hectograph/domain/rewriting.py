"""New content for a file in its place: what it holds, and what it is to hold instead."""

from dataclasses import dataclass, replace
from typing import Self

from hectograph.domain.delivery import DriveEvidence, Evidence, Receipt
from hectograph.domain.ids import DeliveryKey
from hectograph.domain.stamp import Stamp
from hectograph.domain.touch import Original, Present, decide_touch


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a file holds as the copy of one delivery: its stamp, name, kind and bytes.

    The bytes are those of the document `origin`, or those that the file itself had at
    `revision`; `md5` is theirs either way.
    """

    stamp: Stamp
    name: str
    media_type: str
    md5: str
    origin: str | None = None
    revision: str | None = None

    @property
    def key(self) -> DeliveryKey:
        """The delivery whose copy a file with this content is."""
        return self.stamp.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """A file that stays where it is and gets other content, and how that is undone.

    `baseline` is what the file was like when it was read back with the new content; None
    while that is not known.
    """

    becomes: Version
    former: Version
    baseline: Evidence | None = None

    def read_back(self, evidence: Evidence) -> Self:
        """The new content is there."""
        return replace(self, baseline=evidence)


def receipt_for(
    version: Version, original: Original, present: Present, *, path: str, hidden: bool
) -> Receipt:
    """What to say of a file that was found to carry a version's stamp.

    Its evidence has the version's own md5: whatever was written in between, a later look
    takes for somebody's work.
    """
    expected = left_as(version, original, present)
    is_touched = hidden or not decide_touch(expected, present).is_untouched
    return Receipt(path=path, evidence=expected.evidence, found=True, touched=is_touched)


def left_as(version: Version, original: Original, present: Present) -> Original:
    """The file as it was left when a version was written to it; present needs evidence."""
    evidence = present.evidence
    assert isinstance(evidence, DriveEvidence)  # noqa: S101 - no other drive rewrites
    return Original(
        evidence=replace(evidence, md5=version.md5),
        folder=original.folder,
        name=version.name,
    )
