"""Documents as the teacher saw them, kept on the drive while their share runs.

They stand in `.hectograph/<share>/` at the drive's root, which only the account that
runs hectograph may enter, and go when the share needs them no more.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hectograph.domain.errors import DocumentRefused, SourceDamaged, Unavailable
from hectograph.domain.handout import Handout
from hectograph.domain.ids import ShareId
from hectograph.providers.file_calls import FileCalls
from hectograph.providers.file_errors import provider_error
from hectograph.providers.file_transfer import Transfer, sha256_of

HIDDEN = ".hectograph"
PRIVATE = 0o700
READS = 3
LEFT_OUT = (".", "~$")
"""Starts of names in a tree that are an editor's or a system's, not the teacher's."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file that belongs to the share, and the folders above it that go with it."""

    path: Path
    tree: tuple[str, ...]


def list_documents(chosen: Sequence[Path]) -> list[Document]:
    """The files that were chosen, folders unrolled in order of their names."""
    found: list[Document] = []
    for path in chosen:
        top = Path(os.path.abspath(path))  # noqa: PTH100 - keeps the name of a link
        if path.is_dir():
            below = list(_walk(top, (top.name,)))
            if not below:
                raise _refused(path, "is a folder without any documents")
            found.extend(below)
        else:
            found.append(Document(top, ()))
    return found


def _walk(folder: Path, tree: tuple[str, ...]) -> Iterator[Document]:
    try:
        entries = sorted(os.scandir(folder), key=lambda each: each.name)
    except OSError as error:
        raise _refused(folder, f"cannot be read: {error.strerror}") from error
    for entry in entries:
        if entry.name.startswith(LEFT_OUT):
            continue
        if entry.is_symlink():
            raise _refused(Path(entry.path), "is a link, which could lead anywhere")
        if entry.is_dir():
            yield from _walk(Path(entry.path), (*tree, entry.name))
        else:
            yield Document(Path(entry.path), tree)


class FrozenDocuments:
    """The hidden folder of one drive."""

    def __init__(self, calls: FileCalls, root: str) -> None:
        self._calls = calls
        self._root = root
        self._transfer = Transfer(calls)

    def describe(self, chosen: Sequence[Path]) -> list[Handout]:
        """The documents as they are now."""
        return [self._describe(each) for each in list_documents(chosen)]

    def freeze(
        self, chosen: Sequence[Path], handouts: Sequence[Handout], share: ShareId
    ) -> None:
        """Keep the documents as described, durably."""
        documents = list_documents(chosen)
        if len(documents) != len(handouts):
            raise DocumentRefused(
                "A folder of documents changed while it was read.",
                effect="Nothing was shared.",
                remedy="Send it again once nobody works in it.",
            )
        try:
            with self._share_folder(share, make=True) as folder:
                for number, (document, handout) in enumerate(
                    zip(documents, handouts, strict=True)
                ):
                    self._keep(document, handout, name=f"{number:06}", folder=folder)
                self._calls.sync(folder)
        except BaseException as error:
            with suppress(OSError):
                self.thaw(share)
            if isinstance(error, OSError):
                raise provider_error(error) from error
            raise

    def thaw(self, share: ShareId) -> None:
        """Remove the share's documents, and the hidden folder once it is empty."""
        with suppress(FileNotFoundError):
            with self._share_folder(share) as folder:
                for name in self._calls.list_folder(folder):
                    self._calls.remove(name, at=folder)
            with self._folder(self._root) as root, self._folder(HIDDEN, at=root) as hidden:
                self._calls.remove_folder(share, at=hidden)
        with suppress(OSError), self._folder(self._root) as root:
            self._calls.remove_folder(HIDDEN, at=root)

    def list_frozen(self, before: datetime) -> list[ShareId]:
        """The shares whose folder was last changed before then."""
        try:
            with self._folder(self._root) as root, self._folder(HIDDEN, at=root) as hidden:
                return [
                    ShareId(name)
                    for name in self._calls.list_folder(hidden)
                    if self._calls.look(name, at=hidden).st_mtime < before.timestamp()
                ]
        except FileNotFoundError:
            return []

    def open(self, share: ShareId, number: int, handout: Handout) -> int:
        """Open a frozen document to read. The caller closes.

        Raises Unavailable when it is not there, which is what an unmounted drive looks
        like, and SourceDamaged when it is not the same.
        """
        try:
            with self._share_folder(share) as folder:
                file = self._calls.open_document(f"{number:06}", at=folder)
        except FileNotFoundError as error:
            raise Unavailable(
                "The documents kept for this share are not there: is the drive mounted?",
                effect="The copy was not made.",
            ) from error
        if (
            os.fstat(file).st_size != handout.size_bytes
            or sha256_of(file) != handout.sha256
        ):
            self._calls.close(file)
            raise SourceDamaged(
                "The document that was kept for this share was changed.",
                effect="The copy was not made.",
            )
        return file

    def _describe(self, document: Document) -> Handout:
        with self._opened(document.path) as file:
            for _ in range(READS):
                before = _version(file)
                sha256 = sha256_of(file)
                if _version(file) == before:
                    return Handout(
                        title=document.path.name,
                        tree=document.tree,
                        sha256=sha256,
                        size_bytes=before[0],
                    )
        raise _refused(document.path, "changes while it is read")

    def _keep(
        self, document: Document, handout: Handout, *, name: str, folder: int
    ) -> None:
        with self._opened(document.path) as source:
            target = self._calls.open_new(name, at=folder, mode=0o400)
            try:
                size = os.fstat(source).st_size
                self._transfer.transfer(source, target, size_bytes=size)
                kept = sha256_of(target)
                self._calls.sync(target)
            except OSError as error:
                raise provider_error(error) from error
            finally:
                self._calls.close(target)
        if kept != handout.sha256:
            raise _refused(document.path, "changed while it was shared")

    @contextmanager
    def _opened(self, path: Path) -> Iterator[int]:
        try:
            file = self._calls.open_document(str(path))
        except OSError as error:
            raise _refused(path, f"cannot be read: {error.strerror}") from error
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise _refused(path, "is not a file: a device, a pipe or a socket")
            yield file
        except OSError as error:
            raise _refused(path, f"cannot be read: {error.strerror}") from error
        finally:
            self._calls.close(file)

    @contextmanager
    def _folder(
        self, name: str, *, at: int | None = None, make: bool = False
    ) -> Iterator[int]:
        if make and at is not None:
            with suppress(FileExistsError):
                self._calls.make_folder(name, at=at, mode=PRIVATE)
                self._calls.sync(at)
        folder = self._calls.open_folder(name, at=at)
        try:
            yield folder
        finally:
            self._calls.close(folder)

    @contextmanager
    def _share_folder(self, share: ShareId, *, make: bool = False) -> Iterator[int]:
        with (
            self._folder(self._root) as root,
            self._folder(HIDDEN, at=root, make=make) as hidden,
            self._folder(share, at=hidden, make=make) as folder,
        ):
            yield folder


def _version(file: int) -> tuple[int, int, int]:
    status = os.fstat(file)
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _refused(path: Path, what: str) -> DocumentRefused:
    return DocumentRefused(
        f"{str(path)!r} {what}.",
        effect="Nothing was shared.",
        remedy="Choose a document that can be read, and send it again.",
    )
