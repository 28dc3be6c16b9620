"""Webhooks, and the events that they are told of."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from hectograph.domain.ids import WebhookId
from hectograph.domain.webhooks import Answer, Posting, Settlement, Tried, Webhook


class Webhooks(Protocol):
    """Synchronous; every method may raise LedgerUnavailable.

    Events are written by whatever makes them happen, in the same transaction, and only
    while some webhook is on.
    """

    def add(self, webhook: Webhook, *, sealed_secret: str) -> bool:
        """Keep one; False if its school has one for that address already."""
        ...

    def webhook(self, number: WebhookId) -> Webhook:
        """One of them, or UnknownWebhook."""
        ...

    def list_webhooks(self, *, school: str | None) -> Sequence[Webhook]:
        """All of a school, or of all schools, by school and age."""
        ...

    def list_tried(
        self, webhooks: Sequence[WebhookId], *, limit: int
    ) -> Mapping[WebhookId, Sequence[Tried]]:
        """The newest postings of each."""
        ...

    def switch(self, number: WebhookId, *, is_on: bool) -> None:
        """Send nothing there, or send there again, also what waited; safe to repeat."""
        ...

    def rotate(
        self, number: WebhookId, *, sealed_secret: str, former_until: datetime
    ) -> None:
        """Sign with a new secret; until then with the one before as well."""
        ...

    def delete(self, number: WebhookId) -> None:
        """Forget it, with what was to be sent; safe to repeat."""
        ...

    def send_test(self, number: WebhookId, *, now: datetime) -> None:
        """Have a test event sent there."""
        ...


class Outbox(Protocol):
    """What a worker does with events. Synchronous; raises LedgerUnavailable."""

    def route(self, *, now: datetime, of_no_school_before: datetime) -> int:
        """Address new events to the webhooks of their schools; how many events.

        Those whose school is not known wait until they are older than that.
        """
        ...

    def claim(
        self,
        *,
        limit: int,
        each: int,
        but: Collection[WebhookId],
        now: datetime,
        until: datetime,
    ) -> Sequence[Posting]:
        """Postings that are due, at most `each` of a webhook, none of those named.

        Nobody else is given them until then, when they are due again.
        """
        ...

    def record(
        self, posting: Posting, answer: Answer, settlement: Settlement, *, now: datetime
    ) -> bool:
        """Write down what became of a claimed posting; False if it was claimed again."""
        ...

    def prune(self, *, before: datetime) -> int:
        """Forget events that are older, and their postings; how many."""
        ...


class Sender(Protocol):
    """Sends one event to one address."""

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send it once, following nothing; whatever goes wrong is in the answer."""
        ...
