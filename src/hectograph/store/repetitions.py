"""Repetitions in PostgreSQL."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from hectograph.domain.errors import Reason, UnknownRepetition
from hectograph.domain.ids import ClassId, RepetitionId
from hectograph.domain.manner import Access, ShareMode
from hectograph.domain.recurrence import Occurrence, Rule
from hectograph.domain.repetition import (
    Outcome,
    Repetition,
    RepetitionState,
    StandingRequest,
)
from hectograph.store import repetition_statements as statements
from hectograph.store.queries import Row, atomic, fetch_all, run


@dataclass(frozen=True, slots=True)
class PostgresRepetitions:
    """What repeats. Use it from one thread."""

    def add(self, repetition: Repetition) -> None:
        with atomic():
            run(statements.ADD_REPETITION, _columns(repetition))

    def repetition(self, repetition: RepetitionId) -> Repetition:
        with atomic():
            return _find(repetition)

    def list_repetitions(
        self, *, limit: int, classes: Sequence[ClassId] | None = None
    ) -> Sequence[Repetition]:
        wanted = {"limit": limit, "classes": None if classes is None else list(classes)}
        with atomic():
            rows = fetch_all(statements.LIST_REPETITIONS, wanted)
            return [_repetition(row) for row in rows]

    def list_outcomes(self, repetition: RepetitionId, *, limit: int) -> Sequence[Outcome]:
        with atomic():
            rows = fetch_all(statements.LIST_OUTCOMES, {"id": repetition, "limit": limit})
            return [_outcome(row) for row in rows]

    def change(
        self, repetition: RepetitionId, change: Callable[[Repetition], Repetition]
    ) -> Repetition:
        with atomic():
            run(statements.HOLD_REPETITION, {"id": repetition})
            changed = change(_find(repetition))
            run(statements.CHANGE_REPETITION, _columns(changed))
            return changed

    def claim_due(
        self, *, limit: int, now: datetime, again_at: datetime
    ) -> Sequence[Repetition]:
        wanted = {"limit": limit, "now": now, "again_at": again_at}
        with atomic():
            ids = [row[0] for row in fetch_all(statements.CLAIM_DUE, wanted)]
            return [
                _repetition(row) for row in fetch_all(statements.REPETITIONS, {"ids": ids})
            ]

    def note(self, repetition: RepetitionId, outcomes: Sequence[Outcome]) -> None:
        with atomic():
            _note(repetition, outcomes)

    def follow(
        self,
        claimed: Repetition,
        outcomes: Sequence[Outcome],
        *,
        following: Occurrence | None,
    ) -> None:
        then = claimed.followed_by(following)
        with atomic():
            _note(claimed.id, outcomes)
            was = {"claimed_due_at": claimed.due_at}
            run(statements.FOLLOW, {**_columns(then), **was})


def _note(repetition: RepetitionId, outcomes: Sequence[Outcome]) -> None:
    for each in outcomes:
        reason = asdict(each.reason) if each.reason else {}
        noted = {"id": repetition, "day": each.day, "at": each.at, **reason}
        run(statements.NOTE_OUTCOME, noted)


def _find(repetition: RepetitionId) -> Repetition:
    rows = fetch_all(statements.REPETITIONS, {"ids": [repetition]})
    if not rows:
        raise UnknownRepetition(f"There is no repetition {repetition!r}.")
    return _repetition(rows[0])


def _columns(repetition: Repetition) -> dict[str, Any]:
    return {
        "id": repetition.id,
        "request": json.dumps(asdict(repetition.request)),
        "rule": json.dumps(repetition.rule.as_json()),
        "state": repetition.state,
        "asked_at": repetition.asked_at,
        "asked_by": repetition.asked_by,
        "next_on": repetition.next_on,
        "due_at": repetition.due_at,
    }


def _repetition(row: Row) -> Repetition:
    request = json.loads(row[1])
    return Repetition(
        id=RepetitionId(row[0]),
        request=_request(request),
        rule=Rule.from_json(json.loads(row[2])),
        state=RepetitionState(row[3]),
        asked_at=row[4],
        asked_by=row[5],
        next_on=row[6],
        due_at=row[7],
        made_on=row[8],
        made=row[9],
        last=_outcome(row[10:16]) if row[10] else None,
    )


def _request(told: dict[str, Any]) -> StandingRequest:
    """As it was kept; those of earlier days tell nothing of a mode."""
    return StandingRequest(
        **{
            **told,
            "documents": tuple(told["documents"]),
            "mode": ShareMode(told.get("mode", ShareMode.OWN)),
            "access": Access(told.get("access", Access.EDIT)),
        }
    )


def _outcome(row: Row) -> Outcome:
    day, at, share, code, message, remedy = row
    reason = Reason(code=code, message=message, remedy=remedy) if code else None
    return Outcome(day=day, at=at, share=share, reason=reason)
