"""A Provider on the simulated service: the writes and reads of the Drive protocol.

What is asked for, in which order, and what is written down in between is that of
`providers/drive_copies.py`; what is not about time is left out.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from hectograph.domain.budget import PAGE_UNITS, READ_UNITS, WRITE_UNITS
from hectograph.domain.delivery import DriveEvidence, Receipt
from hectograph.domain.errors import Withdrawn
from hectograph.domain.handout import Handout
from hectograph.domain.ids import ShareId
from hectograph.domain.litter import FoundFile, LitterWanted
from hectograph.domain.removal import Removal
from hectograph.domain.rewriting import Version
from hectograph.domain.share import PlannedShare
from hectograph.ports.clock import Clock
from hectograph.ports.provider import (
    CopyOrder,
    Document,
    Inspection,
    Notes,
    Sighting,
    Stray,
)
from hectograph.providers.drive_answers import Conflict, Meaning, classify, error_of
from hectograph.providers.drive_copies import REST_SECONDS
from hectograph.providers.transport import Answer, Call
from simulation.service import COPY, GET, LIST, MOVE

SEEN: Final = " seen"

MADE: Final = datetime.fromisoformat("2026-09-01T08:00:00+00:00")


class PacedTransport(Protocol):
    """What a pace gives a drive; `providers/paced.py` is one."""

    def room(self) -> int:
        """How many more writes it is of use to bring."""
        ...

    def give_up(self) -> None:
        """Let whoever waits go."""
        ...

    async def send(self, call: Call) -> Answer:
        """Send it when it is its turn."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedDrive:
    """One lane's drive. `is_native`: two writes and two reads a copy, else one write."""

    transport: PacedTransport
    notes: Notes
    clock: Clock
    is_native: bool
    at_last: Callable[[], Awaitable[None]]

    async def place(self, order: CopyOrder) -> Receipt:
        if order.finds_only:
            raise Withdrawn("Nothing is withdrawn here.")
        number = await (self._stage(order) if self.is_native else self._copy(order))
        evidence = DriveEvidence(
            file=number,
            version=1,
            modified_at=MADE,
            modified_by=None,
            revision=None,
            md5=None,
        )
        return Receipt(path=number, evidence=evidence)

    async def prepare(self, order: CopyOrder) -> None:
        if self.is_native:
            await self._make(order)

    async def _copy(self, order: CopyOrder) -> str:
        """To an id that was chosen beforehand."""
        key = str(order.stamp.key)
        try:
            await self._call(COPY, delivery=key, id=key)
        except Conflict:
            await self._call(GET, id=key)
        return key

    async def _stage(self, order: CopyOrder) -> str:
        """Into staging, and from there by id."""
        number = await self._make(order)
        await self._call(MOVE, id=number)
        await self._call(GET, id=number)
        return number

    async def _make(self, order: CopyOrder) -> str:
        """The copy in staging, of which the baseline is known."""
        key = order.stamp.key
        trace = order.trace or ""
        number, is_seen = trace.removesuffix(SEEN), trace.endswith(SEEN)
        if not number:
            if order.first_tried_at is not None:
                number = await self._call(LIST, delivery=str(key))
            number = number or await self._call(COPY, delivery=str(key))
            await self.notes.keep(key, number, bound=True)
        if not is_seen:
            await self.clock.sleep(REST_SECONDS)
        await self._call(GET, id=number)
        if not is_seen:
            await self.notes.keep(key, f"{number}{SEEN}", bound=True)
        return number

    async def _call(self, name: str, **asked: str) -> str:
        writes = name in (COPY, MOVE)
        units = WRITE_UNITS if writes else PAGE_UNITS if name == LIST else READ_UNITS
        call = Call(name=name, method="", path="/", query=asked, writes=writes, units=units)
        answer = await self.transport.send(call)
        verdict = classify(answer, writes=writes)
        if answer.status == 409:
            raise Conflict("The copy is there.")
        if verdict.meaning is not Meaning.DONE:
            raise error_of(verdict)
        return answer.body.decode()

    async def check(self) -> str:
        return "simulated"

    async def describe(self, documents: Sequence[Document]) -> Sequence[Handout]:
        raise NotImplementedError

    async def freeze(
        self,
        documents: Sequence[Document],
        handouts: Sequence[Handout],
        *,
        share: ShareId,
    ) -> None:
        raise NotImplementedError

    async def equip(self, plan: PlannedShare) -> PlannedShare:
        return plan

    def room(self) -> int:
        return self.transport.room()

    async def thaw(self, share: ShareId) -> None:
        """Nothing was frozen."""

    async def list_frozen(self, *, before: datetime) -> Sequence[ShareId]:  # noqa: ARG002
        return ()

    @asynccontextmanager
    async def inspected(self, removal: Removal) -> AsyncIterator[Inspection | None]:
        raise NotImplementedError
        yield removal  # type: ignore[unreachable]

    async def rename(self, removal: Removal, inspection: Inspection, name: str) -> None:
        raise NotImplementedError

    async def detach(self, removal: Removal, inspection: Inspection) -> str:
        raise NotImplementedError

    async def rewrite(
        self, removal: Removal, inspection: Inspection, version: Version
    ) -> None:
        raise NotImplementedError

    async def reattach(self, removal: Removal) -> str:
        raise NotImplementedError

    async def check_lock(self, removal: Removal) -> None:
        raise NotImplementedError

    async def set_locked(self, removal: Removal, *, locked: bool) -> bool:
        raise NotImplementedError

    async def examine(self, sighting: Sighting) -> FoundFile | None:
        raise NotImplementedError

    async def list_strays(self) -> Sequence[Stray]:
        return ()

    async def sweep_folders(self, *, before: datetime) -> int:  # noqa: ARG002
        return 0

    async def find_files(self, wanted: LitterWanted) -> Sequence[FoundFile]:  # noqa: ARG002
        return ()

    async def is_commented(self, file: FoundFile) -> bool:  # noqa: ARG002
        return False

    async def list_stamped(self) -> Sequence[Sighting]:
        return ()

    def hasten(self) -> None:
        self.transport.give_up()

    async def close(self) -> None:
        await self.at_last()
