"""Whole commands, run to their end in this process: ten times as fast as in another."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import structlog

from hectograph.__main__ import open_house
from hectograph.cli.main import run


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


@contextmanager
def commands_here(
    environment: Mapping[str, str], monkeypatch, capsys
) -> Iterator[Callable[..., Ran]]:
    """What runs a command with these settings."""
    for name, text in environment.items():
        monkeypatch.setenv(name, text)
    before = structlog.get_config()

    def call(*words):
        monkeypatch.setattr("sys.argv", ["hectograph", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            run(open_house=open_house, examine=dict, list_settings=list, serve=print)
        out, err = capsys.readouterr()
        return Ran(int(ended.value.code or 0), out, err)

    yield call
    # It would go on writing to what was captured here.
    structlog.configure(**before)
