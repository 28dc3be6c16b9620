"""More than one of our copies of the same wish in a student's folder: which may go.

The copy with work in it stays, else the one that the ledger counts. Of a copy that the
ledger does not know only its making can tell; whatever cannot be proved stays. Whoever
takes one away asks the rule of clean-ups once more right before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from hectograph.domain.delivery import (
    DELIVERED_STATES,
    OPEN_STATES,
    Delivery,
    DriveEvidence,
    FileEvidence,
)
from hectograph.domain.errors import Reason
from hectograph.domain.handout import Handout
from hectograph.domain.ids import AccountId, CleanupId
from hectograph.domain.litter import FoundFile
from hectograph.domain.names import fold, is_numbering
from hectograph.domain.removal import (
    UNDER_WAY,
    Removal,
    RemovalKey,
    RemovalState,
    build_recall,
    reason_for,
)
from hectograph.domain.stamp import Stamp
from hectograph.domain.touch import (
    Judgement,
    Making,
    Sign,
    decide_touch,
    decide_touch_since,
)

NAMED_WITHIN: Final = timedelta(minutes=1)
"""After its birth a file may still be written, synced and named by us."""
SELF_WRITTEN: Final = timedelta(seconds=5)
"""After its making Google Drive itself writes to a copy for two seconds."""
CLOCK_SLACK: Final = timedelta(seconds=5)
"""How far a file's time may be before that of its birth; of one copied by hand it is."""

WORK: Final = frozenset({Sign.EDITED, Sign.COMMENTED})

COUNTED: Final = Reason(
    code="counted",
    message="It is the copy that the ledger counts.",
    remedy="Nothing needs doing.",
)
ONLY_ONE: Final = Reason(
    code="only_one",
    message="It is the oldest of several that nobody touched.",
    remedy="Nothing needs doing.",
)
ON_PURPOSE: Final = Reason(
    code="on_purpose",
    message="It was made on purpose, by a share again or as a fresh copy.",
    remedy="Recall that share if nobody should have it.",
)
NOT_KNOWN: Final = Reason(
    code="not_known",
    message="The ledger does not know the share that made it.",
    remedy="Look at it, and remove it by hand if nobody needs it.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A copy of ours as it is now, and the account that can take it away."""

    stamp: Stamp
    account: AccountId
    file: FoundFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """A delivery as the ledger knows it; `again`: its share makes new copies on purpose."""

    delivery: Delivery
    again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """One of several copies: why it stays, or None when it may go.

    `delivery` counts it, where one does.
    """

    copy: Copy
    reason: Reason | None
    delivery: Delivery | None

    def as_removal(self, key: RemovalKey) -> Removal:
        """The row of a plan: proposed, or kept with its reason."""
        file, account = self.copy.file, self.copy.account
        counted = self.delivery and _as_delivered(self.delivery, account)
        may_go = self.reason is None
        return Removal(
            key=key,
            account=account,
            original=counted.original if counted else file.original,
            path=file.path,
            state=RemovalState.PROPOSED if may_go else RemovalState.KEPT,
            due_at=None,
            actor=file.actor,
            # Only what goes moves its delivery.
            delivery=self.delivery.key if self.delivery and may_go else None,
            reason=self.reason,
        )


def decide_duplicates(
    copies: Sequence[Copy], wished: Sequence[Wished]
) -> Sequence[Duplicate]:
    """Judge copies that lie with another of the same wish; the others are left out."""
    ordered = sorted(copies, key=_place)
    found: list[Duplicate] = []
    for _, group in groupby(ordered, key=_place):
        members = list(group)
        if len(members) > 1:
            found += _Group(members, wished).decide()
    return found


def _place(copy: Copy) -> tuple[str, tuple[str, ...]]:
    return copy.stamp.wish, copy.file.original.folder


class _Group:
    """Copies of one wish in one folder."""

    def __init__(self, copies: Sequence[Copy], wished: Sequence[Wished]) -> None:
        wish = copies[0].stamp.wish
        self._wished = [each for each in wished if each.delivery.wish == wish]
        self._by_key = {each.delivery.key: each for each in self._wished}
        self._copies = sorted(copies, key=_age)

    def decide(self) -> Iterator[Duplicate]:
        settled = {id(each): self._before(each) for each in self._copies}
        members = [each for each in self._copies if settled[id(each)] is None]
        judged = {id(each): self._judge(each) for each in members}
        counted = [each for each in members if self._counters(each)]
        # What another share counts is no duplicate, whatever was done to it.
        worked = [
            each
            for each in members
            if is_worked_on(judged[id(each)]) and each not in counted
        ]
        stays = [*counted, *(e for e in members if not judged[id(e)].is_untouched)]
        keeper = stays[0] if stays else (members or self._copies)[0]
        for each in self._copies:
            reason = settled[id(each)]
            counters = self._counters(each)
            if reason is None:
                reason = self._reason(
                    judged[id(each)], counters, is_keeper=each is keeper, other=bool(worked)
                )
            alone = counters[0] if len(counters) == 1 else None
            yield Duplicate(copy=each, reason=reason, delivery=alone)

    def _before(self, copy: Copy) -> Reason | None:
        """Why a copy is no matter of this, whatever it is like."""
        maker = self._by_key.get(copy.stamp.key)
        if maker is None:
            return NOT_KNOWN
        if maker.again:
            return ON_PURPOSE
        if any(each.delivery.state in OPEN_STATES for each in self._wished):
            return UNDER_WAY
        return copy.file.obstacle

    def _reason(
        self,
        judgement: Judgement,
        counters: Sequence[Delivery],
        *,
        is_keeper: bool,
        other: bool,
    ) -> Reason | None:
        if not judgement.is_untouched:
            return reason_for(judgement)
        if counters:
            # The one with work in it stays; unless two shares count this one, it goes.
            return None if other and len(counters) == 1 else COUNTED
        return ONLY_ONE if is_keeper else None

    def _counters(self, copy: Copy) -> list[Delivery]:
        """The deliveries that count this very file as theirs."""
        deliveries = [each.delivery for each in self._wished]
        return [each for each in deliveries if _counts(each, copy.file)]

    def _judge(self, copy: Copy) -> Judgement:
        counters = self._counters(copy)
        delivery = counters[0] if counters else self._by_key[copy.stamp.key].delivery
        if not counters:
            return decide_making(copy.file, delivery)
        delivered = _as_delivered(delivery, copy.account)
        if delivered is None or delivered.state is RemovalState.KEPT:
            return Judgement(signs=(Sign.EDITED,))
        return decide_touch(delivered.original, copy.file.present)


def is_worked_on(judgement: Judgement) -> bool:
    """Whether a copy has work in it for certain, and stands where we put it.

    One under another name may be a copy that the student made.
    """
    signs = set(judgement.signs)
    return bool(signs & WORK) and not signs & {Sign.RENAMED, Sign.MOVED}


def _age(copy: Copy) -> tuple[bool, datetime, str]:
    """The oldest first; of what nobody knows the age, the last."""
    born_at = copy.file.born_at
    return born_at is None, born_at or copy.stamp.asked_at, copy.file.path


def _as_delivered(delivery: Delivery, account: AccountId) -> Removal | None:
    key = RemovalKey(cleanup=CleanupId(""), position=0)
    return build_recall(delivery, key=key, account=account, now=delivery.due_at)


def _counts(delivery: Delivery, file: FoundFile) -> bool:
    if delivery.state not in DELIVERED_STATES:
        return False
    match delivery.evidence, file.original.evidence:
        case FileEvidence() as known, FileEvidence() as now:
            return known.inode == now.inode or delivery.path == file.path
        case DriveEvidence() as known, DriveEvidence() as now:
            return known.file == now.file
        case _:
            return delivery.path == file.path


def decide_making(file: FoundFile, delivery: Delivery) -> Judgement:
    """Judge a copy of which no evidence was kept, by the delivery that made it.

    Untouched only where its content is the handout's, and nothing about it is later, or
    older, than its making.
    """
    evidence = file.original.evidence
    if file.born_at is None or file.present.evidence is None:
        return Judgement(signs=(Sign.UNREADABLE,))
    within = NAMED_WITHIN if isinstance(evidence, FileEvidence) else SELF_WRITTEN
    making = Making(by=file.creator, until=file.born_at + within)
    signs = list(decide_touch_since(making, file.present).signs)
    if not is_numbering(file.original.name, of=delivery.name):
        signs.append(Sign.RENAMED)
    match evidence:
        case FileEvidence():
            if evidence.sha256 != delivery.handout.sha256:
                signs.append(Sign.EDITED)
            begun_ns = (file.born_at - CLOCK_SLACK).timestamp() * 10**9
            if evidence.mtime_ns < begun_ns:
                # Somebody copied it with its times, or set them back.
                signs.append(Sign.CHANGED)
        case DriveEvidence():
            if not _is_handouts(evidence, delivery.handout):
                # The document itself may have gone on before it was copied.
                signs.append(Sign.CHANGED)
    return Judgement(signs=tuple(dict.fromkeys(signs)))


def _is_handouts(evidence: DriveEvidence, handout: Handout) -> bool:
    return handout.is_native or (evidence.md5 is not None and evidence.md5 == handout.md5)


def is_in_its_folder(folder: Sequence[str], wished: Sequence[Wished]) -> bool:
    """Whether a copy's folder is one that a delivery of its wish is for."""
    here = [fold(each) for each in folder]
    return any(
        here in (_folded(each.delivery.folder), _folded(each.delivery.folder[-1:]))
        for each in wished
    )


def _folded(folder: Sequence[str]) -> list[str]:
    return [fold(each) for each in folder]
