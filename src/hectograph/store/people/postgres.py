"""The staff in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.utils.crypto import constant_time_compare

from hectograph.domain.errors import RequestRefused
from hectograph.domain.ids import PersonId
from hectograph.domain.people import Person, Role
from hectograph.domain.sign_in import Standing
from hectograph.ports.people import Acquaintance, Invitation
from hectograph.store.queries import Row, atomic, fetch_all, fetch_one, run

COLUMNS: Final = "id, email, name, role, school, language"

FIND: Final = f"SELECT {COLUMNS} FROM person WHERE email = %(email)s"  # noqa: S608

LIST: Final = f"""
SELECT {COLUMNS} FROM person
 WHERE is_active AND (%(school)s::text IS NULL OR school = %(school)s)
 ORDER BY name, id
"""  # noqa: S608

INVITE: Final = """
WITH earlier AS (DELETE FROM invitation WHERE email = %(email)s)
INSERT INTO invitation (token_sha256, email, role, school, expires_at)
VALUES (%(token_sha256)s, %(email)s, %(role)s, %(school)s, %(expires_at)s)
"""

INVITED: Final = "token_sha256, email, role, school, expires_at"

INVITATION: Final = f"""
SELECT {INVITED} FROM invitation
 WHERE token_sha256 = %(token_sha256)s AND expires_at > %(now)s
"""  # noqa: S608

IS_HERE: Final = "SELECT is_active FROM person WHERE id = %(person)s"

INVITATION_TO: Final = f"""
SELECT {INVITED} FROM invitation WHERE email = %(email)s AND expires_at > %(now)s
"""  # noqa: S608

USE: Final = "DELETE FROM invitation WHERE token_sha256 = %(token_sha256)s"

ADD: Final = f"""
INSERT INTO person (email, name, role, school, password, created_at)
VALUES (%(email)s, %(name)s, %(role)s, %(school)s, %(password)s, now())
ON CONFLICT (email) DO UPDATE
   SET name = excluded.name, role = excluded.role, school = excluded.school,
       password = CASE WHEN %(keeps_password)s AND person.is_active
                       THEN person.password ELSE excluded.password END,
       is_active = true
 WHERE %(is_theirs)s
RETURNING {COLUMNS}
"""  # noqa: S608

SPEAK: Final = "UPDATE person SET language = %(language)s WHERE id = %(person)s"

NOTE_ENTRY: Final = """
UPDATE person SET last_login = %(now)s
 WHERE id = %(person)s AND is_active AND (last_login IS NULL OR last_login < %(begun_at)s)
"""

LEAVE: Final = """
WITH tokens AS (DELETE FROM api_token WHERE person_id = %(person)s),
     invited AS (DELETE FROM invitation
                  WHERE email = (SELECT email FROM person WHERE id = %(person)s))
UPDATE person SET is_active = false, digest_since = NULL WHERE id = %(person)s
"""


@dataclass(frozen=True, slots=True)
class PostgresPeople:
    """Use it from one thread."""

    def find_signed_in(self, person: PersonId, *, session_hash: str) -> Person | None:
        with atomic():
            people = apps.get_model("people", "Person").objects
            row = people.filter(pk=person, is_active=True).first()
        if row is None or not constant_time_compare(
            session_hash, row.get_session_auth_hash()
        ):
            return None
        return person_from(
            (row.pk, row.email, row.name, row.role, row.school, row.language)
        )

    def list_people(self, *, school: str | None) -> Sequence[Person]:
        with atomic():
            return [person_from(row) for row in fetch_all(LIST, {"school": school})]

    def find(self, email: str) -> Person | None:
        with atomic():
            rows = fetch_all(FIND, {"email": email})
        return person_from(rows[0]) if rows else None

    def look_up(self, email: str, *, now: datetime) -> Acquaintance:
        with atomic():
            found = fetch_all(FIND, {"email": email})
            person = person_from(found[0]) if found else None
            standing = Standing.NOBODY
            if person is not None:
                (is_here,) = fetch_one(IS_HERE, {"person": person.id})
                standing = Standing.HERE if is_here else Standing.LEFT
            invited = fetch_all(INVITATION_TO, {"email": email, "now": now})
        return Acquaintance(
            standing=standing,
            person=person,
            invitation=_invitation(invited[0]) if invited else None,
        )

    def is_empty(self) -> bool:
        with atomic():
            return not fetch_all("SELECT 1 FROM person LIMIT 1")

    def invite(self, invitation: Invitation) -> None:
        with atomic():
            run(
                INVITE,
                {
                    "token_sha256": invitation.token_sha256,
                    "email": invitation.email,
                    "role": invitation.role,
                    "school": invitation.school,
                    "expires_at": invitation.expires_at,
                },
            )

    def find_invitation(self, token_sha256: str, *, now: datetime) -> Invitation | None:
        with atomic():
            rows = fetch_all(INVITATION, {"token_sha256": token_sha256, "now": now})
        return _invitation(rows[0]) if rows else None

    def accept(
        self, invitation: Invitation, *, email: str, name: str, password: str | None
    ) -> Person | None:
        with atomic():
            if not run(USE, {"token_sha256": invitation.token_sha256}):
                return None
            rows = fetch_all(
                ADD,
                {
                    "email": email,
                    "name": name,
                    "role": invitation.role,
                    "school": invitation.school,
                    "password": make_password(password),
                    "keeps_password": password is None,
                    "is_theirs": invitation.email == email,
                },
            )
            if not rows:
                raise RequestRefused(
                    f"{email} is here already.",
                    effect="Nobody was let in.",
                    remedy="Sign in, or take another email.",
                )
        return person_from(rows[0])

    def speak(self, person: PersonId, language: str) -> None:
        with atomic():
            run(SPEAK, {"person": person, "language": language})

    def note_entry(self, person: PersonId, *, begun_at: datetime, now: datetime) -> bool:
        noted = {"person": person, "begun_at": begun_at, "now": now}
        with atomic():
            return run(NOTE_ENTRY, noted) > 0

    def leave(self, person: PersonId) -> None:
        with atomic():
            run(LEAVE, {"person": person})


def person_from(row: Row) -> Person:
    """A person from COLUMNS."""
    number, email, name, role, school, language = row
    return Person(
        id=PersonId(number),
        email=email,
        name=name,
        role=Role(role),
        school=school,
        language=language,
    )


def _invitation(row: Row) -> Invitation:
    token_sha256, email, role, school, expires_at = row
    return Invitation(
        token_sha256=token_sha256,
        email=email,
        role=Role(role),
        school=school,
        expires_at=expires_at,
    )
