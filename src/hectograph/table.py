"""Tables for spreadsheets, in which no cell is a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
BYTE_ORDER_MARK: Final = "\ufeff"
"""By which spreadsheets know UTF-8."""


def write_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The table as CSV."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(head)
    writer.writerows([defused(cell) for cell in row] for row in rows)
    return BYTE_ORDER_MARK + written.getvalue()


def defused(cell: str) -> str:
    """A cell that a spreadsheet takes for text. Source: OWASP, "CSV Injection"."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
