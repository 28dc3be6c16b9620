"""The model checker: what a drive and a ledger must look like when shares have ended.

It knows nothing of the product's own code. What it goes by is the emulator's history:
who did what to which file, and where the file was and what it was called afterwards.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from emulators.drive.students import PAGES

DELIVERED = ("verified", "kept")
STAMP, STAGING = "hx", "staging"
State = Mapping[str, Any]
File = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One delivery as it was planned. `email` is the student's."""

    share: str
    position: int
    email: str
    folder: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A delivery as the ledger has it; `file` is the copy's id."""

    share: str
    position: int
    state: str
    file: str | None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What is wrong, and what is not wrong but worth counting.

    `twins` are second copies that a student could see for a while, which only the
    direct mode may leave; `strays` copies that nobody ever saw; `kept` deliveries that
    are said to be a student's work though no student came near them.
    """

    violations: tuple[str, ...]
    twins: int = 0
    strays: int = 0
    kept: int = 0


def check(
    state: State,
    planned: Sequence[Planned],
    entries: Sequence[Entry],
    *,
    before: State,
    twins_allowed: bool = False,
) -> Findings:
    """Hold the drive's end against the plan, the ledger and the drive's beginning."""
    return Checker(
        state=state,
        planned=planned,
        entries={(each.share, each.position): each for each in entries},
        before=before,
        twins_allowed=twins_allowed,
    ).findings()


@dataclass(kw_only=True)
class Checker:
    state: State
    planned: Sequence[Planned]
    entries: Mapping[tuple[str, int], Entry]
    before: State
    twins_allowed: bool = False
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def findings(self) -> Findings:
        violations = [
            *self._seeded(),
            *self._deliveries(),
            *self._strangers(),
            *self._staging(),
            *self._removals(),
        ]
        return Findings(violations=tuple(violations), **self.counts)

    @cached_property
    def ours(self) -> list[File]:
        """Everything that was made through the API, and not in Drive's own pages."""
        return [each for each in self.state["files"] if each["created_client"] != PAGES]

    @cached_property
    def people(self) -> frozenset[str]:
        return frozenset(each.email for each in self.planned)

    @cached_property
    def staging(self) -> frozenset[str]:
        return frozenset(each["id"] for each in self.ours if _stamp(each) == STAGING)

    @cached_property
    def by_delivery(self) -> Mapping[tuple[str, int], list[File]]:
        found = defaultdict(list)
        for each in self.ours:
            _, share, position, *_ = [*_stamp(each).split("."), "", "", ""]
            if position.isdigit():
                found[share, int(position)].append(each)
        return found

    def _seeded(self) -> Iterator[str]:
        """What was there before is as it was, but for what people did."""
        now = {each["id"]: each for each in self.state["files"]}
        for each in self.before["files"]:
            for event in now[each["id"]]["history"][len(each["history"]) :]:
                if event["by"] not in self.people or each["sha256"] is not None:
                    yield f"{each['name']} was {event['what']} by {event['by']}"

    def _deliveries(self) -> Iterator[str]:
        for plan in self.planned:
            files = self.by_delivery.get((plan.share, plan.position), [])
            shown = [each for each in files if _was_in(each, plan.folder)]
            entry = self.entries.get((plan.share, plan.position))
            label = f"{plan.share}/{plan.position}"
            yield from (f"{label}: {each}" for each in self._delivery(plan, shown, entry))

    def _delivery(
        self, plan: Planned, shown: Sequence[File], entry: Entry | None
    ) -> Iterator[str]:
        if entry is None or entry.state not in DELIVERED:
            yield f"the ledger says {entry}, the folder had {len(shown)}"
        if not shown:
            yield "no copy was ever in the folder"
            return
        told = next((each for each in shown if entry and each["id"] == entry.file), None)
        if told is None:
            yield f"the ledger names {entry and entry.file}, which was never there"
            told = shown[0]
        yield from self._copy(plan, told)
        twins = [each for each in shown if each is not told]
        self.counts["twins"] += len(twins)
        if twins and not self.twins_allowed:
            yield f"{len(shown)} copies could be seen"
        for twin in twins:
            if not twin["trashed"] and not _deeds(twin, of=self.people):
                yield "a second copy stayed"
        alone = not _deeds(told, of=self.people)
        self.counts["kept"] += bool(alone and entry and entry.state == "kept")

    def _copy(self, plan: Planned, file: File) -> Iterator[str]:
        """One copy: how it came, what was done to it, how it is."""
        history = file["history"]
        arrival = next(n for n, e in enumerate(history) if e["parent"] == plan.folder)
        if any(each["parent"] not in self.staging for each in history[:arrival]):
            yield "it was somewhere else before it came"
        if any(each["name"] != plan.name for each in history[: arrival + 1]):
            yield f"its name was {history[arrival]['name']}"
        for each in history[arrival + 1 :]:
            if each["by"] not in self.people:
                yield f"it was {each['what']} by {each['by']} after it came"
        if file["trashed"] and not any("trashed" in each["what"] for each in history):
            yield "it lies in the trash"
        edits = sum("edited" in each["what"] for each in history)
        content = plan.content + b"\nmine" * edits
        if file["sha256"] != hashlib.sha256(content).hexdigest():
            yield f"its content is not the document's with {edits} edits"

    def _strangers(self) -> Iterator[str]:
        """Whatever else we made: seen by nobody, and in the trash by now."""
        known = {(each.share, each.position): each for each in self.planned}
        folders = {each.folder for each in self.planned}
        for key, files in self.by_delivery.items():
            plan = known.get(key)
            hidden = [each for each in files if not plan or not _was_in(each, plan.folder)]
            self.counts["strays"] += len(hidden)
            for each in hidden:
                if plan is None:
                    yield f"a copy of the unknown delivery {key}"
                elif _places(each) - self.staging:
                    yield f"{key}: a stray was in {_places(each) - self.staging}"
                elif not each["trashed"]:
                    yield f"{key}: a stray is left in staging"
        for each in self.ours:
            if not _stamp(each):
                yield f"{each['name']} carries no stamp"
            if each["id"] in self.staging and _places(each) & folders:
                yield "the staging folder is in a student's folder"

    def _staging(self) -> Iterator[str]:
        """Nobody but the account that owns it ever sees into it."""
        for each in self.ours:
            if each["id"] in self.staging and each["visible_to"] != [each["owner"]]:
                yield f"staging is seen by {each['visible_to']}"
            if each["parents"][0] in self.staging and not each["trashed"]:
                yield f"{each['name']} is left in staging"

    def _removals(self) -> Iterator[str]:
        for each in self.state["files"]:
            if each["deleted"]:
                yield f"{each['name']} was deleted for good"


def _stamp(file: File) -> str:
    marks = [each[STAMP] for each in file["appProperties"].values() if STAMP in each]
    return str(marks[0]) if marks else ""


def _places(file: File) -> set[str]:
    return {each["parent"] for each in file["history"]}


def _was_in(file: File, folder: str) -> bool:
    return folder in _places(file)


def _deeds(file: File, *, of: Iterable[str]) -> list[str]:
    """What these people did to a file after its making."""
    return [each["what"] for each in file["history"][1:] if each["by"] in of]
