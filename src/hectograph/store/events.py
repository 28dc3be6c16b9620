"""Writes events down, in the transaction of what they tell of.

While nobody listens nothing is written.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from hectograph.domain.events import EventType, find_event
from hectograph.domain.ids import ClassId, DeliveryKey, ShareId
from hectograph.domain.share import ShareState
from hectograph.store.queries import run

SOMEBODY_LISTENS: Final = "EXISTS (SELECT 1 FROM webhook WHERE is_on)"

NEW_ID: Final = "'evt_' || replace(gen_random_uuid()::text, '-', '')"

# A share starts once, however often it is paused.
TELL_SHARE: Final = f"""
INSERT INTO event (id, type, at, share, facts)
SELECT {NEW_ID}, %(type)s, %(at)s, s.id, jsonb_build_object(
         'share', s.id, 'state', %(state)s::text, 'copies', s.total, 'counts', (
           SELECT coalesce(jsonb_object_agg(c.state, c.number), '{{}}')
             FROM (SELECT state, count(*) AS number FROM delivery
                    WHERE share_id = s.id GROUP BY state) c))
  FROM share s WHERE s.id = %(share)s AND {SOMEBODY_LISTENS}
ON CONFLICT DO NOTHING
"""  # noqa: S608 - constants

TELL_FAILED: Final = f"""
INSERT INTO event (id, type, at, share, facts)
SELECT {NEW_ID}, %(type)s, %(at)s, u.share,
       jsonb_build_object('share', u.share, 'copy', u.position, 'error', u.code)
  FROM unnest(%(shares)s::text[], %(positions)s::int[], %(codes)s::text[])
    AS u(share, position, code)
 WHERE {SOMEBODY_LISTENS}
"""  # noqa: S608

TELL_CLASS: Final = f"""
INSERT INTO event (id, type, at, school, school_class, facts)
SELECT {NEW_ID}, %(type)s, %(at)s, %(school)s, %(school_class)s, %(facts)s::jsonb
 WHERE {SOMEBODY_LISTENS}
"""


def tell_turn(
    share: ShareId, before: ShareState, after: ShareState, *, now: datetime
) -> None:
    """Tell what it means that a share turned from one state to another, if anything."""
    found = find_event(before, after)
    if found is not None:
        _tell_share(share, found, state=after, now=now)


def tell_created(share: ShareId, state: ShareState, *, now: datetime) -> None:
    """Tell that there is a share, and that it started if it did at once."""
    _tell_share(share, EventType.SHARE_CREATED, state=state, now=now)
    tell_turn(share, ShareState.DRAFT, state, now=now)


def tell_failed(failed: Sequence[tuple[DeliveryKey, str]], *, now: datetime) -> None:
    """Tell of copies that were not made, each with the code of its error."""
    if failed:
        run(
            TELL_FAILED,
            {
                "type": EventType.COPY_FAILED,
                "at": now,
                "shares": [key.share for key, _ in failed],
                "positions": [key.position for key, _ in failed],
                "codes": [code for _, code in failed],
            },
        )


def tell_roster(
    school: str, school_class: ClassId, facts: Mapping[str, Any], *, now: datetime
) -> None:
    """Tell that a class has another roster."""
    run(
        TELL_CLASS,
        {
            "type": EventType.ROSTER_CHANGED,
            "at": now,
            "school": school,
            "school_class": school_class,
            "facts": json.dumps(dict(facts)),
        },
    )


def _tell_share(
    share: ShareId, found: EventType, *, state: ShareState, now: datetime
) -> None:
    run(TELL_SHARE, {"type": found, "at": now, "share": share, "state": state})
