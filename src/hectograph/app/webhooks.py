"""Webhooks of schools: added, looked at, tried and taken away by who looks after them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from hectograph.domain.errors import NotAllowed, RequestRefused, UnknownWebhook
from hectograph.domain.events import SUBSCRIBABLE, EventType
from hectograph.domain.ids import WebhookId, webhook_id_from
from hectograph.domain.people import Act, Person, may_in_school
from hectograph.domain.reach import Permitted, check_url
from hectograph.domain.webhooks import (
    FORMER_FOR,
    SECRET_BYTES,
    Tried,
    Webhook,
    secret_from,
)
from hectograph.ports.clock import Clock
from hectograph.ports.webhooks import Webhooks
from hectograph.threads import OneThread

SHOWN: Final = 5
"""So many of a webhook's newest postings are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolWebhooks:
    """What somebody may not know of is UnknownWebhook to them, not NotAllowed.

    `seal` makes of a secret what is kept; `permitted` are hosts of the operator's own.
    """

    webhooks: Webhooks
    desk: OneThread
    clock: Clock
    seal: Callable[[str], str]
    permitted: Permitted
    random_bytes: Callable[[int], bytes]

    async def list_seen(self, *, by: Person) -> Sequence[tuple[Webhook, Sequence[Tried]]]:
        """The webhooks that somebody may see, each with its newest postings.

        Raises NotAllowed.
        """
        _check(by, Act.SEE_SCHOOL)
        is_everywhere = may_in_school(by, Act.OPERATE, by.school)
        found = await self.desk.run(
            self.webhooks.list_webhooks, school=None if is_everywhere else by.school
        )
        numbers = [each.id for each in found]
        tried = await self.desk.run(self.webhooks.list_tried, numbers, limit=SHOWN)
        return [(each, tried[each.id]) for each in found]

    async def add(
        self, url: str, *, events: Collection[EventType], school: str, by: Person
    ) -> tuple[Webhook, str]:
        """A webhook with its secret, which is told once.

        Raises NotAllowed, and RequestRefused for an address that nothing is sent to, or
        that the school has already.
        """
        if not may_in_school(by, Act.MANAGE_SCHOOL, school):
            raise NotAllowed("You may not look after this school's webhooks.")
        chosen = frozenset(events) & frozenset(SUBSCRIBABLE)
        if not chosen:
            raise RequestRefused(
                "No event was chosen.",
                effect="Nothing was kept.",
                remedy="Choose one at least.",
            )
        webhook = Webhook(
            id=webhook_id_from(self.random_bytes(10)),
            school=school,
            url=check_url(url, permitted=self.permitted),
            events=chosen,
            is_on=True,
            created_at=self.clock.now(),
        )
        secret = secret_from(self.random_bytes(SECRET_BYTES))
        sealed = self.seal(secret)
        if not await self.desk.run(self.webhooks.add, webhook, sealed_secret=sealed):
            raise RequestRefused(
                "The school has a webhook for this address already.",
                effect="Nothing was kept.",
                remedy="If its secret was lost, make another one there.",
            )
        return webhook, secret

    async def switch(self, number: WebhookId, *, is_on: bool, by: Person) -> None:
        """Have nothing sent there, or have it sent again. Raises as `find` does."""
        await self.find(number, by=by, act=Act.MANAGE_SCHOOL)
        await self.desk.run(self.webhooks.switch, number, is_on=is_on)

    async def rotate(self, number: WebhookId, *, by: Person) -> str:
        """Another secret, told once; the one before signs beside it for a day.

        Raises as `find` does.
        """
        await self.find(number, by=by, act=Act.MANAGE_SCHOOL)
        secret = secret_from(self.random_bytes(SECRET_BYTES))
        await self.desk.run(
            self.webhooks.rotate,
            number,
            sealed_secret=self.seal(secret),
            former_until=self.clock.now() + FORMER_FOR,
        )
        return secret

    async def send_test(self, number: WebhookId, *, by: Person) -> None:
        """Have a test event sent there. Raises as `find` does, and RequestRefused."""
        found = await self.find(number, by=by, act=Act.MANAGE_SCHOOL)
        if not found.is_on:
            raise RequestRefused(
                "It is switched off.",
                effect="Nothing is sent.",
                remedy="Switch it on first.",
            )
        now = self.clock.now()
        await self.desk.run(self.webhooks.send_test, number, now=now)

    async def delete(self, number: WebhookId, *, by: Person) -> None:
        """Forget it, and what was to be sent there. Raises as `find` does."""
        await self.find(number, by=by, act=Act.MANAGE_SCHOOL)
        await self.desk.run(self.webhooks.delete, number)

    async def find(
        self, number: WebhookId, *, by: Person, act: Act = Act.SEE_SCHOOL
    ) -> Webhook:
        """A webhook with which somebody may do this. Raises UnknownWebhook, NotAllowed."""
        _check(by, act)
        found = await self.desk.run(self.webhooks.webhook, number)
        if not may_in_school(by, Act.SEE_SCHOOL, found.school):
            raise UnknownWebhook("There is no such webhook.")
        if not may_in_school(by, act, found.school):
            raise NotAllowed("You may not look after this school's webhooks.")
        return found


def _check(by: Person, act: Act) -> None:
    if not may_in_school(by, act, by.school):
        raise NotAllowed("You may not do this with the webhooks of your school.")
