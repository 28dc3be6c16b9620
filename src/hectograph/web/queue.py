"""What runs and what waits on every account, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from hectograph.app.estimating import Queued
from hectograph.domain.ids import AccountId
from hectograph.domain.people import Act, Person
from hectograph.domain.share import ServiceClass, Share
from hectograph.domain.standing import Standing, Wait, Why
from hectograph.web.pages import Pages, signed_in
from hectograph.web.speaking import grouped, speak
from hectograph.web.time_words import words_at, words_by
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
        found = await self.house.teaching.queue(by=person)
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
        why=_why(standing.why, now=now, zone=zone),
        ready_by=words_by(estimate, zone=zone) if estimate else "",
        at_risk=standing.at_risk,
    )


def _why(why: Why, *, now: datetime, zone: tzinfo) -> str:
    """What a share waits for; the domain's words for it, in every language."""
    told = {
        "number": grouped(why.number),
        "until": words_at(why.until, now=now, zone=zone) if why.until else "",
        "because": speak(why.because),
    }
    words = {
        Wait.HALT: now_("everything is paused: %(because)s"),
        Wait.PAUSED: now_("paused"),
        Wait.CLEANUP: now_("waits until a first version is taken away"),
        Wait.BEGINNING: now_("begins at %(until)s"),
        Wait.SHOWING: now_("is shown at %(until)s"),
        Wait.WORKER: now_("no worker is about"),
        Wait.REST: now_("the account rests until %(until)s: %(because)s"),
        Wait.RETRY: ngettext(
            "%(number)s copy is tried again by %(until)s",
            "%(number)s copies are tried again by %(until)s",
            why.number,
        ),
        Wait.URGENT: ngettext(
            "behind %(number)s more urgent share",
            "behind %(number)s more urgent shares",
            why.number,
        ),
        Wait.SMALLER: ngettext(
            "behind %(number)s smaller share",
            "behind %(number)s smaller shares",
            why.number,
        ),
        Wait.OTHERS: ngettext(
            "behind %(number)s share", "behind %(number)s shares", why.number
        ),
        Wait.NEXT: now_("next"),
        Wait.NOTHING: now_("under way"),
    }
    return words[why.wait] % told
