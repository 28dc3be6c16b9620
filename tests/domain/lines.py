"""Lines that tests are about."""

from dataclasses import replace

from hectograph.domain.ids import AccountId
from hectograph.domain.line import Carrier, InLine, Line

from ..builders import EIGHT, a_plan, a_share_id

GOOGLE = AccountId("google:school/ada@school.test")


def in_line(number, remaining, *, total=None, timing=None, changed=None, **kwargs):
    """A share of which so many are owed still."""
    plan = a_plan(number=number, account=GOOGLE, **({"timing": timing} if timing else {}))
    share = replace(
        plan.share,
        id=a_share_id(number),
        open=remaining,
        total=total or remaining,
        **(changed or {}),
    )
    return InLine(share=share, **kwargs)


def a_line(*shares, rate=2.0, account=GOOGLE, carriers=None, now=EIGHT, **kwargs):
    """Carried by one account that settles two a second."""
    carriers = carriers or (Carrier(account=account, goodput=rate, rested_seconds=0.0),)
    return Line(
        account=account, now=now, settled=0, carriers=carriers, shares=shares, **kwargs
    )
