"""Writes a ledger anew from what the drives say, after the database was lost."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from hectograph.app.opening import OpenDrive, opened
from hectograph.domain.delivery import Delivery, DeliveryState
from hectograph.domain.handout import Handout
from hectograph.domain.ids import AccountId, RequestKey, ShareId
from hectograph.domain.manner import GROUPS
from hectograph.domain.share import PlannedShare, ServiceClass, Share, ShareState
from hectograph.ports.ledger import Ledger
from hectograph.ports.provider import Sighting
from hectograph.threads import OneThread

UNREAD = Handout(title="(read back from the drive)", sha256="", size_bytes=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilding:
    """Reads stamps back. It never reads an empty ledger as "nothing was delivered"."""

    ledger: Ledger
    desk: OneThread
    open_drive: OpenDrive

    async def rebuild(self, account: AccountId, *, destination: str) -> int:
        """Write down every share that left stamps on a drive and is not known.

        Returns how many were written. Shares that are known stay as they are.
        """
        async with opened(self.open_drive, account) as drive:
            sightings = await drive.list_stamped()
        by_share: defaultdict[ShareId, list[Sighting]] = defaultdict(list)
        for sighting in sightings:
            by_share[sighting.stamp.key.share].append(sighting)
        written = 0
        for share in sorted(by_share):
            plan = build_past(account, destination, by_share[share])
            written += await self.desk.run(self.ledger.adopt, plan)
        return written


def build_past(
    account: AccountId, destination: str, sightings: Sequence[Sighting]
) -> PlannedShare:
    """A finished share from its copies; what stamps do not tell is left open."""
    copies = {each.stamp.key.position: each for each in sightings}
    deliveries = tuple(_delivery(copies[position]) for position in sorted(copies))
    asked_at = sightings[0].stamp.asked_at
    share = Share(
        id=sightings[0].stamp.key.share,
        request_key=RequestKey(f"rebuilt:{sightings[0].stamp.key.share}"),
        account=account,
        destination=destination,
        title=deliveries[0].name,
        school_class=None,
        state=ShareState.COMPLETE,
        service_class=ServiceClass.NORMAL,
        asked_at=asked_at,
        ended_at=asked_at,
        total=len(deliveries),
        open=0,
        again=False,
    )
    return PlannedShare(
        share=share, handouts=(UNREAD,), recipients=(), deliveries=deliveries
    )


def _delivery(sighting: Sighting) -> Delivery:
    return Delivery(
        key=sighting.stamp.key,
        wish=sighting.stamp.wish,
        student=_whose(sighting.folder),
        folder=sighting.folder,
        name=sighting.name,
        handout=UNREAD,
        handout_position=0,
        due_at=sighting.stamp.asked_at,
        state=DeliveryState.KEPT,
        path=sighting.path,
    )


def _whose(folder: tuple[str, ...]) -> str:
    """For whom a copy was, by its folder; who shared it is not told by any stamp."""
    whose = folder[1:] if folder[:1] == (GROUPS,) else folder
    return whose[0] if whose else ""
