"""Shares as pages look at them."""

from dataclasses import replace

from hectograph.domain.plan import build_plan
from hectograph.domain.report import build_report
from hectograph.domain.share import ShareState
from hectograph.web.share_view import Sight

from ..builders import EIGHT, a_share_id, a_wish


def a_sight(*states, share=ShareState.RUNNING, reason=None, halted=None):
    """A share whose copies are in these states."""
    wish = a_wish(*(f"Student {number}" for number in range(len(states))))
    plan = build_plan(wish, share_id=a_share_id(), asked_at=EIGHT, asked_on=EIGHT.date())
    deliveries = [
        replace(each, state=state, reason=reason)
        for each, state in zip(plan.deliveries, states, strict=True)
    ]
    report = build_report(
        replace(plan.share, state=share), deliveries, joined=False, now=EIGHT, halted=halted
    )
    return Sight(report=report)
