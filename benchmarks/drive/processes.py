"""Processes that are run to their end, and the processor time they took."""

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a process ended; processor seconds are its own and its children's."""

    code: int
    said: str
    errors: str
    processor_seconds: float

    def checked(self) -> "Ended":
        """The same, when it went well."""
        if self.code:
            raise RuntimeError(f"ended with {self.code}: {self.errors[-2000:]}")
        return self


def run_to_end(
    words: Sequence[str], *, env: Mapping[str, str], told: str = "", cwd: Path = ROOT
) -> Ended:
    """Run a command; `told` is what it reads."""
    with (
        tempfile.TemporaryFile() as asked,
        tempfile.TemporaryFile() as said,
        tempfile.TemporaryFile() as errors,
    ):
        asked.write(told.encode())
        asked.seek(0)
        process = subprocess.Popen(
            words, stdin=asked, stdout=said, stderr=errors, env=dict(env), cwd=cwd
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        errors.seek(0)
        return Ended(
            code=process.returncode,
            said=said.read().decode(),
            errors=errors.read().decode(errors="replace"),
            processor_seconds=usage.ru_utime + usage.ru_stime,
        )
