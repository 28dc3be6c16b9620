"""The reception of a server: what commands want, asked for over HTTP."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import tzinfo
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import parse_qs, quote, urlsplit
from zoneinfo import ZoneInfo

from hectograph.app.correcting import Corrected, Refreshed
from hectograph.app.estimating import Queued
from hectograph.app.following import Followed
from hectograph.app.reception import Meant, Order
from hectograph.app.repeating import Coming
from hectograph.app.sharing import Requested
from hectograph.client import reading
from hectograph.client.server import Json, Server
from hectograph.domain.cleanup import CleanupReport
from hectograph.domain.correction import find_copy
from hectograph.domain.decision import Choice, Decision, pick_kept
from hectograph.domain.drive import is_google
from hectograph.domain.errors import (
    DocumentRefused,
    RequestRefused,
    ServerUnavailable,
    UnknownClass,
)
from hectograph.domain.ids import CleanupId, DeliveryKey, RepetitionId, ShareId
from hectograph.domain.names import fold
from hectograph.domain.recurrence import Rule
from hectograph.domain.repetition import Outcome
from hectograph.domain.report import ShareReport
from hectograph.domain.schedule import When
from hectograph.domain.school_class import SchoolClass
from hectograph.domain.share import Progress, Share

F = TypeVar("F", bound=Followed)

A_PAGE: Final = 200
"""So many the server lists at once."""

LOOK_SECONDS: Final = 1.0
"""Between two looks at what is followed: half of what a token may ask for."""

OUTAGES: Final = 3
"""So often, half a minute each, a server may be away from whoever follows a share."""

PATHS: Final = {
    Choice.LEAVE: "leave",
    Choice.LOCK: "lock",
    Choice.UNLOCK: "unlock",
    Choice.HAND_OVER: "hand-over",
}


class ServerReception:
    """`told` hears what a person should know and is no result."""

    def __init__(self, server: Server, *, told: Callable[[str], None]) -> None:
        self.stopping = asyncio.Event()
        self.zone: tzinfo | None = None
        self._server = server
        self._told = told

    async def __aenter__(self) -> Self:
        await self._server.__aenter__()
        try:
            me = await self._server.get("/me")
        except BaseException:
            await self._server.__aexit__(None, None, None)
            raise
        self.zone = ZoneInfo(me["timezone"]) if me["timezone"] else None
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._server.__aexit__(kind, error, trace)

    async def list_classes(self) -> Sequence[SchoolClass]:
        found = await self._server.get("/classes")
        return [reading.class_from(each) for each in found["classes"]]

    async def preview(self, order: Order) -> ShareReport:
        found = await self._class_of(order)
        wish = await self._wish(order, found)
        told = await self._server.post(
            f"/classes/{found.id}/shares/preview", wish, is_safe=True
        )
        self._tell(told)
        return reading.report_from(told)

    async def request(self, order: Order) -> Requested:
        found = await self._class_of(order)
        wish = await self._wish(order, found)
        told = await self._server.make(f"/classes/{found.id}/shares", wish)
        self._tell(told)
        progress = await self.progress(ShareId(told["share"]))
        return Requested(share=progress.share, joined=told["joined"])

    async def list_shares(self, *, limit: int) -> Sequence[Progress]:
        found: list[Json] = []
        query = {"limit": str(min(limit, A_PAGE))}
        while True:
            page = await self._server.get("/shares", **query)
            found += page["shares"]
            if page["next"] is None or len(found) >= limit:
                return [reading.progress_from(each) for each in found[:limit]]
            query["cursor"] = _cursor_of(page["next"])

    async def progress(self, share: ShareId) -> Progress:
        return reading.progress_from(await self._server.get(f"{_path(share)}/progress"))

    async def report(self, share: ShareId, *, joined: bool = False) -> ShareReport:
        told = await self._server.get(_path(share))
        return reading.report_from(told, joined=joined)

    async def follow(self, share: ShareId, *, show: Callable[[Progress], None]) -> None:
        await self._follow(lambda: self.progress(share), show)

    async def is_served(self) -> bool:
        """A server has its own workers; whoever runs it is told."""
        return True

    async def retry(self, share: ShareId) -> int:
        # Nothing fails a second time for being asked for again.
        return await self._turn(share, "retry", is_safe=True)

    async def cancel(self, share: ShareId) -> int:
        return await self._turn(share, "cancel")

    async def pause(self, share: ShareId) -> None:
        await self._turn(share, "pause")

    async def resume(self, share: ShareId) -> None:
        await self._turn(share, "resume")

    async def move(self, share: ShareId, when: When) -> Share:
        path = f"{_path(share)}/move"
        self._tell(await self._server.post(path, asdict(when), is_safe=True))
        return (await self.progress(share)).share

    async def recall(self, share: ShareId) -> None:
        await self._turn(share, "recall", is_safe=True)

    async def undo_recall(self, share: ShareId) -> None:
        await self._turn(share, "recall/undo")

    async def taken(self, share: ShareId) -> CleanupReport:
        told = (await self._server.get(f"{_path(share)}/recall"))["recall"]
        if told is None:
            raise RequestRefused(
                f"The share {share} is not recalled.", effect="Nothing was done."
            )
        return reading.cleanup_from(told)

    async def follow_taken(
        self, share: ShareId, *, show: Callable[[CleanupReport], None]
    ) -> None:
        await self._follow(lambda: self.taken(share), show)

    async def correct(self, share: ShareId, document: str) -> Corrected:
        body = await self._documents([document], is_on_drive=await self._is_on_drive(share))
        told = await self._server.make(f"{_path(share)}/correct", body)
        taken = await self.taken(share)
        return Corrected(cleanup=CleanupId(taken.cleanup.id), share=ShareId(told["share"]))

    async def refresh(
        self, meant: Meant, *, document: str | None, renames_old: bool
    ) -> Refreshed:
        body: Json = {"rename_old": renames_old}
        if document is not None:
            is_on_drive = await self._is_on_drive(meant.share)
            body |= await self._documents([document], is_on_drive=is_on_drive)
        told = await self._server.make(f"{await self._copy(meant)}/fresh", body)
        return Refreshed(share=ShareId(told["share"]), old=told["old_copy"])

    async def bring_name_back(self, meant: Meant) -> str:
        told = await self._server.post(f"{await self._copy(meant)}/fresh/undo")
        return str(told["name"])

    async def decide(self, meant: Meant, choice: Choice, *, to: str) -> Decision:
        path = f"{await self._kept(meant)}/{PATHS[choice]}"
        if choice is Choice.HAND_OVER:
            told = await self._server.make(path, {"to": to})
        else:
            told = await self._server.post(path, is_safe=True)
        key = DeliveryKey(share=ShareId(told["share"]), position=told["copy"])
        return reading.decision_from(told["decision"], key=key)

    async def queue(self, account: str | None) -> Sequence[Queued]:
        query = {} if account is None else {"account": account}
        found = await self._server.get("/queue", **query)
        return [reading.queued_from(each) for each in found["lines"]]

    async def preview_repeating(
        self, order: Order, rule: Rule
    ) -> tuple[Coming, ShareReport]:
        found = await self._class_of(order)
        path = f"/classes/{found.id}/repeats/preview"
        wish = await self._standing(order, rule, found)
        told = await self._server.post(path, wish, is_safe=True)
        return reading.coming_from(told["repeat"]), reading.report_from(told["first"])

    async def begin_repeating(self, order: Order, rule: Rule) -> Coming:
        found = await self._class_of(order)
        wish = await self._standing(order, rule, found)
        told = await self._server.make(f"/classes/{found.id}/repeats", wish)
        return reading.coming_from(told)

    async def list_repetitions(self, *, limit: int) -> Sequence[Coming]:
        found = await self._server.get("/repeats", limit=str(min(limit, A_PAGE)))
        return [reading.coming_from(each) for each in found["repeats"]]

    async def find_repetition(
        self, repetition: RepetitionId, *, limit: int
    ) -> tuple[Coming, Sequence[Outcome]]:
        told = await self._server.get(
            _repeat_path(repetition), limit=str(min(limit, A_PAGE))
        )
        days = [reading.outcome_from(each) for each in told["days"]]
        return reading.coming_from(told), days

    async def pause_repetition(self, repetition: RepetitionId) -> Coming:
        return await self._turn_repetition(repetition, "pause")

    async def resume_repetition(self, repetition: RepetitionId) -> Coming:
        return await self._turn_repetition(repetition, "resume")

    async def cancel_repetition(self, repetition: RepetitionId) -> Coming:
        return await self._turn_repetition(repetition, "cancel")

    async def move_repetition(
        self, repetition: RepetitionId, *, every: str | None, until: str | None, when: When
    ) -> Coming:
        said = {"every": every, "until": until, "when": asdict(when)}
        told = await self._server.post(
            f"{_repeat_path(repetition)}/move", said, is_safe=True
        )
        return reading.coming_from(told)

    async def _turn_repetition(self, repetition: RepetitionId, turn: str) -> Coming:
        told = await self._server.post(f"{_repeat_path(repetition)}/{turn}")
        return reading.coming_from(told)

    async def _turn(self, share: ShareId, turn: str, *, is_safe: bool = False) -> int:
        told = await self._server.post(f"{_path(share)}/{turn}", is_safe=is_safe)
        return int(told["copies"] or 0)

    async def _follow(
        self, look: Callable[[], Awaitable[F]], show: Callable[[F], None]
    ) -> None:
        while True:
            found = await self._look(look)
            show(found)
            if found.is_ended or self.stopping.is_set():
                return
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self.stopping.wait()
            except TimeoutError:
                continue

    async def _look(self, look: Callable[[], Awaitable[F]]) -> F:
        """How far it is, across a restart of the server."""
        for _ in range(OUTAGES):
            try:
                return await look()
            except ServerUnavailable:
                if self.stopping.is_set():
                    raise
        return await look()

    async def _class_of(self, order: Order) -> SchoolClass:
        """The class that is meant, by name or id. Raises RequestRefused, UnknownClass."""
        if order.roster is not None or order.into is not None:
            raise RequestRefused(
                "The server knows who is in a class, and where the folders are.",
                effect="Nothing was done.",
                remedy="Leave --roster, --into and --drive out, and name --class.",
            )
        if order.school_class is None:
            raise RequestRefused(
                "It was not said for which class.",
                effect="Nothing was done.",
                remedy="Name it with --class; `hectograph classes list` has them all.",
            )
        wanted = fold(order.school_class)
        classes = await self.list_classes()
        found = [each for each in classes if wanted in (fold(each.name), each.id)]
        if not found:
            raise UnknownClass(
                f"There is no class {order.school_class!r} that you may see.",
                remedy="`hectograph classes list` has them all.",
            )
        if len(found) > 1:
            ids = ", ".join(f"{each.id} ({each.school})" for each in found)
            raise RequestRefused(
                f"{len(found)} classes are called so.",
                effect="Nothing was done.",
                remedy=f"Name one by its id: {ids}.",
            )
        return found[0]

    async def _wish(self, order: Order, found: SchoolClass) -> Json:
        place = found.destination
        is_on_drive = place is not None and place.drive is not None
        wish = await self._documents(order.documents, is_on_drive=is_on_drive)
        wish |= {"again": order.again, "when": asdict(order.when)}
        wish |= {"mode": order.mode, "access": order.access, "subject": order.subject}
        return wish if order.pattern is None else {**wish, "pattern": order.pattern}

    async def _standing(self, order: Order, rule: Rule, found: SchoolClass) -> Json:
        place = found.destination
        is_on_drive = place is not None and place.drive is not None
        wish = await self._documents(order.documents, is_on_drive=is_on_drive)
        until = rule.until.isoformat() if rule.until else None
        wish |= {"pattern": order.pattern, "every": rule.every, "until": until}
        wish |= {"mode": order.mode, "access": order.access, "subject": order.subject}
        return {**wish, "when": asdict(rule.when)}

    async def _documents(self, documents: Sequence[str], *, is_on_drive: bool) -> Json:
        """How documents are named: by links, or as files that are sent first."""
        if is_on_drive:
            return {"links": list(dict.fromkeys(documents))}
        files = await asyncio.to_thread(_read, documents)
        return {"upload": (await self._server.send_files("/uploads", files))["upload"]}

    async def _is_on_drive(self, share: ShareId) -> bool:
        return is_google((await self.report(share)).share.destination)

    async def _copy(self, meant: Meant) -> str:
        """The address of the copy that is meant."""
        number = meant.copy
        if number is None:
            report = await self.report(meant.share)
            found = find_copy(report.deliveries, student=meant.student, number=None)
            number = found.key.position
        return f"{_path(meant.share)}/copies/{number}"

    async def _kept(self, meant: Meant) -> str:
        """The address of a copy that a recall has left."""
        if meant.copy is not None:
            return f"{_path(meant.share)}/copies/{meant.copy}"
        taken, report = await self.taken(meant.share), await self.report(meant.share)
        _, delivery = pick_kept(
            taken.removals,
            report.deliveries,
            student=meant.student,
            document=meant.document,
            copy=None,
        )
        return f"{_path(meant.share)}/copies/{delivery.key.position}"

    def _tell(self, told: Mapping[str, Any]) -> None:
        for each in told.get("notes", ()):
            self._told(each)


def _path(share: ShareId) -> str:
    return f"/shares/{quote(share, safe='')}"


def _repeat_path(repetition: RepetitionId) -> str:
    return f"/repeats/{quote(repetition, safe='')}"


def _cursor_of(following: str) -> str:
    return parse_qs(urlsplit(following).query)["cursor"][0]


def _read(documents: Sequence[str]) -> dict[str, bytes]:
    """Files by name. Raises DocumentRefused."""
    files = {}
    for each in dict.fromkeys(documents):
        path = Path(each)
        if path.is_dir():
            raise DocumentRefused(
                f"{each} is a folder, and only files are sent to a server.",
                effect="Nothing was shared.",
                remedy="Name its files.",
            )
        try:
            files[path.name] = path.read_bytes()
        except OSError as error:
            raise DocumentRefused(
                f"{each} cannot be read: {error.strerror}.", effect="Nothing was shared."
            ) from error
    return files
