"""Other ways to put a document into many folders, each at its best."""

import ctypes
import http.client
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from benchmarks.workplace import School

RCLONE_AT_ONCE = 16
STARTED_SECONDS = 10.0

Contender = Callable[[School, Path], float]
"""Makes the copies in a directory of folders; the seconds it took."""


def copy_bare(school: School, into: Path) -> float:
    """The limit: open, copy within the kernel, close; nothing is durable."""
    began = time.perf_counter()
    _copy_all(school, into)
    return time.perf_counter() - began


def copy_durable(school: School, into: Path) -> float:
    """The same, and one sync for all of it at the end."""
    began = time.perf_counter()
    _copy_all(school, into)
    folder = os.open(into, os.O_RDONLY)
    ctypes.CDLL(None).syncfs(folder)
    os.close(folder)
    return time.perf_counter() - began


def _copy_all(school: School, into: Path) -> None:
    source = os.open(school.document, os.O_RDONLY)
    size = os.fstat(source).st_size
    for student in school.students:
        path = f"{into}/{student}/{school.copy_name(student)}"
        target = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        os.copy_file_range(source, target, size, 0, 0)
        os.close(target)
    os.close(source)


def copy_by_cp(school: School, into: Path) -> float:
    """A process for each copy, as a loop in a shell script makes them."""
    copies = [f"{into}/{each}/{school.copy_name(each)}" for each in school.students]
    script = 'from=$1; shift; for to; do cp "$from" "$to"; done'
    began = time.perf_counter()
    subprocess.run(["sh", "-c", script, "sh", school.document, *copies], check=True)
    return time.perf_counter() - began


def rclone_version() -> str | None:
    """The version of rclone, or None where there is none."""
    if shutil.which("rclone") is None:
        return None
    told = subprocess.run(["rclone", "version"], check=True, capture_output=True, text=True)
    return told.stdout.split()[1]


def copy_by_rclone_tree(school: School, into: Path) -> float:
    """One `rclone copy` of a tree in which every copy stands already, as hard links.

    The tree is made outside the time: rclone cannot copy one file to many places.
    """
    tree = into.with_name(f"{into.name}-tree")
    for student in school.students:
        (tree / student).mkdir(parents=True)
        (tree / student / school.copy_name(student)).hardlink_to(school.document)
    settings = (f"--transfers={RCLONE_AT_ONCE}", f"--checkers={RCLONE_AT_ONCE}")
    began = time.perf_counter()
    subprocess.run(["rclone", "copy", "-q", *settings, str(tree), str(into)], check=True)
    return time.perf_counter() - began


def copy_by_rclone_server(school: School, into: Path) -> float:
    """One `rclone rcd`, asked for every copy, sixteen at once; its start is not timed."""
    wanted = [
        {
            "srcFs": str(school.document.parent),
            "srcRemote": school.document.name,
            "dstFs": str(into),
            "dstRemote": f"{student}/{school.copy_name(student)}",
        }
        for student in school.students
    ]
    with _rclone_server() as port:
        began = time.perf_counter()
        parts = [wanted[each::RCLONE_AT_ONCE] for each in range(RCLONE_AT_ONCE)]
        with ThreadPoolExecutor(RCLONE_AT_ONCE) as crew:
            list(crew.map(lambda part: _ask_rclone(port, part), parts))
        return time.perf_counter() - began


@contextmanager
def _rclone_server() -> Iterator[int]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    words = ["rclone", "rcd", "--rc-no-auth", f"--rc-addr=127.0.0.1:{port}"]
    server = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + STARTED_SECONDS
        while not _answers(port):
            if time.monotonic() > deadline:
                message = "rclone did not start."
                raise RuntimeError(message)
        yield port
    finally:
        server.terminate()
        server.wait()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _ask_rclone(port: int, wanted: Sequence[dict[str, str]]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for each in wanted:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/operations/copyfile", json.dumps(each), headers)
        answer = connection.getresponse()
        told = answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(told.decode())
    connection.close()
