"""An emulator over real HTTP, empty for each test."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_socket

from emulators.drive.running import Running, running

from ..commands import Ran, commands_here
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


@pytest.fixture
def environment(empty_database, tmp_path):
    """What commands are told by the environment."""
    return {
        "HECTOGRAPH_DATABASE_URL": empty_database,
        "HECTOGRAPH_DATA_DIR": str(tmp_path / "data"),
        "HECTOGRAPH_LOG_LEVEL": "DEBUG",
    }


@pytest.fixture
def start(environment):
    """Start a command as a process, on an empty ledger."""
    mine = {name: text for name, text in os.environ.items() if "PROXY" not in name.upper()}

    def begin(*words):
        return subprocess.Popen(
            [sys.executable, "-m", "hectograph", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**mine, **environment},
        )

    return begin


@pytest.fixture
def process(start):
    """Run a command to its end, as a process of its own."""

    def call(*words):
        begun = start(*words)
        out, err = begun.communicate(timeout=60)
        return Ran(begun.returncode, out, err)

    return call


@pytest.fixture
def hectograph(environment, monkeypatch, capsys):
    """Run a command to its end in this process."""
    with commands_here(environment, monkeypatch, capsys) as call:
        yield call
