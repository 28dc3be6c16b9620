"""What was told of a share, as it is kept to learn from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from hectograph.domain.estimate import Estimate
from hectograph.domain.expectation import Expectation, expect
from hectograph.domain.hindsight import Hindsight
from hectograph.domain.ids import ShareId
from hectograph.domain.line import Line

NOTED_AGAIN: Final = 1 / 3
"""What was written down is written anew when so much of what was left has passed."""

NOTED_APART: Final = timedelta(seconds=2)
"""And not more often than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """An expectation as it is kept to learn from, and what was told of it."""

    expectation: Expectation
    estimate: Estimate

    @property
    def made_at(self) -> datetime:
        """When it was told."""
        return self.estimate.made_at

    @property
    def again_at(self) -> datetime:
        """When the next is due, if the share is not through by then."""
        left = self.expectation.ends_at - self.made_at
        return self.made_at + max(NOTED_APART, left * NOTED_AGAIN)


def note_line(
    line: Line, hindsight: Hindsight, *, only: ShareId | None = None
) -> Mapping[ShareId, Noted]:
    """What can be told of the shares of a line, in the order in which they end."""
    prepared = _prepared(line, hindsight, only=only)
    return {
        share: Noted(
            expectation=each,
            estimate=replace(
                _estimate(each, hindsight, line=line), prepared_by=prepared.get(share)
            ),
        )
        for share, each in expect(line, only=only).items()
    }


def _prepared(
    line: Line, hindsight: Hindsight, *, only: ShareId | None
) -> Mapping[ShareId, datetime]:
    """By when the copies are made of what is shown together and has some to make."""
    shown = {each.share.id for each in line.shares if each.to_prepare}
    if not shown or only not in {None, *shown}:
        return {}
    before = line.before_showing()
    return {
        share: _estimate(each, hindsight, line=before).latest_at
        for share, each in expect(before, only=only).items()
        if share in shown
    }


def _estimate(expectation: Expectation, hindsight: Hindsight, *, line: Line) -> Estimate:
    spread = hindsight.spread(expectation.kind)

    return Estimate(
        made_at=line.now,
        earliest_at=expectation.after(spread.least),
        likely_at=expectation.after(spread.likely),
        latest_at=expectation.after(spread.most),
        rest=line.rest,
    )
