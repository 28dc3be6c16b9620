"""The least time that a share can take: the quota, and then the slowest of the last."""

import math
from random import Random
from statistics import fmean

from benchmarks.drive.services import LATENCY_SECONDS, LATENCY_SIGMA, Service

DRAWS = 400


def limit_seconds(service: Service, number: int, *, accounts: int = 1) -> float:
    """The mean time of somebody who knows the quota, and needs one call for each copy.

    A call leaves as soon as the bucket has a token. `accounts` have a bucket each.
    """
    chance = Random(1)
    return fmean(_once(service, number, accounts, chance) for _ in range(DRAWS))


def _once(service: Service, number: int, accounts: int, chance: Random) -> float:
    each = math.ceil(number / accounts)
    admitted = (max(0.0, n + 1 - service.burst) / service.rate for n in range(each))
    return max(at + _latency(chance) for at in admitted for _ in range(accounts))


def _latency(chance: Random) -> float:
    return chance.lognormvariate(math.log(LATENCY_SECONDS), LATENCY_SIGMA)
