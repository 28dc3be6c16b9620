"""Lanes in line for what a project may spend, on a day that is played in no time.

In earnest each lane asks the budget again until it gets something. Where a thousand ask
and there is nothing, that is a thousand questions for one handful; here they stand in line
and the first of them is woken when there is something for it. What each gets is decided by
`budget.py` all the same, and in the long run as many handfuls come to each.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from hectograph.domain.budget import LONGEST_WAIT_SECONDS, Budget, Plan

DRIVE: Final = "school"

Happening = Callable[[float], None]
"""What happens at a second of the day."""


@dataclass(slots=True, eq=False)
class Purse:
    """The tokens that a lane has reserved, and whether it stands in line for more."""

    tokens: int = 0
    is_in_line: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    purse: Purse
    cost: int
    wanted: int
    then: Happening


class Spending(Protocol):
    """How lanes get tokens; `BudgetLine` is one, and tests have another."""

    def spend(
        self, purse: Purse, *, cost: int, wanted: int, now: float, then: Happening
    ) -> bool:
        """Take the cost of a call; False if it is not there yet, and `then` will tell.

        An empty purse is filled with as much as is `wanted`.
        """
        ...


class BudgetLine:
    """The line. `at` has something happen at a second."""

    def __init__(self, plan: Plan, *, at: Callable[[float, Happening], None]) -> None:
        self._budget = Budget.begin(plan, now=0.0)
        self._at = at
        self._line: deque[_Waiting] = deque()

    def spend(
        self, purse: Purse, *, cost: int, wanted: int, now: float, then: Happening
    ) -> bool:
        waiting = _Waiting(purse=purse, cost=cost, wanted=wanted, then=then)
        wait = 0.0
        if purse.tokens < cost and not self._line:
            wait = self._fill(waiting, now)
        if purse.tokens >= cost:
            purse.tokens -= cost
            return True
        purse.is_in_line = True
        self._line.append(waiting)
        if len(self._line) == 1:
            self._at(now + wait, self._serve)
        return False

    def _serve(self, now: float) -> None:
        """Serve the first. Whenever somebody is in line, this is to happen once more."""
        first = self._line[0]
        wait = self._fill(first, now)
        if first.purse.tokens < first.cost:
            self._at(now + wait, self._serve)
            return
        self._line.popleft()
        if self._line:
            self._at(now, self._serve)
        first.purse.is_in_line = False
        first.then(now)

    def _fill(self, waiting: _Waiting, now: float) -> float:
        """Reserve what is there; the seconds to wait for the rest."""
        self._budget, grant = self._budget.reserve(waiting.wanted, drive=DRIVE, now=now)
        waiting.purse.tokens += grant.granted
        wait = min(grant.wait_seconds, LONGEST_WAIT_SECONDS)
        return max(wait, 1 / self._budget.plan.rate)
