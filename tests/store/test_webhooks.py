"""Events in the transaction of what they tell of, and their way to webhooks."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from django.db import connection

from hectograph.domain.errors import NoSpace, UnknownWebhook
from hectograph.domain.events import SUBSCRIBABLE, EventType
from hectograph.domain.ids import ClassId, CleanupId, PersonId, WebhookId
from hectograph.domain.roster import Recipient, Roster
from hectograph.domain.school_class import Change, RosterLoad
from hectograph.domain.share import ShareState, Timing
from hectograph.domain.webhooks import Answer, PostingState, Webhook, decide_settlement
from hectograph.ports.ledger import Lane
from hectograph.store.classes import PostgresClasses
from hectograph.store.cleanups import PostgresCleanups
from hectograph.store.ledger import PostgresLedger
from hectograph.store.webhooks import PostgresOutbox, PostgresWebhooks

from ..builders import (
    ACCOUNT,
    EIGHT,
    LONG_AGO,
    POLICY,
    FakeQueue,
    a_plan,
    a_receipt,
)

CLASS = ClassId("class00001")
HOOK = WebhookId("hook000001")
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def hooks(empty_database):
    yield PostgresWebhooks()
    connection.close()


@pytest.fixture
def outbox(hooks):
    return PostgresOutbox()


@pytest.fixture
def ledger(hooks):
    return PostgresLedger(queue=FakeQueue())


def a_webhook(
    number=HOOK, *, school="school", events=SUBSCRIBABLE, url="https://r.example/"
):
    return Webhook(
        id=number,
        school=school,
        url=url,
        events=frozenset(events),
        is_on=True,
        created_at=EIGHT,
    )


@pytest.fixture
def hook(hooks):
    hooks.add(a_webhook(), sealed_secret="sealed")
    return HOOK


@pytest.fixture
def teacher(empty_database, hooks):
    load_roster("Ada")
    with psycopg.connect(empty_database, autocommit=True) as database:
        row = database.execute(
            "INSERT INTO person"
            " (password, email, name, role, school, language, is_active, created_at)"
            " VALUES ('', 'tess@school.test', 'Tess', 'teacher', 'school', '', true, now())"
            " RETURNING id"
        ).fetchone()
    assert row is not None
    return PersonId(row[0])


def load_roster(*students, joining=None, before=0):
    people = Roster(recipients=tuple(Recipient(student=each) for each in students))
    change = Change(
        name="7B",
        roster=people,
        joining=students if joining is None else joining,
        leaving=(),
        before=before,
    )
    load = RosterLoad(
        at=EIGHT, by="Olga", file="7b.csv", classes=1, students=1, added=1, removed=0
    )
    PostgresClasses().load("school", [(CLASS, change)], load)


def told():
    with connection.cursor() as cursor:
        cursor.execute("SELECT type, facts FROM event ORDER BY at, id")
        return sorted(cursor.fetchall())


def types():
    return sorted(kind for kind, _ in told())


def take(outbox, *, now=EIGHT, each=8, but=(), until=timedelta(seconds=90)):
    outbox.route(now=now, of_no_school_before=now - A_MINUTE)
    return outbox.claim(limit=32, each=each, but=but, now=now, until=now + until)


def record(outbox, posting, status, *, now=EIGHT):
    answer = Answer(status=status)
    settlement = decide_settlement(answer, tries=posting.tries, now=now, jitter=0)
    return outbox.record(posting, answer, settlement, now=now)


def drain(ledger, outcome_of):
    """Settle all that a lane can claim."""
    lane: Lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
    claims = ledger.claim(lane, limit=99, now=EIGHT)
    settled = [
        claim.delivery.settled(
            outcome_of(claim), tried_since=EIGHT, now=EIGHT, policy=POLICY, jitter=1.0
        )
        for claim in claims
    ]
    ledger.record(lane, settled, now=EIGHT)
    ledger.end_lane(lane, job=1)


def test_a_share_tells_its_life(ledger, hook):
    share, _ = ledger.add(a_plan("Ada", "Bob"), joins_since=LONG_AGO)
    assert types() == ["share.created", "share.started"]

    drain(ledger, lambda _: a_receipt())

    facts = dict(told())
    assert "share.completed" in facts
    assert '"verified": 2' in facts["share.completed"]
    assert f'"share": "{share.id}"' in facts["share.completed"]
    for _, text in told():
        assert "Ada" not in text
        assert "Essay" not in text


def test_copies_that_fail_are_told_one_by_one_and_then_the_share(ledger, hook):
    ledger.add(a_plan("Ada", "Bob"), joins_since=LONG_AGO)

    drain(
        ledger,
        lambda claim: NoSpace("Full.") if claim.delivery.student == "Bob" else a_receipt(),
    )

    facts = dict(told())
    assert '"error": "no_space"' in facts["copy.failed"]
    assert '"copy": 1' in facts["copy.failed"]
    assert '"failed": 1' in facts["share.partially_failed"]
    assert types().count("copy.failed") == 1


def test_a_share_that_waits_starts_later_and_once(ledger, hook):
    later = EIGHT + timedelta(hours=1)
    plan = a_plan("Ada").timed(Timing(begins_at=later), now=EIGHT)
    share, _ = ledger.add(plan, joins_since=LONG_AGO)
    assert types() == ["share.created"]

    ledger.wake_due(now=later, silent_since=EIGHT)
    ledger.turn(share.id, to=ShareState.PAUSED, now=later)
    ledger.turn(share.id, to=ShareState.RUNNING, now=later)

    assert types() == ["share.created", "share.started"]


def test_what_is_taken_back_or_cancelled_is_told(ledger, hook):
    share, _ = ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
    ledger.cancel(share.id, now=EIGHT)
    cleanups = PostgresCleanups(queue=FakeQueue())
    cleanups.recall(share.id, cleanup=CleanupId("c" * 10), by=None, now=EIGHT)

    assert types() == ["share.cancelled", "share.created", "share.started", "share.undone"]


def test_the_same_request_again_tells_nothing(ledger, hook):
    ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
    ledger.add(a_plan("Ada", number=2), joins_since=LONG_AGO)

    assert types() == ["share.created", "share.started"]


def test_a_ledger_that_is_written_anew_tells_nothing(ledger, hook):
    ledger.adopt(a_plan("Ada"))

    assert told() == []


def test_while_nobody_listens_nothing_is_written(ledger, hooks, hook):
    hooks.switch(hook, is_on=False)

    ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
    load_roster("Ada")

    assert told() == []


def test_a_roster_that_changed_is_told_in_numbers(outbox, hook):
    load_roster("Ada", "Bob")
    load_roster("Ada", "Bob", joining=(), before=2)

    ((kind, facts),) = told()
    assert kind == "roster.changed"
    assert facts == '{"added": 2, "removed": 0, "students": 2}'
    (posting,) = take(outbox)
    assert (posting.event.school_class, posting.event.facts["students"]) == (CLASS, 2)


def test_events_of_a_share_go_to_the_school_of_its_class(ledger, outbox, hooks, teacher):
    hooks.add(a_webhook(), sealed_secret="sealed")
    other = WebhookId("other00001")
    hooks.add(a_webhook(other, school="elsewhere"), sealed_secret="sealed")
    share, _ = ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
    assert take(outbox) == []  # whose it is, is not known yet

    PostgresClasses().note_asked(share.id, school_class=CLASS, by=teacher, now=EIGHT)

    postings = take(outbox)
    assert [each.webhook for each in postings] == [HOOK, HOOK]
    assert {each.event.school_class for each in postings} == {CLASS}


def test_events_of_no_school_are_dropped_after_a_while(ledger, outbox, hook):
    ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
    late = EIGHT + A_MINUTE + timedelta(seconds=1)

    assert outbox.route(now=late, of_no_school_before=late - A_MINUTE) == 2
    assert take(outbox, now=late) == []


def test_only_what_was_chosen_is_sent(outbox, hooks):
    hooks.add(a_webhook(events=[EventType.COPY_FAILED]), sealed_secret="sealed")

    load_roster("Ada")

    assert take(outbox) == []


def test_a_posting_is_for_one_worker_until_its_claim_ends(outbox, hook):
    load_roster("Ada")

    (first,) = take(outbox)
    assert take(outbox) == []
    late = EIGHT + timedelta(seconds=90)
    (second,) = take(outbox, now=late)

    assert (first.tries, second.tries) == (1, 2)
    assert first.event == second.event
    assert not record(outbox, first, 200, now=late)  # it was taken over
    assert record(outbox, second, 200, now=late)
    assert take(outbox, now=late + timedelta(days=1)) == []


def test_of_a_webhook_only_so_many_are_claimed_and_none_that_is_busy(outbox, hook):
    for number in range(5):
        load_roster(f"Ada {number}")

    assert len(take(outbox, each=3)) == 3
    assert take(outbox, but=[HOOK]) == []
    assert len(take(outbox, each=3)) == 2


def test_what_is_not_taken_is_due_again_and_given_up_at_last(outbox, hooks, hook):
    load_roster("Ada")
    now, tries = EIGHT, 0
    while postings := take(outbox, now=now):
        tries += 1
        assert hooks.webhook(hook).failing_since is None
        assert record(outbox, postings[0], 500, now=now)
        (known,) = hooks.list_tried([hook], limit=5)[hook]
        if known.state is PostingState.GIVEN_UP:
            break
        now = known.due_at

    assert tries == 10
    assert hooks.webhook(hook).failing_since == now
    load_roster("Bob")
    (posting,) = take(outbox, now=now)
    record(outbox, posting, 204, now=now)
    assert hooks.webhook(hook).failing_since is None


def test_who_is_gone_is_switched_off_until_somebody_switches_it_on(outbox, hooks, hook):
    load_roster("Ada")
    load_roster("Bob")
    first, _ = take(outbox)

    record(outbox, first, 410)

    found = hooks.webhook(hook)
    assert (found.is_on, found.gone_at) == (False, EIGHT)
    late = EIGHT + timedelta(days=1)
    assert take(outbox, now=late) == []
    hooks.switch(hook, is_on=True)
    assert hooks.webhook(hook).gone_at is None
    assert len(take(outbox, now=late)) == 1


def test_two_secrets_are_good_for_a_while(outbox, hooks, hook):
    load_roster("Ada")
    hooks.rotate(hook, sealed_secret="new", former_until=EIGHT + A_MINUTE)

    (posting,) = take(outbox, until=timedelta(seconds=59))
    assert posting.sealed_secrets == ("new", "sealed")
    (posting,) = take(outbox, now=EIGHT + A_MINUTE)
    assert posting.sealed_secrets == ("new",)


def test_an_address_is_kept_once_in_a_school(hooks, hook):
    again = replace(a_webhook(), id=WebhookId("again00001"))

    assert not hooks.add(again, sealed_secret="x")
    assert hooks.add(replace(again, school="other"), sealed_secret="x")
    assert [each.id for each in hooks.list_webhooks(school="school")] == [HOOK]
    assert len(hooks.list_webhooks(school=None)) == 2


def test_a_test_goes_to_one_webhook_alone(outbox, hooks, hook):
    other = WebhookId("other00001")
    hooks.add(a_webhook(other, url="https://o.example/"), sealed_secret="x")

    hooks.send_test(other, now=EIGHT)

    (posting,) = take(outbox)
    assert (posting.webhook, posting.event.type) == (other, EventType.TEST)


def test_what_is_deleted_is_gone_with_its_postings(outbox, hooks, hook):
    load_roster("Ada")
    take(outbox)

    hooks.delete(hook)
    hooks.delete(hook)

    with pytest.raises(UnknownWebhook):
        hooks.webhook(hook)


def test_old_events_are_forgotten(outbox, hook):
    load_roster("Ada")
    take(outbox)

    assert outbox.prune(before=EIGHT) == 0
    assert outbox.prune(before=EIGHT + A_MINUTE) == 1
    assert told() == []


def test_no_two_workers_are_given_the_same(outbox, hook):
    for number in range(40):
        load_roster(f"Student {number}")
    together = threading.Barrier(6)

    def work():
        together.wait(30)
        mine = []
        try:
            while postings := take(outbox, each=3):
                mine += [each.number for each in postings]
        finally:
            connection.close()
        return mine

    with ThreadPoolExecutor(6) as workers:
        given = [workers.submit(work) for _ in range(6)]
        numbers = [number for each in given for number in each.result()]

    assert len(numbers) == len(set(numbers)) == 40
