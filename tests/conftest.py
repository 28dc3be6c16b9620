"""What all tests share: a real database, and no network."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings
from pytest_socket import disable_socket

from hectograph import postgres
from hectograph.site.languages import list_languages
from hectograph.store.database import migrate, open_database
from hectograph.web import LOCALE

from .emptying import empty

# How long an example takes says nothing of it on a busy machine.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# Before somebody configures it, structlog prints to stdout, where the data belongs.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


# Passwords are checked at once.
SETTINGS = {
    "SECRET_KEY": "for tests",
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    "LOCALE_PATHS": [LOCALE],
    "LANGUAGES": list_languages(None),
    "FORMAT_MODULE_PATH": "hectograph.web.formats",
}
BROWSER = "tests/browser/"
EMULATED = ("tests/drive/", "tests/emulators/")


def pytest_collection_modifyitems(items):
    """What needs the Drive emulator, or a browser, is marked by its folder."""
    # Last, since Playwright keeps an event loop about, in which nobody else can work.
    items.sort(key=lambda item: item.nodeid.startswith(BROWSER))
    for item in items:
        if item.nodeid.startswith(BROWSER):
            item.add_marker(pytest.mark.browser)
        if item.nodeid.startswith(EMULATED):
            item.add_marker(pytest.mark.emulated)


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
    named = os.environ.get("HECTOGRAPH_TEST_DATABASE_URL")
    url: str = named or postgres.ensure_running(data_dir).url
    open_database(url, more=SETTINGS)
    migrate(url)
    return url


@pytest.fixture
def empty_database(database_url: str) -> str:
    """The database without a row in it."""
    empty(database_url)
    return database_url
