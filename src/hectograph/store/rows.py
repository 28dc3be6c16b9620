"""Between rows and values; nothing else knows in which order columns come."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hectograph.domain.delivery import Delivery, DeliveryState, Evidence
from hectograph.domain.errors import Reason
from hectograph.domain.handout import Handout
from hectograph.domain.ids import AccountId, DeliveryKey, RequestKey, ShareId, WishKey
from hectograph.domain.share import ServiceClass, Share, ShareState
from hectograph.ports.ledger import Claim

Row = Sequence[Any]

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
    )


def share_parameters(share: Share, *, joinable: bool, thawed: bool) -> dict[str, Any]:
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
        "joinable": joinable,
        "thawed": thawed,
    }


def delivery_from(row: Row) -> Delivery:
    """A delivery from the columns of DELIVERIES and CLAIM."""
    handout = Handout(
        title=row[19], tree=_parts(row[20]), sha256=row[21], size_bytes=row[22]
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
        evidence=_evidence(row[14:19], sha256=handout.sha256),
    )


def claim_from(row: Row) -> Claim:
    """A claim from the columns of CLAIM."""
    return Claim(
        delivery=delivery_from(row),
        asked_at=row[23],
        again=row[24],
        first_tried_at=row[25],
        tried_since=row[26],
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
    ]


def record_columns(now: datetime, settled: Sequence[Delivery]) -> list[Any]:
    """What RECORD takes."""
    rows = [_record_row(each) for each in settled]
    return [now, *(list(column) for column in zip(*rows, strict=True))]


def _record_row(each: Delivery) -> Row:
    reason = each.reason
    kept = each.evidence
    return (
        each.key.share,
        each.key.position,
        each.state,
        each.due_at,
        reason.code if reason else None,
        reason.message if reason else None,
        reason.remedy if reason else None,
        each.path,
        _signed(kept.device) if kept else None,
        _signed(kept.inode) if kept else None,
        kept.size_bytes if kept else None,
        kept.mtime_ns if kept else None,
        kept.ctime_ns if kept else None,
    )


def _evidence(row: Row, *, sha256: str) -> Evidence | None:
    device, inode, size_bytes, mtime_ns, ctime_ns = row
    if inode is None:
        return None
    return Evidence(
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
