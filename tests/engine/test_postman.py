"""Events arrive signed, at least once, by one worker at a time, and secrets stay secret."""

import asyncio
import io
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import pytest
import structlog
from django.db import connection
from pytest_socket import socket_allow_hosts
from standardwebhooks import WebhookVerificationError

from hectograph.clock import DatabaseClock
from hectograph.domain.events import SUBSCRIBABLE
from hectograph.domain.ids import ClassId, WebhookId
from hectograph.domain.reach import Permitted
from hectograph.domain.webhooks import PostingState, Trouble, Webhook, secret_from
from hectograph.engine.postman import CLAIMED_FOR, LATEST, Postman
from hectograph.outgoing.webhooks import TOTAL_SECONDS, WebhookSender
from hectograph.secret import Seal
from hectograph.store.events import tell_roster
from hectograph.store.queries import atomic
from hectograph.store.webhooks import PostgresOutbox, PostgresWebhooks
from hectograph.threads import OneThread

from ..builders import FakeClock
from ..outgoing.receiver import Receiver

HOOK, OTHER = WebhookId("hook000001"), WebhookId("other00001")
SECRET = secret_from(b"s" * 32)
NEW_SECRET = secret_from(b"n" * 32)
SEAL = Seal(key=lambda: "key", purpose="webhooks")
HERE = Permitted.parse("127.0.0.0/8")


async def no_mail():
    """Nobody wants one."""


@dataclass
class World:
    """Webhooks in a real database, and workers that send to real receivers."""

    desk: OneThread
    clock: FakeClock

    def __post_init__(self):
        self.hooks, self.outbox = PostgresWebhooks(), PostgresOutbox()

    def postman(self, *, sender=None, find_secret=SEAL.find):
        return Postman(
            outbox=self.outbox,
            sender=sender or WebhookSender(permitted=HERE),
            desk=self.desk,
            clock=self.clock,
            find_secret=find_secret,
            jitter=lambda: 0.0,
            mail_due=no_mail,
            pause_seconds=0.01,
        )

    async def hook(self, receiver, number=HOOK):
        webhook = Webhook(
            id=number,
            school="school",
            url=receiver.url,
            events=frozenset(SUBSCRIBABLE),
            is_on=True,
            created_at=self.clock.now(),
        )
        await self.desk.run(self.hooks.add, webhook, sealed_secret=SEAL.close(SECRET))

    async def tell(self, *numbers):
        def write():
            with atomic():
                for each in numbers:
                    facts = {"students": each}
                    now = self.clock.now()
                    tell_roster("school", ClassId("7b"), facts, now=now)

        await self.desk.run(write)

    async def tried(self, number=HOOK):
        return (await self.desk.run(self.hooks.list_tried, [number], limit=9))[number]


@pytest.fixture
def world(empty_database, socket_enabled):
    socket_allow_hosts(["127.0.0.1"])
    desk = OneThread("ledger")
    # The library of the standard takes no message that is older than five minutes.
    yield World(desk, FakeClock(time=DatabaseClock().now()))
    desk.close(at_last=lambda: connection.close())  # noqa: PLW0108 - the thread's own


def play(world, story, *receivers):
    async def run():
        async with asyncio.timeout(60):
            if len(receivers) == 1:
                async with receivers[0].listening():
                    return await story()
            async with receivers[0].listening(), receivers[1].listening():
                return await story()

    return asyncio.run(run())


def test_what_arrives_is_signed_as_the_standard_says(world):
    receiver = Receiver()

    async def story():
        await world.hook(receiver)
        await world.tell(28)
        await world.postman().post_due()
        return await world.tried()

    (tried,) = play(world, story, receiver)
    (event,) = receiver.verified(SECRET)
    assert event["type"] == "roster.changed"
    assert event["data"] == {"class": "7b", "students": 28}
    assert (tried.state, tried.answer.status) == (PostingState.SENT, 200)
    assert receiver.got[0][0]["webhook-id"].startswith("evt_")
    with pytest.raises(WebhookVerificationError):
        receiver.verified(NEW_SECRET)


def test_it_is_tried_again_later_with_the_same_id_until_it_is_taken(world):
    receiver = Receiver(statuses=[500, 302, 200])

    async def story():
        await world.hook(receiver)
        await world.tell(28)
        postman = world.postman()
        for seconds in (0, 4, 1, 299, 1, 9999):
            world.clock.advance(seconds)
            await postman.post_due()

    play(world, story, receiver)
    assert len(receiver.got) == 3
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len({body for _, body in receiver.got}) == 1


def test_who_says_that_it_is_gone_is_asked_no_more(world):
    receiver = Receiver(statuses=[410])

    async def story():
        await world.hook(receiver)
        await world.tell(1)
        postman = world.postman()
        await postman.post_due()
        await world.tell(2)
        world.clock.advance(99_999)
        await postman.post_due()
        return await world.desk.run(world.hooks.webhook, HOOK)

    found = play(world, story, receiver)
    assert not found.is_on
    assert len(receiver.got) == 1


class Killed(Exception):
    """The worker ended here."""


@dataclass
class Knife:
    """Sends, and kills the worker before it can write that down."""

    inner: WebhookSender

    async def post(self, url, *, body, headers):
        await self.inner.post(url, body=body, headers=headers)
        raise Killed


def test_a_worker_that_is_killed_between_sending_and_noting_loses_nothing(world):
    receiver = Receiver()

    async def story():
        await world.hook(receiver)
        await world.tell(28)
        knife = Knife(WebhookSender(permitted=HERE))
        with suppress(BaseExceptionGroup):
            await world.postman(sender=knife).post_due()
        assert len(receiver.got) == 1
        other = world.postman()
        await other.post_due()  # it is another's for now
        assert len(receiver.got) == 1
        world.clock.advance(CLAIMED_FOR.total_seconds())
        await other.post_due()
        await other.post_due()
        return await world.tried()

    (tried,) = play(world, story, receiver)
    assert len(receiver.got) == 2
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert (tried.state, tried.tries) == (PostingState.SENT, 2)


def test_many_workers_send_each_event_once(world):
    receiver = Receiver()

    async def story():
        await world.hook(receiver)
        await world.tell(*range(40))
        workers = [world.postman() for _ in range(4)]
        for _ in range(5):
            await asyncio.gather(*(each.post_due() for each in workers))

    play(world, story, receiver)
    sent = [each["data"]["students"] for each in receiver.verified(SECRET)]
    assert sorted(sent) == list(range(40))


def test_a_claim_that_is_old_is_not_used(world):
    receiver = Receiver()

    async def story():
        await world.hook(receiver)
        await world.tell(28)
        postman = world.postman()
        ((posting,),) = await postman.take()
        world.clock.advance((CLAIMED_FOR - LATEST).total_seconds() + 1)
        await postman._post(posting)

    play(world, story, receiver)
    assert receiver.got == []
    assert timedelta(seconds=TOTAL_SECONDS) < LATEST


def test_a_slow_receiver_keeps_nobody_else_waiting(world):
    slow, quick = Receiver(slow=30), Receiver()

    async def story():
        await world.hook(slow)
        await world.hook(quick, OTHER)
        await world.tell(*range(10))
        running = asyncio.create_task(world.postman().run())
        while len(quick.got) < 10:  # noqa: ASYNC110 - it is another program
            await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    play(world, story, slow, quick)
    assert len(slow.got) <= 8


def test_both_secrets_are_good_while_one_takes_the_place_of_the_other(world):
    receiver = Receiver()

    async def story():
        await world.hook(receiver)
        await world.desk.run(
            world.hooks.rotate,
            HOOK,
            sealed_secret=SEAL.close(NEW_SECRET),
            former_until=world.clock.now() + timedelta(seconds=60),
        )
        await world.tell(1)
        await world.postman().post_due()
        assert receiver.verified(SECRET) == receiver.verified(NEW_SECRET)
        world.clock.advance(60)
        await world.tell(2)
        await world.postman().post_due()

    play(world, story, receiver)
    assert len(receiver.verified(NEW_SECRET)) == 2
    with pytest.raises(WebhookVerificationError):
        receiver.verified(SECRET)


def test_with_another_key_of_the_installation_nothing_is_sent_unsigned(world):
    receiver = Receiver()

    async def story():
        await world.hook(receiver)
        await world.tell(1)
        other = Seal(key=lambda: "another", purpose="webhooks")
        await world.postman(find_secret=other.find).post_due()
        return await world.tried()

    (tried,) = play(world, story, receiver)
    assert receiver.got == []
    assert (tried.state, tried.answer.trouble) == (PostingState.DUE, Trouble.OTHER_KEY)


def test_no_secret_stands_in_a_log(world):
    receiver, written = Receiver(statuses=[500]), io.StringIO()
    before = structlog.get_config()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(0),
        logger_factory=structlog.PrintLoggerFactory(written),
        cache_logger_on_first_use=False,
    )

    async def story():
        await world.hook(receiver)
        await world.tell(1)
        await world.postman().post_due()
        await world.postman(find_secret=lambda _: None).post_due()

    try:
        play(world, story, receiver)
    finally:
        structlog.configure(**before)
    logged = written.getvalue()
    assert "webhook.tried" in logged
    assert SECRET[6:20] not in logged
    assert "v1," not in logged
    assert receiver.url not in logged
