"""Hectograph on the emulator: a house, its workers, drives, and the command."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.drive.processes import run_to_end
from benchmarks.drive.results import Result, Took
from benchmarks.drive.world import TEACHER, Document, World
from benchmarks.engine_cost import tree_seconds
from benchmarks.workplace import House, opened_house
from hectograph import postgres

PATIENCE_SECONDS = 1200
"""After so long nobody waits any more for a share to end; it goes on all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """A drive that was set up."""

    name: str
    acting: str


@dataclass(slots=True, kw_only=True)
class Ours:
    """A house with a warm worker, shared by all measurements; drives are not."""

    house: House
    worker: int
    server: int
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def drive(
        self,
        world: World,
        *,
        acting: str = "teacher",
        delivery: str = "staged",
        per_minute: int | None = None,
    ) -> Drive:
        """Set a drive up, whose accounts nobody knows yet."""
        name = f"measured{next(self.numbers)}"
        drive = Drive(name=name, acting=acting)
        words = ["drive", "add", "google", name, "--service-account", str(world.key)]
        words += ["--acting", acting, "--delivery", delivery, "--api-root"]
        words += [world.emulator.url]
        if per_minute is not None:
            words += ["--quota", f"{per_minute}queries"]
        command = self.house.command(*words, "--json")
        run_to_end(command, env=self.house.environment).checked()
        return drive

    def share(
        self, world: World, drive: Drive, document: Document, *, first: int | None = None
    ) -> Result:
        """Share with the class, or its first students, by the command."""
        roster = _roster(world, first)
        before = world.calls()
        used = (tree_seconds(self.worker), tree_seconds(self.server))
        began = time.perf_counter()
        words = self.words(document, drive, roster, "--json")
        patient = ("timeout", "--signal=INT", str(PATIENCE_SECONDS), *words)
        ended = run_to_end(patient, env=self.house.environment)
        whole = time.perf_counter() - began
        worker, server = tree_seconds(self.worker), tree_seconds(self.server)
        if not ended.said:
            raise RuntimeError(ended.errors)
        told = json.loads(ended.said)
        number = first or len(world.folders)
        return Result(
            number=number,
            took=Took(
                seconds=told["seconds"],
                whole_seconds=whole,
                processor_seconds=ended.processor_seconds + worker - used[0],
                engine_seconds=worker - used[0],
                database_seconds=server - used[1],
            ),
            calls=world.calls() - before,
            copies=world.copies(document, first=first),
        )

    def words(
        self, document: Document, drive: Drive, roster: Path, *options: str
    ) -> list[str]:
        """The command that shares."""
        words = ("share", document.id, "--drive", drive.name, "--as", TEACHER)
        return self.house.command(*words, "--roster", str(roster), *options)

    def start(self, world: World, drive: Drive, document: Document) -> str:
        """Ask for a share, and do not wait; its id."""
        words = self.words(document, drive, world.roster, "--json", "--no-wait")
        share: str = self._told(words)["share"]
        return share

    def cancel(self, share: str) -> None:
        """Withdraw what is left of a share."""
        command = self.house.command("shares", "cancel", share)
        run_to_end(command, env=self.house.environment)

    def _told(self, words: list[str]) -> dict[str, Any]:
        ended = run_to_end(words, env=self.house.environment).checked()
        told: dict[str, Any] = json.loads(ended.said)
        return told


@contextmanager
def opened_ours(place: Path) -> Iterator[Ours]:
    """A house with a worker, both gone afterwards."""
    with opened_house(place / "house") as house:
        worker = house.start_worker()
        found = postgres.find_running(house.data_dir)
        assert found is not None
        assert found.pid is not None
        yield Ours(house=house, worker=worker, server=found.pid)


def _roster(world: World, first: int | None) -> Path:
    if first is None:
        return world.roster
    path = world.place / f"first-{first}.csv"
    lines = world.roster.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[: first + 1]) + "\n", encoding="utf-8")
    return path
