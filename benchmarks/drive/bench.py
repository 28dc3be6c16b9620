"""Runs a share by some way in a world of its own."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.drive.ours import Ours
from benchmarks.drive.peers import Peer
from benchmarks.drive.results import Result
from benchmarks.drive.services import Service
from benchmarks.drive.world import opened_world

AT_ONCE = 6

Run = Callable[[], Result]


@dataclass(slots=True, kw_only=True)
class Bench:
    """Where and by whom it is measured. `seed` makes worlds differ, and alike again."""

    place: Path
    ours: Ours
    numbers: Any = field(default_factory=lambda: count(1))

    def new_place(self) -> Path:
        """A directory that nobody has."""
        return self.place / f"world{next(self.numbers)}"

    def peer(
        self,
        way: Peer,
        service: Service,
        number: int,
        *,
        seed: int = 1,
        native: bool = False,
    ) -> Result:
        """A share by a peer."""
        with opened_world(self.new_place(), service, number, seed=seed) as world:
            document = world.document(native=native)
            before = world.calls()
            took = way(world, document)
            return Result(
                number=number,
                took=took,
                calls=world.calls() - before,
                copies=world.copies(document),
            )

    def cold(
        self,
        service: Service,
        number: int,
        *,
        seed: int = 1,
        native: bool = False,
        delivery: str = "staged",
    ) -> Result:
        """A share by an account that nobody knows."""
        with opened_world(self.new_place(), service, number, seed=seed) as world:
            drive = self.ours.drive(world, delivery=delivery)
            return self.ours.share(world, drive, world.document(native=native))

    def learned(
        self,
        service: Service,
        numbers: Sequence[int],
        *,
        before: Sequence[int],
        couriers: int = 0,
        per_minute: int | None = None,
        seed: int = 1,
    ) -> list[Result]:
        """Shares with so many students each, after others by the same accounts."""
        most = max(*numbers, *before)
        place = self.new_place()
        with opened_world(place, service, most, couriers=couriers, seed=seed) as world:
            acting = f"couriers:{','.join(world.couriers)}" if couriers else "teacher"
            drive = self.ours.drive(world, acting=acting, per_minute=per_minute)
            done = []
            for number in (*before, *numbers):
                refill(service)
                done.append(self.ours.share(world, drive, world.document(), first=number))
            return done[len(before) :]


def refill(service: Service) -> None:
    """Wait until the service's bucket is full, whatever was in it."""
    time.sleep(service.burst / service.rate + 0.5)  # noqa: TID251 - no Clock here


def side_by_side(
    runs: Mapping[str, Callable[[], Any]], *, at_once: int = AT_ONCE
) -> dict[str, Any]:
    """Several at a time, each in its own world; for what waits more than it works."""
    with ThreadPoolExecutor(at_once) as crew:
        asked = {name: crew.submit(told, name, run) for name, run in runs.items()}
        return {name: each.result() for name, each in asked.items()}


def told(name: str, run: Callable[[], Any]) -> Any:
    """Run it, and say on stderr how long it took."""
    began = time.monotonic()
    done = run()
    took = time.monotonic() - began
    shown = done if isinstance(done, Result) else ""
    print(f"  {name}: {took:.0f} s  {shown}", file=sys.stderr, flush=True)
    return done
