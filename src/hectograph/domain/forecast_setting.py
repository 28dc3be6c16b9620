"""Under what a day is played: from what was said, what a drive tells, and what is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from hectograph.domain.budget import UNITS, Plan
from hectograph.domain.drive import Acting, DeliveryMode, Drive
from hectograph.domain.pace import LearnedPace
from hectograph.domain.storage_service import (
    WRITE_BURST,
    WRITE_RATE,
    Service,
    build_service,
)

A_CLASS: Final = 30
"""Recipients whose accounts write at once, each at its own rate, where recipients act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was said of the service and of who acts; None where nothing was."""

    delivery: DeliveryMode | None = None
    quota: Plan | None = None
    writes_per_second: float | None = None
    burst: float | None = None
    couriers: int | None = None
    workers: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The service, who acts, and how many lanes there are.

    Without `couriers` each teacher's own account acts. Each worker serves `lanes_each`
    accounts at once.
    """

    service: Service
    couriers: int = 0
    workers: int = 1
    lanes_each: int = 32

    def alone_seconds(self, deliveries: int) -> float:
        """How long a share takes while nobody else asks."""
        couriers = max(1, self.couriers)
        return self.service.alone_seconds(deliveries, couriers=couriers)


def build_setting(
    wanted: Wanted,
    *,
    drive: Drive | None,
    paces: Sequence[LearnedPace],
    lanes_each: int,
) -> Setting:
    """The setting of a drive, whose accounts have learned these paces, or of none."""
    rate, burst = _pace(drive, paces)
    service = build_service(
        wanted.delivery or _delivery(drive),
        wanted.quota or (drive.quota if drive else UNITS),
        rate=wanted.writes_per_second or rate,
        burst=wanted.burst or burst,
    )
    couriers = _couriers(drive) if wanted.couriers is None else wanted.couriers
    return Setting(
        service=service, couriers=couriers, workers=wanted.workers, lanes_each=lanes_each
    )


def _pace(drive: Drive | None, paces: Sequence[LearnedPace]) -> tuple[float, float]:
    usable = [each for each in paces if each.is_usable()]
    if usable:
        rate = median(each.rate for each in usable)
        return rate, median(each.burst for each in usable)
    together = A_CLASS if drive and drive.acting is Acting.RECIPIENT else 1
    return together * WRITE_RATE, together * WRITE_BURST


def _delivery(drive: Drive | None) -> DeliveryMode:
    if drive is None:
        return DeliveryMode.STAGED
    return DeliveryMode.DIRECT if drive.acting is Acting.RECIPIENT else drive.delivery


def _couriers(drive: Drive | None) -> int:
    if drive is None:
        return 0
    acting = (Acting.COURIERS, Acting.INSTITUTION)
    return len(drive.accounts) if drive.acting in acting else 0
