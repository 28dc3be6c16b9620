"""The durable memory of a lane's deliveries, written in groups."""

from collections.abc import Sequence

from hectograph.domain.ids import DeliveryKey
from hectograph.ports.ledger import Lane, Ledger, Note
from hectograph.threads import Grouped, OneThread

GROUP = 4096


class LaneNotes:
    """Writes traces down; all that come in meanwhile share a transaction."""

    def __init__(self, *, ledger: Ledger, desk: OneThread, lane: Lane) -> None:
        self._ledger = ledger
        self._desk = desk
        self._lane = lane
        self._writing: Grouped[Note, None] = Grouped(self._write, limit=GROUP)

    async def keep(self, key: DeliveryKey, trace: str | None, *, bound: bool) -> None:
        await self._writing.call(Note(key=key, trace=trace, bound=bound))

    async def _write(self, notes: Sequence[Note]) -> Sequence[None]:
        await self._desk.run(self._ledger.note, self._lane, notes)
        return [None] * len(notes)
