"""What a storage service allows, how long it takes, and what a copy costs there.

For days that are played in no time (`simulated_day.py`). The figures are those of Google
Drive where nothing is said: a copy is two writes or one, by the mode of delivery.
"""

from dataclasses import dataclass, replace
from math import exp
from statistics import NormalDist
from typing import Final

from hectograph.domain.budget import READ_UNITS, WRITE_UNITS, Plan
from hectograph.domain.drive import DeliveryMode

WRITE_RATE: Final = 3.0
"""Writes a second that Google takes from an account for any length of time.

Source: its guide to large migrations, read in September 2026.
"""

WRITE_BURST: Final = 3.0
"""Writes at once; nobody says how many, so no more than a second's worth is counted on."""

LATENCY_SECONDS: Final = 0.3
LATENCY_SPREAD: Final = 0.5
"""Until an answer comes, and how that varies: what `simulation/` takes for granted."""

NORMAL: Final = NormalDist()

REST_SECONDS: Final = 4.0
"""How long a staged copy rests before it is looked at, and moved if it stood still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What a storage service allows and how long it takes.

    `rate` are the writes a second that it takes from an account for any length of time,
    `burst` those it takes at once, `latency` the seconds until half of its answers are
    there, lognormal with `spread`. A delivery is
    so many `writes`, one after the other, with a `rest` of seconds between them and a
    `check` of seconds after the last, and takes `tokens` of the project's quota, reads
    included. One that is `plain`, with bytes of its own, is a single write, of
    `plain_tokens`. `learned`: the pace of each account is known from earlier days.
    """

    rate: float = WRITE_RATE
    burst: float = 30.0
    latency: float = 0.3
    spread: float = LATENCY_SPREAD
    writes: int = 1
    rest: float = 0.0
    check: float = 0.0
    tokens: int = 1
    plain_tokens: int = 1
    quota: Plan
    learned: bool = True

    def latency_of(self, chance: float) -> float:
        """How long an answer takes, for a random number from 0 to 1."""
        within = min(max(chance, 0.001), 0.999)
        return self.latency * exp(self.spread * NORMAL.inv_cdf(within))

    def writes_of(self, *, is_plain: bool) -> int:
        """How many writes a delivery is."""
        return 1 if is_plain else self.writes

    def write_tokens(self, *, is_plain: bool) -> int:
        """What a write takes of the project's quota, with its part of the reads."""
        return self.plain_tokens if is_plain else max(1, round(self.tokens / self.writes))

    def alone_seconds(self, deliveries: int, *, couriers: int = 1) -> float:
        """How long a share takes that has its accounts for itself, at the very best."""
        rate, burst = self.rate * couriers, self.burst * couriers

        def ends(step: int) -> float:
            """When the last is there, if it is for the n-th writes that it waits."""
            waiting = max(0.0, deliveries * step - burst) / rate
            after = self.writes - step
            return waiting + (after + 1) * self.latency + after * self.rest + self.check

        return max(map(ends, range(1, self.writes + 1)))


def build_service(
    mode: DeliveryMode,
    quota: Plan,
    *,
    rate: float = WRITE_RATE,
    burst: float = WRITE_BURST,
    latency: float = LATENCY_SECONDS,
) -> Service:
    """Google Drive: what native documents take that are delivered in this mode.

    Staged is a copy, a rest with a look at its end, a move and a look; direct is a copy.
    """
    write, read = quota.cost(WRITE_UNITS), quota.cost(READ_UNITS)
    direct = Service(
        rate=rate,
        burst=burst,
        latency=latency,
        tokens=write,
        plain_tokens=write,
        quota=quota,
    )
    if mode is DeliveryMode.DIRECT:
        return direct
    rest = REST_SECONDS + latency
    return replace(direct, writes=2, rest=rest, check=latency, tokens=2 * (write + read))
