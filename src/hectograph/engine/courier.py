"""One delivery, one step further; every step is safe to take twice."""

from dataclasses import dataclass
from datetime import timedelta

from hectograph.domain.delivery import (
    DELIVERED_STATES,
    OPEN_STATES,
    Evidence,
    Prepared,
    Receipt,
)
from hectograph.domain.errors import ProviderError, Unavailable
from hectograph.domain.stamp import Stamp
from hectograph.ports.ledger import Claim
from hectograph.ports.provider import CopyOrder, Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """Carries claimed deliveries to one drive.

    A copy of the same wish that was asked for within `joins_within` before the share
    counts as its delivery, unless new ones were asked for.
    """

    drive: Provider
    joins_within: timedelta

    async def attempt(self, claim: Claim) -> Receipt | Prepared | ProviderError:
        """Try once. What goes wrong at the drive is a value, not an exception."""
        is_waited_for = claim.earlier is not None and claim.earlier.state in OPEN_STATES
        if is_waited_for and not claim.withdrawn:
            return Unavailable("An earlier share is making this copy.")
        try:
            if claim.shown_at is not None and not claim.withdrawn:
                await self.drive.prepare(self._order(claim))
                return Prepared(claim.shown_at)
            return await self.drive.place(self._order(claim))
        except ProviderError as error:
            return error

    def _order(self, claim: Claim) -> CopyOrder:
        delivery = claim.delivery
        adopts_since = None if claim.again else claim.asked_at - self.joins_within
        return CopyOrder(
            stamp=Stamp(key=delivery.key, wish=delivery.wish, asked_at=claim.asked_at),
            folder=delivery.folder,
            name=delivery.name,
            handout=delivery.handout,
            source=delivery.handout_position,
            first_tried_at=claim.first_tried_at,
            adopts_since=adopts_since,
            trace=delivery.trace,
            found=_found(claim),
            actor=delivery.actor,
            finds_only=claim.withdrawn,
        )


def _found(claim: Claim) -> Evidence | None:
    """What an earlier share made of the same wish."""
    earlier = claim.earlier
    return earlier.evidence if earlier and earlier.state in DELIVERED_STATES else None
