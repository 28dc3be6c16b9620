"""Between the rows of clean-ups and values; nothing else knows their columns' order."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from hectograph.domain.cleanup import Cleanup, Purpose
from hectograph.domain.delivery import DriveEvidence, Evidence, FileEvidence
from hectograph.domain.errors import Reason
from hectograph.domain.ids import AccountId, CleanupId, DeliveryKey, ShareId, WishKey
from hectograph.domain.removal import Gift, Removal, RemovalKey, RemovalState
from hectograph.domain.rewriting import Rewrite, Version
from hectograph.domain.stamp import Stamp
from hectograph.domain.touch import Original
from hectograph.store.queries import Row


def cleanup_from(row: Row) -> Cleanup:
    """A clean-up from CLEANUP_COLUMNS."""
    return Cleanup(
        id=CleanupId(row[0]),
        purpose=Purpose(row[1]),
        subject=row[2],
        asked_at=row[3],
        asked_by=row[4],
        then=ShareId(row[5]) if row[5] else None,
    )


def removal_from(row: Row) -> Removal:
    """A removal from REMOVAL_COLUMNS and REWRITE."""
    removal = Removal(
        key=RemovalKey(cleanup=CleanupId(row[0]), position=row[1]),
        account=AccountId(row[2]),
        actor=row[3],
        delivery=DeliveryKey(share=ShareId(row[4]), position=row[5]) if row[4] else None,
        original=Original(
            folder=tuple(row[6].split("/")) if row[6] else (),
            name=row[7],
            evidence=evidence_from(json.loads(row[9])),
        ),
        path=row[8],
        state=RemovalState(row[10]),
        due_at=row[11],
        hidden=row[12],
        removed_at=row[13],
        looks=row[14],
        attempts=row[15],
        reason=Reason(code=row[16], message=row[17], remedy=row[18]) if row[16] else None,
    )
    return (
        replace(removal, rewrite=_rewrite_from(json.loads(row[19]), removal))
        if row[19]
        else removal
    )


def _rewrite_from(told: dict[str, Any], removal: Removal) -> Rewrite:
    before, delivery = removal.original.evidence, removal.delivery
    assert isinstance(before, DriveEvidence)  # noqa: S101 - the statement asks for it
    assert before.md5 and delivery  # noqa: S101, PT018 - and for these
    becomes = Version(
        stamp=Stamp(
            key=DeliveryKey(share=ShareId(told["share"]), position=told["position"]),
            wish=WishKey(told["wish"]),
            asked_at=datetime.fromisoformat(told["asked_at"]),
        ),
        name=told["name"],
        media_type=told["media_type"],
        md5=told["md5"],
        origin=told["origin"],
    )
    former = Version(
        stamp=Stamp(
            key=delivery,
            wish=WishKey(told["former_wish"]),
            asked_at=datetime.fromisoformat(told["former_asked_at"]),
        ),
        name=removal.original.name,
        media_type=told["former_media_type"],
        md5=before.md5,
        revision=before.revision,
    )
    baseline = evidence_from(told["baseline"]) if told["baseline"] else None
    return Rewrite(becomes=becomes, former=former, baseline=baseline)


def gift_columns(gifts: Sequence[Gift]) -> list[list[Any]]:
    """What GIVE takes, after the time; evidence is of Google Drive."""
    return _columns([_gift_row(each) for each in gifts])


def _gift_row(gift: Gift) -> Row:
    evidence = gift.receipt.evidence
    assert isinstance(evidence, DriveEvidence)  # noqa: S101 - no other drive rewrites
    return (
        gift.key.share,
        gift.key.position,
        gift.before,
        gift.after,
        gift.receipt.path,
        evidence.file,
        evidence.version,
        evidence.modified_at,
        evidence.modified_by,
        evidence.revision,
        evidence.md5,
    )


def removal_columns(removals: Sequence[Removal]) -> list[list[Any]]:
    """What ADD_REMOVALS takes."""
    rows = [
        (
            each.key.cleanup,
            each.key.position,
            each.account,
            each.actor,
            each.delivery.share if each.delivery else None,
            each.delivery.position if each.delivery else None,
            "/".join(each.original.folder),
            each.original.name,
            each.path,
            json.dumps(evidence_json(each.original.evidence)),
            each.state,
            each.due_at,
            each.hidden,
            each.removed_at,
            each.looks,
            each.attempts,
            *_reason_row(each.reason),
        )
        for each in removals
    ]
    return _columns(rows)


def outcome_columns(before: Sequence[Removal], after: Sequence[Removal]) -> list[list[Any]]:
    """What RECORD_REMOVALS takes."""
    rows = [
        (
            now.key.cleanup,
            now.key.position,
            was.state,
            now.state,
            now.due_at,
            now.path,
            now.hidden,
            now.removed_at,
            now.looks,
            now.attempts,
            *_reason_row(now.reason),
        )
        for was, now in zip(before, after, strict=True)
    ]
    return _columns(rows)


def evidence_json(evidence: Evidence) -> dict[str, Any]:
    """Evidence as JSON keeps it; times in ISO 8601."""
    told = asdict(evidence)
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in told.items()
    }


def evidence_from(told: dict[str, Any]) -> Evidence:
    """Evidence as it was before `evidence_json`."""
    if "inode" in told:
        return FileEvidence(**told)
    evidence = DriveEvidence(**told)
    return replace(evidence, modified_at=datetime.fromisoformat(told["modified_at"]))


def _reason_row(reason: Reason | None) -> Row:
    return (reason.code, reason.message, reason.remedy) if reason else (None, None, None)


def _columns(rows: Sequence[Row]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
