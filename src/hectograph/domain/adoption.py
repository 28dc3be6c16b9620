"""Whether a file in a student's folder is the copy that a delivery would make.

A worker can die between the copy and its record. What it left is then judged by these
rules, and by nothing else: a wrong *no* gives a child two copies, a wrong *yes* none.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from hectograph.domain.ids import DeliveryKey, WishKey
from hectograph.domain.stamp import Stamp


class Verdict(Enum):
    """What a file is to a delivery."""

    OURS = "ours"
    """The copy that this delivery makes, or that the same wish made before."""
    TOUCHED = "touched"
    """Ours as far as can be told, and perhaps a student's work by now: it stays."""
    STRANGER = "stranger"
    """Somebody else's; take another name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a delivery looks for.

    `first_tried_at` is None before the first attempt; `adopts_since` bounds how old a
    copy of the same wish may be to count, and is None when a new one was asked for.
    """

    key: DeliveryKey
    wish: WishKey
    first_tried_at: datetime | None
    adopts_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file seen in the folder.

    `born_at` is the creation time of the file, or the earliest that can be told.
    `same_content` is None where nobody compared. `has_wanted_name`: it stands where the
    copy would.
    """

    stamp: Stamp | None
    born_at: datetime
    same_content: bool | None
    has_wanted_name: bool


CLOCK_SLACK = timedelta(seconds=5)
"""How far a file server's clock may be behind the database's."""


def decide_adoption(wanted: Wanted, found: Found) -> Verdict:
    """Judge one file. A stamp decides; without one, only the wanted name is looked at.

    A file without a stamp that was born after our first attempt stands where only we
    were about to put something: an editor that saves by replacing drops the stamp, so
    it counts as ours, and as touched unless the content is the same.
    """
    if found.stamp is not None:
        return _judge_stamp(wanted, found.stamp)
    if not found.has_wanted_name or wanted.first_tried_at is None:
        return Verdict.STRANGER
    if found.born_at < wanted.first_tried_at - CLOCK_SLACK:
        return Verdict.STRANGER
    return Verdict.OURS if found.same_content else Verdict.TOUCHED


def _judge_stamp(wanted: Wanted, stamp: Stamp) -> Verdict:
    if stamp.key == wanted.key:
        return Verdict.OURS
    if wanted.adopts_since is None or stamp.wish != wanted.wish:
        return Verdict.STRANGER
    return Verdict.OURS if stamp.asked_at >= wanted.adopts_since else Verdict.STRANGER
