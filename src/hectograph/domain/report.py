"""A share as it is told: to a teacher, to a program."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from hectograph.domain.delivery import Delivery
from hectograph.domain.drive import is_google
from hectograph.domain.errors import Reason
from hectograph.domain.estimate import Estimate
from hectograph.domain.halt import Halt
from hectograph.domain.links import folder_link
from hectograph.domain.risk import is_at_risk
from hectograph.domain.share import (
    PlannedShare,
    Progress,
    Share,
    ShareState,
    count_states,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareReport:
    """A share with every delivery. `joined`: an identical request was there already.

    `at_risk`: it may miss its deadline.
    `seconds` is the time from the asking to the end, or to now while it runs. `tonight` is
    when a plan would be carried out that were asked for tonight.
    """

    share: Share
    joined: bool
    seconds: float
    deliveries: tuple[Delivery, ...]
    halted: Halt | None = None
    estimate: Estimate | None = None
    tonight: Estimate | None = None
    at_risk: bool = False

    @property
    def state(self) -> ShareState:
        """The state of the share."""
        return self.share.state

    @property
    def progress(self) -> Progress:
        """The deliveries, counted."""
        return Progress(share=self.share, counts=count_states(self.deliveries))

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {
            "share": None if self.state is ShareState.DRAFT else self.share.id,
            "title": self.share.title,
            "class": self.share.school_class,
            "destination": self.share.destination,
            "state": str(self.share.state),
            "halted": self.halted.as_json() if self.halted else None,
            "asked_at": self.share.asked_at.isoformat(),
            "joined": self.joined,
            "counts": {str(state): n for state, n in self.progress.counts.items()},
            **_times_json(self.share),
            "mode": str(self.share.mode),
            "access": str(self.share.access),
            "at_risk": self.at_risk,
            "estimate": self.estimate.as_json() if self.estimate else None,
            **({"tonight": self.tonight.as_json()} if self.tonight else {}),
            "seconds": round(self.seconds, 3),
            "deliveries": [delivery_json(each) for each in self.deliveries],
        }


def build_report(
    share: Share,
    deliveries: Sequence[Delivery],
    *,
    joined: bool,
    now: datetime,
    halted: Halt | None = None,
    estimate: Estimate | None = None,
) -> ShareReport:
    """Put a report together at the time `now`."""
    ended_at = share.ended_at or now
    return ShareReport(
        share=share,
        joined=joined,
        seconds=(ended_at - share.asked_at).total_seconds(),
        deliveries=tuple(deliveries),
        halted=halted,
        estimate=estimate,
        at_risk=is_at_risk(share, estimate, now=now),
    )


def _times_json(share: Share) -> dict[str, str | None]:
    times = {
        "begins_at": share.begins_at,
        "deadline": share.deadline,
        "reveals_at": share.reveals_at,
    }
    return {name: at.isoformat() if at else None for name, at in times.items()}


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    """One row of the object that `--json` prints."""
    reason = reason_of(delivery)
    return {
        "student": delivery.student,
        "members": list(delivery.members),
        "state": str(delivery.state),
        "path": delivery.path,
        "attempts": delivery.attempts,
        "error": asdict(reason) if reason else None,
    }


def reason_of(delivery: Delivery) -> Reason | None:
    """Why a delivery is not made, its remedy naming the share it is about."""
    if delivery.reason is None:
        return None
    remedy = delivery.reason.remedy.replace(" ID`", f" {delivery.key.share}`")
    return replace(delivery.reason, remedy=remedy)


def build_preview(
    plan: PlannedShare,
    *,
    estimate: Estimate | None = None,
    tonight: Estimate | None = None,
) -> ShareReport:
    """A plan as a report: a draft whose copies have the paths they would get."""
    share = replace(plan.share, state=ShareState.DRAFT)
    return ShareReport(
        share=share,
        joined=False,
        seconds=0.0,
        deliveries=tuple(
            replace(each, path=_path_of(each, share.destination))
            for each in plan.deliveries
        ),
        estimate=estimate,
        tonight=tonight,
    )


def _path_of(delivery: Delivery, destination: str) -> str:
    """Where a copy would be; on a drive its folder is known by a link."""
    if is_google(destination):
        # A folder that several share has no id before it is made.
        is_known = len(delivery.folder) == 1
        where = folder_link(delivery.folder[0]) if is_known else " / ".join(delivery.folder)
        return f"{delivery.name}, in {where}"
    return "/".join((destination, *delivery.folder, delivery.name))


def progress_json(progress: Progress) -> dict[str, Any]:
    """One row of a list of shares."""
    share = progress.share
    return {
        "share": share.id,
        "title": share.title,
        "class": share.school_class,
        "state": str(share.state),
        "halted": progress.halted.as_json() if progress.halted else None,
        "asked_at": share.asked_at.isoformat(),
        **_times_json(share),
        "at_risk": progress.at_risk,
        "estimate": progress.estimate.as_json() if progress.estimate else None,
        "counts": {str(state): n for state, n in progress.counts.items()},
    }
