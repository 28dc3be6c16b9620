"""Google Drive as a drive: documents and folders by id, copies by `drive_copies`."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from hectograph.domain.delivery import Delivery, DriveEvidence, Receipt
from hectograph.domain.drive import Acting, DeliveryMode, Drive, split_account
from hectograph.domain.errors import (
    AccessDenied,
    DocumentRefused,
    Exhausted,
    ProviderError,
    RequestRefused,
    Throttled,
)
from hectograph.domain.handout import Handout, digest
from hectograph.domain.ids import AccountId, ShareId
from hectograph.domain.links import parse_link
from hectograph.domain.litter import FoundFile, LitterWanted
from hectograph.domain.removal import Removal
from hectograph.domain.rewriting import Version
from hectograph.domain.share import PlannedShare
from hectograph.ports.accounts import Accounts
from hectograph.ports.clock import Clock
from hectograph.ports.provider import (
    CopyOrder,
    Document,
    Inspection,
    Notes,
    Permit,
    Sighting,
    Stray,
)
from hectograph.providers.drive_answers import Absent, IdRefused
from hectograph.providers.drive_api import DriveApi
from hectograph.providers.drive_copies import (
    Bench,
    adopt,
    find_only,
    place_direct,
    place_numbered,
    place_staged,
    prepare_staged,
    release,
)
from hectograph.providers.drive_litter import find_litter, found_file
from hectograph.providers.drive_locks import DriveLocks
from hectograph.providers.drive_names import give_name
from hectograph.providers.drive_receipts import STAMP_KEY, stamp_of, trashed_folder
from hectograph.providers.drive_removal import DriveTrash
from hectograph.providers.drive_rewriting import DrivePen
from hectograph.providers.drive_staging import Staging
from hectograph.providers.drive_traces import Step, Trace
from hectograph.providers.drive_twins import list_twins
from hectograph.providers.drive_values import FOLDER, DriveFile
from hectograph.threads import OneThread

T = TypeVar("T")

PLACE: Final = "google"
TRASHED_FOLDERS: Final = f"mimeType = '{FOLDER}' and trashed = true"
TRASH_PAGES: Final = 5
FRESH: Final = timedelta(seconds=60)
"""For so long what was seen of the folders when a share was asked for will do."""
AUDITED: Final = 3
"""How many times the age of leftovers second copies are looked for."""
NUMBERS_AHEAD: Final = 1000
"""As many ids as one call gives."""
TIRED_SECONDS: Final = 15 * 60.0
"""After so long a refusal is no matter of pace: people report blocks for a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveTools:
    """What a Google drive is opened with. `api_for` gives the API as somebody sees it.

    `room` tells how many more deliveries the pace has use for, `refused_for` for how many
    seconds the service has refused everything; `hasten` gives up what waits for it.
    It `impersonates` where its key acts for any account of the domain.
    """

    drive: Drive
    account: AccountId
    api_for: Callable[[str], DriveApi]
    accounts: Accounts
    desk: OneThread
    clock: Clock
    permit: Permit
    notes: Notes
    room: Callable[[], int]
    refused_for: Callable[[], float]
    joins_within: timedelta
    sweep_after: timedelta
    hasten: Callable[[], None]
    close: Callable[[], Awaitable[None]]
    impersonates: bool = False


class GoogleDrive:
    """One Google drive, used through one acting account, or through each recipient's."""

    def __init__(self, tools: DriveTools) -> None:
        self._tools = tools
        self._email = _email_of(tools)
        self._api = tools.api_for(self._email)
        self._staging = Staging(
            tools.account,
            api=self._api,
            accounts=tools.accounts,
            desk=tools.desk,
            permit=tools.permit,
        )
        self._trash_bin = DriveTrash(
            api_for=lambda removal: self._api_as(removal.actor),
            owner_api=self._find_owner,
        )
        self._locks = DriveLocks(api=self._api, owner_api=self._find_owner)
        self._pen = DrivePen(
            api_for=lambda removal: self._api_as(removal.actor), reader=self._api
        )
        self._trash: asyncio.Task[frozenset[str]] | None = None
        self._numbers: asyncio.Task[tuple[str, ...]] | None = None

    async def check(self) -> str:
        return PLACE

    async def describe(self, documents: Sequence[Document]) -> Sequence[Handout]:
        """Look at the documents, and ahead for what `equip` will want to know."""
        ids = [_id_of(each) for each in documents]
        self._look_ahead()
        return await asyncio.gather(*(self._describe(each) for each in dict.fromkeys(ids)))

    async def freeze(
        self,
        documents: Sequence[Document],
        handouts: Sequence[Handout],
        *,
        share: ShareId,
    ) -> None:
        """Nothing is kept: a copy is of the document as it is when it is made."""

    async def equip(self, plan: PlannedShare) -> PlannedShare:
        drive = self._tools.drive
        numbered = [each for each in plan.deliveries if not each.handout.is_native]
        numbers = iter(await self._take_numbers(len(numbered)))
        in_trash = await self._find_trashed()
        deliveries = tuple(
            replace(self._acted(each, plan), trace=_first_trace(each, numbers, in_trash))
            for each in plan.deliveries
        )
        since = plan.share.asked_at - self._tools.joins_within
        return replace(
            plan,
            deliveries=deliveries,
            lanes=drive.lanes(plan.share.account),
            adopts_since=None if plan.share.again else since,
        )

    def room(self) -> int:
        return self._tools.room()

    async def thaw(self, share: ShareId) -> None:
        """Nothing was frozen."""

    async def list_frozen(self, *, before: datetime) -> Sequence[ShareId]:  # noqa: ARG002
        return ()

    async def place(self, order: CopyOrder) -> Receipt:
        bench = self._bench(order)
        if receipt := await adopt(bench, order):
            return receipt
        if order.first_tried_at is None and not order.finds_only:
            await self._refuse_trashed(order)
        return await self._unless_tired(bench, order, self._place(bench, order))

    async def prepare(self, order: CopyOrder) -> None:
        if self._is_direct:
            return  # there is no place where a copy could lie unseen
        bench = self._bench(order)
        if await adopt(bench, order):
            return
        await self._refuse_trashed(order)
        await self._unless_tired(bench, order, prepare_staged(bench, order))

    async def list_strays(self) -> Sequence[Stray]:
        hidden = await self._staging.list_strays()
        if not self._is_direct:
            return hidden
        since = self._tools.clock.now() - AUDITED * self._tools.sweep_after
        return [*hidden, *await list_twins(self._api, since=since)]

    def inspected(self, removal: Removal) -> AbstractAsyncContextManager[Inspection | None]:
        return self._trash_bin.inspected(removal)

    async def detach(self, removal: Removal, inspection: Inspection) -> str:
        return await self._trash_bin.detach(removal, inspection)

    async def rewrite(
        self, removal: Removal, inspection: Inspection, version: Version
    ) -> None:
        await self._pen.rewrite(removal, inspection, version)

    async def rename(self, removal: Removal, inspection: Inspection, name: str) -> None:
        await give_name(self._api_as(removal.actor), inspection, name)

    async def reattach(self, removal: Removal) -> str:
        return await self._trash_bin.reattach(removal)

    async def check_lock(self, removal: Removal) -> None:
        await self._locks.check(removal)

    async def set_locked(self, removal: Removal, *, locked: bool) -> bool:
        return await self._locks.put(removal, locked=locked)

    async def sweep_folders(self, *, before: datetime) -> int:  # noqa: ARG002
        """Copying makes no folders here."""
        return 0

    async def find_files(self, wanted: LitterWanted) -> Sequence[FoundFile]:
        return await find_litter(self._api, wanted, actor_for=self._owner_of)

    async def is_commented(self, file: FoundFile) -> bool:
        evidence = file.original.evidence
        assert isinstance(evidence, DriveEvidence)  # noqa: S101 - it was found here
        return await self._api_as(file.actor).has_comments(evidence.file)

    async def list_stamped(self) -> Sequence[Sighting]:
        pages = self._api.list_pages("trashed = false and 'me' in owners")
        files = [file async for page in pages for file in page.files]
        return [each for file in files if (each := _sighting(file)) is not None]

    async def examine(self, sighting: Sighting) -> FoundFile | None:
        try:
            file = await self._api.get(sighting.file)
            has_comments = await self._api.has_comments(sighting.file)
        except Absent:
            return None
        if file.trashed or stamp_of(file) != sighting.stamp:
            return None
        return found_file(file, has_comments=has_comments)

    def hasten(self) -> None:
        self._tools.hasten()

    async def close(self) -> None:
        for task in (self._trash, self._numbers):
            if task is not None:
                task.cancel()
        await self._tools.close()

    async def _place(self, bench: Bench, order: CopyOrder) -> Receipt:
        if order.finds_only:
            return await find_only(bench, order)
        trace = Trace.parse(order.trace)
        is_staged = trace is not None and trace.step in (Step.STAGED, Step.PUBLISHING)
        if not (order.handout.is_native or is_staged):
            try:
                return await place_numbered(bench, order)
            except IdRefused:
                await bench.forget(order)
                order = replace(order, trace=None)
        if self._is_direct and not is_staged:
            return await place_direct(bench, order)
        return await place_staged(bench, order)

    async def _unless_tired(self, bench: Bench, order: CopyOrder, doing: Awaitable[T]) -> T:
        """What comes of it; an account that was refused for long lets others carry on."""
        try:
            return await doing
        except (Throttled, Exhausted) as error:
            tired = self._tired_of(error)
            if tired is None:
                raise
            await release(bench, order)
            raise tired from error

    def _tired_of(self, error: Throttled | Exhausted) -> Exhausted | None:
        """The error that sends the account to rest, when it has been refused for long."""
        if isinstance(error, Exhausted):
            return error
        if self._tools.refused_for() < TIRED_SECONDS:
            return None
        return Exhausted(
            "Google has refused this account for a quarter of an hour.",
            effect="It rests for some hours.",
        )

    @property
    def _is_direct(self) -> bool:
        drive = self._tools.drive
        return drive.delivery is DeliveryMode.DIRECT or drive.acting is Acting.RECIPIENT

    def _bench(self, order: CopyOrder) -> Bench:
        return Bench(
            api=self._api_as(order.actor),
            notes=self._tools.notes,
            permit=self._tools.permit,
            clock=self._tools.clock,
            staging=self._staging,
        )

    def _find_owner(self, file: DriveFile) -> DriveApi | None:
        """The API as another account of the pool, if that owns a file."""
        ours = set(file.owners) & set(self._tools.drive.accounts) - {self._email}
        return self._tools.api_for(ours.pop()) if ours else None

    def _api_as(self, actor: str | None) -> DriveApi:
        return self._tools.api_for(actor) if actor else self._api

    def _owner_of(self, file: DriveFile) -> str | None:
        """Who may put a file into the trash, where it is another whom we may act for."""
        if not (self._tools.impersonates and file.owners):
            return None
        return None if file.owned_by_me else file.owners[0]

    async def _refuse_trashed(self, order: CopyOrder) -> None:
        """Notice a folder in the trash before copying.

        It was looked for when the share was asked for; where that is long ago, one list
        serves a whole lane.
        """
        trace = Trace.parse(order.trace)
        suspect = trace is not None and trace.in_trash
        if not suspect and self._tools.clock.now() - order.stamp.asked_at > FRESH:
            suspect = order.folder[-1] in await self._find_trashed()
        if suspect and (await self._api.get(order.folder[-1])).trashed:
            raise trashed_folder()

    def _look_ahead(self) -> None:
        """Begin with what takes a while and does not depend on the documents."""
        if self._numbers is None:
            self._numbers = asyncio.create_task(self._api.generate_ids(NUMBERS_AHEAD))
            self._numbers.add_done_callback(_heed)
        if self._trash is None and self._tools.drive.acting is not Acting.RECIPIENT:
            self._trash = asyncio.create_task(self._list_trashed_folders())

    async def _take_numbers(self, count: int) -> tuple[str, ...]:
        """Ids for so many copies, of which the first were asked for ahead."""
        if not count:
            return ()
        self._look_ahead()
        ahead, self._numbers = self._numbers, None
        assert ahead is not None  # noqa: S101 - it was asked for right above
        numbers = await ahead
        return (numbers + await self._api.generate_ids(count - len(numbers)))[:count]

    async def _find_trashed(self) -> frozenset[str]:
        if self._tools.drive.acting is Acting.RECIPIENT:
            return frozenset()
        if self._trash is None:
            self._trash = asyncio.create_task(self._list_trashed_folders())
        return await asyncio.shield(self._trash)

    async def _list_trashed_folders(self) -> frozenset[str]:
        found: set[str] = set()
        token: str | None = None
        try:
            for _ in range(TRASH_PAGES):
                page = await self._api.list_files(TRASHED_FOLDERS, page_token=token)
                found.update(file.id for file in page.files)
                token = page.next_token
                if token is None:
                    break
        except ProviderError:
            # Only a look ahead: what is copied into the trash is noticed afterwards, too.
            return frozenset(found)
        return frozenset(found)

    def _acted(self, delivery: Delivery, plan: PlannedShare) -> Delivery:
        """In recipients' name, where they make their copies themselves."""
        if self._tools.drive.acting is not Acting.RECIPIENT:
            return delivery
        row = delivery.key.position // len(plan.handouts)
        email = plan.recipients[row].email
        if email is None:
            raise RequestRefused(
                f"The roster has no email for {delivery.student}, whose account should "
                "make the copy.",
                effect="Nothing was shared.",
                remedy="Add a column Email, or let another account act.",
            )
        return replace(delivery, actor=email.lower())

    async def _describe(self, document: str) -> Handout:
        try:
            file = await self._api.get(document)
        except Absent as absent:
            raise DocumentRefused(
                f"There is no document {document} that {self._email} may see.",
                effect="Nothing was shared.",
                remedy=f"Is the link right? Share the document with {self._email}.",
            ) from absent
        except AccessDenied as denied:
            raise DocumentRefused(
                denied.cause, effect="Nothing was shared.", remedy=denied.remedy
            ) from denied
        return _handout(file, reader=self._email)


def _email_of(tools: DriveTools) -> str:
    """As whom the account calls where no recipient acts: for a pool, its first account."""
    _, email = split_account(tools.account)
    accounts = tools.drive.accounts
    return email or (accounts[0] if accounts else "")


def _id_of(document: Document) -> str:
    found = parse_link(str(document))
    if found is None:
        raise DocumentRefused(
            f"{str(document)!r} is neither a link to a file on Google Drive nor an id.",
            effect="Nothing was shared.",
            remedy="Open the document in the browser and copy the address from there.",
        )
    return found


def _handout(file: DriveFile, *, reader: str) -> Handout:
    faults = (
        (file.is_folder, f'"{file.name}" is a folder.', "Choose the documents in it."),
        (file.is_shortcut, f'"{file.name}" is a shortcut.', "Choose the document itself."),
        (file.trashed, f'"{file.name}" is in the trash.', "Restore it first."),
        (
            not file.can_copy,
            f'"{file.name}" may not be copied by {reader}.',
            "Let viewers copy it in its sharing settings, or make that account an editor.",
        ),
    )
    for is_fault, cause, remedy in faults:
        if is_fault:
            raise DocumentRefused(cause, effect="Nothing was shared.", remedy=remedy)
    revision = file.md5 or file.modified_at.isoformat()
    return Handout(
        title=file.name,
        sha256=digest(PLACE, file.id, revision),
        size_bytes=file.size_bytes or 0,
        origin=file.id,
        media_type=file.mime_type,
        md5=file.md5,
    )


def _first_trace(
    delivery: Delivery, numbers: Iterator[str], trashed: frozenset[str]
) -> str | None:
    in_trash = delivery.folder[-1] in trashed
    if delivery.handout.is_native:
        return Trace(step=Step.PLANNED, in_trash=True).text() if in_trash else None
    return Trace(step=Step.NUMBERED, file=next(numbers), in_trash=in_trash).text()


def _heed(task: asyncio.Task[Any]) -> None:
    """Note a task's error, which whoever needs the result will raise."""
    if not task.cancelled():
        task.exception()


def _sighting(file: DriveFile) -> Sighting | None:
    stamp = stamp_of(file) if STAMP_KEY in file.app_properties else None
    if stamp is None:
        return None
    path = file.web_link or file.id
    return Sighting(
        stamp=stamp, folder=file.parents, name=file.name, path=path, file=file.id
    )
