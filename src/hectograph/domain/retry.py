"""Whether a failed attempt is worth another, and when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hectograph.domain.errors import Exhausted, ProviderError, Rejected, Throttled

A_DAY: Final = timedelta(days=1)
AT_FIRST: Final = 3
"""So many tries come soon: most troubles of a service are over within a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How patient to be: delays are `first` some times, then double up to `longest`.

    The budget is spent after `attempts` tries, and not before `patience` is over: an
    outage may last an hour.
    """

    attempts: int
    patience: timedelta
    first: timedelta
    longest: timedelta


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Try again, no sooner than `at`."""

    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Another attempt cannot help, or the budget is spent."""


def decide_retry(
    error: ProviderError,
    *,
    attempts: int,
    tried_since: datetime,
    now: datetime,
    policy: RetryPolicy,
    jitter: float,
) -> RetryAt | GiveUp:
    """Decide after `attempts` tries since `tried_since`, this one included.

    Being told to slow down spends no budget: the pace sees to it that the next try comes
    when there is room, and an account that rests is not asked. Whoever asks to be left
    alone for longer is, up to `longest`.

    `jitter`, a random number from 0 to 1, spreads the delay over its upper half, so that
    a class that failed together does not come back together.
    """
    if isinstance(error, Exhausted):
        return RetryAt(now)
    if isinstance(error, Throttled):
        asked = error.retry_after or timedelta(0)
        return RetryAt(now + max(policy.first * (0.5 + jitter / 2), asked))
    # Who names the time of the next try has a reason to wait, and is waited for longer.
    named = error.retry_after is not None
    patience = max(policy.patience, A_DAY) if named else policy.patience
    spent = attempts >= policy.attempts and now - tried_since >= patience
    if isinstance(error, Rejected) or spent:
        return GiveUp()
    doublings = min(max(0, attempts - AT_FIRST), 32)
    delay = min(policy.first * 2**doublings, policy.longest) * (0.5 + jitter / 2)
    asked = min(error.retry_after or timedelta(0), policy.longest)
    return RetryAt(now + max(delay, asked))
