"""What came of one share, by whatever way, and how it is shown."""

from dataclasses import dataclass

from benchmarks.drive.world import Calls, Copies


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """Seconds of the copying and, where that says more, of the whole command.

    Processor seconds are all but those of a database, which are told apart;
    `engine_seconds` is the worker's part of them.
    """

    seconds: float
    processor_seconds: float
    whole_seconds: float = 0.0
    engine_seconds: float = 0.0
    database_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One share."""

    number: int
    took: Took
    calls: Calls
    copies: Copies

    @property
    def calls_each(self) -> float:
        """Calls for each student."""
        return self.calls.calls / self.number

    @property
    def refused_each(self) -> float:
        """Calls refused for the quota's sake, for each student."""
        return self.calls.refused / self.number

    @property
    def is_exact(self) -> bool:
        """Whether every student has one copy and no more."""
        return self.copies.exact == self.number

    def copies_shown(self) -> str:
        """Exact, missing, extra."""
        copies = self.copies
        return f"{copies.exact} / {copies.missing} / {copies.extra}"


def ratio(value: float) -> str:
    """A time over its limit."""
    return f"×{value:.2f}" if value < 10 else f"×{value:.0f}"  # noqa: PLR2004


def per(value: float) -> str:
    """Something for each delivery."""
    return f"{value:.3f}" if 0 < value < 10 else f"{value:.0f}"  # noqa: PLR2004
