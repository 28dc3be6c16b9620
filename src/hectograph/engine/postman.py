"""Sends events to webhooks, each at least once, by one worker at a time.

A posting is claimed for a while and its try is counted before anything is sent. Whoever
dies in between leaves it claimed; then it is due again, under the same id.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import floor
from typing import Final

import structlog
from standardwebhooks import Webhook as Signer

from hectograph.domain.ids import WebhookId
from hectograph.domain.webhooks import (
    KEPT_FOR,
    OF_NO_SCHOOL_AFTER,
    Answer,
    Posting,
    Trouble,
    decide_settlement,
)
from hectograph.ports.clock import Clock
from hectograph.ports.webhooks import Outbox, Sender
from hectograph.threads import OneThread

log = structlog.get_logger(__name__)

AT_ONCE: Final = 32
"""Postings that one worker takes at a time."""

EACH: Final = 8
"""Of them for one webhook; it gets no more until they are through, however slow it is."""

CLAIMED_FOR: Final = timedelta(seconds=90)
LATEST: Final = timedelta(seconds=45)
"""So long before a claim ends it is used no more: nobody is to send the same meanwhile."""

PRUNED_AFTER_SECONDS: Final = 3600.0


@dataclass(slots=True, kw_only=True)
class Postman:
    """Every worker has one. `find_secret` unseals; `jitter` is between 0 and 1.

    `mail_due` sends the mails that are due, beside the events.
    """

    outbox: Outbox
    sender: Sender
    desk: OneThread
    clock: Clock
    find_secret: Callable[[str], str | None]
    jitter: Callable[[], float]
    mail_due: Callable[[], Awaitable[None]]
    pause_seconds: float
    _busy: set[WebhookId] = field(default_factory=set)
    _pruned_at: float | None = None

    async def run(self) -> None:
        """Send what is due until cancelled. Raises LedgerUnavailable."""
        async with asyncio.TaskGroup() as rounds:
            rounds.create_task(self._post_always())
            rounds.create_task(self._mail_always())

    async def _post_always(self) -> None:
        async with asyncio.TaskGroup() as walks:
            while True:
                for batch in await self.take():
                    self._busy.add(batch[0].webhook)
                    walks.create_task(self._carry(batch))
                await self.clock.sleep(self.pause_seconds)

    async def _mail_always(self) -> None:
        while True:
            await self.mail_due()
            await self.clock.sleep(self.pause_seconds)

    async def take(self) -> Sequence[Sequence[Posting]]:
        """What is due, by webhook; but for those that are being seen to."""
        await self._prune()
        now = self.clock.now()
        await self.desk.run(
            self.outbox.route, now=now, of_no_school_before=now - OF_NO_SCHOOL_AFTER
        )
        claimed = await self.desk.run(
            self.outbox.claim,
            limit=AT_ONCE,
            each=EACH,
            but=tuple(self._busy),
            now=now,
            until=now + CLAIMED_FOR,
        )
        batches: dict[WebhookId, list[Posting]] = {}
        for each in sorted(claimed, key=lambda posting: posting.number):
            batches.setdefault(each.webhook, []).append(each)
        return list(batches.values())

    async def post_due(self) -> None:
        """Send what is due now, and wait for the answers."""
        async with asyncio.TaskGroup() as walks:
            for batch in await self.take():
                walks.create_task(self._carry(batch))

    async def _carry(self, batch: Sequence[Posting]) -> None:
        try:
            async with asyncio.TaskGroup() as walks:
                for posting in batch:
                    walks.create_task(self._post(posting))
        finally:
            self._busy.discard(batch[0].webhook)

    async def _post(self, posting: Posting) -> None:
        now = self.clock.now()
        if now > posting.claimed_until - LATEST:
            return
        answer = await self._send(posting, now=now)
        now = self.clock.now()
        settlement = decide_settlement(
            answer, tries=posting.tries, now=now, jitter=self.jitter()
        )
        is_ours = await self.desk.run(
            self.outbox.record, posting, answer, settlement, now=now
        )
        log.info(
            "webhook.tried",
            webhook=posting.webhook,
            event_id=posting.event.id,
            attempt=posting.tries,
            status=answer.status,
            trouble=answer.trouble,
            state=settlement.state if is_ours else "claimed again",
        )

    async def _send(self, posting: Posting, *, now: datetime) -> Answer:
        secrets = [self.find_secret(each) for each in posting.sealed_secrets]
        known = [each for each in secrets if each is not None]
        if not known:
            log.warning("webhook.other_key", webhook=posting.webhook)
            return Answer(trouble=Trouble.OTHER_KEY)
        event, body = posting.event, posting.event.body()
        signatures = [Signer(each).sign(event.id, now, body) for each in known]
        return await self.sender.post(
            posting.url,
            body=body.encode(),
            headers={
                "Content-Type": "application/json",
                "webhook-id": event.id,
                "webhook-timestamp": str(floor(now.timestamp())),
                "webhook-signature": " ".join(signatures),
            },
        )

    async def _prune(self) -> None:
        elapsed = self.clock.elapsed()
        if self._pruned_at is None or elapsed - self._pruned_at >= PRUNED_AFTER_SECONDS:
            self._pruned_at = elapsed
            before = self.clock.now() - KEPT_FOR
            await self.desk.run(self.outbox.prune, before=before)
