"""From what a server told to the values that are shown: as much of them as was told.

What is printed of a value that was read is what the server printed of its own.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from hectograph.app.estimating import Queued
from hectograph.app.repeating import Coming
from hectograph.domain.cleanup import Cleanup, CleanupReport, Purpose
from hectograph.domain.decision import Choice, Decision
from hectograph.domain.delivery import OPEN_STATES, Delivery, DeliveryState, FileEvidence
from hectograph.domain.errors import Reason
from hectograph.domain.estimate import Estimate
from hectograph.domain.halt import Halt
from hectograph.domain.handout import Handout
from hectograph.domain.ids import (
    AccountId,
    ClassId,
    CleanupId,
    DeliveryKey,
    PersonId,
    RepetitionId,
    RequestKey,
    ShareId,
    WishKey,
)
from hectograph.domain.line import Carrier, Line
from hectograph.domain.manner import Access, ShareMode
from hectograph.domain.recurrence import Occurrence, Rule
from hectograph.domain.removal import Removal, RemovalKey, RemovalState
from hectograph.domain.repetition import (
    Outcome,
    Repetition,
    RepetitionState,
    StandingRequest,
)
from hectograph.domain.report import ShareReport
from hectograph.domain.rest import Parked
from hectograph.domain.school_class import Destination, SchoolClass, Teaching
from hectograph.domain.share import NOW, Progress, ServiceClass, Share, ShareState
from hectograph.domain.standing import Standing, Wait, Why
from hectograph.domain.touch import Original

Json = Mapping[str, Any]

UNTOLD: Final = datetime.min.replace(tzinfo=UTC)

NOBODY: Final = ShareId("")
"""What is only previewed has no id yet."""


def progress_from(told: Json) -> Progress:
    """How far a share is."""
    counts = {DeliveryState(state): number for state, number in told["counts"].items()}
    return Progress(
        share=_share(told, counts),
        counts=counts,
        halted=_halt(told["halted"]),
        estimate=_estimate(told["estimate"]),
        at_risk=told["at_risk"],
    )


def report_from(told: Json, *, joined: bool | None = None) -> ShareReport:
    """A share with every delivery. `joined`: whether it answers a request made before."""
    counts = {DeliveryState(state): number for state, number in told["counts"].items()}
    share = _share(told, counts)
    return ShareReport(
        share=share,
        joined=told["joined"] if joined is None else joined,
        seconds=told["seconds"],
        deliveries=tuple(
            _delivery(each, DeliveryKey(share=share.id, position=place))
            for place, each in enumerate(told["deliveries"])
        ),
        halted=_halt(told["halted"]),
        estimate=_estimate(told["estimate"]),
        tonight=_estimate(told.get("tonight")),
        at_risk=told["at_risk"],
    )


def cleanup_from(told: Json) -> CleanupReport:
    """A clean-up with every file."""
    cleanup = Cleanup(
        id=CleanupId(told["cleanup"]),
        purpose=Purpose(told["purpose"]),
        subject=told["subject"],
        asked_at=datetime.fromisoformat(told["asked_at"]),
        asked_by=told["asked_by"],
        then=told["then"],
    )
    removals = []
    students: dict[DeliveryKey, str] = {}
    decided: dict[DeliveryKey, list[Decision]] = {}
    for place, each in enumerate(told["files"]):
        removal = _removal(each, RemovalKey(cleanup=cleanup.id, position=place), cleanup)
        removals.append(removal)
        if removal.delivery is not None:
            key = removal.delivery
            students |= {key: each["student"]} if each["student"] else {}
            decided[key] = [decision_from(one, key=key) for one in each["decisions"]]
    return CleanupReport(
        cleanup=cleanup,
        removals=tuple(removals),
        owed=told["owed"],
        halted=_halt(told["halted"]),
        students=students,
        decided=decided,
    )


def decision_from(told: Json, *, key: DeliveryKey) -> Decision:
    """What was decided about a copy."""
    by_share = told["by_share"]
    return Decision(
        key=key,
        choice=Choice(told["choice"]),
        at=datetime.fromisoformat(told["at"]),
        by=told["by"],
        is_done=told["done"],
        by_share=ShareId(by_share) if by_share else None,
        is_firm=told["firm"],
    )


def class_from(told: Json) -> SchoolClass:
    """A class, without its students."""
    place = told["destination"]
    return SchoolClass(
        id=ClassId(told["id"]),
        school=told["school"],
        name=told["name"],
        students=told["students"],
        taken_at=datetime.fromisoformat(told["taken_at"]),
        destination=Destination(subject=place["subject"], **{place["kind"]: place["name"]})
        if place
        else None,
        teachers=tuple(
            Teaching(person=PersonId(place), name=name)
            for place, name in enumerate(told["teachers"])
        ),
    )


def coming_from(told: Json) -> Coming:
    """What repeats."""
    day = told["next_on"]
    return Coming(
        repetition=_repetition(told),
        next=_occurrence(date.fromisoformat(day), told["next_at"]) if day else None,
        left_out={date.fromisoformat(on): why for on, why in told["left_out"].items()},
        unknown=_reason(told["unknown"]),
    )


def outcome_from(told: Json) -> Outcome:
    """What came of a day."""
    return Outcome(
        day=date.fromisoformat(told["on"]),
        at=datetime.fromisoformat(told["at"]),
        share=told["share"],
        reason=_reason(told["error"]),
    )


def queued_from(told: Json) -> Queued:
    """A line with the shares in it that were told."""
    account, rows = AccountId(told["account"]), told["shares"]
    pace = rows[0]["copies_a_second"] if rows else None
    first = Carrier(account=account, goodput=pace)
    others = (Carrier(account=account) for _ in range(told["accounts"] - 1))
    return Queued(
        line=Line(
            account=account,
            carriers=(first, *others),
            shares=(),
            settled=0,
            now=datetime.fromisoformat(told["now"]),
        ),
        standings=tuple(_standing(each) for each in rows),
    )


def _share(told: Json, counts: Mapping[DeliveryState, int]) -> Share:
    asked_at = datetime.fromisoformat(told["asked_at"])
    return Share(
        id=ShareId(told["share"] or NOBODY),
        request_key=RequestKey(""),
        account=AccountId(""),
        destination=told.get("destination", ""),
        title=told["title"],
        school_class=told["class"],
        state=ShareState(told["state"]),
        service_class=ServiceClass.NORMAL,
        asked_at=asked_at,
        ended_at=asked_at + timedelta(seconds=told.get("seconds", 0.0)),
        total=sum(counts.values()),
        open=sum(counts[state] for state in OPEN_STATES),
        again=False,
        begins_at=_moment(told["begins_at"]),
        deadline=_moment(told["deadline"]),
        reveals_at=_moment(told["reveals_at"]),
    )


def _delivery(told: Json, key: DeliveryKey) -> Delivery:
    return Delivery(
        key=key,
        wish=WishKey(""),
        student=told["student"],
        folder=(),
        name=(told["path"] or "").rpartition("/")[2],
        handout=Handout(title="", sha256="", size_bytes=0),
        handout_position=0,
        due_at=UNTOLD,
        state=DeliveryState(told["state"]),
        attempts=told["attempts"],
        reason=_reason(told["error"]),
        path=told["path"],
    )


def _removal(told: Json, key: RemovalKey, cleanup: Cleanup) -> Removal:
    copy = told["copy"]
    share = ShareId(cleanup.subject)
    return Removal(
        key=key,
        account=AccountId(""),
        original=Original(evidence=UNSEEN, folder=(), name=told["name"]),
        path=told["path"],
        state=RemovalState(told["state"]),
        due_at=None,
        delivery=None if copy is None else DeliveryKey(share=share, position=copy),
        hidden=told["hidden"],
        removed_at=_moment(told["removed_at"]),
        reason=_reason(told["reason"]),
    )


UNSEEN: Final = FileEvidence(
    device=0, inode=0, size_bytes=0, mtime_ns=0, ctime_ns=0, sha256=""
)


def _repetition(told: Json) -> Repetition:
    request = StandingRequest(
        documents=tuple(told["documents"]),
        roster=told["roster"],
        into=told["into"],
        drive=told["drive"],
        subject=told["subject"],
        teacher=told["teacher"],
        school_class=told["school_class"],
        pattern=told["pattern"],
        mode=ShareMode(told["mode"]),
        access=Access(told["access"]),
        class_id=told["class_id"],
    )
    return Repetition(
        id=RepetitionId(told["repeat"]),
        request=request,
        rule=Rule.from_json(dict(told)),
        state=RepetitionState(told["state"]),
        asked_at=datetime.fromisoformat(told["asked_at"]),
        asked_by=told["asked_by"],
        next_on=None,
        due_at=None,
        last=outcome_from(told["last"]) if told["last"] else None,
        made=told["made"],
    )


def _occurrence(day: date, at: str) -> Occurrence:
    moment = datetime.fromisoformat(at)
    return Occurrence(day=day, asks_at=moment, wanted_at=moment, timing=NOW)


def _standing(told: Json) -> Standing:
    total, done = told["total"], told["done"]
    share = Share(
        id=ShareId(told["share"]),
        request_key=RequestKey(""),
        account=AccountId(told["account"]),
        destination="",
        title=told["title"],
        school_class=told["class"],
        state=ShareState(told["state"]),
        service_class=ServiceClass[told["service_class"].upper().replace(" ", "_")],
        asked_at=UNTOLD,
        ended_at=None,
        total=total,
        open=total - done,
        again=False,
        deadline=_moment(told["deadline"]),
    )
    why = Why(
        wait=Wait(told["why"]),
        number=told["number"],
        until=_moment(told["until"]),
        because=told["because"],
    )
    estimate = _estimate(told["estimate"])
    return Standing(share=share, why=why, estimate=estimate, at_risk=told["at_risk"])


def _estimate(told: Json | None) -> Estimate | None:
    if told is None:
        return None
    until = _moment(told["rests_until"])
    reason = Reason(code="", message=told["because"] or "", remedy="")
    return Estimate(
        made_at=datetime.fromisoformat(told["made_at"]),
        earliest_at=datetime.fromisoformat(told["earliest_at"]),
        likely_at=datetime.fromisoformat(told["likely_at"]),
        latest_at=datetime.fromisoformat(told["latest_at"]),
        rest=Parked(until=until, reason=reason) if until else None,
    )


def _halt(told: Json | None) -> Halt | None:
    if told is None:
        return None
    since = datetime.fromisoformat(told["since"])
    return Halt(reason=told["reason"], by=None, since=since)


def _reason(told: Json | None) -> Reason | None:
    return Reason(**told) if told else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
