"""Tokens, and answers that are kept for programs, in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hectograph.domain.ids import PersonId
from hectograph.domain.tokens import (
    KEPT_FOR,
    TRIED_AGAIN_AFTER,
    Bearer,
    KeptRequest,
    KeyedRequest,
    Scope,
    Token,
)
from hectograph.store.people.postgres import person_from
from hectograph.store.queries import Row, atomic, fetch_all, fetch_one, run

COLUMNS: Final = (
    "t.token_sha256, t.name, t.scopes, t.created_at, t.last_used_at, t.expires_at"
)

ADD: Final = """
INSERT INTO api_token (token_sha256, person_id, name, scopes, created_at, expires_at)
VALUES (%(token_sha256)s, %(person)s, %(name)s, %(scopes)s, %(created_at)s, %(expires_at)s)
"""

LIST: Final = f"""
SELECT {COLUMNS} FROM api_token t WHERE t.person_id = %(person)s
 ORDER BY t.created_at DESC, t.token_sha256
"""  # noqa: S608

# Not at each request: a program may send many.
BEARER: Final = f"""
WITH used AS (
    UPDATE api_token SET last_used_at = %(now)s
     WHERE token_sha256 = %(token_sha256)s
       AND (last_used_at IS NULL OR last_used_at < %(now)s - interval '1 minute'))
SELECT {COLUMNS}, p.id, p.email, p.name, p.role, p.school, p.language
  FROM api_token t JOIN person p ON p.id = t.person_id
 WHERE t.token_sha256 = %(token_sha256)s AND p.is_active
   AND (t.expires_at IS NULL OR t.expires_at > %(now)s)
"""  # noqa: S608

REVOKE: Final = """
DELETE FROM api_token WHERE token_sha256 = %(token_sha256)s AND person_id = %(person)s
"""

FORGET: Final = "DELETE FROM api_answer WHERE begun_at < %(before)s"

BEGIN: Final = """
INSERT INTO api_answer (person_id, key_sha256, body_sha256, begun_at)
VALUES (%(person)s, %(key_sha256)s, %(body_sha256)s, %(now)s)
ON CONFLICT (person_id, key_sha256) DO UPDATE SET begun_at = excluded.begun_at
 WHERE api_answer.answer IS NULL AND api_answer.body_sha256 = excluded.body_sha256
   AND api_answer.begun_at < %(lost_before)s
"""

KNOWN: Final = """
SELECT body_sha256, answer FROM api_answer
 WHERE person_id = %(person)s AND key_sha256 = %(key_sha256)s
"""

KEEP: Final = """
UPDATE api_answer SET answer = %(answer)s
 WHERE person_id = %(person)s AND key_sha256 = %(key_sha256)s
"""

DROP: Final = """
DELETE FROM api_answer WHERE person_id = %(person)s AND key_sha256 = %(key_sha256)s
"""


@dataclass(frozen=True, slots=True)
class PostgresTokens:
    """Use it from one thread."""

    def add(self, token: Token, *, of: PersonId) -> None:
        with atomic():
            run(
                ADD,
                {
                    "token_sha256": token.token_sha256,
                    "person": of,
                    "name": token.name,
                    "scopes": " ".join(sorted(token.scopes)),
                    "created_at": token.created_at,
                    "expires_at": token.expires_at,
                },
            )

    def list_tokens(self, of: PersonId) -> Sequence[Token]:
        with atomic():
            return [_token(row) for row in fetch_all(LIST, {"person": of})]

    def find_bearer(self, token_sha256: str, *, now: datetime) -> Bearer | None:
        with atomic():
            rows = fetch_all(BEARER, {"token_sha256": token_sha256, "now": now})
        if not rows:
            return None
        return Bearer(person=person_from(rows[0][6:]), token=_token(rows[0][:6]))

    def revoke(self, token_sha256: str, *, of: PersonId) -> None:
        with atomic():
            run(REVOKE, {"token_sha256": token_sha256, "person": of})


@dataclass(frozen=True, slots=True)
class PostgresAnswers:
    """Use it from one thread."""

    def begin(self, request: KeyedRequest, *, by: PersonId, now: datetime) -> KeptRequest:
        noted = {
            "person": by,
            "key_sha256": request.key_sha256,
            "body_sha256": request.body_sha256,
            "now": now,
            "lost_before": now - TRIED_AGAIN_AFTER,
        }
        with atomic():
            run(FORGET, {"before": now - KEPT_FOR})
            is_begun = run(BEGIN, noted) > 0
            body_sha256, answer = fetch_one(KNOWN, noted)
        return KeptRequest(body_sha256=body_sha256, answer=answer, is_begun=is_begun)

    def keep(self, request: KeyedRequest, answer: str, *, by: PersonId) -> None:
        found = {"person": by, "key_sha256": request.key_sha256, "answer": answer}
        with atomic():
            run(KEEP, found)

    def drop(self, request: KeyedRequest, *, by: PersonId) -> None:
        with atomic():
            run(DROP, {"person": by, "key_sha256": request.key_sha256})


def _token(row: Row) -> Token:
    token_sha256, name, scopes, created_at, last_used_at, expires_at = row
    return Token(
        token_sha256=token_sha256,
        name=name,
        scopes=frozenset(map(Scope, scopes.split())),
        created_at=created_at,
        last_used_at=last_used_at,
        expires_at=expires_at,
    )
