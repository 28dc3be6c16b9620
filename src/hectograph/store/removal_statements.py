"""The SQL of clean-ups, removals and the audit log."""

from typing import Final

from hectograph.store.statements import DELIVERY_COLUMNS, NOT_HALTED

CLEANUP_COLUMNS: Final = "id, purpose, subject, asked_at, asked_by, then_share"

REMOVAL_COLUMNS: Final = (
    "cleanup_id, position, account, actor, share, delivery, folder, name, path, "
    "evidence::text, state, due_at, hidden, removed_at, looks, attempts, "
    "error_code, error_message, error_remedy"
)

REWRITE: Final = """
(SELECT json_build_object(
          'origin', h.origin, 'media_type', h.media_type, 'md5', h.md5,
          'name', n.name, 'share', n.share_id, 'position', n.position, 'wish', n.wish,
          'asked_at', t.asked_at, 'former_media_type', g.media_type,
          'former_wish', o.wish, 'former_asked_at', s.asked_at,
          'baseline', CASE WHEN n.file = r.evidence->>'file' THEN json_build_object(
             'file', n.file, 'version', n.version, 'modified_at', n.modified_at,
             'modified_by', n.modified_by, 'revision', n.revision, 'md5', n.md5) END)::text
   FROM cleanup c
   JOIN share t ON t.id = c.then_share
   JOIN delivery n ON n.share_id = t.id AND n.position = r.delivery
   JOIN handout h ON h.share_id = n.share_id AND h.position = n.handout
   JOIN delivery o ON o.share_id = r.share AND o.position = r.delivery
   JOIN handout g ON g.share_id = o.share_id AND g.position = o.handout
   JOIN share s ON s.id = o.share_id
  WHERE c.id = r.cleanup_id
    AND h.md5 IS NOT NULL AND h.origin IS NOT NULL AND h.media_type IS NOT NULL
    AND g.media_type IS NOT NULL
    AND r.evidence->>'md5' IS NOT NULL AND r.evidence->>'revision' IS NOT NULL
    AND (r.state = 'returning' OR n.state = 'planned'
         OR n.state IN ('verified', 'kept') AND n.file = r.evidence->>'file'))
"""
"""What a file becomes in place, where both documents have bytes of their own on a drive.

Once it is undone, what is asked for again goes as every recall does.
"""

ADD_CLEANUP: Final = f"""
INSERT INTO cleanup ({CLEANUP_COLUMNS})
VALUES (%(id)s, %(purpose)s, %(subject)s, %(asked_at)s, %(asked_by)s, %(then_share)s)
"""  # noqa: S608 - columns are constants

CLEANUP: Final = f"SELECT {CLEANUP_COLUMNS} FROM cleanup WHERE id = %(cleanup)s"  # noqa: S608

LOCK_CLEANUP: Final = f"{CLEANUP} FOR UPDATE"

CLEANUPS: Final = (
    f"SELECT {CLEANUP_COLUMNS} FROM cleanup ORDER BY asked_at DESC LIMIT %(limit)s"  # noqa: S608
)

FIND_RECALL: Final = """
SELECT id FROM cleanup
 WHERE subject = %(share)s AND purpose IN ('recall', 'correction')
   AND undone_at IS NULL
 ORDER BY asked_at DESC LIMIT 1
"""

FIND_LAST_RECALL: Final = """
SELECT id FROM cleanup
 WHERE subject = %(share)s AND purpose IN ('recall', 'correction')
 ORDER BY asked_at DESC LIMIT 1
"""

FIND_UNDOING: Final = """
SELECT c.id FROM cleanup c JOIN removal r ON r.cleanup_id = c.id
 WHERE c.subject = %(share)s AND c.purpose IN ('recall', 'correction')
   AND r.state = 'returning'
 ORDER BY c.asked_at DESC LIMIT 1
"""

DELIVERED_AGAIN: Final = """
UPDATE delivery d SET state = 'verified' FROM removal r
 WHERE r.cleanup_id = %(cleanup)s AND r.state = 'returning'
   AND d.share_id = r.share AND d.position = r.delivery AND d.state = 'recalled'
"""

ASK_AGAIN: Final = """
UPDATE removal SET state = 'asked', due_at = %(now)s, hidden = NULL, removed_at = NULL,
       looks = 0, attempts = 0
 WHERE cleanup_id = %(cleanup)s AND state = 'returning'
"""

NOT_UNDONE: Final = "UPDATE cleanup SET undone_at = NULL WHERE id = %(cleanup)s"

UNDONE: Final = "UPDATE cleanup SET undone_at = %(now)s WHERE id = %(cleanup)s"

ADD_REMOVALS: Final = """
INSERT INTO removal (cleanup_id, position, account, actor, share, delivery, folder, name,
                     path, evidence, state, due_at, hidden, removed_at, looks, attempts,
                     error_code, error_message, error_remedy)
SELECT u.cleanup_id, u.position, u.account, u.actor, u.share, u.delivery, u.folder, u.name,
       u.path, u.evidence::jsonb, u.state, u.due_at, u.hidden, u.removed_at, u.looks,
       u.attempts, u.error_code, u.error_message, u.error_remedy
  FROM unnest(%s::text[], %s::int[], %s::text[], %s::text[], %s::text[], %s::int[],
              %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
              %s::timestamptz[], %s::text[], %s::timestamptz[], %s::int[], %s::int[],
              %s::text[], %s::text[], %s::text[])
    AS u(cleanup_id, position, account, actor, share, delivery, folder, name, path,
         evidence, state, due_at, hidden, removed_at, looks, attempts, error_code,
         error_message, error_remedy)
"""

REMOVALS: Final = f"""
SELECT {REMOVAL_COLUMNS}, {REWRITE} FROM removal r
 WHERE cleanup_id = %(cleanup)s ORDER BY position
"""  # noqa: S608

NEXT_POSITION: Final = """
SELECT coalesce(max(position) + 1, 0) FROM removal WHERE cleanup_id = %(cleanup)s
"""

REMOVAL_ACCOUNTS: Final = """
SELECT DISTINCT account FROM removal
 WHERE cleanup_id = %(cleanup)s AND due_at IS NOT NULL ORDER BY account
"""

DUE_REMOVALS: Final = f"""
SELECT {REMOVAL_COLUMNS}, {REWRITE} FROM removal r
 WHERE account = %(account)s AND due_at <= %(now)s AND {NOT_HALTED}
 ORDER BY due_at, cleanup_id, position LIMIT %(limit)s
"""  # noqa: S608

APPLY: Final = """
UPDATE removal SET state = 'asked', due_at = %(now)s, attempts = 0,
       error_code = NULL, error_message = NULL, error_remedy = NULL
 WHERE cleanup_id = %(cleanup)s AND state = 'proposed'
"""

UNDO: Final = """
UPDATE removal SET state = 'returning', due_at = %(now)s, attempts = 0,
       error_code = NULL, error_message = NULL, error_remedy = NULL
 WHERE cleanup_id = %(cleanup)s AND state IN ('asked', 'removed', 'replaced')
"""

RECORD_REMOVALS: Final = """
UPDATE removal r
   SET state = u.state, due_at = u.due_at, path = u.path, hidden = u.hidden,
       removed_at = u.removed_at, looks = u.looks, attempts = u.attempts,
       error_code = u.error_code, error_message = u.error_message,
       error_remedy = u.error_remedy
  FROM unnest(%s::text[], %s::int[], %s::text[], %s::text[], %s::timestamptz[], %s::text[],
              %s::text[], %s::timestamptz[], %s::int[], %s::int[], %s::text[], %s::text[],
              %s::text[])
    AS u(cleanup_id, position, was, state, due_at, path, hidden, removed_at, looks,
         attempts, error_code, error_message, error_remedy)
 WHERE r.cleanup_id = u.cleanup_id AND r.position = u.position AND r.state = u.was
RETURNING r.cleanup_id, r.position
"""

MOVE_DELIVERIES: Final = """
UPDATE delivery d SET state = u.state, path = u.path
  FROM unnest(%s::text[], %s::int[], %s::text[], %s::text[], %s::text[])
    AS u(share_id, position, was, state, path)
 WHERE d.share_id = u.share_id AND d.position = u.position
   AND d.state IN (u.was, u.state)
"""

GIVE: Final = """
UPDATE delivery d
   SET state = u.state, path = u.path, file = u.file, version = u.version,
       modified_at = u.modified_at, modified_by = u.modified_by, revision = u.revision,
       md5 = u.md5, settled_at = %s
  FROM unnest(%s::text[], %s::int[], %s::text[], %s::text[], %s::text[], %s::text[],
              %s::bigint[], %s::timestamptz[], %s::text[], %s::text[], %s::text[])
    AS u(share_id, position, was, state, path, file, version, modified_at, modified_by,
         revision, md5)
 WHERE d.share_id = u.share_id AND d.position = u.position AND d.state = u.was
RETURNING d.share_id, u.was
"""

RECALLABLE: Final = f"""
SELECT {DELIVERY_COLUMNS}, coalesce(d.claimed_by, s.account_id),
       EXISTS (SELECT 1 FROM share t JOIN delivery o ON o.share_id = t.id
                WHERE t.destination = s.destination AND t.id <> s.id
                  AND t.asked_at BETWEEN s.asked_at - %(within)s AND s.asked_at + %(within)s
                  AND t.state <> 'recalled' AND o.wish = d.wish AND o.path = d.path
                  AND o.inode IS NOT DISTINCT FROM d.inode
                  AND o.file IS NOT DISTINCT FROM d.file
                  AND o.state IN ('verified', 'kept'))
  FROM delivery d JOIN handout h ON h.share_id = d.share_id AND h.position = d.handout
       JOIN share s ON s.id = d.share_id
 WHERE d.share_id = %(share)s AND d.state IN ('verified', 'kept')
   AND NOT EXISTS (SELECT 1 FROM removal r
                    WHERE r.share = d.share_id AND r.delivery = d.position
                      AND r.cleanup_id = %(cleanup)s
                      AND (r.state <> 'returned' OR r.error_code IS NOT NULL))
 ORDER BY d.position
"""  # noqa: S608

SCOPE: Final = """
 WHERE (%(share)s::text IS NULL OR s.id = %(share)s)
   AND (%(school_class)s::text IS NULL OR s.school_class = %(school_class)s)
"""

SHARES_IN: Final = f"SELECT s.id FROM share s {SCOPE}"  # noqa: S608

ACCOUNTS_IN: Final = f"""
SELECT DISTINCT a.id FROM share s JOIN account a ON a.pool = s.account_id {SCOPE}
 ORDER BY a.id
"""  # noqa: S608

SETTLED_CORRECTION: Final = """
SELECT c.id, c.then_share FROM cleanup c
  JOIN share s ON s.id = c.subject
  JOIN share t ON t.id = c.then_share
 WHERE c.subject = %(share)s AND c.undone_at IS NULL
   AND s.open = 0 AND t.state = 'scheduled'
   AND NOT EXISTS (SELECT 1 FROM removal r
                    WHERE r.cleanup_id = c.id AND r.state IN ('asked', 'returning'))
"""

STAY: Final = """
SELECT d.position, d.name FROM delivery d
  JOIN removal r ON r.delivery = d.position AND r.cleanup_id = %(cleanup)s
 WHERE d.share_id = %(then_share)s AND r.state IN ('kept', 'returned')
"""

RENAME: Final = """
UPDATE delivery d SET name = u.name
  FROM unnest(%s::int[], %s::text[]) AS u(position, name)
 WHERE d.share_id = %s AND d.position = u.position AND d.state = 'planned'
"""

ADD_AUDIT: Final = """
INSERT INTO audit (at, by, act, subject, about, facts, undo)
SELECT %s, %s, u.act, u.subject, u.about, u.facts::jsonb, u.undo
  FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
    AS u(act, subject, about, facts, undo)
"""

DECISIONS: Final = """
SELECT at, by, act, subject, facts::text FROM audit
 WHERE about = %(share)s AND starts_with(act, 'copy.') ORDER BY id
"""

AUDIT: Final = """
WITH seen AS (
  SELECT a.share_id FROM asking a JOIN school_class c ON c.id = a.school_class_id
   WHERE c.school = %(school)s)
SELECT id, at, by, act, subject, facts::text, undo FROM audit
 WHERE (%(about)s::text IS NULL OR about = %(about)s OR subject = %(about)s)
   AND (%(before)s::bigint IS NULL OR id < %(before)s)
   AND (%(school)s::text IS NULL OR about IN (
        SELECT share_id FROM seen UNION ALL
        SELECT k.id FROM cleanup k WHERE k.subject IN (SELECT share_id FROM seen)))
 ORDER BY id DESC LIMIT %(limit)s
"""
