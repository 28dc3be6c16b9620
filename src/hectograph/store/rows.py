"""Between rows and values; nothing else knows in which order columns come."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hectograph.domain.delivery import (
    Delivery,
    DeliveryState,
    DriveEvidence,
    Evidence,
    FileEvidence,
)
from hectograph.domain.errors import Reason
from hectograph.domain.handout import Handout
from hectograph.domain.ids import AccountId, DeliveryKey, RequestKey, ShareId, WishKey
from hectograph.domain.manner import Access, ShareMode
from hectograph.domain.share import ServiceClass, Share, ShareState
from hectograph.ports.ledger import Claim, Earlier, Note
from hectograph.store.queries import Row

NOTHING: Row = (None,) * 11
"""The columns of evidence, where there is none."""

TWO_TO_63 = 1 << 63
TWO_TO_64 = 1 << 64


def share_from(row: Row) -> Share:
    """A share from SHARE_COLUMNS."""
    return Share(
        id=ShareId(row[0]),
        request_key=RequestKey(row[1]),
        account=AccountId(row[2]),
        destination=row[3],
        title=row[4],
        school_class=row[5],
        state=ShareState(row[6]),
        service_class=ServiceClass(row[7]),
        asked_at=row[8],
        ended_at=row[9],
        total=row[10],
        open=row[11],
        again=row[12],
        begins_at=row[13],
        deadline=row[14],
        reveals_at=row[15],
        fair_by=row[16],
        mode=ShareMode(row[17]),
        access=Access(row[18]),
    )


def share_parameters(share: Share, *, joinable: bool) -> dict[str, Any]:
    """What ADD_SHARE takes."""
    return {
        "id": share.id,
        "request_key": share.request_key,
        "account": share.account,
        "destination": share.destination,
        "title": share.title,
        "school_class": share.school_class,
        "state": share.state,
        "service_class": share.service_class,
        "asked_at": share.asked_at,
        "ended_at": share.ended_at,
        "total": share.total,
        "open": share.open,
        "again": share.again,
        "begins_at": share.begins_at,
        "deadline": share.deadline,
        "reveals_at": share.reveals_at,
        "fair_by": share.fair_by,
        "mode": share.mode,
        "access": share.access,
        "joinable": joinable,
    }


def delivery_from(row: Row) -> Delivery:
    """A delivery from DELIVERY_COLUMNS."""
    handout = Handout(
        title=row[30],
        tree=_parts(row[31]),
        sha256=row[32],
        size_bytes=row[33],
        origin=row[34],
        media_type=row[35],
        md5=row[36],
    )
    return Delivery(
        key=DeliveryKey(share=ShareId(row[0]), position=row[1]),
        wish=WishKey(row[2]),
        student=row[3],
        folder=_parts(row[4]),
        name=row[5],
        handout=handout,
        handout_position=row[6],
        due_at=row[7],
        state=DeliveryState(row[8]),
        attempts=row[9],
        reason=Reason(code=row[10], message=row[11], remedy=row[12]) if row[10] else None,
        path=row[13],
        evidence=_drive_evidence(row[19:25])
        or _file_evidence(row[14:19], sha256=handout.sha256),
        trace=row[25],
        bound=row[26],
        actor=row[27],
        earlier=_key(row[28], row[29]),
        members=tuple(row[37].split("\n")) if row[37] else (),
    )


def claim_from(row: Row) -> Claim:
    """A claim from the columns of CLAIM."""
    return Claim(
        delivery=delivery_from(row),
        asked_at=row[38],
        again=row[39],
        first_tried_at=row[40],
        tried_since=row[41],
        earlier=_earlier(row[42], row[43:49]),
        withdrawn=row[49],
        shown_at=row[50],
    )


def plan_columns(deliveries: Sequence[Delivery]) -> list[list[Any]]:
    """What ADD_DELIVERIES takes after the constants: a list for each column."""
    return [
        [each.key.position for each in deliveries],
        [each.handout_position for each in deliveries],
        [each.student for each in deliveries],
        ["/".join(each.folder) for each in deliveries],
        [each.name for each in deliveries],
        [each.wish for each in deliveries],
        [each.path for each in deliveries],
        [each.trace for each in deliveries],
        [each.actor for each in deliveries],
        ["\n".join(each.members) or None for each in deliveries],
    ]


def handout_columns(handouts: Sequence[Handout]) -> list[list[Any]]:
    """What ADD_HANDOUTS takes after the share: a list for each column."""
    return [
        list(range(len(handouts))),
        [each.title for each in handouts],
        ["/".join(each.tree) for each in handouts],
        [each.sha256 for each in handouts],
        [each.size_bytes for each in handouts],
        [each.origin for each in handouts],
        [each.media_type for each in handouts],
        [each.md5 for each in handouts],
    ]


def key_columns(keys: Sequence[DeliveryKey]) -> list[list[Any]]:
    """Shares and positions, as the statements about several deliveries take them."""
    return [[each.share for each in keys], [each.position for each in keys]]


def note_columns(notes: Sequence[Note]) -> list[list[Any]]:
    """What NOTE takes."""
    return [
        *key_columns([each.key for each in notes]),
        [each.trace for each in notes],
        [each.bound for each in notes],
    ]


def record_columns(now: datetime, settled: Sequence[Delivery]) -> list[Any]:
    """What RECORD takes."""
    rows = [_record_row(each) for each in settled]
    return [now, *(list(column) for column in zip(*rows, strict=True))]


def _record_row(each: Delivery) -> Row:
    reason = each.reason
    return (
        each.key.share,
        each.key.position,
        each.state,
        each.due_at,
        reason.code if reason else None,
        reason.message if reason else None,
        reason.remedy if reason else None,
        each.path,
        *_evidence_row(each.evidence),
    )


def _evidence_row(kept: Evidence | None) -> Row:
    match kept:
        case FileEvidence():
            file = (kept.size_bytes, kept.mtime_ns, kept.ctime_ns)
            return (_signed(kept.device), _signed(kept.inode), *file, *NOTHING[5:])
        case DriveEvidence():
            modified = (kept.modified_at, kept.modified_by)
            content = (kept.revision, kept.md5)
            return (*NOTHING[:5], kept.file, kept.version, *modified, *content)
        case None:
            return NOTHING


def _drive_evidence(row: Row) -> DriveEvidence | None:
    file, version, modified_at, modified_by, revision, md5 = row
    if file is None:
        return None
    return DriveEvidence(
        file=file,
        version=version,
        modified_at=modified_at,
        modified_by=modified_by,
        revision=revision,
        md5=md5,
    )


def _earlier(state: str | None, evidence: Row) -> Earlier | None:
    if state is None:
        return None
    return Earlier(state=DeliveryState(state), evidence=_drive_evidence(evidence))


def _key(share: str | None, position: int) -> DeliveryKey | None:
    return DeliveryKey(share=ShareId(share), position=position) if share else None


def _file_evidence(row: Row, *, sha256: str) -> FileEvidence | None:
    device, inode, size_bytes, mtime_ns, ctime_ns = row
    if inode is None:
        return None
    return FileEvidence(
        device=device % TWO_TO_64,
        inode=inode % TWO_TO_64,
        size_bytes=size_bytes,
        mtime_ns=mtime_ns,
        ctime_ns=ctime_ns,
        sha256=sha256,
    )


def _signed(number: int) -> int:
    return number - TWO_TO_64 if number >= TWO_TO_63 else number


def _parts(joined: str) -> tuple[str, ...]:
    return tuple(joined.split("/")) if joined else ()
