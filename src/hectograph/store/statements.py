"""The ledger's SQL. Hot statements take arrays, so that many rows cost one round trip.

`now` is always given: the callers' clock is the database's, and tests have their own.
"""

from typing import Final

from hectograph.domain.delivery import OPEN_STATES
from hectograph.domain.share import JOINABLE_STATES


def _in(states: frozenset[str]) -> str:
    return "(" + ", ".join(f"'{state}'" for state in sorted(states)) + ")"


SHARE_COLUMNS: Final = (
    "id, request_key, account_id, destination, title, school_class, state, "
    "service_class, asked_at, ended_at, total, open, again"
)

NOW: Final = "SELECT clock_timestamp()"

HOLD_LANE: Final = (
    "SELECT 1 FROM account WHERE id = %(account)s AND epoch = %(epoch)s FOR SHARE"
)

FIND_JOINABLE: Final = f"""
SELECT {SHARE_COLUMNS} FROM share
 WHERE request_key = %(key)s AND joinable AND asked_at >= %(since)s
   AND state IN {_in(JOINABLE_STATES)}
"""  # noqa: S608 - columns and states are constants

CLEAR_THE_WAY: Final = f"""
UPDATE share SET joinable = false
 WHERE request_key = %(key)s AND joinable
   AND (asked_at < %(since)s OR state NOT IN {_in(JOINABLE_STATES)})
"""  # noqa: S608

ADD_ACCOUNT: Final = (
    "INSERT INTO account (id, epoch) VALUES (%(account)s, 0) ON CONFLICT DO NOTHING"
)

ADD_SHARE: Final = f"""
INSERT INTO share ({SHARE_COLUMNS}, joinable, thawed)
VALUES (%(id)s, %(request_key)s, %(account)s, %(destination)s, %(title)s,
        %(school_class)s, %(state)s, %(service_class)s, %(asked_at)s, %(ended_at)s,
        %(total)s, %(open)s, %(again)s, %(joinable)s, false)
ON CONFLICT DO NOTHING
RETURNING id
"""  # noqa: S608

ADD_HANDOUTS: Final = """
INSERT INTO handout (share_id, position, title, tree, sha256, size_bytes)
SELECT %s, * FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::bigint[])
"""

ADD_DELIVERIES: Final = """
INSERT INTO delivery (share_id, due_at, state, attempts, settled_at, position, handout,
                      student, folder, name, wish, path)
SELECT %s, %s, %s, 0, %s, *
  FROM unnest(%s::int[], %s::int[], %s::text[], %s::text[], %s::text[], %s::text[],
              %s::text[])
"""

SHARE: Final = f"SELECT {SHARE_COLUMNS} FROM share WHERE id = %(share)s"  # noqa: S608

LOCK_SHARE: Final = f"{SHARE} FOR UPDATE"

LIST_SHARES: Final = (
    f"SELECT {SHARE_COLUMNS} FROM share ORDER BY asked_at DESC LIMIT %(limit)s"  # noqa: S608
)

COUNT: Final = """
SELECT share_id, state, count(*) FROM delivery
 WHERE share_id = ANY(%(shares)s) GROUP BY share_id, state
"""

DELIVERIES: Final = """
SELECT d.share_id, d.position, d.wish, d.student, d.folder, d.name, d.handout, d.due_at,
       d.state, d.attempts, d.error_code, d.error_message, d.error_remedy, d.path,
       d.device, d.inode, d.size_bytes, d.mtime_ns, d.ctime_ns,
       h.title, h.tree, h.sha256, h.size_bytes
  FROM delivery d JOIN handout h ON h.share_id = d.share_id AND h.position = d.handout
 WHERE d.share_id = %(share)s ORDER BY d.position
"""

REOPEN_FAILED: Final = """
UPDATE delivery SET state = 'planned', due_at = %(now)s, attempts = 0, settled_at = NULL,
       tried_since = NULL,
       error_code = NULL, error_message = NULL, error_remedy = NULL
 WHERE share_id = %(share)s AND state = 'failed'
"""

CANCEL: Final = """
UPDATE delivery SET state = 'cancelled', settled_at = %(now)s
 WHERE share_id = %(share)s
   AND (state IN ('planned', 'failed')
        OR state = 'waiting' AND error_code IS DISTINCT FROM 'outcome_unknown')
RETURNING position
"""

TURN: Final = """
UPDATE share SET state = %(state)s, open = %(open)s, ended_at = %(ended_at)s
 WHERE id = %(share)s
"""

BEGIN_LANE: Final = """
INSERT INTO account AS a (id, epoch, beat_at) VALUES (%(account)s, 1, %(now)s)
ON CONFLICT (id) DO UPDATE SET epoch = a.epoch + 1, beat_at = %(now)s
RETURNING epoch
"""

ABANDON: Final = """
UPDATE delivery d SET state = 'waiting', due_at = %(now)s, error_code = %(code)s,
       error_message = %(message)s, error_remedy = %(remedy)s
  FROM share s
 WHERE s.account_id = %(account)s AND s.open > 0
   AND d.share_id = s.id AND d.state IN ('placing', 'placed')
"""

BEAT: Final = """
UPDATE account SET beat_at = %(now)s WHERE id = %(account)s AND epoch = %(epoch)s
RETURNING 1
"""

FALL_SILENT: Final = """
UPDATE account SET beat_at = NULL WHERE id = %(account)s AND epoch = %(epoch)s
"""

MOURN: Final = """
UPDATE account SET beat_at = NULL WHERE id = %(account)s AND beat_at < %(seen_since)s
"""

HOLD_PLACE: Final = """
SELECT pg_advisory_lock(%(room)s, %(seat)s)
 WHERE NOT EXISTS (
   SELECT 1 FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()
      AND classid = %(room)s AND objid = %(seat)s)
"""

LEAVE_PLACE: Final = "SELECT pg_advisory_unlock(%(room)s, %(seat)s)"

LOOK_AT_LANE: Final = """
SELECT beat_at IS NULL,
       beat_at >= %(beat_since)s
   AND (beat_at >= %(seen_since)s OR EXISTS (
          SELECT 1 FROM pg_locks
           WHERE locktype = 'advisory' AND granted
             AND classid = %(room)s AND objid = %(seat)s AND database = (
                   SELECT oid FROM pg_database WHERE datname = current_database())))
  FROM account WHERE id = %(account)s
"""

CANDIDATES: Final = """
SELECT s.id, s.service_class, s.open, s.asked_at FROM share s
 WHERE s.account_id = %(account)s AND s.open > 0 AND s.state IN ('running', 'cancelled')
   AND EXISTS (SELECT 1 FROM delivery d
                WHERE d.share_id = s.id AND d.state IN ('planned', 'waiting')
                  AND d.due_at <= %(now)s)
"""

CLAIM: Final = """
WITH due AS (
  SELECT position, first_tried_at FROM delivery
   WHERE share_id = %(share)s AND state IN ('planned', 'waiting') AND due_at <= %(now)s
   ORDER BY due_at, position LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
UPDATE delivery d
   SET state = 'placing', attempts = d.attempts + 1,
       first_tried_at = coalesce(d.first_tried_at, %(now)s),
       tried_since = coalesce(d.tried_since, %(now)s)
  FROM due, share s, handout h
 WHERE d.share_id = %(share)s AND d.position = due.position AND s.id = d.share_id
   AND h.share_id = d.share_id AND h.position = d.handout
RETURNING d.share_id, d.position, d.wish, d.student, d.folder, d.name, d.handout, d.due_at,
       d.state, d.attempts, d.error_code, d.error_message, d.error_remedy, d.path,
       d.device, d.inode, d.size_bytes, d.mtime_ns, d.ctime_ns,
       h.title, h.tree, h.sha256, h.size_bytes, s.asked_at, s.again, due.first_tried_at,
       d.tried_since
"""

RECORD: Final = """
UPDATE delivery d
   SET state = u.state, due_at = u.due_at, error_code = u.error_code,
       error_message = u.error_message, error_remedy = u.error_remedy, path = u.path,
       device = u.device, inode = u.inode, size_bytes = u.size_bytes,
       mtime_ns = u.mtime_ns, ctime_ns = u.ctime_ns, settled_at = %s
  FROM unnest(%s::text[], %s::int[], %s::text[], %s::timestamptz[], %s::text[], %s::text[],
              %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[],
              %s::bigint[], %s::bigint[])
    AS u(share_id, position, state, due_at, error_code, error_message, error_remedy, path,
         device, inode, size_bytes, mtime_ns, ctime_ns)
 WHERE d.share_id = u.share_id AND d.position = u.position AND d.state = 'placing'
RETURNING d.share_id, d.state
"""

CLOSE_SOME: Final = """
UPDATE share SET open = open - %(closed)s WHERE id = %(share)s RETURNING open, state
"""

END_SHARE: Final = """
UPDATE share SET state = %(state)s, ended_at = %(now)s WHERE id = %(share)s
"""

DUE_ACCOUNTS: Final = """
SELECT DISTINCT s.account_id FROM share s JOIN account a ON a.id = s.account_id
 WHERE s.open > 0 AND s.state IN ('running', 'cancelled')
   AND (EXISTS (SELECT 1 FROM delivery d
                 WHERE d.share_id = s.id AND d.state IN ('planned', 'waiting')
                   AND d.due_at <= %(now)s)
        OR coalesce(a.beat_at < %(silent_since)s, true)
           AND EXISTS (SELECT 1 FROM delivery d
                        WHERE d.share_id = s.id AND d.state IN ('placing', 'placed')))
 UNION
SELECT account_id FROM share
 WHERE NOT thawed AND open = 0 AND state IN ('complete', 'cancelled', 'recalled')
"""

UNTHAWED: Final = """
SELECT id FROM share
 WHERE account_id = %(account)s AND NOT thawed AND open = 0
   AND state IN ('complete', 'cancelled', 'recalled')
"""

THAWED: Final = "UPDATE share SET thawed = true WHERE id = %(share)s"

DAY_REPORT: Final = """
SELECT count(*) FILTER (WHERE d.state IN ('verified', 'kept')),
       count(*) FILTER (WHERE d.state = 'failed'),
       avg(took) FILTER (WHERE d.state IN ('verified', 'kept')),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY took)
         FILTER (WHERE d.state IN ('verified', 'kept')),
       percentile_cont(0.95) WITHIN GROUP (ORDER BY took)
         FILTER (WHERE d.state IN ('verified', 'kept'))
  FROM share s JOIN delivery d ON d.share_id = s.id,
       LATERAL (SELECT extract(epoch FROM d.settled_at - s.asked_at)::float8) t(took)
 WHERE s.asked_at >= %(start)s AND s.asked_at < %(end)s
"""

assert set(OPEN_STATES) == {"planned", "waiting", "placing", "placed"}, (  # noqa: S101
    "the statements above name the open states one by one"
)
