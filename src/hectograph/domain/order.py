"""Which share of an account goes next: smallest remaining work first, bounded by age."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hectograph.domain.ids import ShareId
from hectograph.domain.share import ServiceClass

EARNED_PER_SECOND: Final = 2.0
"""Deliveries that a second of waiting takes off a share's size in the queue.

Below the three writes a second that Google allows an account, so that a big share which
waits is overtaken by small ones for some minutes, and never for a morning.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A share with deliveries due: how many it still owes, and since when it waits."""

    share: ShareId
    service_class: ServiceClass
    remaining: int
    asked_at: datetime


def decide_next(candidates: Sequence[Candidate], *, now: datetime) -> ShareId | None:
    """The share whose deliveries are claimed next, or None when none is due."""

    def weight(each: Candidate) -> tuple[int, float, datetime, ShareId]:
        waited = max(0.0, (now - each.asked_at).total_seconds())
        size = each.remaining - waited * EARNED_PER_SECOND
        return each.service_class, size, each.asked_at, each.share

    return min(candidates, key=weight).share if candidates else None
