"""What the chaos tests share: databases of their own, and warm parents on them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from .school import School
from .warm import Warm

NewDatabase = Callable[[], str]


@pytest.fixture(scope="session")
def pristine(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated database that nobody is connected to."""
    name = f"pristine_{uuid4().hex[:8]}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    log = tmp_path_factory.mktemp("pristine") / "log"
    with Warm(_url_of(database_url, name)) as warm:
        assert warm.run("deliver", request=None, log=log) == 0, log.read_text()
    return name


@pytest.fixture
def new_database(database_url: str, pristine: str) -> Iterator[NewDatabase]:
    """Make databases as they are before the first share; they go when the test ends."""
    made: list[str] = []

    def make() -> str:
        made.append(f"chaos_{uuid4().hex[:8]}")
        connection.execute(f"CREATE DATABASE {made[-1]} TEMPLATE {pristine}")
        return _url_of(database_url, made[-1])

    with psycopg.connect(database_url, autocommit=True) as connection:
        yield make
        for name in made:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def ledger_url(new_database: NewDatabase) -> str:
    """A database as it is before the first share."""
    return new_database()


@pytest.fixture
def warm(ledger_url: str) -> Iterator[Warm]:
    """A warm parent on that database."""
    with Warm(ledger_url) as parent:
        yield parent


@pytest.fixture
def school(tmp_path: Path) -> School:
    """A class of five."""
    return School.build(tmp_path, students=5)


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    """What is entered here is left when the test ends."""
    with ExitStack() as stack:
        yield stack


def _url_of(database_url: str, name: str) -> str:
    return make_conninfo(database_url, dbname=name)
