"""A group of copies on their way into students' folders, phase by phase.

Each copy is its own success or failure; only a sync that fails concerns them all.
"""

import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum

from hectograph.domain.adoption import Found, Verdict, Wanted, decide_adoption
from hectograph.domain.delivery import FileEvidence, Receipt
from hectograph.domain.errors import (
    FolderRefused,
    OutcomeUnknown,
    ProviderError,
    SourceDamaged,
    Withdrawn,
)
from hectograph.domain.ids import ShareId
from hectograph.domain.names import fold, free_name
from hectograph.domain.stamp import Stamp
from hectograph.ports.provider import CopyOrder, Permit
from hectograph.providers.file_calls import UNSUPPORTED, FileCalls
from hectograph.providers.file_errors import provider_error
from hectograph.providers.file_folders import (
    TEMPORARY_PREFIX,
    Folder,
    Folders,
    give_quietly,
)
from hectograph.providers.file_quarantine import Quarantine
from hectograph.providers.file_transfer import Transfer, sha256_of
from hectograph.providers.frozen_documents import FrozenDocuments

SERVER_CLOCK_SLACK = timedelta(days=2)
"""How far a file server's clock may be off before a stamped copy is overlooked."""

NAME_TRIES = 100


class Naming(Enum):
    """How a finished copy gets its name, best first."""

    UNNAMED = "an unnamed file is linked in"
    LINKED = "a hidden temporary is linked, then removed"
    RENAMED = "a hidden temporary is renamed without replacing"


@dataclass(slots=True, kw_only=True)
class BatchTools:
    """What every group on a drive needs. `naming` is learned once, from the best down."""

    calls: FileCalls
    root: str
    frozen: FrozenDocuments
    transfer: Transfer
    quarantine: Quarantine
    permit: Permit
    naming: Naming
    stamps: bool = True
    sources: dict[tuple[ShareId, int], int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Staged:
    """A copy that is written, and named or about to be."""

    order: CopyOrder
    folder: Folder
    file: int
    temporary: str | None
    name: str
    dropped: bool = False


Outcome = Receipt | Exception
Step = Staged | Outcome


class Batch:
    """One group, from looking to reading back."""

    def __init__(self, tools: BatchTools) -> None:
        self._tools = tools
        self._calls = tools.calls
        self._folders = Folders(tools.calls, tools.root)

    def place(self, orders: Sequence[CopyOrder]) -> list[Outcome]:
        """Carry every order as far as it goes; results in the order of the orders."""
        outcomes: dict[int, Outcome] = {}
        for wave in _waves(orders):
            try:
                outcomes.update(
                    zip(wave, self._place([orders[n] for n in wave]), strict=True)
                )
            finally:
                self._folders.close()
        return [outcomes[number] for number in range(len(orders))]

    def _place(self, orders: Sequence[CopyOrder]) -> list[Outcome]:
        staged = [self._stage(order) for order in orders]
        try:
            written = self._synced(staged)
            named = self._name_permitted(written)
        except BaseException:
            for each in staged:
                if isinstance(each, Staged):
                    self._drop(each)
            raise
        return [self._read_back(each) for each in self._synced(named, happened=True)]

    # 1 and 2: look, then write

    def _stage(self, order: CopyOrder) -> Step:
        try:
            self._folders.root()
            return self._find_or_write(order)
        except OSError as error:
            return provider_error(error)
        except ValueError as error:
            return FolderRefused(f"The disk cannot have such a name: {error}.")
        except ProviderError as error:
            return error

    def _find_or_write(self, order: CopyOrder) -> Step:
        folder = self._folders.find(order.folder)
        if folder is not None and (found := self._find(order, folder)) is not None:
            return found
        if order.finds_only:
            raise Withdrawn("No copy was made.")
        # Before a folder is made: a drive that is not mounted has no document either.
        source = self._source(order)
        return self._write(order, self._folders.enter(order.folder), source)

    def _source(self, order: CopyOrder) -> int:
        key = (order.stamp.key.share, order.source)
        if key not in self._tools.sources:
            self._tools.sources[key] = self._tools.frozen.open(*key, order.handout)
        return self._tools.sources[key]

    def _find(self, order: CopyOrder, folder: Folder) -> Receipt | None:
        self._clear_temporary(order, folder)
        wanted = _wanted(order)
        since = (order.adopts_since or order.stamp.asked_at) - SERVER_CLOCK_SLACK
        stamps = self._folders.stamps(folder, changed_since_ns=_nanoseconds(since))
        # Our own key first: a copy of the same wish may stand beside it.
        for name in sorted(stamps, key=lambda each: stamps[each].key != wanted.key):
            verdict = decide_adoption(wanted, _stamped(stamps[name]))
            if verdict is Verdict.OURS:
                return self._adopt(order, folder, name)
        return self._find_unstamped(order, folder, wanted, stamps)

    def _clear_temporary(self, order: CopyOrder, folder: Folder) -> None:
        """Put aside what a dead worker left of this very delivery.

        Should that worker only have been stopped, it finds nothing more to give a name.
        """
        if order.first_tried_at is None and self._tools.naming is Naming.UNNAMED:
            return
        started = _temporary_start(order)
        left = [
            n for names in folder.names.values() for n in names if n.startswith(started)
        ]
        for name in left:
            with suppress(FileNotFoundError):
                self._put_aside(name, folder)

    def _put_aside(self, name: str, folder: Folder) -> None:
        if self._calls.look(name, at=folder.descriptor).st_nlink > 1:
            # Only a second name of a copy that is there.
            self._calls.remove(name, at=folder.descriptor)
        else:
            self._tools.quarantine.put_aside(name, at=folder.descriptor)

    def _find_unstamped(
        self, order: CopyOrder, folder: Folder, wanted: Wanted, stamps: dict[str, Stamp]
    ) -> Receipt | None:
        if order.first_tried_at is None or order.name in stamps:
            return None
        if order.name not in folder.names.get(fold(order.name), []):
            return None
        verdict = decide_adoption(wanted, self._unstamped(order, folder))
        return (
            None if verdict is Verdict.STRANGER else self._adopt(order, folder, order.name)
        )

    def _unstamped(self, order: CopyOrder, folder: Folder) -> Found:
        born_ns = self._calls.born_ns(order.name, at=folder.descriptor)
        if born_ns is None:
            born_ns = self._calls.look(order.name, at=folder.descriptor).st_mtime_ns
        return Found(
            stamp=None,
            born_at=datetime.fromtimestamp(born_ns / 1e9, UTC),
            same_content=self._has_content(order, folder, order.name),
            has_wanted_name=True,
        )

    def _adopt(self, order: CopyOrder, folder: Folder, name: str) -> Receipt:
        untouched = self._has_content(order, folder, name)
        return self._receipt(order, folder, name, found=True, touched=not untouched)

    def _has_content(self, order: CopyOrder, folder: Folder, name: str) -> bool:
        """Whether the file holds the handout. What cannot be read counts as touched."""
        try:
            file = self._calls.open_document(name, at=folder.descriptor)
        except OSError:
            return False
        try:
            same_size = os.fstat(file).st_size == order.handout.size_bytes
            return same_size and sha256_of(file) == order.handout.sha256
        finally:
            self._calls.close(file)

    def _write(self, order: CopyOrder, folder: Folder, source: int) -> Staged:
        name = free_name(order.name, folder.names)
        file, temporary = self._open_new(order, folder)
        try:
            self._stamp(file, order)
            self._fill(file, order, source)
            self._hand_over(file, folder)
        except BaseException:
            self._discard(file, temporary, folder)
            raise
        folder.add(name)
        return Staged(order=order, folder=folder, file=file, temporary=temporary, name=name)

    def _open_new(self, order: CopyOrder, folder: Folder) -> tuple[int, str | None]:
        if self._tools.naming is Naming.UNNAMED:
            try:
                return self._calls.open_unnamed(at=folder.descriptor), None
            except (OSError, AttributeError) as error:
                if isinstance(error, OSError) and error.errno not in UNSUPPORTED:
                    raise
                self._tools.naming = Naming.LINKED
        # Never the same name twice: what another worker is still writing is not ours.
        temporary = f"{_temporary_start(order)}{secrets.token_hex(4)}.part"
        return self._calls.open_new(temporary, at=folder.descriptor), temporary

    def _stamp(self, file: int, order: CopyOrder) -> None:
        if self._tools.stamps:
            try:
                self._calls.write_stamp(file, order.stamp.text())
            except (OSError, AttributeError) as error:
                if isinstance(error, OSError) and error.errno not in UNSUPPORTED:
                    raise
                self._tools.stamps = False

    def _fill(self, file: int, order: CopyOrder, source: int) -> None:
        size = order.handout.size_bytes
        if self._tools.transfer.transfer(source, file, size_bytes=size) != size:
            raise SourceDamaged("The document that was kept for this share is cut off.")

    def _hand_over(self, file: int, folder: Folder) -> None:
        """A copy belongs to whom the folder belongs to, or the student cannot edit it."""
        owner = folder.owner if os.geteuid() == 0 else -1
        status = os.fstat(file)
        if owner not in (-1, status.st_uid) or folder.group != status.st_gid:
            give_quietly(self._calls, file, owner=owner, group=folder.group)

    def _drop(self, step: Staged) -> None:
        """Let go of a copy and its temporary, once; its name, if it has one, stays."""
        if not step.dropped:
            step.dropped = True
            self._discard(step.file, step.temporary, step.folder)

    def _discard(self, file: int, temporary: str | None, folder: Folder) -> None:
        self._calls.close(file)
        if temporary is not None:
            with suppress(OSError):
                self._calls.remove(temporary, at=folder.descriptor)

    # 3 and 6: one sync for all

    def _synced(self, steps: Sequence[Step], *, happened: bool = False) -> list[Step]:
        # What an earlier attempt left may have its name, and not be on disk yet.
        concerned = (Staged, Receipt) if happened else Staged
        if not any(isinstance(each, concerned) for each in steps):
            return list(steps)
        try:
            self._calls.sync_all(self._folders.root().descriptor)
        except OSError:
            return [self._synced_alone(each, happened=happened) for each in steps]
        return list(steps)

    def _synced_alone(self, step: Step, *, happened: bool) -> Step:
        """Learn whose copy it is that cannot be made durable."""
        if not isinstance(step, Staged):
            return step
        try:
            self._calls.sync(step.file)
            self._calls.sync(step.folder.descriptor)
        except OSError as error:
            self._drop(step)
            return provider_error(error, happened=happened)
        return step

    # 4 and 5: name, while permitted

    def _name_permitted(self, steps: Sequence[Step]) -> list[Step]:
        """Name each copy, the permit asked for right before it: a call cannot be undone."""
        named = []
        for step in steps:
            self._tools.permit.check()
            named.append(self._name(step))
        return named

    def _name(self, step: Step) -> Step:
        if not isinstance(step, Staged):
            return step
        try:
            return self._name_somehow(step)
        except OSError as error:
            self._drop(step)
            return provider_error(error, happened=True)
        except ProviderError as error:
            self._drop(step)
            return error

    def _name_somehow(self, step: Staged) -> Step:
        for _ in range(NAME_TRIES):
            try:
                self._give_name(step)
            except FileExistsError:
                step.folder.refresh()
                if step.temporary is not None:
                    step.folder.names.pop(fold(step.temporary), None)
                if (found := self._find(step.order, step.folder)) is not None:
                    self._drop(step)
                    return found
                step.name = free_name(step.order.name, step.folder.names)
            else:
                return step
        raise FolderRefused(f"Every name from {step.order.name!r} on is taken.")

    def _give_name(self, step: Staged) -> None:
        at = step.folder.descriptor
        if step.temporary is None:
            self._calls.name_unnamed(step.file, step.name, at=at)
        elif self._tools.naming is not Naming.RENAMED and self._link(step, step.temporary):
            self._calls.remove(step.temporary, at=at)
        else:
            self._rename(step, step.temporary)

    def _rename(self, step: Staged, temporary: str) -> None:
        try:
            self._calls.rename_new(temporary, step.name, at=step.folder.descriptor)
        except OSError as error:
            if error.errno not in UNSUPPORTED:
                raise
            raise FolderRefused(
                "This drive can give a file no name without perhaps replacing another.",
                effect="The copy was not made, because a student's file could be lost.",
                remedy="Share into a drive with hard links, such as ext4, NTFS or NFS.",
            ) from error

    def _link(self, step: Staged, temporary: str) -> bool:
        """Link the temporary; False where the file system has no second names."""
        try:
            self._calls.link(temporary, step.name, at=step.folder.descriptor)
        except FileExistsError:
            raise
        except OSError as error:
            # An unclear answer is looked into: a second name means that it happened.
            if os.fstat(step.file).st_nlink == len((temporary, step.name)):
                return True
            if not isinstance(error, PermissionError) and error.errno not in UNSUPPORTED:
                raise
            self._tools.naming = Naming.RENAMED
            return False
        return True

    # 7: read back

    def _read_back(self, step: Step) -> Outcome:
        if not isinstance(step, Staged):
            return step
        try:
            return self._compare(step)
        except OSError as error:
            return provider_error(error, happened=True)
        except ProviderError as error:
            return error
        finally:
            self._drop(step)

    def _compare(self, step: Staged) -> Receipt:
        made = os.fstat(step.file)
        try:
            there = self._calls.look(step.name, at=step.folder.descriptor)
        except FileNotFoundError:
            there = None
        if there is None or (there.st_dev, there.st_ino) != (made.st_dev, made.st_ino):
            raise OutcomeUnknown(
                "The copy is not where it was put.", effect="Somebody was quick."
            )
        if self._tools.stamps:
            text = self._calls.read_stamp(step.name, at=step.folder.descriptor)
            if text != step.order.stamp.text():
                raise OutcomeUnknown("The copy does not carry its stamp.")
        touched = there.st_size != step.order.handout.size_bytes
        return self._receipt(
            step.order, step.folder, step.name, touched=touched, there=there
        )

    def _receipt(
        self,
        order: CopyOrder,
        folder: Folder,
        name: str,
        *,
        found: bool = False,
        touched: bool = False,
        there: os.stat_result | None = None,
    ) -> Receipt:
        status = there or self._calls.look(name, at=folder.descriptor)
        return Receipt(
            path=f"{folder.path}/{name}",
            evidence=FileEvidence(
                device=status.st_dev,
                inode=status.st_ino,
                size_bytes=status.st_size,
                mtime_ns=status.st_mtime_ns,
                ctime_ns=status.st_ctime_ns,
                sha256=order.handout.sha256,
            ),
            found=found,
            touched=touched,
        )


def _waves(orders: Sequence[CopyOrder]) -> list[list[int]]:
    """The orders by number, so that no wave asks twice for the same in the same folder.

    Two shares may want the same copy: the second finds it once the first has made it.
    """
    waves: list[list[int]] = []
    asked: list[set[tuple[object, ...]]] = []
    for number, order in enumerate(orders):
        wanted = (order.folder, order.stamp.wish)
        turn = next((n for n, seen in enumerate(asked) if wanted not in seen), len(waves))
        if turn == len(waves):
            waves.append([])
            asked.append(set())
        waves[turn].append(number)
        asked[turn].add(wanted)
    return waves


def _temporary_start(order: CopyOrder) -> str:
    return f"{TEMPORARY_PREFIX}{order.stamp.key}."


def _wanted(order: CopyOrder) -> Wanted:
    return Wanted(
        key=order.stamp.key,
        wish=order.stamp.wish,
        first_tried_at=order.first_tried_at,
        adopts_since=order.adopts_since,
    )


def _stamped(stamp: Stamp) -> Found:
    return Found(
        stamp=stamp, born_at=stamp.asked_at, same_content=None, has_wanted_name=False
    )


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 10**9)
