"""What is copied, at which revision."""

import hashlib
from dataclasses import dataclass
from typing import Final

from hectograph.domain.ids import WishKey
from hectograph.domain.names import split_extension
from hectograph.domain.roster import Recipient

NATIVE: Final = "application/vnd.google-apps."
"""How the media types of Google's own documents begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handout:
    """A document at the revision the teacher saw when they chose it.

    `title` is its file name. `tree` names the folders it stands in below the student's
    own, outermost first, and is empty for a single document. On a service that knows
    documents by ids, `origin` is the document's, `media_type` its kind, and `sha256` a
    digest of the id and its revision.
    """

    title: str
    sha256: str
    size_bytes: int
    tree: tuple[str, ...] = ()
    origin: str | None = None
    media_type: str | None = None
    md5: str | None = None

    @property
    def is_native(self) -> bool:
        """Whether it has no bytes of its own, as Google's Docs, Sheets and Slides."""
        return (self.media_type or "").startswith(NATIVE)

    @property
    def stem(self) -> str:
        """The title without its extension."""
        return self.title[: len(self.title) - len(self.extension)]

    @property
    def extension(self) -> str:
        """The extension with its dot, or nothing. A native document has none."""
        return "" if self.is_native else split_extension(self.title)[1]

    def wish_of(self, recipient: Recipient, *, destination: str) -> WishKey:
        """The key of this revision for this recipient at this destination."""
        return WishKey(
            digest(
                self.sha256,
                "/".join((*self.tree, self.title)),
                recipient.email or "",
                recipient.student,
                "/".join(recipient.folder),
                destination,
            )[:20]
        )


def digest(*parts: str) -> str:
    """A sha256 in hex over texts; no two lists of texts have the same by accident."""
    sha = hashlib.sha256()
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        sha.update(len(encoded).to_bytes(8, "big") + encoded)
    return sha.hexdigest()
