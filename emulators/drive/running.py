"""Start the emulator as a user would, and talk to its admin API."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

ROOT = Path(__file__).resolve().parents[2]
FOLDER = "application/vnd.google-apps.folder"
DRIVE_SCOPE = "https://www.googleapis.com/auth/drive"

# Loopback is never reached by a proxy, whatever the environment says.
_OPENER = build_opener(ProxyHandler({}))


class AdminRefused(Exception):
    """The admin API said no."""


class Admin:
    """The admin API, blocking, for tests, demos and benchmarks."""

    def __init__(self, url: str) -> None:
        self.url = url

    def call(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """POST a body, or GET without one. Raises `AdminRefused`."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url}/{path}", data=data)  # noqa: S310 - ours
        try:
            with _OPENER.open(request, timeout=60) as response:
                answer: dict[str, Any] = json.load(response)
        except HTTPError as problem:
            with problem:
                raise AdminRefused(f"{problem.code}: {problem.read().decode()}") from None
        return answer

    def reset(self, **settings: Any) -> None:
        """An empty world with these settings."""
        self.call("reset", settings)

    def settings(self, **changes: Any) -> None:
        """Change some settings; the world stays."""
        self.call("settings", changes)

    def advance(self, seconds: float) -> None:
        """Let time pass in a moment."""
        self.call("advance", {"seconds": seconds})

    def user(self, email: str, **more: Any) -> str:
        """Add an account; returns the id of its root folder."""
        root: str = self.call("users", {"email": email, **more})["users"][0]["root"]
        return root

    def file(self, owner: str, name: str, **more: Any) -> str:
        """Add a file: `mimeType`, `parents`, `content`, `permissions`…; returns its id."""
        file_id: str = self.call("files", {"owner": owner, "name": name, **more})["id"]
        return file_id

    def folder(self, owner: str, name: str, **more: Any) -> str:
        """Add a folder; returns its id."""
        return self.file(owner, name, mimeType=FOLDER, **more)

    def files(self, files: Sequence[Mapping[str, Any]]) -> list[str]:
        """Add many at once; returns their ids."""
        ids: list[str] = self.call("files", {"files": list(files)})["ids"]
        return ids

    def token(
        self, account: str, *, client: str = "client", scope: str = DRIVE_SCOPE
    ) -> dict[str, Any]:
        """An `access_token` and a `refresh_token`."""
        return self.call("tokens", {"account": account, "client": client, "scope": scope})

    def faults(self, *rules: Mapping[str, Any]) -> None:
        """Replace the rules of trouble; none ends it."""
        self.call("faults", {"faults": list(rules)})

    def act(self, account: str, do: str, file_id: str, **more: Any) -> dict[str, Any]:
        """Have somebody do something, with their own rights."""
        return self.call("act", {"as": account, "do": do, "id": file_id, **more})

    def state(self) -> dict[str, Any]:
        """All files, with everything that a checker needs."""
        return self.call("state")

    def log(self, *, after: int = 0) -> list[dict[str, Any]]:
        """The calls after a number."""
        calls: list[dict[str, Any]] = self.call(f"log?after={after}")["calls"]
        return calls

    def counts(self) -> dict[str, Any]:
        """The calls in numbers."""
        return self.call("counts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """An emulator that is up. `ca` is the path of its authority's certificate."""

    url: str
    ca: str
    admin: Admin
    process_id: int


@contextmanager
def running(**options: Any) -> Iterator[Running]:
    """Start the command with options such as `lag=0.5, seed=7`; end it afterwards."""
    words = [
        word
        for name, value in options.items()
        for word in (f"--{name.replace('_', '-')}", _as_word(value))
    ]
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(
        [sys.executable, "-m", "emulators.drive", *words],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        cwd=ROOT,
    )
    try:
        yield _ready(process)
    finally:
        process.terminate()
        process.wait(timeout=10)
        if process.stdout:
            process.stdout.close()


def _as_word(value: Any) -> str:
    return json.dumps(value) if isinstance(value, (dict, list)) else str(value)


def _ready(process: subprocess.Popen[bytes]) -> Running:
    line = process.stdout.readline() if process.stdout else b""
    if not line:
        raise RuntimeError("the emulator did not start")
    said = json.loads(line)
    return Running(
        url=said["url"],
        ca=said["ca"],
        admin=Admin(said["admin"]),
        process_id=process.pid,
    )
