"""The knife: it counts every call at the drive and at the ledger, and cuts at one of them.

A cut is a signal to the own process, right before or right after the call: SIGKILL ends
it there, SIGSTOP makes a zombie of it that somebody may let go on later.
"""

import json
import signal
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from hectograph.ports.ledger import Ledger

from ..providers.test_file_system import PoorCalls


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A call: in which phase of the process, which, and the how manieth of its kind."""

    phase: str
    call: str
    number: int

    def __str__(self) -> str:
        return f"{self.phase}: {self.call} {self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Where the process is hit; `after` the call instead of before it."""

    point: Point
    after: bool
    by: int = signal.SIGKILL

    @classmethod
    def parse(cls, told: dict[str, Any]) -> Self:
        return cls(point=Point(**told["point"]), after=told["after"], by=told["by"])

    def told(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        return f"{'after' if self.after else 'before'} {self.point}"


class Knife:
    """Counts calls, in the order in which they begin, and cuts where it was told to."""

    def __init__(self, cut: Cut | None = None) -> None:
        self.phase = "request"
        self.seen: list[Point] = []
        self._cut = cut
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self._moved = threading.Condition(self._lock)

    def count(self, name: str, call: Callable[[], Any]) -> Any:
        """Make a call, and note it."""
        with self._moved:
            self._counts[self.phase, name] += 1
            number = self._counts[self.phase, name]
            point = Point(phase=self.phase, call=name, number=number)
            self.seen.append(point)
            self._moved.notify_all()
        self._strike(point, after=False)
        try:
            return call()
        finally:
            self._strike(point, after=True)

    def await_calls(self, *names: str) -> None:
        """Return once each of these was called in this phase, or after some seconds."""
        with self._moved:
            self._moved.wait_for(
                lambda: all(self._counts[self.phase, name] for name in names), timeout=5.0
            )

    def save(self, path: Path) -> None:
        """Write down what was seen."""
        path.write_text(json.dumps([asdict(each) for each in self.seen]))

    def _strike(self, point: Point, *, after: bool) -> None:
        if self._cut and (self._cut.point, self._cut.after) == (point, after):
            # At this very thread: a stop that another one takes lets this one run on.
            signal.pthread_kill(threading.get_ident(), self._cut.by)


class KnifedCalls(PoorCalls):
    """The file-system calls, under the knife.

    The first sync of the work waits until heart and clockwork have come by: so that
    their calls are among those of every run, however fast it is.
    """

    def __init__(self, knife: Knife, *lacks: str) -> None:
        super().__init__(*lacks)
        self._knife = knife

    def __getattribute__(self, name: str) -> Any:
        method = super().__getattribute__(name)
        if name.startswith("_") or not callable(method):
            return method
        knife = self._knife

        def counted(*args: Any, **kwargs: Any) -> Any:
            if name == "sync_all" and knife.phase == "work":
                knife.await_calls("beat", "look_at_lane")
            return knife.count(name, lambda: method(*args, **kwargs))

        return counted


class KnifedLedger:
    """The ledger, under the knife: every method of the port is handed on and counted."""

    def __init__(self, ledger: Ledger, knife: Knife) -> None:
        self._ledger = ledger
        self._knife = knife

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._ledger, name)

        def counted(*args: Any, **kwargs: Any) -> Any:
            return self._knife.count(name, lambda: method(*args, **kwargs))

        return counted
