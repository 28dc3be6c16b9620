"""From a wish to deliveries: who gets what, where, and under which name.

The plan that is shown is the plan that is carried out.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import PurePosixPath

from hectograph.domain.delivery import Delivery
from hectograph.domain.handout import Handout
from hectograph.domain.ids import AccountId, DeliveryKey, ShareId
from hectograph.domain.manner import PLAIN, Manner
from hectograph.domain.names import (
    fill_pattern,
    fold,
    free_name,
    legal_name,
    split_extension,
)
from hectograph.domain.roster import Recipient
from hectograph.domain.share import (
    NOW,
    PlannedShare,
    Share,
    ShareState,
    Timing,
    request_key,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a teacher asks for, with everything about it already known.

    `destination` is the drive's own name for the place below which the folders are, and
    `place` tells it from another that has the name later;
    `again` asks for new copies beside earlier ones. By the manner recipients are students,
    or those who share a copy.
    """

    account: AccountId
    destination: str
    place: str
    handouts: tuple[Handout, ...]
    recipients: tuple[Recipient, ...]
    manner: Manner = PLAIN
    school_class: str | None = None
    timing: Timing = NOW
    again: bool = False


def build_plan(
    wish: Wish, *, share_id: ShareId, asked_at: datetime, asked_on: date
) -> PlannedShare:
    """Plan every delivery of a wish. `asked_on` is the school's date, for `{date}`.

    Folders and names are legal on the strictest file system, and differ from each other
    also where case and Unicode form do not count.
    """
    recipients = _with_folders(wish.recipients)
    naming = _Naming(wish, asked_on)
    deliveries = [
        Delivery(
            key=DeliveryKey(share=share_id, position=row * len(wish.handouts) + column),
            wish=handout.wish_of(recipient, destination=_place_of(wish)),
            student=recipient.student,
            folder=(
                *recipient.folder,
                *wish.manner.within,
                *naming.tree(handout, recipient),
            ),
            name=naming.name(handout, recipient),
            handout=handout,
            handout_position=column,
            due_at=asked_at,
            members=tuple(each.student for each in recipient.members),
        )
        for row, recipient in enumerate(recipients)
        for column, handout in enumerate(wish.handouts)
    ]
    share = Share(
        id=share_id,
        request_key=request_key(
            wish.handouts,
            recipients,
            destination=f"{wish.destination}#{wish.place}",
            mode=wish.manner.key,
        ),
        account=wish.account,
        destination=wish.destination,
        title=_title(wish.handouts),
        school_class=wish.school_class,
        state=ShareState.RUNNING,
        **asdict(wish.timing),
        asked_at=asked_at,
        ended_at=None,
        total=len(deliveries),
        open=len(deliveries),
        again=wish.again,
        mode=wish.manner.mode,
        access=wish.manner.access,
    )
    return PlannedShare(
        share=replace(share, state=share.state_at(asked_at)),
        handouts=wish.handouts,
        recipients=recipients,
        deliveries=tuple(_without_clashes(deliveries)),
    )


def sample_name(
    pattern: str, *, title: str, student: str, school_class: str | None, on: date
) -> str:
    """What the copy of a single file would be called, or RequestRefused."""
    stem, extension = split_extension(title)
    filled = fill_pattern(
        pattern, document=stem, student=student, school_class=school_class, date=on
    )
    return legal_name(filled + extension)


def _place_of(wish: Wish) -> str:
    """Where copies count as the same: below the destination, and in which subject."""
    return "/".join((wish.destination, *wish.manner.within))


class _Naming:
    """Fills the pattern: into a document's name, or the top folder of a tree."""

    def __init__(self, wish: Wish, asked_on: date) -> None:
        self._wish = wish
        self._asked_on = asked_on

    def _fill(self, document: str, recipient: Recipient) -> str:
        return fill_pattern(
            self._wish.manner.pattern,
            document=document,
            student=recipient.student,
            school_class=self._wish.school_class or recipient.school_class,
            date=self._asked_on,
        )

    def tree(self, handout: Handout, recipient: Recipient) -> tuple[str, ...]:
        if not handout.tree:
            return ()
        top, *below = handout.tree
        return (
            legal_name(self._fill(top, recipient)),
            *(legal_name(part) for part in below),
        )

    def name(self, handout: Handout, recipient: Recipient) -> str:
        if handout.tree:
            return legal_name(handout.title)
        filled = self._fill(handout.stem, recipient)
        return legal_name(filled + handout.extension)


def _with_folders(recipients: Sequence[Recipient]) -> tuple[Recipient, ...]:
    """Give each recipient without a folder one of their name that nobody else has."""
    taken = {
        fold(PurePosixPath(*each.folder).as_posix()) for each in recipients if each.folder
    }
    placed = []
    for each in recipients:
        if each.folder:
            placed.append(each)
            continue
        name = free_name(legal_name(each.student), taken)
        taken.add(fold(name))
        placed.append(replace(each, folder=(name,)))
    return tuple(placed)


def _without_clashes(deliveries: Sequence[Delivery]) -> list[Delivery]:
    taken: dict[str, set[str]] = {}
    named = []
    for each in deliveries:
        names = taken.setdefault(fold("/".join(each.folder)), set())
        name = free_name(each.name, names)
        names.add(fold(name))
        named.append(each if name == each.name else replace(each, name=name))
    return named


def _title(handouts: Sequence[Handout]) -> str:
    tops = list(
        dict.fromkeys(each.tree[0] if each.tree else each.title for each in handouts)
    )
    return tops[0] if len(tops) == 1 else f"{tops[0]} and {len(tops) - 1} more"
