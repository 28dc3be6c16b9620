"""The SQL of repetitions and their occurrences."""

from typing import Final

from hectograph.domain.repetition import MISSED, RepetitionState

ADD_REPETITION: Final = """
INSERT INTO repetition (id, request, rule, state, asked_at, asked_by, next_on, due_at)
VALUES (%(id)s, %(request)s, %(rule)s, %(state)s, %(asked_at)s, %(asked_by)s,
        %(next_on)s, %(due_at)s)
"""

SELECT: Final = """
SELECT r.id, r.request, r.rule, r.state, r.asked_at, r.asked_by, r.next_on, r.due_at,
       made.made_on, made.made,
       last.day, last.at, last.share, last.code, last.message, last.remedy
  FROM repetition r
  LEFT JOIN LATERAL (SELECT * FROM occurrence o WHERE o.repetition = r.id
                      ORDER BY o.day DESC LIMIT 1) last ON true
 CROSS JOIN LATERAL (SELECT max(o.day) AS made_on, count(*) AS made FROM occurrence o
                      WHERE o.repetition = r.id AND o.share IS NOT NULL) made
"""

REPETITIONS: Final = f"{SELECT} WHERE r.id = ANY(%(ids)s) ORDER BY r.due_at, r.id"

LIST_REPETITIONS: Final = f"""{SELECT}
 WHERE %(classes)s::text[] IS NULL OR r.request ->> 'class_id' = ANY(%(classes)s)
 ORDER BY r.asked_at DESC, r.id LIMIT %(limit)s
"""

HOLD_REPETITION: Final = "SELECT 1 FROM repetition WHERE id = %(id)s FOR UPDATE"

LIST_OUTCOMES: Final = """
SELECT day, at, share, code, message, remedy FROM occurrence
 WHERE repetition = %(id)s ORDER BY day DESC LIMIT %(limit)s
"""

CHANGE_REPETITION: Final = """
UPDATE repetition SET rule = %(rule)s, state = %(state)s,
                      next_on = %(next_on)s, due_at = %(due_at)s
 WHERE id = %(id)s
"""

CLAIM_DUE: Final = f"""
UPDATE repetition SET due_at = %(again_at)s
 WHERE id IN (SELECT id FROM repetition
               WHERE state = '{RepetitionState.ON}' AND due_at <= %(now)s
               ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING id
"""  # noqa: S608 - a constant

FOLLOW: Final = f"""
UPDATE repetition SET next_on = %(next_on)s, due_at = %(due_at)s,
       state = CASE WHEN %(next_on)s::date IS NULL THEN '{RepetitionState.ENDED}'
                    ELSE state END
 WHERE id = %(id)s AND due_at = %(claimed_due_at)s
"""  # noqa: S608

NOTE_OUTCOME: Final = f"""
INSERT INTO occurrence AS o (repetition, day, at, code, message, remedy)
VALUES (%(id)s, %(day)s, %(at)s, %(code)s, %(message)s, %(remedy)s)
ON CONFLICT (repetition, day) DO UPDATE
   SET at = excluded.at, code = excluded.code, message = excluded.message,
       remedy = excluded.remedy
 WHERE o.share IS NULL AND excluded.code <> '{MISSED}'
"""  # noqa: S608

SHARE_OCCURRENCE: Final = f"""
WITH held AS (SELECT state FROM repetition WHERE id = %(repetition)s FOR SHARE)
INSERT INTO occurrence AS o (repetition, day, at, share)
SELECT %(repetition)s, %(day)s, %(at)s, %(share)s
 WHERE NOT EXISTS (SELECT 1 FROM held WHERE state <> '{RepetitionState.ON}')
ON CONFLICT (repetition, day) DO UPDATE
   SET at = excluded.at, share = excluded.share,
       code = NULL, message = NULL, remedy = NULL
 WHERE o.share IS NULL
RETURNING share
"""  # noqa: S608

SHARE_OF_OCCURRENCE: Final = (
    "SELECT share FROM occurrence WHERE repetition = %(repetition)s AND day = %(day)s"
)
