"""What an account, and the project, may ask for in a while."""

from collections import deque
from dataclasses import dataclass, field

from emulators.drive.calls import Method
from emulators.drive.refusals import Refusal
from emulators.drive.settings import Bucket, Quotas

MINUTE = 60.0


@dataclass(slots=True, kw_only=True)
class _Level:
    """A token bucket's level, as it was `at`."""

    tokens: float
    at: float

    def take(self, bucket: Bucket, *, now: float) -> bool:
        self.tokens = min(bucket.burst, self.tokens + (now - self.at) * bucket.rate)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


@dataclass(slots=True, kw_only=True)
class _Spending:
    """Units spent in the last minute; or in this minute, by the clock."""

    total: int = 0
    spent: deque[tuple[float, int]] = field(default_factory=deque)

    def add(self, units: int, *, limit: int, now: float, fixed: bool) -> bool:
        since = now - now % MINUTE if fixed else now - MINUTE
        while self.spent and self.spent[0][0] < since:
            self.total -= self.spent.popleft()[1]
        if self.total + units > limit:
            return False
        self.spent.append((now, units))
        self.total += units
        return True


class Purse:
    """Keeps count, and refuses."""

    def __init__(self) -> None:
        self._levels: dict[tuple[str, str], _Level] = {}
        self._spendings: dict[str, _Spending] = {}
        self._refusals = 0

    def charge(self, method: Method, *, account: str, quotas: Quotas, now: float) -> None:
        """Count a call; or refuse it, as Drive does, before anything is done."""
        if not self._within(method, account=account, quotas=quotas, now=now):
            raise self._refusal(quotas)

    def _within(self, method: Method, *, account: str, quotas: Quotas, now: float) -> bool:
        buckets = [(quotas.project_calls, "project", ""), (quotas.calls, "calls", account)]
        if method.writes:
            buckets.append((quotas.write, "write", account))
        if not all(self._take(one, kind, who, now=now) for one, kind, who in buckets):
            return False
        limits = (("", quotas.project_units), (account, quotas.user_units))
        return all(
            self._spendings.setdefault(who, _Spending()).add(
                method.units, limit=limit, now=now, fixed=quotas.fixed_minutes
            )
            for who, limit in limits
        )

    def _take(self, bucket: Bucket, kind: str, who: str, *, now: float) -> bool:
        if bucket.rate <= 0:
            return True
        level = self._levels.setdefault((kind, who), _Level(tokens=bucket.burst, at=now))
        return level.take(bucket, now=now)

    def _refusal(self, quotas: Quotas) -> Refusal:
        self._refusals += 1
        headers = (
            {} if quotas.retry_after is None else {"Retry-After": str(quotas.retry_after)}
        )
        late = quotas.refusal == "429" or (
            quotas.refusal == "alternate" and self._refusals % 2 == 0
        )
        if late:
            return Refusal(
                429,
                "rateLimitExceeded",
                "Rate Limit Exceeded",
                domain="usageLimits",
                headers=headers,
            )
        return Refusal(
            403,
            "userRateLimitExceeded",
            "User Rate Limit Exceeded. Rate of requests for user exceed configured project "
            "quota, you may consider re-evaluating expected per-user traffic to the API "
            "and adjust project quota limits accordingly.",
            domain="usageLimits",
            headers=headers,
        )
