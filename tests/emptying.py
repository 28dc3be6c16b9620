"""The database without a row in it."""

from contextlib import suppress

import psycopg

TRIES = 9


def empty(url: str) -> None:
    """Empty every table, also while a worker is at them."""
    with psycopg.connect(url, autocommit=True) as connection:
        names = connection.execute(
            "SELECT quote_ident(tablename) FROM pg_tables"
            " WHERE schemaname = 'public' AND tablename <> 'django_migrations'"
        ).fetchall()
        tables = ", ".join(name for (name,) in names)
        for _ in range(TRIES):
            with suppress(psycopg.errors.DeadlockDetected):
                connection.execute(f"TRUNCATE {tables}")
                return
    raise AssertionError("The tables could not be emptied.")
