"""The delivery protocol of Google Drive: exactly one copy, whatever answers get lost.

Files with bytes of their own take an id that was chosen beforehand: the same call again
cannot make a second one. Google's own documents take none. They are copied into a hidden
folder, their id is written down, and they are moved by it; or, where the school chose so,
they are copied straight into the student's folder and looked for after a lost answer.

What must be known after a crash is written down before the next call.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from hectograph.domain.delivery import DriveEvidence, Receipt
from hectograph.domain.errors import (
    FolderRefused,
    OutcomeUnknown,
    SourceRefused,
    Unavailable,
    Withdrawn,
)
from hectograph.ports.clock import Clock
from hectograph.ports.provider import CopyOrder, Notes, Permit
from hectograph.providers.drive_answers import Absent, Conflict, IdRefused
from hectograph.providers.drive_api import DriveApi
from hectograph.providers.drive_receipts import (
    STAMP_KEY,
    is_made_for,
    properties_of,
    receipt_for_earlier,
    receipt_for_found,
    receipt_for_new,
    trashed_folder,
)
from hectograph.providers.drive_staging import Staging
from hectograph.providers.drive_traces import Baseline, Step, Trace
from hectograph.providers.drive_values import DriveFile

REST: Final = timedelta(seconds=2)
"""For so long a native copy's content must stand still before it counts as finished.

Drive itself writes to one for up to two seconds after it was made: rclone issue 4517.
"""
REST_SECONDS: Final = 2 * REST.total_seconds()
LOOKS_AT_REST: Final = 5
REPLICATION: Final = timedelta(minutes=2)
"""How long an id that Drive told us may be unknown to it."""
DOUBT: Final = timedelta(seconds=60)
"""How long a copy in doubt is looked for before another is made."""
LOOK_AGAIN: Final = tuple(timedelta(seconds=each) for each in (5, 15, 40))
"""The waits between looks: few, as each spends of what patience a delivery has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What the protocol works with, for one order: as whom, and with which memory."""

    api: DriveApi
    notes: Notes
    permit: Permit
    clock: Clock
    staging: Staging

    async def keep(self, order: CopyOrder, trace: Trace, *, bound: bool = False) -> None:
        """Write down how far an order is."""
        await self.notes.keep(order.stamp.key, trace.text(), bound=bound)

    async def forget(self, order: CopyOrder) -> None:
        """Begin an order anew; anybody may."""
        await self.notes.keep(order.stamp.key, None, bound=False)

    async def copy(
        self, order: CopyOrder, *, parent: str, new_id: str | None = None
    ) -> DriveFile:
        """Copy the document, named and stamped in the same step."""
        self.permit.check()
        try:
            return await self.api.copy(
                _origin(order),
                name=order.name,
                parent=parent,
                app_properties=properties_of(order.stamp),
                new_id=new_id,
            )
        except Absent as absent:
            raise await self.explain_absence(order) from absent

    async def explain_absence(
        self, order: CopyOrder
    ) -> FolderRefused | SourceRefused | Unavailable:
        """Drive does not say what it did not find: the document, or the folder."""
        try:
            folder = await self.api.get(order.folder[-1])
        except Absent:
            return FolderRefused(
                "The student's folder is not there, or the account may not see it.",
                effect="No copy was made.",
                remedy="Share the folder with the acting account, or run "
                "`hectograph folders ensure`; then run `hectograph shares retry ID`.",
            )
        if folder.trashed:
            return trashed_folder()
        try:
            await self.api.get(_origin(order))
        except Absent:
            return SourceRefused(
                "The document is gone, or the acting account may not see it.",
                effect="No copy was made.",
            )
        return Unavailable("Drive did not find what is there.", effect="Nothing was done.")


async def adopt(bench: Bench, order: CopyOrder) -> Receipt | None:
    """The copy of the same wish that another share made, unless it was thrown away."""
    found = order.found
    if not isinstance(found, DriveEvidence):
        return None
    try:
        file = await bench.api.get(found.file)
    except Absent:
        return None
    return None if file.trashed else receipt_for_earlier(file, order, earlier=found)


async def find_only(bench: Bench, order: CopyOrder) -> Receipt:
    """The copy that an earlier attempt may have made; none is made any more.

    Raises Withdrawn when there is none that a student could see.
    """
    trace = Trace.parse(order.trace)
    is_known = trace is not None and trace.step in (Step.NUMBERED, Step.PUBLISHING)
    if trace is not None and is_known:
        found = await _find_known(bench, trace)
    else:
        # Hidden at most, or copied straight in under an id that nobody told us.
        found = await _look_for(bench, order)
    staging = await bench.staging.find_folder()
    if found is not None and staging not in found.parents:
        return receipt_for_found(found, order, baseline=trace.baseline if trace else None)
    since = order.first_tried_at
    if since is not None and bench.clock.now() - since < DOUBT:
        raise OutcomeUnknown(
            "The copy was not seen.",
            effect="It may still show.",
            retry_after=DOUBT - (bench.clock.now() - since),
        )
    raise Withdrawn("No copy was made.")


async def _find_known(bench: Bench, trace: Trace) -> DriveFile | None:
    try:
        return await bench.api.get(trace.file or "")
    except Absent:
        return None


async def place_numbered(bench: Bench, order: CopyOrder) -> Receipt:
    """Copy to an id that was written down: the same call as often as it takes."""
    trace = Trace.parse(order.trace)
    if trace is None or trace.file is None:
        (number,) = await bench.api.generate_ids(1)
        trace = Trace(step=Step.NUMBERED, file=number)
        await bench.keep(order, trace)
    try:
        file = await bench.copy(order, parent=order.folder[-1], new_id=trace.file)
    except Conflict:
        return await _numbered_before(bench, order, number=trace.file or "")
    return receipt_for_new(file, order)


async def _numbered_before(bench: Bench, order: CopyOrder, *, number: str) -> Receipt:
    """An earlier attempt made the copy, or the number is somebody else's."""
    file = await _made_before(bench, order, number=number)
    return receipt_for_found(file, order, baseline=None)


async def _made_before(bench: Bench, order: CopyOrder, *, number: str) -> DriveFile:
    try:
        file = await bench.api.get(number)
    except Absent as absent:
        raise OutcomeUnknown("Drive knows the copy's id, and shows no copy.") from absent
    if is_made_for(file, order):
        return file
    await bench.forget(order)
    raise Unavailable("The id chosen for the copy is in use.", effect="Nothing was done.")


async def place_staged(bench: Bench, order: CopyOrder) -> Receipt:
    """Copy where nobody looks, write the id down, wait until it rests, and move it."""
    staged = await _stage(bench, order)
    return staged if isinstance(staged, Receipt) else await _publish(bench, order, staged)


async def prepare_staged(bench: Bench, order: CopyOrder) -> None:
    """The same, but for the move: the copy waits there until it may be seen."""
    await _stage(bench, order)


async def _stage(bench: Bench, order: CopyOrder) -> Trace | Receipt:
    """Have the copy ready to be moved; the receipt if it was moved before."""
    trace = Trace.parse(order.trace)
    if trace is None or trace.step not in (Step.STAGED, Step.PUBLISHING):
        file = await _staged_copy(bench, order, number=trace.file if trace else None)
        trace = Trace(step=Step.STAGED, file=file.id)
        await bench.keep(order, trace, bound=True)
    else:
        file = await _get_staged(bench, order, trace)
        staging = await bench.staging.folder()
        if staging not in file.parents:
            return receipt_for_found(file, order, baseline=trace.baseline)
        if file.trashed:
            await bench.forget(order)
            raise Unavailable("The hidden copy was swept away.", effect="It is made anew.")
    if trace.step is not Step.PUBLISHING:
        baseline = await _rest(bench, file)
        trace = replace(trace, step=Step.PUBLISHING, baseline=baseline)
        await bench.keep(order, trace, bound=True)
    return trace


async def _staged_copy(bench: Bench, order: CopyOrder, *, number: str | None) -> DriveFile:
    """The copy in staging: the one that an earlier attempt left, or a new one.

    Under the number that was chosen for it, if it has one and Drive takes it.
    """
    if order.first_tried_at is not None and (
        found := await bench.staging.find(order.stamp)
    ):
        return found
    staging = await bench.staging.folder()
    if number is not None:
        # Known to be hidden before it is there: by its number alone it could be anywhere.
        await bench.keep(order, Trace(step=Step.STAGED, file=number), bound=True)
        with suppress(IdRefused):
            return await _staged_at(bench, order, number=number)
    return await bench.copy(order, parent=staging)


async def _staged_at(bench: Bench, order: CopyOrder, *, number: str) -> DriveFile:
    """The copy in staging under its number: the same call as often as it takes."""
    try:
        staging = await bench.staging.folder()
        return await bench.copy(order, parent=staging, new_id=number)
    except Conflict:
        return await _made_before(bench, order, number=number)


async def _get_staged(bench: Bench, order: CopyOrder, trace: Trace) -> DriveFile:
    number = trace.file or ""
    try:
        if trace.step is Step.STAGED and not order.handout.is_native:
            with suppress(IdRefused):
                return await _staged_at(bench, order, number=number)
        return await bench.api.get(number)
    except Absent as absent:
        since = order.first_tried_at
        if since is not None and bench.clock.now() - since > REPLICATION:
            await bench.forget(order)
        raise Unavailable("Drive does not show the hidden copy yet.") from absent


async def _rest(bench: Bench, file: DriveFile) -> Baseline:
    """The copy's content once Drive has done with it.

    It rests when it was last written to longer ago than REST, reckoned from its making
    on Drive's own clock, or when two looks that far apart show the same.
    """
    before = file
    began_at = bench.clock.elapsed()
    for _ in range(LOOKS_AT_REST):
        await bench.clock.sleep(REST_SECONDS)
        file = await bench.api.get(file.id)
        stood_still = timedelta(seconds=bench.clock.elapsed() - began_at) - (
            file.modified_at - before.created_at
        )
        if Baseline.of(before).is_same_content(file) or stood_still >= REST:
            return Baseline.of(file)
        before = file
    raise Unavailable("Drive is still writing to the hidden copy.")


async def _publish(bench: Bench, order: CopyOrder, trace: Trace) -> Receipt:
    number = trace.file or ""
    bench.permit.check()
    try:
        await bench.api.move(
            number, add=order.folder[-1], remove=await bench.staging.folder()
        )
    except Absent as absent:
        raise await bench.explain_absence(order) from absent
    file = await bench.api.get(number)
    receipt = receipt_for_found(file, order, baseline=trace.baseline)
    return replace(receipt, found=False)


async def release(bench: Bench, order: CopyOrder) -> None:
    """Let another account carry on, if it is certain that the copy is still hidden."""
    trace = Trace.parse(order.trace)
    if trace is not None and trace.step is Step.STAGED:
        await bench.forget(order)


async def place_direct(bench: Bench, order: CopyOrder) -> Receipt:
    """Copy straight into the folder; after a lost answer, look for long first."""
    if order.first_tried_at is not None:
        trace = Trace.parse(order.trace)
        if trace is None or trace.step is not Step.UNSURE:
            trace = Trace(step=Step.UNSURE, doubted_at=bench.clock.now())
        if found := await _look_for(bench, order):
            return receipt_for_found(found, order, baseline=None)
        trace = replace(trace, looks=trace.looks + 1)
        await bench.keep(order, trace)
        if not _is_looked_for_enough(trace, bench):
            raise OutcomeUnknown(
                "The copy was not seen yet.",
                effect="It may still show.",
                retry_after=LOOK_AGAIN[min(trace.looks, len(LOOK_AGAIN)) - 1],
            )
        await bench.forget(order)
    file = await bench.copy(order, parent=order.folder[-1])
    return receipt_for_new(file, order)


async def _look_for(bench: Bench, order: CopyOrder) -> DriveFile | None:
    """Our copy as lists show it, the smallest id first.

    The student may have moved it already, so not only the folder is looked at; but that
    alone would not do, as nobody says how soon a search knows of properties.
    """
    stamped = f"appProperties has {{ key='{STAMP_KEY}' and value='{order.stamp.text()}' }}"
    pages = bench.api.list_pages(f"'{order.folder[-1]}' in parents or {stamped}")
    files = [file async for page in pages for file in page.files]
    ours = [file for file in files if is_made_for(file, order)]
    return min(ours, key=lambda file: file.id, default=None)


def _is_looked_for_enough(trace: Trace, bench: Bench) -> bool:
    doubted_at = trace.doubted_at or bench.clock.now()
    return trace.looks > len(LOOK_AGAIN) and bench.clock.now() - doubted_at >= DOUBT


def _origin(order: CopyOrder) -> str:
    assert order.handout.origin is not None  # noqa: S101 - a Drive share's handouts have one
    return order.handout.origin
