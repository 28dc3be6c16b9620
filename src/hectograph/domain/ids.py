"""What things are called, so that no two kinds of text can be mixed up."""

from dataclasses import dataclass
from datetime import date
from typing import NewType

ShareId = NewType("ShareId", str)
"""Ten characters of Crockford's base 32, made at random."""

AccountId = NewType("AccountId", str)
"""The acting account of a drive, such as `fs:/srv/school/9A`: the unit of pacing."""

CleanupId = NewType("CleanupId", str)
"""A list of removals; made as a share's id is."""

PersonId = NewType("PersonId", int)
"""Somebody of the staff."""

ClassId = NewType("ClassId", str)
"""A class; made as a share's id is."""
RepetitionId = NewType("RepetitionId", str)
"""A request that stands, to be made again and again; made as a share's id is."""

WebhookId = NewType("WebhookId", str)
"""An address that is told of events; made as a share's id is."""

RequestKey = NewType("RequestKey", str)
"""A digest of what was asked; the same request has the same key."""

WishKey = NewType("WishKey", str)
"""A digest of one document for one recipient, whichever share it comes from."""

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def drive_of(account: AccountId) -> str:
    """What is the same of all accounts that act at one drive, or on one machine's disks."""
    return account.partition("/")[0]


def share_id_from(random_bytes: bytes) -> ShareId:
    """The share id that ten random bytes stand for."""
    return ShareId(_spelt(random_bytes))


def cleanup_id_from(random_bytes: bytes) -> CleanupId:
    """The clean-up's id that ten random bytes stand for."""
    return CleanupId(_spelt(random_bytes))


def class_id_from(random_bytes: bytes) -> ClassId:
    """The class's id that ten random bytes stand for."""
    return ClassId(_spelt(random_bytes))


def repetition_id_from(random_bytes: bytes) -> RepetitionId:
    """The repetition's id that ten random bytes stand for."""
    return RepetitionId(_spelt(random_bytes))


def webhook_id_from(random_bytes: bytes) -> WebhookId:
    """The webhook's id that ten random bytes stand for."""
    return WebhookId(_spelt(random_bytes))


def _spelt(random_bytes: bytes) -> str:
    return "".join(ALPHABET[byte % 32] for byte in random_bytes[:10])


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryKey:
    """One delivery: the share, and the place in its plan, from 0."""

    share: ShareId
    position: int

    def __str__(self) -> str:
        return f"{self.share}.{self.position}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OccurrenceKey:
    """One occurrence: the repetition, and the school's day that it is for."""

    repetition: RepetitionId
    day: date
