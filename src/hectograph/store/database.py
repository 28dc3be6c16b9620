"""Opens Django on a database, and brings the tables up to date."""

import pkgutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import django
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg.conninfo import conninfo_to_dict

from hectograph.domain.errors import LedgerUnavailable

APPS: Final = [
    "procrastinate.contrib.django",
    "hectograph.store",
    "hectograph.store.people",
]

SESSION_LIMITS: Final = (
    # A process that is stopped inside a transaction must not hold its rows for ever.
    "-c idle_in_transaction_session_timeout=10s -c lock_timeout=30s "
    "-c statement_timeout=120s -c jit=off -c max_parallel_workers_per_gather=0"
)

MIGRATION_LOCK: Final = 0x6865637467  # "hectg": one process migrates, the others wait


def database_parameters(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for a PostgreSQL address."""
    known = conninfo_to_dict(url)
    names = {
        "dbname": "NAME",
        "user": "USER",
        "password": "PASSWORD",
        "host": "HOST",
        "port": "PORT",
    }
    entry = {
        ours: str(known.pop(theirs)) for theirs, ours in names.items() if theirs in known
    }
    asked = str(known.pop("options", ""))
    options = {
        "connect_timeout": 10,
        "application_name": "hectograph",
        **known,
        "options": f"{SESSION_LIMITS} {asked}".strip(),
    }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": None,
        "OPTIONS": options,
        **entry,
    }


def open_database(url: str, *, more: Mapping[str, Any] | None = None) -> None:
    """Set Django up on this database. Once in a process.

    `more` are Django's settings of whoever shows pages, its apps beside ours.
    """
    if not settings.configured:
        added = dict(more or {})
        apps = [*added.pop("INSTALLED_APPS", ()), *APPS]
        settings.configure(
            DATABASES={"default": database_parameters(url)},
            INSTALLED_APPS=apps,
            USE_TZ=True,
            TIME_ZONE="UTC",
            LOGGING_CONFIG=None,
            AUTH_USER_MODEL="people.Person",
            PROCRASTINATE_AUTODISCOVER_MODULE_NAME="",
            **added,
        )
        django.setup()


def migrate(url: str) -> bool:
    """Bring the tables up to date; whether anything had to be done.

    Safe in several processes at once: one migrates, the others wait for it.
    """
    if _is_current():
        return False
    try:
        with _only_one(url):
            if _is_current():
                return False
            call_command("migrate", verbosity=0, interactive=False)
    except (psycopg.Error, django.db.DatabaseError) as error:
        raise LedgerUnavailable(
            f"The tables could not be brought up to date: {str(error).strip()}.",
            effect="Nothing was started.",
        ) from error
    finally:
        connection.close()
    return True


@contextmanager
def _only_one(url: str) -> Iterator[None]:
    with psycopg.connect(url, autocommit=True) as lock:
        lock.execute("SELECT pg_advisory_lock(%s)", (MIGRATION_LOCK,))
        yield


def _is_current() -> bool:
    """Whether every migration on disk is applied; none is imported to tell."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('django_migrations')")
        if cursor.fetchone() == (None,):
            return False
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = set(cursor.fetchall())
    return all(
        (app.label, name) in applied
        for app in django.apps.apps.get_app_configs()
        for name in _migrations_of(f"{app.path}/migrations")
    )


def _migrations_of(folder: str) -> Iterator[str]:
    return (
        module.name for module in pkgutil.iter_modules([folder]) if module.name[0].isdigit()
    )
