"""How fast an account may be used."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedPace:
    """What was learned of an account: charged calls a second, and calls at once."""

    rate: float
    burst: float
