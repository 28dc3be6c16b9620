"""What a teacher decides about one student's copy, which may be that student's work.

Nothing here changes the copy's content: it is left, a copy of it is made for somebody, it
is locked, or it gets another name; the last two can be taken back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, Final

from hectograph.domain.delivery import Delivery, Evidence, FileEvidence
from hectograph.domain.errors import RequestRefused
from hectograph.domain.handout import Handout
from hectograph.domain.ids import AccountId, DeliveryKey, ShareId
from hectograph.domain.names import fold, legal_name
from hectograph.domain.removal import SHARED, Removal, RemovalState
from hectograph.domain.roster import Recipient
from hectograph.domain.share import PlannedShare, Share, ShareState, request_key

HANDED_OVER: Final = " (handed over)"
"""What a copy of a student's work is called by."""

NOTHING_DONE: Final = "Nothing was done."


class Choice(StrEnum):
    """What is to become of one copy."""

    LEAVE = "leave"
    """It stays with the student as it is."""
    HAND_OVER = "hand over"
    """A copy of it as it is now goes to a folder; the student's stays as it is."""
    LOCK = "lock"
    """It can be read and no longer changed."""
    UNLOCK = "unlock"
    """It can be changed again."""
    RENAME = "rename"
    """It is called old, and a fresh copy gets its name."""
    RENAME_BACK = "rename back"
    """It gets its name back."""


UNDONE_BY: Final[Mapping[Choice, Choice]] = MappingProxyType(
    {Choice.UNLOCK: Choice.LOCK, Choice.RENAME_BACK: Choice.RENAME}
)
"""What takes which decision back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A teacher's word on one copy; `is_done` once it was carried out.

    `before` is the copy as it was delivered, `now` as it was when this was decided, None
    where it could not be read. `by_share` brings the copy of a hand-over. `is_firm` tells
    of a lock whether nobody but the copy's owner can take it off.
    """

    key: DeliveryKey
    choice: Choice
    at: datetime
    by: str | None
    is_done: bool = False
    before: Evidence | None = None
    now: Evidence | None = None
    by_share: ShareId | None = None
    is_firm: bool | None = None

    @property
    def undo(self) -> str | None:
        """The command that takes it back, where there is anything to take back."""
        match self.choice:
            case Choice.LOCK:
                share, copy = self.key.share, self.key.position
                return f"hectograph decide {share} --copy {copy} --unlock"
            case Choice.HAND_OVER if self.by_share is not None:
                return f"hectograph recall {self.by_share}"
            case Choice.RENAME:
                share, copy = self.key.share, self.key.position
                return f"hectograph fresh {share} --copy {copy} --undo"
            case _:
                return None

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {
            "choice": str(self.choice),
            "done": self.is_done,
            "at": self.at.isoformat(),
            "by": self.by,
            "by_share": self.by_share,
            "firm": self.is_firm,
            "undo": self.undo,
        }


def in_force(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """What holds of the decisions about one copy, the oldest first: the last of each kind.

    A lock that was taken off holds no more; an unlocking that was not done yet does.
    """
    last: dict[Choice, Decision] = {}
    for each in decisions:
        last.pop(each.choice, None)
        last[each.choice] = each
        for back, there in UNDONE_BY.items():
            if each.is_done and each.choice is back:
                last.pop(there, None)
                last.pop(back)
            elif each.choice is there:
                last.pop(back, None)
    return tuple(last.values())


def awaits_decision(removal: Removal) -> bool:
    """Whether a teacher may decide about a file: a recall left it as somebody's work."""
    if removal.delivery is None or removal.reason == SHARED:
        return False
    came_back = removal.state is RemovalState.RETURNED and removal.reason is not None
    return removal.state is RemovalState.KEPT or came_back


def pick_kept(
    removals: Sequence[Removal],
    deliveries: Sequence[Delivery],
    *,
    student: str | None,
    document: str | None,
    copy: int | None,
) -> tuple[Removal, Delivery]:
    """The one copy that stayed and is meant: by student and document, or by its number.

    Raises RequestRefused when none is, or more than one.
    """
    kept = {each.delivery: each for each in removals if awaits_decision(each)}
    meant = [each for each in deliveries if _is_meant(each, student, document, number=copy)]
    if not meant:
        raise RequestRefused(
            "The share has no such copy.",
            effect=NOTHING_DONE,
            remedy="`hectograph shares show ID` names its students and documents.",
        )
    found = [each for each in meant if each.key in kept]
    if not found:
        raise RequestRefused(
            "This copy is not one that the recall has left.",
            effect=NOTHING_DONE,
            remedy="`hectograph recall ID` lists those that stay, and why.",
        )
    if len(found) > 1:
        numbers = ", ".join(str(each.key.position) for each in found)
        raise RequestRefused(
            f"{len(found)} copies of this student stay: numbers {numbers}.",
            effect=NOTHING_DONE,
            remedy="Say which one: --document NAME, or --copy NUMBER.",
        )
    return kept[found[0].key], found[0]


def _is_meant(
    delivery: Delivery, student: str | None, document: str | None, *, number: int | None
) -> bool:
    if number is not None:
        return delivery.key.position == number
    titles = {fold(delivery.handout.title), fold(delivery.name)}
    return fold(delivery.student) == fold((student or "").strip()) and (
        document is None or fold(document.strip()) in titles
    )


def where_it_stands(removal: Removal) -> Removal:
    """The removal under the name that the file has in sight, which may be numbered."""
    original = removal.original
    if not isinstance(original.evidence, FileEvidence):
        return removal
    name = PurePosixPath(removal.path).name
    return replace(removal, original=replace(original, name=name))


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverTo:
    """Where the copy of a student's work goes, and who receives it there.

    `account` acts, `destination` is the drive's own name for the place, `folder` is
    below it; `email` is the teacher's, where recipients' own accounts act.
    """

    account: AccountId
    destination: str
    folder: tuple[str, ...]
    email: str | None


def build_hand_over(
    delivery: Delivery,
    handout: Handout,
    *,
    to: HandOverTo,
    share_id: ShareId,
    asked_at: datetime,
    like: Share,
) -> PlannedShare:
    """The share that brings a copy of a student's present work to a teacher's folder.

    The same work to the same folder again is the same request, and joins it.
    """
    recipient = Recipient(student=delivery.student, email=to.email, folder=to.folder)
    made = Delivery(
        key=DeliveryKey(share=share_id, position=0),
        wish=handout.wish_of(recipient, destination=to.destination),
        student=delivery.student,
        folder=to.folder,
        name=name_handed_over(handout, delivery.student),
        handout=handout,
        handout_position=0,
        due_at=asked_at,
    )
    share = Share(
        id=share_id,
        request_key=request_key(
            [handout],
            [recipient],
            destination=to.destination,
            mode=f"hand over {delivery.key}",
        ),
        account=to.account,
        destination=to.destination,
        title=made.name,
        school_class=like.school_class,
        state=ShareState.RUNNING,
        service_class=like.service_class,
        asked_at=asked_at,
        ended_at=None,
        total=1,
        open=1,
        again=False,
    )
    return PlannedShare(
        share=share, handouts=(handout,), recipients=(recipient,), deliveries=(made,)
    )


def name_handed_over(handout: Handout, student: str) -> str:
    """The copy's name, which tells whose work it is: "Essay - Ada (handed over).docx"."""
    is_told = fold(student) in fold(handout.stem)
    whose = "" if is_told else f" - {student}"
    return legal_name(f"{handout.stem}{whose}{HANDED_OVER}{handout.extension}")
