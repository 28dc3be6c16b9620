"""Where commands hand in what is wanted: of the house on this machine, or of a server."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

from hectograph.app.correcting import Corrected, Refreshed
from hectograph.app.drives import DriveDestination
from hectograph.app.estimating import Queued
from hectograph.app.repeating import Coming
from hectograph.app.sharing import Requested
from hectograph.domain.cleanup import CleanupReport
from hectograph.domain.decision import Choice, Decision
from hectograph.domain.ids import RepetitionId, ShareId
from hectograph.domain.manner import DEFAULT_PATTERN, Access, Manner, ShareMode
from hectograph.domain.recurrence import Rule
from hectograph.domain.repetition import Outcome
from hectograph.domain.report import ShareReport
from hectograph.domain.schedule import When
from hectograph.domain.school_class import SchoolClass
from hectograph.domain.share import Progress, Share

AT_ONCE: Final = When()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody wants shared, as it was typed.

    On this machine it names a `roster`, and where the folders are; of a server, only a
    class that is known there.
    """

    documents: tuple[str, ...]
    school_class: str | None = None
    roster: Path | None = None
    into: Path | DriveDestination | None = None
    pattern: str | None = None
    mode: ShareMode = ShareMode.OWN
    access: Access = Access.EDIT
    subject: str = ""
    again: bool = False
    when: When = AT_ONCE

    @property
    def manner(self) -> Manner:
        """How the copies are made."""
        pattern = self.pattern or DEFAULT_PATTERN
        return Manner(
            pattern=pattern, mode=self.mode, access=self.access, subject=self.subject
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """The one copy of a share that is meant: by its student, or by its number."""

    share: ShareId
    student: str | None = None
    document: str | None = None
    copy: int | None = None


class Reception(Protocol):
    """All raise as the use cases behind them do; a server's, ServerUnavailable as well.

    Used in an `async with`. `stopping` is set when the person wants to stop; `zone` is
    the school's, None for the system's.
    """

    @property
    def stopping(self) -> asyncio.Event:
        """What ends waiting early."""
        ...

    @property
    def zone(self) -> tzinfo | None:
        """In which times are told."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def list_classes(self) -> Sequence[SchoolClass]:
        """The classes that are known, by name."""
        ...

    async def preview(self, order: Order) -> ShareReport:
        """What an order would do, without doing any of it."""
        ...

    async def request(self, order: Order) -> Requested:
        """Have it shared, or join the share of the same request."""
        ...

    async def list_shares(self, *, limit: int) -> Sequence[Progress]:
        """The newest shares."""
        ...

    async def progress(self, share: ShareId) -> Progress:
        """How far a share is, counted."""
        ...

    async def report(self, share: ShareId, *, joined: bool = False) -> ShareReport:
        """A share with every delivery."""
        ...

    async def follow(self, share: ShareId, *, show: Callable[[Progress], None]) -> None:
        """Return when it has ended, or when the person wants to stop."""
        ...

    async def is_served(self) -> bool:
        """Whether somebody carries out what is asked for."""
        ...

    async def retry(self, share: ShareId) -> int:
        """Give what failed another go; how many."""
        ...

    async def cancel(self, share: ShareId) -> int:
        """Withdraw what was not begun; how many."""
        ...

    async def pause(self, share: ShareId) -> None:
        """Begin nothing more of it."""
        ...

    async def resume(self, share: ShareId) -> None:
        """Let it go on."""
        ...

    async def move(self, share: ShareId, when: When) -> Share:
        """Have it done at another time."""
        ...

    async def recall(self, share: ShareId) -> None:
        """Take it back. Safe to repeat."""
        ...

    async def undo_recall(self, share: ShareId) -> None:
        """Bring back what was taken away."""
        ...

    async def taken(self, share: ShareId) -> CleanupReport:
        """What became of the copies that a recall, or a correction, took up."""
        ...

    async def follow_taken(
        self, share: ShareId, *, show: Callable[[CleanupReport], None]
    ) -> None:
        """Return when nothing of that is waited for, or when the person wants to stop."""
        ...

    async def correct(self, share: ShareId, document: str) -> Corrected:
        """Send a better version to everybody who got the share."""
        ...

    async def refresh(
        self, meant: Meant, *, document: str | None, renames_old: bool
    ) -> Refreshed:
        """Give one student a fresh copy."""
        ...

    async def bring_name_back(self, meant: Meant) -> str:
        """Give the old copy its name back; which that is."""
        ...

    async def decide(self, meant: Meant, choice: Choice, *, to: str) -> Decision:
        """Decide about a copy that a recall left; `to` is where it is handed over."""
        ...

    async def queue(self, account: str | None) -> Sequence[Queued]:
        """What runs and what waits, line by line."""
        ...

    async def preview_repeating(
        self, order: Order, rule: Rule
    ) -> tuple[Coming, ShareReport]:
        """What would repeat, and the first share."""
        ...

    async def begin_repeating(self, order: Order, rule: Rule) -> Coming:
        """Share it again and again from now on."""
        ...

    async def list_repetitions(self, *, limit: int) -> Sequence[Coming]:
        """What repeats, the newest first."""
        ...

    async def find_repetition(
        self, repetition: RepetitionId, *, limit: int
    ) -> tuple[Coming, Sequence[Outcome]]:
        """One of them, and what came of the latest days."""
        ...

    async def pause_repetition(self, repetition: RepetitionId) -> Coming:
        """Make no more shares until it is resumed."""
        ...

    async def resume_repetition(self, repetition: RepetitionId) -> Coming:
        """Go on with what is to come."""
        ...

    async def cancel_repetition(self, repetition: RepetitionId) -> Coming:
        """Make no more shares."""
        ...

    async def move_repetition(
        self, repetition: RepetitionId, *, every: str | None, until: str | None, when: When
    ) -> Coming:
        """Repeat it by another rule; what is not said stays as it is."""
        ...
