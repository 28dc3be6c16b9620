"""The SQL of lines and estimates."""

from typing import Final

from hectograph.domain.delivery import PREPARED
from hectograph.domain.errors import Throttled
from hectograph.domain.handout import NATIVE
from hectograph.domain.retry import AT_FIRST
from hectograph.store.statements import SHARE_COLUMNS

IN_VAIN: Final = f"d.error_code IS DISTINCT FROM '{Throttled.code}'"
"""Of a delivery that was tried: the service did not only ask to slow down."""

SETTLED: Final = "SELECT id, settled FROM account WHERE id = ANY(%(accounts)s)"

CARRIER_COLUMNS: Final = """
       id, goodput, pace_rate, pace_burst,
       extract(epoch FROM %(now)s - paced_at)::float8,
       parked_until, parked_code, parked_message, parked_remedy
"""

POOLS: Final = f"""
SELECT pool, {CARRIER_COLUMNS} FROM account WHERE pool = ANY(%(accounts)s) ORDER BY id
"""  # noqa: S608 - columns are constants

ACCOUNTS: Final = f"""
SELECT pool, {CARRIER_COLUMNS} FROM account WHERE id = ANY(%(accounts)s) ORDER BY id
"""  # noqa: S608

IN_LINE: Final = f"""
SELECT s.account_id, {SHARE_COLUMNS},
       EXISTS (SELECT 1 FROM handout h
                WHERE h.share_id = s.id AND starts_with(h.media_type, '{NATIVE}')),
       o.tries, o.under_way, o.staged, o.oldest_at, o.newest_at,
       o.retries, o.retry_at, o.prepared
  FROM share s, LATERAL (
       SELECT coalesce(max(d.attempts) FILTER (WHERE {IN_VAIN}), 0) AS tries,
              count(*) FILTER (WHERE d.state IN ('placing', 'placed')) AS under_way,
              count(*) FILTER (WHERE d.state IN ('placing', 'placed') AND d.bound)
                AS staged,
              min(d.tried_since) FILTER (WHERE d.state IN ('placing', 'placed'))
                AS oldest_at,
              max(d.tried_since) FILTER (WHERE d.state IN ('placing', 'placed'))
                AS newest_at,
              count(*) FILTER (WHERE d.is_retried) AS retries,
              max(d.due_at) FILTER (WHERE d.is_retried) AS retry_at,
              count(*) FILTER (WHERE d.error_code = '{PREPARED.code}') AS prepared
         FROM (SELECT *, state = 'waiting' AND due_at > %(now)s
                       AND error_code IS DISTINCT FROM '{PREPARED.code}' AS is_retried
                 FROM delivery
                WHERE share_id = s.id
                  AND state IN ('planned', 'waiting', 'placing', 'placed')) d) o
 WHERE s.account_id = ANY(%(accounts)s) AND s.open > 0
 ORDER BY s.asked_at, s.id
"""  # noqa: S608 - columns and words are constants

BUSY: Final = """
SELECT split_part(account_id, '/', 1), array_agg(DISTINCT account_id) FROM share
 WHERE open > 0 AND state = 'running'
   AND split_part(account_id, '/', 1) = ANY(%(drives)s)
 GROUP BY 1
"""

TROUBLED: Final = f"""
SELECT split_part(s.account_id, '/', 1), count(*), min(d.tried_since)
  FROM share s JOIN delivery d ON d.share_id = s.id
 WHERE s.open > 0 AND split_part(s.account_id, '/', 1) = ANY(%(drives)s)
   AND d.state IN ('planned', 'waiting', 'placing', 'placed')
   AND d.attempts > {AT_FIRST} AND {IN_VAIN}
 GROUP BY 1
"""  # noqa: S608

OPEN_ACCOUNTS: Final = (
    "SELECT DISTINCT account_id FROM share WHERE open > 0 ORDER BY account_id"
)

UNNOTED: Final = f"""
SELECT {SHARE_COLUMNS} FROM share s
 WHERE open > 0 AND state = 'running' AND NOT EXISTS (
         SELECT 1 FROM estimate e
          WHERE e.share_id = s.id AND e.again_at > %(now)s)
 ORDER BY account_id, id
"""  # noqa: S608

KEEP: Final = """
INSERT INTO estimate (share_id, made_at, again_at, starts_at, seconds, kind,
                      earliest_at, likely_at, latest_at)
SELECT * FROM unnest(%s::text[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[],
                     %s::float8[], %s::text[], %s::timestamptz[], %s::timestamptz[],
                     %s::timestamptz[])
"""

PAST: Final = """
SELECT e.kind, extract(epoch FROM s.ended_at - e.starts_at)::float8 / e.seconds
  FROM estimate e JOIN share s ON s.id = e.share_id
 WHERE s.ended_at IS NOT NULL AND s.state IN ('complete', 'complete with exceptions')
 ORDER BY e.made_at DESC, e.id DESC LIMIT %(limit)s
"""

DEADLINES: Final = f"""
SELECT {SHARE_COLUMNS} FROM share
 WHERE open > 0 AND deadline IS NOT NULL ORDER BY account_id, id
"""  # noqa: S608

RISKS: Final = """
SELECT share_id, told_at, deadline, latest_at FROM risk
 WHERE over_at IS NULL ORDER BY share_id
"""

TELL_RISK: Final = """
INSERT INTO risk AS r (share_id, told_at, deadline, latest_at)
VALUES (%(share)s, %(told_at)s, %(deadline)s, %(latest_at)s)
ON CONFLICT (share_id) DO UPDATE
   SET told_at = excluded.told_at, deadline = excluded.deadline,
       latest_at = excluded.latest_at, over_at = NULL
 WHERE r.over_at IS NOT NULL
RETURNING 1
"""

END_RISK: Final = """
UPDATE risk SET over_at = %(at)s WHERE share_id = %(share)s AND over_at IS NULL
RETURNING 1
"""

FORGET: Final = "DELETE FROM estimate WHERE share_id = %(share)s"

FORGET_OPEN: Final = """
DELETE FROM estimate e USING share s WHERE s.id = e.share_id AND s.open > 0
"""

PRUNE: Final = "DELETE FROM estimate WHERE made_at < %(before)s"
