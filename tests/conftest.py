"""What all tests share: a real database, and no network."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pytest_socket import disable_socket

from hectograph import postgres
from hectograph.store.database import migrate, open_database

pytest_plugins: list[str] = []


@pytest.fixture(autouse=True)
def _no_network():
    disable_socket(allow_unix_socket=True)


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory) -> Iterator[Path]:
    """Where the tests' own embedded server lives; stopped at the end."""
    path = tmp_path_factory.mktemp("data")
    yield path
    postgres.stop(path)


@pytest.fixture(scope="session")
def database_url(data_dir) -> str:
    """A migrated database: a server that was named, or an embedded one."""
    url = os.environ.get("HECTOGRAPH_TEST_DATABASE_URL", "")
    url = url or postgres.ensure_running(data_dir).url
    open_database(url)
    migrate(url)
    return url


@pytest.fixture
def empty_database(database_url) -> str:
    """The database without a row in it."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "TRUNCATE account, share, handout, delivery, procrastinate_jobs, "
            "procrastinate_events, procrastinate_workers, procrastinate_periodic_defers"
        )
    return database_url
