"""Folders that hectograph made for students, and that nobody else ever put to use.

Each carries a mark that tells what it was like when hectograph last changed anything in
it. While that is so, nobody put anything in or took anything out, and nobody gave it to
somebody: once it is empty it was made for nothing, and goes. A folder with anything in it
cannot be removed, whatever the mark says; where drives keep no marks, all folders stay.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from hectograph.ports.provider import Permit
from hectograph.providers.file_calls import FileCalls


def mark(calls: FileCalls, folder: int) -> None:
    """Note that an open folder is as hectograph leaves it."""
    with suppress(OSError, AttributeError):
        calls.write_mark(folder, _like_now(folder))


@contextmanager
def still_ours(calls: FileCalls, folder: int) -> Iterator[None]:
    """What is done within does not make a folder anybody else's."""
    is_ours = _is_ours(calls, folder)
    yield
    if is_ours:
        mark(calls, folder)


def sweep_empty(
    calls: FileCalls, root: str, *, ours: frozenset[str], before: datetime, permit: Permit
) -> int:
    """Remove folders that were made for nothing, by then; how many.

    `ours` are the hidden folders, which nobody looks for. What cannot be read stays.
    """
    removed = 0
    before_ns = int(before.timestamp() * 10**9)
    for path, _, names in os.walk(root, topdown=False):
        if path == root or names or Path(path).relative_to(root).parts[0] in ours:
            continue
        with suppress(OSError):
            removed += _remove(calls, path, before_ns=before_ns, permit=permit)
    return removed


def _remove(calls: FileCalls, path: str, *, before_ns: int, permit: Permit) -> bool:
    parent, name = os.path.split(path)
    at = calls.open_folder(parent)
    try:
        folder = calls.open_folder(name, at=at)
        try:
            is_old = os.fstat(folder).st_mtime_ns < before_ns
            if not (is_old and _is_ours(calls, folder)):
                return False
        finally:
            calls.close(folder)
        permit.check()
        with still_ours(calls, at):
            calls.remove_folder(name, at=at)
    finally:
        calls.close(at)
    return True


def _is_ours(calls: FileCalls, folder: int) -> bool:
    return calls.read_mark(folder) == _like_now(folder)


def _like_now(folder: int) -> str:
    """When anything was last put in or taken out, and whose it is."""
    status = os.fstat(folder)
    return f"{status.st_mtime_ns}:{status.st_uid}:{status.st_gid}:{status.st_mode:o}"
