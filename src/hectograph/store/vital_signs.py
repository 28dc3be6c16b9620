"""How an installation is, in one statement."""

from typing import Final

from hectograph.ports.vital_signs import Signs
from hectograph.store.presence import ATTENDING, ROOM
from hectograph.store.queries import atomic, fetch_one

SIGNS: Final = """
SELECT (SELECT coalesce(sum(open), 0) FROM share WHERE open > 0),
       (SELECT count(*) FROM share WHERE open > 0 AND state = 'running'),
       (SELECT count(*) FROM pg_locks
         WHERE locktype = 'advisory' AND granted AND classid = %(room)s
           AND objid = %(attending)s
           AND database = (SELECT oid FROM pg_database
                            WHERE datname = current_database())),
       (SELECT count(*) FROM account WHERE parked_until IS NOT NULL),
       EXISTS (SELECT 1 FROM halt)
"""


class PostgresVitalSigns:
    """Use it from one thread."""

    def read(self) -> Signs:
        with atomic():
            row = fetch_one(SIGNS, {"room": ROOM, "attending": ATTENDING})
        deliveries, shares, workers, accounts, is_halted = row
        return Signs(
            open_deliveries=int(deliveries),
            running_shares=shares,
            workers=workers,
            resting_accounts=accounts,
            is_halted=is_halted,
        )
