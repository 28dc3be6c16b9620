"""A directory as a school, and commands that are run in it."""

import pytest

from ..commands import commands_here


@pytest.fixture
def hectograph(empty_database, school, monkeypatch, capsys):
    monkeypatch.chdir(school)
    environment = {"HECTOGRAPH_DATABASE_URL": empty_database}
    with commands_here(environment, monkeypatch, capsys) as call:
        yield call
