"""Between decisions and their rows in the audit log."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from hectograph.domain.decision import Choice, Decision
from hectograph.domain.ids import DeliveryKey, ShareId
from hectograph.store.queries import Row
from hectograph.store.removal_rows import evidence_from, evidence_json

ACTS: Final[Mapping[tuple[Choice, bool], str]] = MappingProxyType(
    {
        (Choice.LEAVE, True): "copy.left",
        (Choice.HAND_OVER, False): "copy.hand_over_asked",
        (Choice.HAND_OVER, True): "copy.handed_over",
        (Choice.LOCK, False): "copy.lock_asked",
        (Choice.LOCK, True): "copy.locked",
        (Choice.UNLOCK, False): "copy.unlock_asked",
        (Choice.UNLOCK, True): "copy.unlocked",
        (Choice.RENAME, False): "copy.rename_asked",
        (Choice.RENAME, True): "copy.renamed",
        (Choice.RENAME_BACK, False): "copy.rename_back_asked",
        (Choice.RENAME_BACK, True): "copy.renamed_back",
    }
)
"""What the log calls a decision, and what it calls one that is carried out."""

BY_ACT: Final = MappingProxyType({act: each for each, act in ACTS.items()})


def act_of(decision: Decision) -> str:
    """What the log calls it."""
    return ACTS[decision.choice, decision.is_done]


def decision_json(decision: Decision) -> dict[str, Any]:
    """What the log keeps of it, beside who and when: no names of students."""
    facts: dict[str, Any] = {
        "by_share": decision.by_share,
        "firm": decision.is_firm,
        "before": decision.before and evidence_json(decision.before),
        "now": decision.now and evidence_json(decision.now),
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def decision_from(row: Row) -> Decision:
    """A decision from a row of DECISIONS."""
    at, by, act, subject, facts = row
    choice, is_done = BY_ACT[act]
    share, _, position = subject.rpartition(".")
    told = json.loads(facts)
    return Decision(
        key=DeliveryKey(share=ShareId(share), position=int(position)),
        choice=choice,
        at=at,
        by=by,
        is_done=is_done,
        before=evidence_from(told["before"]) if "before" in told else None,
        now=evidence_from(told["now"]) if "now" in told else None,
        by_share=told.get("by_share"),
        is_firm=told.get("firm"),
    )
