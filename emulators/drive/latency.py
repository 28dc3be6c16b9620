"""How long calls take: lognormal, seeded."""

import math
from dataclasses import dataclass
from random import Random

from emulators.drive.settings import Latency


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """Seconds until the effect, and from there to the answer."""

    before: float = 0.0
    after: float = 0.0

    @property
    def total(self) -> float:
        """Seconds from the question to the answer."""
        return self.before + self.after


def draw_delay(latency: Latency, call: str, *, random: Random) -> Delay:
    """The effect is somewhere within, so that calls at the same time interleave."""
    median = latency.calls.get(call, latency.median)
    if median <= 0:
        return Delay()
    total = (
        random.lognormvariate(math.log(median), latency.sigma) if latency.sigma else median
    )
    before = total * random.random()
    return Delay(before=before, after=total - before)
