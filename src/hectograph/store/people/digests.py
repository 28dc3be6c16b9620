"""The mail of a day in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from hectograph.domain.delivery import DELIVERED_STATES
from hectograph.domain.digest import DigestLine, DigestState, Reader
from hectograph.domain.ids import PersonId, ShareId
from hectograph.domain.share import WITHDRAWN_STATES
from hectograph.store.queries import atomic, fetch_all, run

IS_WANTED: Final = """
SELECT 1 FROM person WHERE id = %(person)s AND digest_since IS NOT NULL
"""

# Whoever wants it already goes on as before.
WANT: Final = """
UPDATE person
   SET digest_since = CASE WHEN %(since)s::timestamptz IS NOT NULL
                           THEN coalesce(digest_since, %(since)s) END
 WHERE id = %(person)s
"""

READERS: Final = """
SELECT p.id, p.email, p.name, p.language,
       greatest(p.digest_since,
                (SELECT max(told_until) FROM digest WHERE person_id = p.id))
  FROM person p
 WHERE p.digest_since IS NOT NULL AND p.is_active
   AND NOT EXISTS (SELECT 1 FROM digest d WHERE d.person_id = p.id AND d.day = %(day)s)
 ORDER BY p.id LIMIT %(limit)s
"""

LINES: Final = """
SELECT s.id, s.title, s.school_class, s.total,
       (SELECT count(*) FROM delivery d
         WHERE d.share_id = s.id AND d.state = ANY(%(delivered)s)),
       (SELECT count(*) FROM delivery d WHERE d.share_id = s.id AND d.state = 'failed')
  FROM share s
 WHERE s.id IN (SELECT share_id FROM asking WHERE person_id = %(person)s)
   AND s.state <> ALL(%(withdrawn)s)
   AND (s.ended_at >= %(since)s AND s.ended_at < %(until)s
        OR EXISTS (SELECT 1 FROM delivery d
                    WHERE d.share_id = s.id AND d.state = 'failed'
                      AND d.settled_at >= %(since)s AND d.settled_at < %(until)s))
 ORDER BY s.asked_at, s.id LIMIT 100
"""

BEGIN: Final = """
INSERT INTO digest (person_id, day, state, at, told_until)
VALUES (%(person)s, %(day)s, %(state)s, %(now)s, %(told_until)s)
ON CONFLICT DO NOTHING RETURNING 1
"""

END: Final = """
UPDATE digest SET state = %(state)s, told_until = %(told_until)s
 WHERE person_id = %(person)s AND day = %(day)s
"""

RELEASE: Final = """
DELETE FROM digest WHERE person_id = %(person)s AND day = %(day)s AND state = 'begun'
"""


@dataclass(frozen=True, slots=True)
class PostgresDigests:
    """Use it from one thread."""

    def is_wanted(self, person: PersonId) -> bool:
        with atomic():
            return bool(fetch_all(IS_WANTED, {"person": person}))

    def want(self, person: PersonId, *, since: datetime | None) -> None:
        with atomic():
            run(WANT, {"person": person, "since": since})

    def list_readers(self, *, day: date, limit: int) -> Sequence[Reader]:
        with atomic():
            rows = fetch_all(READERS, {"day": day, "limit": limit})
        return [
            Reader(
                person=PersonId(person),
                email=email,
                name=name,
                language=language,
                told_until=told_until,
            )
            for person, email, name, language, told_until in rows
        ]

    def list_lines(
        self, person: PersonId, *, since: datetime, until: datetime
    ) -> Sequence[DigestLine]:
        wanted = {
            "person": person,
            "since": since,
            "until": until,
            "delivered": sorted(DELIVERED_STATES),
            "withdrawn": sorted(WITHDRAWN_STATES),
        }
        with atomic():
            rows = fetch_all(LINES, wanted)
        return [
            DigestLine(
                share=ShareId(share),
                title=title,
                school_class=school_class,
                copies=copies,
                delivered=delivered,
                failed=failed,
            )
            for share, title, school_class, copies, delivered, failed in rows
        ]

    def begin(
        self,
        person: PersonId,
        *,
        day: date,
        state: DigestState,
        now: datetime,
        told_until: datetime | None,
    ) -> bool:
        written = {"person": person, "day": day, "state": state, "now": now}
        with atomic():
            return bool(fetch_all(BEGIN, {**written, "told_until": told_until}))

    def end(
        self,
        person: PersonId,
        *,
        day: date,
        state: DigestState,
        told_until: datetime | None,
    ) -> None:
        written = {"person": person, "day": day, "state": state}
        with atomic():
            run(END, {**written, "told_until": told_until})

    def release(self, person: PersonId, *, day: date) -> None:
        with atomic():
            run(RELEASE, {"person": person, "day": day})
