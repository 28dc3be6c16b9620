"""Presence by advisory locks of the session: PostgreSQL drops them with the process."""

from zlib import crc32

from hectograph.store.queries import run_in_transaction

ROOM = crc32(b"hectograph.worker") % (1 << 31)
ATTENDING = 1
STANDING_IN = 2

ATTEND = """
SELECT count(pg_advisory_lock_shared(%(room)s, %(seat)s))
 WHERE NOT EXISTS (
   SELECT 1 FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()
      AND classid = %(room)s AND objid = %(seat)s)
"""
STAND_IN = "SELECT pg_try_advisory_lock(%(room)s, %(seat)s)"
IS_ABOUT = """
SELECT EXISTS (
  SELECT 1 FROM pg_locks
   WHERE locktype = 'advisory' AND granted AND classid = %(room)s
     AND pid <> pg_backend_pid()
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


class PostgresPresence:
    """Workers as the database's server sees them."""

    def attend(self) -> None:
        run_in_transaction(ATTEND, {"room": ROOM, "seat": ATTENDING})

    def try_stand_in(self) -> bool:
        return bool(run_in_transaction(STAND_IN, {"room": ROOM, "seat": STANDING_IN}))

    def is_worker_about(self) -> bool:
        return bool(run_in_transaction(IS_ABOUT, {"room": ROOM}))
