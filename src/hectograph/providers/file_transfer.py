"""Bytes from one open file to another, as cheaply as the file system can."""

import hashlib
import os
from collections.abc import Callable

from hectograph.providers.file_calls import CANNOT_CLONE, CHUNK, FileCalls


class Transfer:
    """Shares blocks where it can, else copies in the kernel, else through us.

    What a file system cannot do is learned once.
    """

    def __init__(self, calls: FileCalls) -> None:
        self._calls = calls
        self._cannot: set[str] = set()

    def transfer(self, source: int, target: int, *, size_bytes: int) -> int:
        """Copy a whole file into an empty one; how many bytes it has now."""
        if size_bytes and self._attempt("clone", lambda: self._clone(source, target)):
            return os.fstat(target).st_size
        ways: list[tuple[str, Callable[[], int]]] = [
            ("copy", lambda: self._calls.copy(source, target, size_bytes=size_bytes)),
            ("through", lambda: self._calls.read_and_write(source, target)),
        ]
        for name, way in ways:
            if (copied := self._attempt(name, way)) is not None:
                return copied
        return 0

    def _clone(self, source: int, target: int) -> int:
        self._calls.clone(source, target)
        return 1

    def _attempt(self, name: str, way: Callable[[], int]) -> int | None:
        if name in self._cannot:
            return None
        try:
            return way()
        except OSError as error:
            if name == "through" or error.errno not in CANNOT_CLONE:
                raise
            self._cannot.add(name)
            return None


def sha256_of(file: int) -> str:
    """The sha256 of an open file's content, in hex."""
    sha = hashlib.sha256()
    offset = 0
    while chunk := os.pread(file, CHUNK, offset):
        sha.update(chunk)
        offset += len(chunk)
    return sha.hexdigest()
