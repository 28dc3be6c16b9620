"""Ledgers with years of history, made by SQL alone."""

from datetime import datetime

import psycopg

STEP = 100_000
"""Shares to a transaction."""
PER_SHARE = 30
BUSY_DAY_SHARES = 100
OPEN_SHARES = 5
ACCOUNTS = 50
YEARS = 5

PREPARE = """
ALTER TABLE delivery DROP CONSTRAINT delivery_pkey;
DROP INDEX delivery_open;
ALTER TABLE delivery SET (autovacuum_enabled = false);
"""

ADD_ACCOUNTS = """
INSERT INTO account (id, epoch) SELECT 'fs:/srv/school-' || n, 0
  FROM generate_series(0, %(accounts)s - 1) n
"""

# The last 5 are open and were asked for a minute ago; the 100 before them on one day,
# which is yesterday; the others at even distances over the years before.
ADD_SHARES = """
INSERT INTO share (id, request_key, account_id, destination, title, school_class, state,
                   service_class, asked_at, ended_at, total, open, again, joinable, thawed)
SELECT substr(md5(n::text), 1, 10), md5(n || 'a') || md5(n || 'b'),
       'fs:/srv/school-' || (CASE WHEN is_open THEN 0 ELSE n %% %(accounts)s END),
       '/srv/school-' || n %% %(accounts)s, 'Essay ' || n || '.docx',
       'Class ' || n %% 400, CASE WHEN is_open THEN 'running' ELSE 'complete' END,
       1, asked_at, CASE WHEN NOT is_open THEN asked_at + interval '2 s' END,
       %(each)s, CASE WHEN is_open THEN %(each)s ELSE 0 END, false, true, NOT is_open
  FROM (SELECT n, n > %(shares)s - %(open)s AS is_open,
               CASE WHEN n > %(shares)s - %(open)s
                    THEN %(now)s - interval '1 minute'
                    WHEN n > %(shares)s - %(open)s - %(busy)s
                    THEN %(now)s - interval '1 day'
                         + (n + %(busy)s + %(open)s - %(shares)s) * interval '1 minute'
                    ELSE %(now)s - interval '2 days' - %(years)s * interval '365 days'
                         * (1 - n::float8 / %(shares)s) END AS asked_at
          FROM generate_series(%(first)s, %(last)s) n) planned
"""

ADD_HANDOUTS = """
INSERT INTO handout (share_id, position, title, tree, sha256, size_bytes)
SELECT substr(md5(n::text), 1, 10), 0, 'Essay ' || n || '.docx', '',
       md5(n || 'c') || md5(n || 'd'), 100000
  FROM generate_series(%(first)s, %(last)s) n
"""

ADD_DELIVERIES = """
INSERT INTO delivery (share_id, position, handout, student, folder, name, wish, state,
                      due_at, attempts, first_tried_at, settled_at, path, device, inode,
                      size_bytes, mtime_ns, ctime_ns)
SELECT s.id, p, 0, who, who, name, substr(md5(s.id || p), 1, 20),
       CASE WHEN s.open > 0 THEN 'planned' ELSE 'verified' END,
       s.asked_at, CASE WHEN s.open > 0 THEN 0 ELSE 1 END,
       CASE WHEN s.open = 0 THEN s.asked_at END,
       CASE WHEN s.open = 0 THEN s.asked_at + p * interval '50 ms' END,
       CASE WHEN s.open = 0 THEN s.destination || '/' || who || '/' || name END,
       CASE WHEN s.open = 0 THEN 65025 END, CASE WHEN s.open = 0 THEN n * 30 + p END,
       CASE WHEN s.open = 0 THEN 100000 END,
       CASE WHEN s.open = 0 THEN 1700000000000000000 + n END,
       CASE WHEN s.open = 0 THEN 1700000000000000000 + n END
  FROM generate_series(%(first)s, %(last)s) n
  JOIN share s ON s.id = substr(md5(n::text), 1, 10),
       generate_series(0, %(each)s - 1) p,
       LATERAL (SELECT 'Student ' || lpad(((n %% 400) * 30 + p)::text, 5, '0')) w(who),
       LATERAL (SELECT 'Essay ' || n || ' - ' || who || '.docx') f(name)
"""

FINISH = """
ALTER TABLE delivery ADD PRIMARY KEY (share_id, position);
CREATE INDEX delivery_open ON delivery (share_id, due_at, position)
 WHERE state IN ('placed', 'placing', 'planned', 'waiting');
ALTER TABLE delivery RESET (autovacuum_enabled);
"""


def fill(url: str, deliveries: int, *, now: datetime) -> None:
    """Fill an empty, migrated database; all that differs is how far back it goes."""
    shares = deliveries // PER_SHARE
    constants = {
        "shares": shares,
        "accounts": ACCOUNTS,
        "open": OPEN_SHARES,
        "busy": BUSY_DAY_SHARES,
        "each": PER_SHARE,
        "years": YEARS,
        "now": now,
    }
    # Numbers are written into the statements: the server could not tell their types.
    bound_here = psycopg.ClientCursor
    with psycopg.connect(url, autocommit=True, cursor_factory=bound_here) as connection:
        connection.execute("SET statement_timeout = 0")
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute(PREPARE)
        connection.execute(ADD_ACCOUNTS, constants)
        for first in range(1, shares + 1, STEP):
            last = min(shares, first + STEP - 1)
            for statement in (ADD_SHARES, ADD_HANDOUTS, ADD_DELIVERIES):
                connection.execute(statement, {**constants, "first": first, "last": last})
        connection.execute(FINISH)
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
