"""An emulator over real HTTP, empty for each test."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_socket

from emulators.drive.running import Running, running

from .school import DriveSchool, write_key


@pytest.fixture(scope="session")
def _emulator() -> Iterator[Running]:
    with running() as emulator:
        yield emulator


@pytest.fixture(autouse=True)
def _loopback(_no_network):
    pytest_socket.enable_socket()
    pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)


@pytest.fixture
def emulator(_emulator: Running, _loopback: None) -> Running:
    """The emulator with nobody in it."""
    _emulator.admin.reset()
    _emulator.admin.faults()
    return _emulator


@pytest.fixture
def key(emulator, tmp_path) -> Path:
    """A service account's key file."""
    return write_key(tmp_path / "key.json", emulator.url)


@pytest.fixture
def school(emulator, tmp_path) -> DriveSchool:
    """A school on the emulator, not opened yet."""
    return DriveSchool(emulator, tmp_path)


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def told(self):
        """The one JSON object that was printed."""
        return json.loads(self.out)

    @property
    def lines(self):
        """The JSON objects that were printed, an object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def start(empty_database, tmp_path):
    """Start a command as a person would, on an empty ledger."""
    environment = {
        **{name: text for name, text in os.environ.items() if "PROXY" not in name.upper()},
        "HECTOGRAPH_DATABASE_URL": empty_database,
        "HECTOGRAPH_DATA_DIR": str(tmp_path / "data"),
        "HECTOGRAPH_LOG_LEVEL": "DEBUG",
    }

    def begin(*words, **more):
        return subprocess.Popen(
            [sys.executable, "-m", "hectograph", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**environment, **more},
        )

    return begin


@pytest.fixture
def hectograph(start):
    """Run a command to its end."""

    def call(*words, **more):
        process = start(*words, **more)
        out, err = process.communicate(timeout=60)
        return Ran(process.returncode, out, err)

    return call
