"""A line for each call, and their counts."""

from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One call: what was asked, what was answered, whether anything was done."""

    number: int
    at: float
    call: str
    account: str
    target: str
    status: int
    reason: str
    fault: str
    committed: bool
    units: int
    body_bytes: int


class Journal:
    """The last calls in full, all of them in numbers."""

    def __init__(self, *, keep: int) -> None:
        self._entries: deque[Entry] = deque(maxlen=keep)
        self._counts: Counter[tuple[str, int, str, str]] = Counter()
        self._refused = 0
        self._units: Counter[str] = Counter()
        self.length = 0

    def add(self, entry: Entry, *, refused: bool) -> None:
        """Record a call that is over."""
        self._entries.append(entry)
        self.length = entry.number
        self._counts[entry.call, entry.status, entry.reason, entry.fault] += 1
        self._units[entry.account] += 0 if refused else entry.units
        self._refused += refused

    def after(self, number: int) -> list[dict[str, Any]]:
        """The entries after a number."""
        return [asdict(entry) for entry in self._entries if entry.number > number]

    def counts(self) -> dict[str, Any]:
        """How many calls of each kind ended how."""
        keys = ("call", "status", "reason", "fault")
        return {
            "calls": self.length,
            "refused": self._refused,
            "units": dict(self._units),
            "by": [
                {**dict(zip(keys, key, strict=True)), "count": count}
                for key, count in sorted(self._counts.items())
            ],
        }
