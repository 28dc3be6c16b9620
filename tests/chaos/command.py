"""The command line in processes of its own, as a school runs it."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

from .warm import FAST, PROJECT, Warm


class Command:
    """`hectograph …`, running. Its output goes to files, so that no pipe is ever full."""

    def __init__(self, *argv: str, place: Path, environment: dict[str, str]) -> None:
        number = len(list(place.glob("*.out")))
        name = f"{number:03}-{re.sub('[^a-z]', '', argv[0])}"
        self.out, self.err = place / f"{name}.out", place / f"{name}.err"
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hectograph", *argv],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=place,
                env={
                    **os.environ,
                    **FAST,
                    **environment,
                    "PYTHONPATH": str(PROJECT / "src"),
                },
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._process.poll() is None:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGKILL)
        self._process.wait(30)

    @property
    def pid(self) -> int:
        return self._process.pid

    def signal(self, number: int) -> None:
        """Send a signal to the process."""
        os.kill(self.pid, number)

    def wait(self, *, seconds: float = 120.0) -> int:
        """Wait for the end; the exit code, or minus a signal."""
        return self._process.wait(seconds)

    def is_running(self) -> bool:
        return self._process.poll() is None

    def answer(self) -> Any:
        """What `--json` printed."""
        return json.loads(self.out.read_text())

    def said(self) -> str:
        """Everything it said on stderr."""
        return self.err.read_text()

    def has_open_below(self, folder: Path) -> bool:
        """Whether the process holds a file open below a folder: a lane does."""
        for each in Path(f"/proc/{self.pid}/fd").iterdir():
            try:
                if os.readlink(each).startswith(f"{folder}/.hectograph/"):
                    return True
            except FileNotFoundError:
                continue
        return False


def ask(
    warm: Warm, *argv: str, place: Path, lacks: tuple[str, ...] = ()
) -> tuple[int, Any]:
    """Run the command line from a warm parent; its exit code and its `--json` answer."""
    log = place / f"{len(list(place.glob('*.log'))):03}.log"
    code = warm.run("hectograph", argv=[*argv, "--json"], lacks=lacks, log=log)
    answers = [json.loads(line) for line in log.read_text().splitlines() if line[:1] == "{"]
    found = [each for each in answers if "event" not in each]
    assert found, log.read_text()
    return code, found[-1]
