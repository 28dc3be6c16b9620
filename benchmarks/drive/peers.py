"""Other ways to copy one file on Google Drive into many folders, each at its best."""

import csv
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError

from benchmarks.drive.processes import ROOT, run_to_end
from benchmarks.drive.results import Took
from benchmarks.drive.world import TEACHER, Document, World
from benchmarks.engine_cost import tree_seconds

AT_ONCE = 16
RETRIES = 6
"""Of Google's client: 403 and 429 for the rate, 5xx, lost connections."""
STARTED_SECONDS = 30.0
BIN = Path(sys.executable).parent

Peer = Callable[[World, Document], Took]
"""Makes the copies in a world; it need not succeed."""


def google_client(how: str) -> Peer:
    """Google's Python client: "loop", "batches", or a number of threads."""

    def run(world: World, document: Document) -> Took:
        words = (sys.executable, "-m", "benchmarks.drive.google_client")
        told = json.dumps({**_told(world, document), "how": how, "retries": RETRIES})
        ended = run_to_end(words, env=_environment(world), told=told).checked()
        return Took(
            seconds=json.loads(ended.said)["seconds"],
            processor_seconds=ended.processor_seconds,
        )

    return run


def _told(world: World, document: Document) -> dict[str, object]:
    return {
        "url": world.emulator.url,
        "token": world.admin.token(TEACHER, client="peer")["access_token"],
        "document": document.id,
        "wanted": world.wanted(document),
    }


def _environment(world: World) -> dict[str, str]:
    """Google's addresses lead to the emulator, and its authority is trusted."""
    # What PyDrive2 holds pyOpenSSL at does not fit GAM's cryptography; oauth2client
    # does without, but only if importing it says that it is not there.
    shim = world.place / "shim"
    shim.mkdir(exist_ok=True)
    (shim / "OpenSSL.py").write_text("raise ImportError('does not fit')\n")
    return {
        **os.environ,
        "HOME": str(world.place),
        "HTTPS_PROXY": world.emulator.url,
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
        "PYTHONPATH": f"{shim}:{ROOT}",
        "PYTHONWARNINGS": "ignore",
    }


# rclone


def find_rclones() -> Mapping[str, Path]:
    """By version: what the requirements hold, and what the system has."""
    system = shutil.which("rclone", path="/usr/bin:/usr/local/bin")
    found = [BIN / "rclone", *([Path(system)] if system else [])]
    return {_version(each): each for each in found if each.exists()}


def _version(program: Path) -> str:
    told = subprocess.run([program, "version"], check=True, capture_output=True, text=True)
    return told.stdout.split()[1].removeprefix("v").removesuffix("-DEV")


def rclone(program: Path) -> Peer:
    """`rclone rcd`, asked for every copy, sixteen at once; its start is not timed."""

    def run(world: World, document: Document) -> Took:
        token = world.admin.token(TEACHER, client="rclone")
        settings = world.place / "rclone.conf"
        settings.write_text(
            "[gd]\ntype = drive\nscope = drive\nclient_id = rclone\nclient_secret = s\n"
            f"token = {json.dumps({**token, 'expiry': '2099-01-01T00:00:00Z'})}\n"
        )
        port = _free_port()
        words = [str(program), "rcd", "--rc-no-auth", f"--rc-addr=127.0.0.1:{port}"]
        words += ["--config", str(settings), "--ca-cert", world.emulator.ca]
        wanted = world.wanted(document)
        with _server(words, _environment(world), port=port) as process:
            before, began = tree_seconds(process), time.perf_counter()
            with ThreadPoolExecutor(AT_ONCE) as crew:
                list(crew.map(lambda each: _ask_rclone(port, document, each), wanted))
            seconds = time.perf_counter() - began
            return Took(seconds=seconds, processor_seconds=tree_seconds(process) - before)

    return run


def _ask_rclone(port: int, document: Document, each: tuple[str, str]) -> None:
    folder, name = each
    body = {
        "srcFs": "gd:",
        "srcRemote": document.title,
        "dstFs": f"gd,root_folder_id={folder}:",
        "dstRemote": name,
    }
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/operations/copyfile",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(request).close()
    except HTTPError as refused:
        refused.close()  # what is missing is counted at the end


# GAM


def gam(world: World, document: Document) -> Took:
    """`gam csv`, sixteen processes; its start is timed, for there is no other way."""
    directory = world.place / "gam"
    (directory / "cache").mkdir(parents=True)
    robot = json.loads(world.key.read_text()) | {
        "token_uri": "https://oauth2.googleapis.com/token"
    }
    (directory / "oauth2service.json").write_text(json.dumps(robot))
    (directory / "gam.cfg").write_text(
        f"[DEFAULT]\ncacerts_pem = {world.emulator.ca}\n"
        "user_service_account_access_only = true\nno_update_check = true\n"
        f"cache_dir = {directory}/cache\nconfig_dir = {directory}\n"
        f"domain = school.test\ncustomer_id = C1\nadmin_email = {TEACHER}\n"
        f"num_threads = {AT_ONCE}\nshow_multiprocess_info = false\n"
    )
    copies = directory / "copies.csv"
    with copies.open("w", newline="") as file:
        csv.writer(file).writerows([("folder", "name"), *world.wanted(document)])
    words = [str(BIN / "gam"), "csv", str(copies), "gam", "user", TEACHER, "copy"]
    words += ["drivefile", document.id, "parentid", "~folder", "newfilename", "~name"]
    environment = {**_environment(world), "GAMCFGDIR": str(directory)}
    began = time.perf_counter()
    ended = run_to_end(words, env=environment)
    seconds = time.perf_counter() - began
    return Took(seconds=seconds, processor_seconds=ended.processor_seconds)


# Celery


def has_celery() -> bool:
    """Whether it is installed: requirements/bench.txt."""
    return importlib.util.find_spec("celery") is not None


def celery_broker() -> str:
    """What carries its messages here."""
    return "Redis" if shutil.which("redis-server") else "directories"


def celery(world: World, document: Document) -> Took:
    """A worker with sixteen threads that is up; the sending of tasks is timed."""
    place = world.place / "celery"
    place.mkdir()
    port = _free_port()
    is_redis = celery_broker() == "Redis"
    environment = {
        **_environment(world),
        "BENCH_CELERY_PLACE": str(place),
        "BENCH_CELERY_BROKER": f"redis://127.0.0.1:{port}/0"
        if is_redis
        else "filesystem://",
    }
    worker = [sys.executable, "-m", "celery", "-A", "benchmarks.drive.celery_tasks", "-q"]
    worker += [
        "worker",
        "--pool=threads",
        f"--concurrency={AT_ONCE}",
        "--loglevel=CRITICAL",
    ]
    with _redis(port) if is_redis else _nothing() as broker:  # noqa: SIM117 - in turn
        with _running(worker, environment) as process:
            _wait_for((place / "ready").exists)
            used = [tree_seconds(each) for each in (process, *broker)]
            send = (sys.executable, "-m", "benchmarks.drive.celery_tasks")
            told = json.dumps(_told(world, document))
            ended = run_to_end(send, env=environment, told=told).checked()
            now = [tree_seconds(each) for each in (process, *broker)]
    return Took(
        seconds=json.loads(ended.said)["seconds"],
        processor_seconds=ended.processor_seconds + sum(now) - sum(used),
    )


@contextmanager
def _redis(port: int) -> Iterator[tuple[int, ...]]:
    words = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with _server(words, dict(os.environ), port=port) as process:
        yield (process,)


@contextmanager
def _nothing() -> Iterator[tuple[int, ...]]:
    yield ()


@contextmanager
def _running(words: list[str], environment: Mapping[str, str]) -> Iterator[int]:
    process = subprocess.Popen(
        words,
        env=dict(environment),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STARTED_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _server(
    words: list[str], environment: Mapping[str, str], *, port: int
) -> Iterator[int]:
    with _running(words, environment) as process:
        _wait_for(lambda: _answers(port))
        yield process


def _wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + STARTED_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            raise RuntimeError("a peer's server did not start")
        time.sleep(0.02)  # noqa: TID251 - no Clock here, and none is needed


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
