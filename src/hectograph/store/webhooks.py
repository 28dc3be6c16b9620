"""Webhooks and what is sent to them, in PostgreSQL."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hectograph.domain.errors import UnknownWebhook
from hectograph.domain.events import Event, EventId, EventType
from hectograph.domain.ids import ClassId, WebhookId
from hectograph.domain.webhooks import (
    Answer,
    Posting,
    PostingState,
    Settlement,
    Tried,
    Trouble,
    Webhook,
)
from hectograph.store.events import NEW_ID
from hectograph.store.queries import Row, atomic, fetch_all, fetch_one, run

COLUMNS: Final = "id, school, url, events, is_on, created_at, gone_at, failing_since"

ADD: Final = f"""
INSERT INTO webhook ({COLUMNS}, secret)
VALUES (%(id)s, %(school)s, %(url)s, %(events)s, true, %(created_at)s, NULL, NULL,
        %(secret)s)
ON CONFLICT DO NOTHING RETURNING id
"""  # noqa: S608 - constants

WEBHOOK: Final = f"SELECT {COLUMNS} FROM webhook WHERE id = %(id)s"  # noqa: S608

LIST: Final = f"""
SELECT {COLUMNS} FROM webhook
 WHERE %(school)s::text IS NULL OR school = %(school)s ORDER BY school, created_at, id
"""  # noqa: S608

TRIED: Final = """
SELECT w.id, e.type, p.state, p.tries, p.tried_at, p.due_at, p.status, p.trouble
  FROM unnest(%(webhooks)s::text[]) AS w(id),
       LATERAL (SELECT * FROM posting WHERE webhook_id = w.id
                 ORDER BY id DESC LIMIT %(limit)s) p
       JOIN event e ON e.id = p.event_id
 ORDER BY p.id DESC
"""

SWITCH: Final = """
UPDATE webhook SET is_on = %(is_on)s, gone_at = NULL,
       failing_since = CASE WHEN %(is_on)s AND NOT is_on THEN NULL ELSE failing_since END
 WHERE id = %(id)s
"""

ROTATE: Final = """
UPDATE webhook SET former_secret = secret, former_until = %(until)s, secret = %(secret)s
 WHERE id = %(id)s
"""

FORGET_POSTINGS: Final = "DELETE FROM posting WHERE webhook_id = %(id)s"

DELETE: Final = "DELETE FROM webhook WHERE id = %(id)s"

SEND_TEST: Final = f"""
WITH told AS (
  INSERT INTO event (id, type, at, school, facts, routed_at)
  SELECT {NEW_ID}, %(type)s, %(now)s, school, jsonb_build_object('webhook', id), %(now)s
    FROM webhook WHERE id = %(id)s
  RETURNING id)
INSERT INTO posting (event_id, webhook_id, state, due_at, tries)
SELECT id, %(id)s, 'due', %(now)s, 0 FROM told
"""  # noqa: S608

# Held while it is routed: two workers address an event once.
ROUTE: Final = """
WITH ready AS (
  SELECT e.id, coalesce(e.school, c.school) AS school,
         coalesce(e.school_class, c.id) AS school_class
    FROM event e LEFT JOIN LATERAL (
           SELECT k.id, k.school
             FROM asking a JOIN school_class k ON k.id = a.school_class_id
            WHERE a.share_id = e.share ORDER BY a.id LIMIT 1) c ON true
   WHERE e.routed_at IS NULL
     AND (coalesce(e.school, c.school) IS NOT NULL OR e.at < %(of_no_school_before)s)
   ORDER BY e.at, e.id LIMIT 500 FOR UPDATE OF e SKIP LOCKED),
routed AS (
  UPDATE event e
     SET routed_at = %(now)s, school = ready.school, school_class = ready.school_class
    FROM ready WHERE e.id = ready.id
  RETURNING e.id, e.type, e.at, e.school),
addressed AS (
  INSERT INTO posting (event_id, webhook_id, state, due_at, tries)
  SELECT r.id, w.id, 'due', %(now)s, 0
    FROM routed r JOIN webhook w ON w.school = r.school AND w.is_on
     AND r.type = ANY(string_to_array(w.events, ' '))
   ORDER BY r.at, r.id
  ON CONFLICT DO NOTHING)
SELECT count(*) FROM routed
"""

# Asked once more of the row itself: another worker may have claimed it since it was ranked.
CLAIM: Final = """
WITH ranked AS (
  SELECT p.id,
         row_number() OVER (PARTITION BY p.webhook_id ORDER BY p.due_at, p.id) AS place
    FROM posting p JOIN webhook w ON w.id = p.webhook_id
   WHERE p.state = 'due' AND p.due_at <= %(now)s AND w.is_on
     AND p.webhook_id <> ALL(%(but)s::text[])),
chosen AS (
  SELECT p.id FROM posting p JOIN ranked r ON r.id = p.id
   WHERE r.place <= %(each)s AND p.state = 'due' AND p.due_at <= %(now)s
   ORDER BY p.due_at, p.id LIMIT %(limit)s FOR UPDATE OF p SKIP LOCKED)
UPDATE posting p SET due_at = %(until)s, tries = p.tries + 1
  FROM chosen, webhook w, event e
 WHERE p.id = chosen.id AND w.id = p.webhook_id AND e.id = p.event_id
RETURNING p.id, w.id, w.url, w.secret,
          CASE WHEN w.former_until > %(now)s THEN w.former_secret END,
          p.tries, e.id, e.type, e.at, e.school_class, e.facts::text
"""

# `tries` is the claim's number: whoever claimed it later changes it.
RECORD: Final = """
UPDATE posting SET state = %(state)s, due_at = coalesce(%(due_at)s, due_at),
       tried_at = %(now)s, status = %(status)s, trouble = %(trouble)s
 WHERE id = %(number)s AND tries = %(tries)s AND state = 'due'
RETURNING 1
"""

NOTE_SENT: Final = """
UPDATE webhook SET failing_since = NULL WHERE id = %(id)s AND failing_since IS NOT NULL
"""

NOTE_GONE: Final = "UPDATE webhook SET is_on = false, gone_at = %(now)s WHERE id = %(id)s"

NOTE_FAILING: Final = """
UPDATE webhook SET failing_since = coalesce(failing_since, %(now)s) WHERE id = %(id)s
"""

PRUNE_POSTINGS: Final = """
DELETE FROM posting p USING event e WHERE e.id = p.event_id AND e.at < %(before)s
"""

PRUNE: Final = "DELETE FROM event WHERE at < %(before)s"


@dataclass(frozen=True, slots=True)
class PostgresWebhooks:
    """The webhooks of schools. Use it from one thread."""

    def add(self, webhook: Webhook, *, sealed_secret: str) -> bool:
        written = {
            "id": webhook.id,
            "school": webhook.school,
            "url": webhook.url,
            "events": " ".join(sorted(webhook.events)),
            "created_at": webhook.created_at,
            "secret": sealed_secret,
        }
        with atomic():
            return bool(fetch_all(ADD, written))

    def webhook(self, number: WebhookId) -> Webhook:
        with atomic():
            rows = fetch_all(WEBHOOK, {"id": number})
        if not rows:
            raise UnknownWebhook("There is no such webhook.")
        return _webhook(rows[0])

    def list_webhooks(self, *, school: str | None) -> Sequence[Webhook]:
        with atomic():
            return [_webhook(row) for row in fetch_all(LIST, {"school": school})]

    def list_tried(
        self, webhooks: Sequence[WebhookId], *, limit: int
    ) -> Mapping[WebhookId, Sequence[Tried]]:
        found: dict[WebhookId, list[Tried]] = {each: [] for each in webhooks}
        with atomic():
            for number, *row in fetch_all(
                TRIED, {"webhooks": list(webhooks), "limit": limit}
            ):
                found[WebhookId(number)].append(_tried(row))
        return found

    def switch(self, number: WebhookId, *, is_on: bool) -> None:
        with atomic():
            run(SWITCH, {"id": number, "is_on": is_on})

    def rotate(
        self, number: WebhookId, *, sealed_secret: str, former_until: datetime
    ) -> None:
        with atomic():
            run(ROTATE, {"id": number, "secret": sealed_secret, "until": former_until})

    def delete(self, number: WebhookId) -> None:
        with atomic():
            run(SWITCH, {"id": number, "is_on": False})
            run(FORGET_POSTINGS, {"id": number})
            run(DELETE, {"id": number})

    def send_test(self, number: WebhookId, *, now: datetime) -> None:
        with atomic():
            run(SEND_TEST, {"id": number, "type": EventType.TEST, "now": now})


@dataclass(frozen=True, slots=True)
class PostgresOutbox:
    """Events on their way. Use it from one thread."""

    def route(self, *, now: datetime, of_no_school_before: datetime) -> int:
        wanted = {"now": now, "of_no_school_before": of_no_school_before}
        with atomic():
            return int(fetch_one(ROUTE, wanted)[0])

    def claim(
        self,
        *,
        limit: int,
        each: int,
        but: Collection[WebhookId],
        now: datetime,
        until: datetime,
    ) -> Sequence[Posting]:
        wanted = {
            "limit": limit,
            "each": each,
            "but": list(but),
            "now": now,
            "until": until,
        }
        with atomic():
            return [_posting(row, until=until) for row in fetch_all(CLAIM, wanted)]

    def record(
        self, posting: Posting, answer: Answer, settlement: Settlement, *, now: datetime
    ) -> bool:
        written = {
            "number": posting.number,
            "tries": posting.tries,
            "state": settlement.state,
            "due_at": settlement.due_at,
            "now": now,
            "status": answer.status,
            "trouble": answer.trouble,
        }
        about = {"id": posting.webhook, "now": now}
        with atomic():
            if not fetch_all(RECORD, written):
                return False
            if settlement.state is PostingState.SENT:
                run(NOTE_SENT, about)
            elif settlement.is_gone:
                run(NOTE_GONE, about)
            elif settlement.state is PostingState.GIVEN_UP:
                run(NOTE_FAILING, about)
            return True

    def prune(self, *, before: datetime) -> int:
        with atomic():
            run(PRUNE_POSTINGS, {"before": before})
            return run(PRUNE, {"before": before})


def _webhook(row: Row) -> Webhook:
    number, school, url, events, is_on, created_at, gone_at, failing_since = row
    return Webhook(
        id=WebhookId(number),
        school=school,
        url=url,
        events=frozenset(map(EventType, events.split())),
        is_on=is_on,
        created_at=created_at,
        gone_at=gone_at,
        failing_since=failing_since,
    )


def _tried(row: Row) -> Tried:
    kind, state, tries, tried_at, due_at, *answer = row
    return Tried(
        type=EventType(kind),
        state=PostingState(state),
        tries=tries,
        tried_at=tried_at,
        due_at=due_at,
        answer=_answer(answer),
    )


def _answer(row: Row) -> Answer:
    status, trouble = row
    return Answer(status=status, trouble=Trouble(trouble) if trouble else None)


def _posting(row: Row, *, until: datetime) -> Posting:
    number, webhook, url, secret, former, tries, event, kind, at, school_class, facts = row
    return Posting(
        number=number,
        webhook=WebhookId(webhook),
        url=url,
        event=Event(
            id=EventId(event),
            type=EventType(kind),
            at=at,
            school_class=ClassId(school_class) if school_class else None,
            facts=json.loads(facts),
        ),
        sealed_secrets=(secret, former) if former else (secret,),
        tries=tries,
        claimed_until=until,
    )
