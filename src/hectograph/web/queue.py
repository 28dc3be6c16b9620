"""What runs and what waits on every account, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from hectograph.app.estimating import Queued
from hectograph.domain.estimate_words import words_by
from hectograph.domain.ids import AccountId
from hectograph.domain.people import Act, Person
from hectograph.domain.share import ServiceClass, Share
from hectograph.domain.standing import Standing
from hectograph.web.pages import Pages, signed_in
from hectograph.web.words import Words

FOR: Final[Mapping[ServiceClass, Words]] = {
    ServiceClass.IN_LESSON: _("for a lesson"),
    ServiceClass.NORMAL: "",
    ServiceClass.OVERNIGHT: _("for the night"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A share in the queue. `ready_by` is empty where nobody knows."""

    share: Share
    wanted_for: Words
    why: str
    ready_by: str
    at_risk: bool

    @property
    def there(self) -> int:
        """Copies that nothing is owed of any more."""
        return self.share.total - self.share.open


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLine:
    """An account's queue; `copies_a_second` as measured, or None."""

    account: AccountId
    accounts: int
    copies_a_second: float | None
    shares: Sequence[Waiting]


class QueuePages(Pages):
    """The page at /school/queue/."""

    @signed_in(get=Act.OPERATE)
    async def index(self, request: HttpRequest, person: Person) -> HttpResponseBase:
        """Every account that owes something, and a row for each of its shares."""
        found = await self.house.installation.queue(by=person)
        return self.show(
            request,
            "school/queue.html",
            person=person,
            lines=[_line(each, zone=self.zone) for each in found],
        )


def _line(queued: Queued, *, zone: tzinfo) -> WaitingLine:
    line = queued.line
    measured = [each.goodput for each in line.carriers if each.goodput]
    return WaitingLine(
        account=line.account,
        accounts=len(line.carriers),
        copies_a_second=sum(measured) or None,
        shares=[_waiting(each, now=line.now, zone=zone) for each in queued.standings],
    )


def _waiting(standing: Standing, *, now: datetime, zone: tzinfo) -> Waiting:
    estimate = standing.estimate
    return Waiting(
        share=standing.share,
        wanted_for=FOR[standing.share.service_class],
        why=standing.why.words(now=now, zone=zone),
        ready_by=words_by(estimate, zone=zone) if estimate else "",
        at_risk=standing.at_risk,
    )
