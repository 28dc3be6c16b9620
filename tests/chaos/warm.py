"""A warm parent: it has everything imported, and forks a process for every task.

It holds no connection and no thread, so that its children are as good as new, at a
tenth of the price. `python -m tests.chaos.warm` reads a task a line; `Warm` is the other
end.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Self, cast

from hectograph.app.drives import DriveDestination
from hectograph.app.house import House
from hectograph.app.sharing import RequestShare
from hectograph.bootstrap import opened
from hectograph.cli import main as command_line
from hectograph.domain.drive import ActingChoice, DeliveryMode, Drive
from hectograph.ports.ledger import Ledger
from hectograph.settings import Settings
from hectograph.store.database import open_database
from hectograph.store.queries import run_in_transaction

from .knife import Cut, Knife, KnifedCalls, KnifedLedger
from .school import wait_until

PROJECT = Path(__file__).parents[2]
ENDED = """
SELECT NOT EXISTS (SELECT 1 FROM share WHERE open > 0 OR NOT thawed)
   AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE status = 'doing')
   AND NOT EXISTS (SELECT 1 FROM account
                    WHERE sweep_at < clock_timestamp() + interval '1 minute')
"""
FAST = {
    "HECTOGRAPH_PATROL_SECONDS": "0.05",
    "HECTOGRAPH_BEAT_SECONDS": "0.05",
    "HECTOGRAPH_TAKEOVER_SECONDS": "0.6",
    "HECTOGRAPH_RETRY_FIRST_SECONDS": "0.05",
    "HECTOGRAPH_LOG_LEVEL": "INFO",
}


class Warm:
    """The warm parent, as seen by a test."""

    def __init__(self, database_url: str | None, **environment: str) -> None:
        path = os.pathsep.join([str(PROJECT / "src"), str(PROJECT)])
        named = {"HECTOGRAPH_DATABASE_URL": database_url} if database_url else {}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.warm"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
            env={**os.environ, **FAST, **named, **environment, "PYTHONPATH": path},
        )
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()
        self._process.wait(30)

    def start(self, task: str, *, log: Path, **told: Any) -> int:
        """Fork a process for the task; its pid. Its output goes to the log."""
        return int(self._ask(do="start", task=task, log=str(log), told=told))

    def poll(self, pid: int) -> int | None:
        """How the process ended: its exit code, or minus a signal; None if it did not."""
        answer = self._ask(do="poll", pid=pid)
        return None if answer is None else int(answer)

    def wait(self, pid: int, *, seconds: float = 60.0) -> int:
        """Wait for the process to end."""
        ended: list[int] = []

        def has_ended() -> bool:
            if (code := self.poll(pid)) is not None:
                ended.append(code)
            return bool(ended)

        wait_until(has_ended, what=f"the end of process {pid}", seconds=seconds)
        return ended[0]

    def run(self, task: str, *, log: Path, seconds: float = 60.0, **told: Any) -> int:
        """Have a task done; how it ended."""
        return self.wait(self.start(task, log=log, **told), seconds=seconds)

    def start_and_stop(self, cut: Cut, *argv: str, log: Path, **told: Any) -> int:
        """Fork a command line that stops at the cut, and wait until it has; its pid."""
        stopping = replace(cut, by=signal.SIGSTOP).told()
        pid = self.start("hectograph", argv=list(argv), cut=stopping, log=log, **told)
        wait_until(lambda: _state_of(pid) in "TZ", what=f"a stop {cut}")
        assert _state_of(pid) == "T", log.read_text()
        return pid

    def end(self, *pids: int) -> list[int]:
        """Ask workers to stop; how they ended. One that has hardly begun just dies."""
        for pid in pids:
            os.kill(pid, signal.SIGTERM)
        codes = [self.wait(pid) for pid in pids]
        return [0 if code == -signal.SIGTERM else code for code in codes]

    def _ask(self, **question: Any) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        with self._lock:
            stdin.write(json.dumps(question) + "\n")
            stdin.flush()
            return json.loads(stdout.readline())


def _state_of(pid: int) -> str:
    """The kernel's letter for what a process does: R, S, D, T, Z."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


# In the child


def deliver(
    *,
    request: dict[str, Any] | None,
    cut: dict[str, Any] | None = None,
    lacks: tuple[str, ...] = (),
    trace: str | None = None,
    gate: str | None = None,
    works: bool = True,
) -> int:
    """Ask for a share if there is a request, then work until nothing is left to do.

    With a `gate`, begin when that file is there; unless it `works`, only ask.
    """
    if gate:
        wait_until(Path(gate).exists, what="the gate to open")
    knife = Knife(Cut.parse(cut) if cut else None)

    def over(ledger: Ledger) -> Ledger:
        return cast("Ledger", KnifedLedger(ledger, knife))

    calls = KnifedCalls(knife, *lacks)
    with opened(Settings.load(), calls=calls, over=over) as house:
        asyncio.run(_deliver(house, request, knife, works=works))
        if trace:
            knife.save(Path(trace))
    return 0


async def _deliver(
    house: House, request: dict[str, Any] | None, knife: Knife, *, works: bool
) -> None:
    if request is not None:
        await house.sharing.request(await _wish(house, request))
    if not works:
        return
    knife.phase = "work"
    stop = asyncio.Event()
    working = asyncio.ensure_future(house.work(stop))
    while not (working.done() or await house.desk.run(run_in_transaction, ENDED, {})):  # noqa: ASYNC110 - the database sets no event
        await asyncio.sleep(0.02)
    stop.set()
    await working


async def _wish(house: House, request: dict[str, Any]) -> RequestShare:
    into: Path | DriveDestination = Path(request.get("into", ""))
    if "drive" in request:
        told = request["drive"]
        choice = ActingChoice.parse(told["acting"])
        await house.drives.add(
            Drive(
                name="school",
                credentials=told["key"],
                acting=choice.acting,
                accounts=choice.accounts,
                delivery=DeliveryMode(told["delivery"]),
                api_root=told["url"],
            )
        )
        into = DriveDestination(drive="school", teacher=told["teacher"])
    documents, roster = [request["document"]], Path(request["roster"])
    return await house.asking.request(documents, roster=roster, into=into)


def hectograph(
    *,
    argv: list[str],
    cut: dict[str, Any] | None = None,
    lacks: tuple[str, ...] = (),
) -> int:
    """The command line, with a knife at its throat."""
    knife = Knife(Cut.parse(cut) if cut else None)
    knife.phase = "command"
    sys.argv = ["hectograph", *argv]
    try:
        command_line.run(
            open_house=lambda told: opened(
                Settings.load(), told=told, calls=KnifedCalls(knife, *lacks)
            ),
            examine=dict,
            list_settings=list,
            serve=print,
        )
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


TASKS: dict[str, Callable[..., int]] = {"deliver": deliver, "hectograph": hectograph}


# In the parent


def serve() -> None:
    """Fork as told until nobody listens any more; then nothing is left running."""
    if url := os.environ.get("HECTOGRAPH_DATABASE_URL"):
        open_database(url)  # sets Django up, and connects to nothing
    running: set[int] = set()
    for line in sys.stdin:
        question = json.loads(line)
        answer: int | None
        if question["do"] == "start":
            answer = _fork(question)
            running.add(answer)
        else:
            answer = _reap(question["pid"])
            if answer is not None:
                running.discard(question["pid"])
        print(json.dumps(answer), flush=True)  # noqa: T201
    for pid in running:
        os.kill(pid, signal.SIGKILL)


def _fork(question: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        log = os.open(question["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for number in (1, 2):
            os.dup2(log, number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        code = TASKS[question["task"]](**question["told"])
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001 - the top of a process
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _reap(pid: int) -> int | None:
    done, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if done else None


if __name__ == "__main__":
    serve()
