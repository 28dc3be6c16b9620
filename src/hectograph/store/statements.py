"""The ledger's SQL. Hot statements take arrays, so that many rows cost one round trip.

`now` is always given: the callers' clock is the database's, and tests have their own.
"""

from typing import Final

from hectograph.domain.delivery import DELIVERED_STATES, OPEN_STATES, PREPARED, READY_AHEAD
from hectograph.domain.handout import NATIVE
from hectograph.domain.share import JOINABLE_STATES, WITHDRAWN_STATES, WORKED_STATES


def _in(states: frozenset[str]) -> str:
    return "(" + ", ".join(f"'{state}'" for state in sorted(states)) + ")"


SHARE_COLUMNS: Final = (
    "id, request_key, account_id, destination, title, school_class, state, "
    "service_class, asked_at, ended_at, total, open, again, "
    "begins_at, deadline, reveals_at, fair_by, mode, access"
)

DELIVERY_COLUMNS: Final = (
    "d.share_id, d.position, d.wish, d.student, d.folder, d.name, d.handout, d.due_at, "
    "d.state, d.attempts, d.error_code, d.error_message, d.error_remedy, d.path, "
    "d.device, d.inode, d.size_bytes, d.mtime_ns, d.ctime_ns, "
    "d.file, d.version, d.modified_at, d.modified_by, d.revision, d.md5, "
    "d.trace, d.bound, d.actor, d.earlier_share, d.earlier_position, "
    "h.title, h.tree, h.sha256, h.size_bytes, h.origin, h.media_type, h.md5, "
    "d.members"
)

NOT_HALTED: Final = "NOT EXISTS (SELECT 1 FROM halt)"
"""Stands in each statement that finds something to begin, and nowhere else."""

FIND_HALT: Final = "SELECT reason, by, since FROM halt"

HOLD_HALT: Final = "LOCK TABLE halt IN ACCESS EXCLUSIVE MODE"

HALT: Final = """
INSERT INTO halt AS h (id, reason, by, since)
VALUES (1, coalesce(%(reason)s, %(otherwise)s), %(by)s, %(now)s)
ON CONFLICT (id) DO UPDATE SET reason = coalesce(%(reason)s, h.reason), by = excluded.by
RETURNING reason, by, since
"""

END_HALT: Final = "DELETE FROM halt RETURNING reason, by, since"

UNDER_WAY: Final = """
WITH alive AS (SELECT id FROM account WHERE beat_at >= %(beat_since)s)
SELECT (SELECT count(*) FROM alive), count(*)
  FROM share s JOIN delivery d ON d.share_id = s.id
 WHERE s.open > 0 AND d.state IN ('placing', 'placed')
   AND coalesce(d.claimed_by, s.account_id) IN (SELECT id FROM alive)
"""

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

ADD_ACCOUNTS: Final = """
INSERT INTO account AS a (id, epoch, pool)
SELECT id, 0, pool FROM unnest(%(accounts)s::text[], %(pools)s::text[]) AS u(id, pool)
 ORDER BY id
ON CONFLICT (id) DO UPDATE SET pool = excluded.pool
  WHERE a.pool IS DISTINCT FROM excluded.pool
"""

POOL: Final = (
    "SELECT id FROM account WHERE pool = %(pool)s AND parked_until IS NULL ORDER BY id"
)

HOLD_DESTINATION: Final = (
    "SELECT pg_advisory_xact_lock(hashtextextended(%(destination)s, 0))"
)

ADD_SHARE: Final = f"""
INSERT INTO share ({SHARE_COLUMNS}, joinable, thawed)
VALUES (%(id)s, %(request_key)s, %(account)s, %(destination)s, %(title)s,
        %(school_class)s, %(state)s, %(service_class)s, %(asked_at)s, %(ended_at)s,
        %(total)s, %(open)s, %(again)s, %(begins_at)s, %(deadline)s, %(reveals_at)s,
        %(fair_by)s, %(mode)s, %(access)s, %(joinable)s, false)
ON CONFLICT DO NOTHING
RETURNING id
"""  # noqa: S608

ADD_HANDOUTS: Final = """
INSERT INTO handout (share_id, position, title, tree, sha256, size_bytes, origin,
                     media_type, md5)
SELECT %s, * FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::bigint[],
                         %s::text[], %s::text[], %s::text[])
"""

ADD_DELIVERIES: Final = """
INSERT INTO delivery (share_id, due_at, state, attempts, settled_at, position, handout,
                      student, folder, name, wish, path, trace, actor, members)
SELECT %s, %s, %s, 0, %s, *
  FROM unnest(%s::int[], %s::int[], %s::text[], %s::text[], %s::text[], %s::text[],
              %s::text[], %s::text[], %s::text[], %s::text[])
"""

TIE_TO_EARLIER: Final = f"""
UPDATE delivery d SET earlier_share = e.share_id, earlier_position = e.position
  FROM (SELECT DISTINCT ON (p.wish) p.wish, p.share_id, p.position
          FROM share s JOIN delivery p ON p.share_id = s.id
         WHERE s.asked_at >= %(since)s AND s.destination = %(destination)s
           AND s.id <> %(share)s AND p.wish = ANY(%(wishes)s)
           AND p.state IN {_in(OPEN_STATES | DELIVERED_STATES)}
         ORDER BY p.wish, s.asked_at, s.id) e
 WHERE d.share_id = %(share)s AND d.wish = e.wish
"""  # noqa: S608

SHARE: Final = f"SELECT {SHARE_COLUMNS} FROM share WHERE id = %(share)s"  # noqa: S608

LOCK_SHARE: Final = f"{SHARE} FOR UPDATE"

LIST_SHARES: Final = (
    f"SELECT {SHARE_COLUMNS} FROM share ORDER BY asked_at DESC LIMIT %(limit)s"  # noqa: S608
)

COUNT: Final = """
SELECT share_id, state, count(*) FROM delivery
 WHERE share_id = ANY(%(shares)s) GROUP BY share_id, state
"""

DELIVERIES: Final = f"""
SELECT {DELIVERY_COLUMNS}
  FROM delivery d JOIN handout h ON h.share_id = d.share_id AND h.position = d.handout
 WHERE d.share_id = %(share)s ORDER BY d.position
"""  # noqa: S608

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
INSERT INTO account AS a (id, epoch, beat_at, pool)
VALUES (%(account)s, 1, %(now)s, %(account)s)
ON CONFLICT (id) DO UPDATE SET epoch = a.epoch + 1, beat_at = %(now)s
RETURNING epoch, coalesce(pool, id), goodput
"""

ABANDON: Final = """
UPDATE delivery d SET state = 'waiting', due_at = %(now)s, error_code = %(code)s,
       error_message = %(message)s, error_remedy = %(remedy)s
  FROM share s
 WHERE s.account_id = %(pool)s AND s.open > 0
   AND d.share_id = s.id AND d.state IN ('placing', 'placed')
   AND coalesce(d.claimed_by, s.account_id) = %(account)s
"""

BEAT: Final = """
UPDATE account SET beat_at = %(now)s, goodput = coalesce(%(goodput)s, goodput)
 WHERE id = %(account)s AND epoch = %(epoch)s
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

CANDIDATES: Final = f"""
SELECT s.id, s.service_class, s.open, coalesce(s.begins_at, s.asked_at), s.fair_by,
       s.deadline, coalesce(s.reveals_at <= %(now)s, false), p.settled, p.rate
  FROM share s, (
       SELECT q.settled,
              (SELECT sum(coalesce(m.goodput, m.pace_rate)) FROM account m
                WHERE m.pool = q.id) AS rate
         FROM account q WHERE q.id = %(pool)s) p
 WHERE s.account_id = %(pool)s AND s.open > 0 AND s.state IN {_in(WORKED_STATES)}
   AND {NOT_HALTED}
   AND EXISTS (SELECT 1 FROM delivery d
                WHERE d.share_id = s.id AND d.state IN ('planned', 'waiting')
                  AND d.due_at <= %(now)s
                  AND (NOT d.bound OR coalesce(d.claimed_by, %(pool)s) = %(account)s))
"""  # noqa: S608

CLAIM: Final = f"""
WITH due AS (
  SELECT o.position, o.first_tried_at, e.state AS earlier_state,
         e.file, e.version, e.modified_at, e.modified_by, e.revision, e.md5
    FROM delivery o LEFT JOIN LATERAL (
           SELECT * FROM delivery
            WHERE share_id = o.earlier_share AND position = o.earlier_position
           OFFSET 0) e ON true
   WHERE o.share_id = %(share)s AND o.state IN ('planned', 'waiting')
     AND o.due_at <= %(now)s AND {NOT_HALTED}
     AND (NOT o.bound OR coalesce(o.claimed_by, %(pool)s) = %(account)s)
   ORDER BY o.due_at, o.position LIMIT %(limit)s FOR UPDATE OF o SKIP LOCKED)
UPDATE delivery d
   SET state = 'placing', attempts = d.attempts + 1,
       claimed_by = nullif(%(account)s, %(pool)s),
       first_tried_at = coalesce(d.first_tried_at, %(now)s),
       tried_since = coalesce(d.tried_since, %(now)s)
  FROM due, share s, handout h
 WHERE d.share_id = %(share)s AND d.position = due.position AND s.id = d.share_id
   AND h.share_id = d.share_id AND h.position = d.handout
RETURNING {DELIVERY_COLUMNS}, s.asked_at, s.again, due.first_tried_at, d.tried_since,
       due.earlier_state, due.file, due.version, due.modified_at, due.modified_by,
       due.revision, due.md5, s.state IN {_in(WITHDRAWN_STATES)},
       CASE WHEN s.reveals_at > %(now)s THEN s.reveals_at END
"""  # noqa: S608

NEXT_DUE: Final = f"""
SELECT min(d.due_at) FROM share s JOIN delivery d ON d.share_id = s.id
 WHERE s.account_id = %(pool)s AND s.open > 0 AND s.state IN {_in(WORKED_STATES)}
   AND d.state IN ('planned', 'waiting') AND {NOT_HALTED}
   AND (NOT d.bound OR coalesce(d.claimed_by, %(pool)s) = %(account)s)
"""  # noqa: S608

NOTE: Final = """
UPDATE delivery d SET trace = u.trace, bound = u.bound
  FROM unnest(%s::text[], %s::int[], %s::text[], %s::boolean[])
    AS u(share_id, position, trace, bound)
 WHERE d.share_id = u.share_id AND d.position = u.position AND d.state = 'placing'
"""

LIST_NEEDS: Final = f"""
SELECT d.share_id, d.position, d.state IN {_in(OPEN_STATES)}, d.file
  FROM delivery d JOIN unnest(%s::text[], %s::int[]) AS u(share_id, position)
    ON d.share_id = u.share_id AND d.position = u.position
"""  # noqa: S608

LIST_WISHED: Final = f"""
SELECT {DELIVERY_COLUMNS}, s.again
  FROM delivery d JOIN handout h ON h.share_id = d.share_id AND h.position = d.handout
       JOIN share s ON s.id = d.share_id
 WHERE d.wish = ANY(%(wishes)s) ORDER BY s.asked_at, s.id, d.position
"""  # noqa: S608

RECORD: Final = f"""
UPDATE delivery d
   SET state = u.state, due_at = u.due_at, error_code = u.error_code,
       error_message = u.error_message, error_remedy = u.error_remedy, path = u.path,
       device = u.device, inode = u.inode, size_bytes = u.size_bytes,
       mtime_ns = u.mtime_ns, ctime_ns = u.ctime_ns, file = u.file, version = u.version,
       modified_at = u.modified_at, modified_by = u.modified_by, revision = u.revision,
       md5 = u.md5, settled_at = %s,
       attempts = CASE WHEN u.error_code = '{PREPARED.code}' THEN 0 ELSE d.attempts END,
       tried_since = CASE WHEN u.error_code = '{PREPARED.code}' THEN NULL
                          ELSE d.tried_since END,
       first_tried_at = CASE WHEN u.error_code = '{PREPARED.code}' THEN NULL
                             ELSE d.first_tried_at END
  FROM unnest(%s::text[], %s::int[], %s::text[], %s::timestamptz[], %s::text[], %s::text[],
              %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[],
              %s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::timestamptz[],
              %s::text[], %s::text[], %s::text[])
    AS u(share_id, position, state, due_at, error_code, error_message, error_remedy, path,
         device, inode, size_bytes, mtime_ns, ctime_ns, file, version, modified_at,
         modified_by, revision, md5)
 WHERE d.share_id = u.share_id AND d.position = u.position AND d.state = 'placing'
RETURNING d.share_id, d.state, d.position, d.error_code
"""  # noqa: S608

COUNT_SETTLED: Final = """
UPDATE account SET settled = settled + %(number)s WHERE id = %(pool)s
"""

BOUND_SHARE: Final = """
SELECT a.settled,
       (SELECT coalesce(sum(o.open), 0) FROM share o
         WHERE o.account_id = s.account_id AND o.open > 0 AND o.state = 'running'
           AND o.id <> s.id)
  FROM share s JOIN account a ON a.id = s.account_id
 WHERE s.id = %(share)s
"""

KEEP_BOUND: Final = "UPDATE share SET fair_by = %(fair_by)s WHERE id = %(share)s"

DUE_TO_BEGIN: Final = f"""
SELECT {SHARE_COLUMNS} FROM share
 WHERE state = 'scheduled' AND begins_at <= %(now)s
 ORDER BY begins_at, id LIMIT 100 FOR UPDATE SKIP LOCKED
"""  # noqa: S608

MOVE_SHARE: Final = """
UPDATE share SET begins_at = %(begins_at)s, deadline = %(deadline)s,
       reveals_at = %(reveals_at)s, service_class = %(service_class)s, fair_by = NULL
 WHERE id = %(share)s
"""

MOVE_PREPARED: Final = f"""
UPDATE delivery SET due_at = coalesce(%(reveals_at)s, %(now)s)
 WHERE share_id = %(share)s AND state = 'waiting' AND error_code = '{PREPARED.code}'
"""  # noqa: S608

CLOSE_SOME: Final = """
UPDATE share SET open = open - %(closed)s WHERE id = %(share)s RETURNING open, state
"""

END_SHARE: Final = """
UPDATE share SET state = %(state)s, ended_at = %(now)s WHERE id = %(share)s
"""

DUE_ACCOUNTS: Final = f"""
SELECT DISTINCT a.id FROM share s JOIN account a ON a.pool = s.account_id
 WHERE s.open > 0 AND s.state IN {_in(WORKED_STATES)} AND a.parked_until IS NULL
   AND (EXISTS (SELECT 1 FROM delivery d
                 WHERE d.share_id = s.id AND d.state IN ('planned', 'waiting')
                   AND d.due_at <= %(now)s + CASE d.error_code
                         WHEN '{PREPARED.code}' THEN interval '{READY_AHEAD}'
                         ELSE interval '0' END
                   AND (NOT d.bound OR coalesce(d.claimed_by, s.account_id) = a.id))
        OR coalesce(a.beat_at < %(silent_since)s, true)
           AND EXISTS (SELECT 1 FROM delivery d
                        WHERE d.share_id = s.id AND d.state IN ('placing', 'placed')
                          AND coalesce(d.claimed_by, s.account_id) = a.id))
 UNION
SELECT min(a.id) FROM share s JOIN account a ON a.pool = s.account_id
 WHERE NOT s.thawed AND s.open = 0 AND s.state IN ('complete', 'cancelled', 'recalled')
   AND a.parked_until IS NULL
 GROUP BY s.account_id
 UNION
SELECT a.id FROM account a
 WHERE a.parked_until IS NULL AND EXISTS (
         SELECT 1 FROM removal r WHERE r.account = a.id AND r.due_at <= %(now)s)
 UNION
SELECT id FROM account
 WHERE sweep_at <= %(now)s AND pool IS NOT NULL AND parked_until IS NULL
"""  # noqa: S608

UNPARK_RESTED: Final = """
UPDATE account SET parked_until = NULL WHERE parked_until <= %(now)s
"""

UNTHAWED: Final = f"""
SELECT id FROM share
 WHERE account_id = %(pool)s AND NOT thawed AND open = 0
   AND state IN ('complete', 'cancelled', 'recalled') AND {NOT_HALTED}
"""  # noqa: S608

THAWED: Final = "UPDATE share SET thawed = true WHERE id = %(share)s"

ACCOUNT_COLUMNS: Final = (
    "id, pool, pace_rate, pace_burst, "
    "extract(epoch FROM clock_timestamp() - paced_at)::float8, "
    "staging, sweep_at, parked_until, parked_code, parked_message, parked_remedy"
)

ACCOUNT: Final = f"SELECT {ACCOUNT_COLUMNS} FROM account WHERE id = %(account)s"  # noqa: S608

ACCOUNTS: Final = f"SELECT {ACCOUNT_COLUMNS} FROM account WHERE pool = %(pool)s ORDER BY id"  # noqa: S608

ACCOUNTS_OF_DRIVE: Final = f"""
SELECT {ACCOUNT_COLUMNS} FROM account
 WHERE id = %(pool)s OR starts_with(id, %(pool)s || '/') ORDER BY id
"""  # noqa: S608

KEEP_PACE: Final = """
UPDATE account SET pace_rate = %(rate)s, pace_burst = %(burst)s,
       paced_at = clock_timestamp()
 WHERE id = %(account)s
"""

KEEP_STAGING: Final = """
INSERT INTO account AS a (id, epoch, staging) VALUES (%(account)s, 0, %(folder)s)
ON CONFLICT (id) DO UPDATE SET staging = excluded.staging
  WHERE a.staging IS NOT DISTINCT FROM %(old)s
"""

STAGING: Final = "SELECT staging FROM account WHERE id = %(account)s"

PARK: Final = """
UPDATE account SET parked_until = %(until)s, parked_code = %(code)s,
       parked_message = %(message)s, parked_remedy = %(remedy)s
 WHERE id = %(account)s
"""

SWEEP_AT: Final = """
UPDATE account SET sweep_at = %(at)s
 WHERE id = %(account)s
   AND (sweep_at IS NULL OR sweep_at > %(at)s)
"""

EXPECT_SWEEPS: Final = """
UPDATE account SET sweep_at = %(at)s
 WHERE pool IN (SELECT account_id FROM share WHERE asked_at >= %(worked_since)s)
   AND (sweep_at IS NULL OR sweep_at > %(at)s)
"""

SWEPT: Final = "UPDATE account SET sweep_at = %(at)s WHERE id = %(account)s"

ADD_BUDGET: Final = """
INSERT INTO budget (project, tokens, refilled_at)
VALUES (%(project)s, 0, extract(epoch FROM clock_timestamp())) ON CONFLICT DO NOTHING
"""

HOLD_BUDGET: Final = """
SELECT tokens, refilled_at, parts::text, extract(epoch FROM clock_timestamp())::float8
  FROM budget WHERE project = %(project)s FOR UPDATE
"""

KEEP_BUDGET: Final = """
UPDATE budget SET tokens = %(tokens)s, refilled_at = %(refilled_at)s,
       parts = %(parts)s::jsonb
 WHERE project = %(project)s
"""

DRIVE_COLUMNS: Final = (
    "name, credentials, acting, accounts, delivery, api_root, per_minute, by_units"
)

DRIVE: Final = f"SELECT {DRIVE_COLUMNS} FROM drive WHERE name = %(name)s"  # noqa: S608

DRIVES: Final = f"SELECT {DRIVE_COLUMNS} FROM drive ORDER BY name"  # noqa: S608

PUT_DRIVE: Final = f"""
INSERT INTO drive ({DRIVE_COLUMNS}, kind)
VALUES (%(name)s, %(credentials)s, %(acting)s, %(accounts)s, %(delivery)s, %(api_root)s,
        %(per_minute)s, %(by_units)s, 'google')
ON CONFLICT (name) DO UPDATE
   SET credentials = excluded.credentials, acting = excluded.acting,
       accounts = excluded.accounts, delivery = excluded.delivery,
       api_root = excluded.api_root, per_minute = excluded.per_minute,
       by_units = excluded.by_units
"""  # noqa: S608

OPEN_ON_DRIVE: Final = """
SELECT count(*) FROM share
 WHERE open > 0 AND (account_id = %(pool)s OR starts_with(account_id, %(pool)s || '/'))
"""

FOLDERS: Final = """
SELECT subject, student, folder, owner FROM folder
 WHERE drive = %(drive)s AND school_class = %(school_class)s
"""

FOLDER: Final = """
SELECT folder, owner FROM folder
 WHERE drive = %(drive)s AND school_class = %(school_class)s AND subject = %(subject)s
   AND student = %(student)s
"""

KEEP_FOLDER: Final = """
INSERT INTO folder AS f (drive, school_class, subject, student, folder, owner)
VALUES (%(drive)s, %(school_class)s, %(subject)s, %(student)s, %(folder)s, %(owner)s)
ON CONFLICT (drive, school_class, subject, student)
  DO UPDATE SET folder = excluded.folder, owner = excluded.owner
  WHERE f.folder = %(old)s
"""

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

BEGUN: Final = f"""
SELECT {SHARE_COLUMNS},
       NOT EXISTS (SELECT 1 FROM handout
                    WHERE share_id = s.id AND starts_with(media_type, '{NATIVE}'))
  FROM share s
 WHERE coalesce(begins_at, asked_at) >= %(start)s
   AND coalesce(begins_at, asked_at) < %(end)s
   AND state NOT IN ('draft', 'cancelled')
 ORDER BY coalesce(begins_at, asked_at), id
"""  # noqa: S608

assert set(OPEN_STATES) == {"planned", "waiting", "placing", "placed"}, (  # noqa: S101
    "the statements above name the open states one by one"
)
