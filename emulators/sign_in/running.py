"""Start the services as a user would, and tell them who can sign in."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

ROOT = Path(__file__).resolve().parents[2]

# Loopback is never reached by a proxy, whatever the environment says.
_OPENER = build_opener(ProxyHandler({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Services that are up."""

    url: str

    def reset(self, *people: dict[str, Any], **faults: Any) -> None:
        """Have these people there, each with an `email` and what else is told of them."""
        body = json.dumps({"people": people, "faults": faults}).encode()
        headers = {"Content-Type": "application/json"}
        request = Request(f"{self.url}/_admin/reset", data=body, headers=headers)  # noqa: S310 - ours
        _OPENER.open(request, timeout=60).close()

    def certificate(self) -> str:
        """By what SAML answers are signed, as PEM."""
        with _OPENER.open(f"{self.url}/_admin/certificate", timeout=60) as answer:
            text: str = answer.read().decode()
        return text


@contextmanager
def running() -> Iterator[Running]:
    """Start the command; end it afterwards."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(
        [sys.executable, "-m", "emulators.sign_in"],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        cwd=ROOT,
    )
    try:
        line = process.stdout.readline() if process.stdout else b""
        if not line:
            raise RuntimeError("the services did not start")
        yield Running(url=json.loads(line)["url"])
    finally:
        process.terminate()
        process.wait(timeout=10)
        if process.stdout:
            process.stdout.close()
