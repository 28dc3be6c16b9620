"""One statement, one transaction, and what their failures mean."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from django.db import (
    DatabaseError,
    DataError,
    InterfaceError,
    ProgrammingError,
    connection,
    transaction,
)

from hectograph.domain.errors import LedgerUnavailable, Misconfigured, RequestRefused

Row = Sequence[Any]
Parameters = Mapping[str, Any] | Sequence[Any]


@contextmanager
def atomic() -> Iterator[None]:
    """One transaction. A connection that failed is closed, so that the next is new.

    Raises RequestRefused for a value that no table can hold: a text with a NUL or half a
    character in it, a number that is too large.
    """
    try:
        with transaction.atomic():
            yield
    except ProgrammingError as error:
        raise Misconfigured(
            f"The tables are not those of this version: {_first_line(error)}.",
            effect="Nothing was written.",
            remedy="Run the same version of hectograph everywhere on one database.",
        ) from error
    except (DataError, UnicodeEncodeError) as error:
        raise RequestRefused(
            "Something that was sent cannot be kept: no table can hold it.",
            effect="Nothing was written.",
        ) from error
    except (DatabaseError, InterfaceError) as error:
        with suppress(DatabaseError, InterfaceError):
            connection.close()
        raise LedgerUnavailable(
            f"The database did not do what was asked: {_first_line(error)}.",
            effect="Nothing was written.",
        ) from error


def run(statement: str, parameters: Parameters = ()) -> int:
    """Run a statement; how many rows it was about."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def fetch_all(statement: str, parameters: Parameters = ()) -> list[Row]:
    """The rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def fetch_one(statement: str, parameters: Parameters = ()) -> Row:
    """The one row of a statement."""
    (row,) = fetch_all(statement, parameters)
    return row


def run_in_transaction(statement: str, parameters: Mapping[str, Any]) -> Any:
    """The first column of the one row of a statement, in a transaction of its own."""
    with atomic():
        return fetch_one(statement, parameters)[0]


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
