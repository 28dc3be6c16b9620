"""The hidden text on a copy by which it is found again.

On ext4 it fits beside the inode (46 bytes of some 56 free), so that it costs no block.
Editors that save by replacing lose it: its absence proves nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from hectograph.domain.ids import DeliveryKey, ShareId, WishKey

VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Which delivery made a copy, what it was asked for, and when that was asked."""

    key: DeliveryKey
    wish: WishKey
    asked_at: datetime

    def text(self) -> str:
        """The stamp as it is written on the copy: ASCII, without spaces."""
        seconds = int(self.asked_at.timestamp())
        return ".".join(
            (VERSION, self.key.share, str(self.key.position), self.wish, f"{seconds:x}")
        )

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read a stamp back, or None when the text is not one of ours."""
        parts = text.split(".")
        if len(parts) != len(("version", "share", "position", "wish", "asked")):
            return None
        version, share, position, wish, asked = parts
        try:
            asked_at = datetime.fromtimestamp(int(asked, 16), UTC)
            key = DeliveryKey(share=ShareId(share), position=int(position))
        except (ValueError, OverflowError, OSError):
            return None
        return (
            cls(key=key, wish=WishKey(wish), asked_at=asked_at)
            if version == VERSION
            else None
        )
