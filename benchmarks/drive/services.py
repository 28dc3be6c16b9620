"""The services that shares are measured on: quotas, listing lag, trouble."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

LATENCY_SECONDS = 0.3
LATENCY_SIGMA = 0.5
UNLIMITED_UNITS = 10**9

Fault = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """How an emulator behaves. `binds` is what its bucket counts, as its settings say it.

    Rates are calls a second; `lag` is in seconds.
    """

    rate: float
    burst: float
    binds: str = "project_calls"
    lag: float = 0.0
    faults: tuple[Fault, ...] = ()

    def settings(self) -> dict[str, Any]:
        """What the emulator is started with."""
        return {
            "latency": {"median": LATENCY_SECONDS, "sigma": LATENCY_SIGMA},
            "lag": self.lag,
            "quotas": {
                self.binds: {"rate": self.rate, "burst": self.burst},
                "user_units": UNLIMITED_UNITS,
                "project_units": UNLIMITED_UNITS,
            },
        }

    def with_trouble(self, *faults: Fault, lag: float = 0.0) -> "Service":
        """The same service in trouble."""
        return replace(self, faults=faults, lag=lag)


def _some(kind: str, percent: float, *, when: str = "before", **more: Any) -> Fault:
    return {"kind": kind, "rate": percent / 100, "when": when, **more}


HUNDRED = Service(rate=100, burst=100)
HUNDRED_WRITES = Service(rate=100, burst=100, binds="write")
"""What Google limits for each account: reads do not count."""
TEN = Service(rate=10, burst=10)
THREE_WRITES = Service(rate=3, burst=3, binds="write")
THREE_WRITES_SAVED = Service(rate=3, burst=30, binds="write")

MILD = (
    _some("503", 2),
    _some("500", 0.5),
    _some("429", 0.5),
    _some("drop", 0.5),
    _some("503", 0.5, when="after"),
    _some("500", 0.5, when="after"),
    _some("drop", 0.5, when="after"),
)
"""5 % of calls."""

ROUGH = (
    _some("500", 1),
    _some("503", 2),
    _some("429", 1),
    _some("drop", 0.5),
    _some("drop", 1, when="after"),
    _some("503", 1, when="after"),
    _some("slow", 1, seconds=20 * LATENCY_SECONDS),
)

HOSTILE = (
    _some("500", 2),
    _some("502", 1),
    _some("502html", 2),
    _some("503", 3),
    _some("504", 1),
    _some("403", 2),
    _some("403user", 1),
    _some("429", 3),
    _some("drop", 2),
    _some("cut", 1),
    _some("drop", 2, when="after"),
    _some("cut", 2, when="after"),
    _some("500", 1, when="after"),
    _some("502html", 1, when="after"),
    _some("503", 1, when="after"),
    _some("429", 0.5, when="after"),
    _some("slow", 1, seconds=20 * LATENCY_SECONDS),
)
"""A quarter of all calls, in seventeen ways."""
