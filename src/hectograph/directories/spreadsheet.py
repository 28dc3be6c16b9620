"""Tables in files that a spreadsheet saves: CSV, TSV and XLSX.

What a file is, its content says and not its name. Whatever is wrong with a file ends in
TableRefused; no file can hang the reader or fill the memory.
"""

import codecs
import csv
import datetime as dt
import io
import os
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final
from xml.parsers import expat

import python_calamine

from hectograph.domain.errors import ParentsRefused, Problem, RosterRefused
from hectograph.domain.litter import ParentShare, build_parents
from hectograph.domain.roster import Roster, build_roster, build_rosters, field_of

MAX_BYTES: Final = 32 * 1024 * 1024
MAX_ROWS: Final = 100_000
MAX_UNPACKED_BYTES: Final = 256 * 1024 * 1024
MAX_RATIO: Final = 100
MAX_PARTS: Final = 2_000
MAX_CELLS: Final = 5_000_000

DELIMITERS: Final = (",", ";", "\t", "|")
# Divides nothing: a file with one column may have commas in its names.
NO_DELIMITER: Final = "\x1f"

_ZIP: Final = b"PK\x03\x04"
_ZIP_ENTRY: Final = b"PK\x01\x02"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SMALL_ZIP_BYTES: Final = 4 * 1024 * 1024
_SAMPLE_CHARACTERS: Final = 8_192
_HEADER_CHARACTERS: Final = 64 * 1024
_BOMS: Final = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}

_SAVE_AS: Final = "Save it as .xlsx or as CSV in UTF-8, and send that."
_SMALLER: Final = "Send a smaller file, such as one for each school or year."

Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta


def read_roster(
    path: Path,
    *,
    school_class: str | None = None,
    linked: bool = False,
    max_bytes: int = MAX_BYTES,
    max_rows: int = MAX_ROWS,
) -> Roster:
    """The roster in the file at `path`, of one class if `school_class` is given.

    Of a workbook, the first sheet that is shown. Raises RosterRefused, and nothing else.
    """
    rows = _rows(path, max_bytes=max_bytes, max_rows=max_rows)
    return build_roster(rows, school_class=school_class, linked=linked)


def read_rosters(path: Path) -> Mapping[str, Roster]:
    """The rosters of all classes in the file at `path`, by the classes' names.

    Raises RosterRefused, and nothing else.
    """
    return build_rosters(_rows(path, max_bytes=MAX_BYTES, max_rows=MAX_ROWS))


def read_parents(path: Path, *, zone: dt.tzinfo | None) -> tuple[ParentShare, ...]:
    """The shares of an older tool in the file at `path`; times without a zone in `zone`.

    Of a workbook, the first sheet that is shown. Raises ParentsRefused, and nothing else.
    """
    try:
        rows = list(_rows(path, max_bytes=MAX_BYTES, max_rows=MAX_ROWS))
    except RosterRefused as refused:
        problems = [
            replace(each, effect="No share is known by it.") for each in refused.problems
        ]
        raise ParentsRefused(refused.cause, problems=problems) from refused
    return build_parents(rows, zone=zone)


def _rows(path: Path, *, max_bytes: int, max_rows: int) -> Iterator[Sequence[str]]:
    content = _content(path, max_bytes=max_bytes)
    if content.startswith(_ZIP):
        rows = _workbook_rows(content, max_rows=max_rows)
    elif content.startswith(_OLE):
        raise _refused("It is a workbook of an old kind, or one with a password.", _SAVE_AS)
    else:
        rows = _text_rows(_decoded(content))
    return _counted(rows, max_rows=max_rows)


def _content(path: Path, *, max_bytes: int) -> bytes:
    """The bytes of a regular file; a device or a FIFO is never waited for."""
    try:
        _refuse_special(path.stat())
        nonblocking = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(path, os.O_RDONLY | nonblocking), "rb") as file:  # noqa: PTH123
            # Another file may have taken its place since.
            _refuse_special(os.fstat(file.fileno()))
            content = file.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "Not a path"
        raise _refused(
            f'"{path.name}" cannot be opened: {why or error}.',
            "Check the path, and that you may read the file.",
        ) from error
    if len(content) > max_bytes:
        raise _refused(f"The file is larger than {max_bytes:,} bytes.", _SMALLER)
    return content


def _refuse_special(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        cause = (
            "The path leads to a folder."
            if stat.S_ISDIR(found.st_mode)
            else "The path leads to a device and not a file."
        )
        raise _refused(cause, "Name the file itself.")


def _counted(rows: Iterable[Sequence[str]], *, max_rows: int) -> Iterator[Sequence[str]]:
    for number, row in enumerate(rows):
        if number > max_rows:
            raise _refused(f"The table has more than {max_rows:,} rows.", _SMALLER)
        yield row


# --- text


def _decoded(content: bytes) -> str:
    try:
        text = _decoded_by_sign(content)
        text = content.decode("cp1252") if text is None else text
    except UnicodeDecodeError as error:
        raise _refused(
            f"The text is in no known encoding: byte {error.start + 1:,} fits none.",
            _SAVE_AS,
        ) from error
    sample = text[:_SAMPLE_CHARACTERS]
    controls = sum(
        unicodedata.category(each) == "Cc" and each not in "\t\r\n" for each in sample
    )
    # One may have slipped into a cell; a picture or a PDF has them everywhere.
    if controls > 1 + len(sample) // 20:
        raise _refused("The file holds binary data and no text.", _SAVE_AS)
    return text


def _decoded_by_sign(content: bytes) -> str | None:
    """The text if its bytes show their encoding, else None."""
    for bom, encoding in _BOMS.items():
        if content.startswith(bom):
            return content[len(bom) :].decode(encoding)
    low, high = content[1::2].count(0), content[::2].count(0)
    units = len(content) // 2
    # Letters of Europe leave one byte of two empty in UTF-16, and always the same one.
    if max(low, high) > units // 2 and min(low, high) <= units // 20:
        return content.decode("utf-16-le" if low > high else "utf-16-be")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _text_rows(text: str) -> Iterator[Sequence[str]]:
    """The records; each is one row of a spreadsheet, whatever lines it takes."""
    if hint := re.match(r"sep=([,;\t|])(?:\r\n?|\n)", text, re.IGNORECASE):
        # Excel's own first line, which it neither shows nor counts.
        return _records(text[hint.end() :], delimiter=hint[1])
    return _records(text, delimiter=_delimiter(text))


def _records(text: str, *, delimiter: str) -> Iterator[Sequence[str]]:
    lines = io.StringIO(text, newline="")
    row = 0
    try:
        # Strict, or a quote that is never closed swallows every student after it.
        for row, record in enumerate(
            csv.reader(lines, delimiter=delimiter, strict=True), 1
        ):
            if any("\0" in cell for cell in record):
                raise _refused("The row holds a NUL.", _SAVE_AS, row=row)
            yield record
    except csv.Error as error:
        raise _refused(
            f"The row cannot be taken apart: {error}.",
            'Close each quote that is opened, and write a quote in a cell twice ("").',
            row=row + 1,
        ) from error


def _delimiter(text: str) -> str:
    """The delimiter by which the first line has the most headers, then the most cells."""
    line = _first_line(text)
    cells = {each: _split(line, delimiter=each) for each in DELIMITERS}
    best = max(DELIMITERS, key=lambda each: (_known(cells[each]), len(cells[each])))
    return best if len(cells[best]) > 1 else NO_DELIMITER


def _first_line(text: str) -> str:
    """The first line with anything in it; a line break within quotes does not end it."""
    start = text.lstrip("\ufeff\r\n\t ")[:_HEADER_CHARACTERS]
    found = re.match(r'(?:"[^"]*"|[^"\r\n])*', start)
    return found[0] if found else ""


def _split(line: str, *, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return []


def _known(cells: Sequence[str]) -> int:
    return sum(field_of(cell) is not None for cell in cells)


# --- workbooks


def _workbook_rows(content: bytes, *, max_rows: int) -> Iterator[Sequence[str]]:
    safe = _repacked(content, max_rows=max_rows)
    try:
        with python_calamine.load_workbook(safe) as workbook:
            names = [
                sheet.name
                for sheet in workbook.sheets_metadata
                if sheet.visible is python_calamine.SheetVisibleEnum.Visible
                and sheet.typ is python_calamine.SheetTypeEnum.WorkSheet
            ]
            if not names:
                raise _refused("The workbook shows no sheet.", _SAVE_AS)
            for row in workbook.get_sheet_by_name(names[0]).iter_rows():
                yield [_cell_text(cell) for cell in row]
    except (python_calamine.CalamineError, OSError, ValueError, OverflowError) as error:
        raise _refused(f"The workbook is damaged: {error}.", _SAVE_AS) from error


def _repacked(content: bytes, *, max_rows: int) -> io.BytesIO:
    """The workbook's own parts, each unpacked once within limits and stored plainly.

    What the sizes in a zip say may be a lie, so the reader of workbooks is given only
    what was unpacked and measured here.
    """
    if content.count(_ZIP_ENTRY) > MAX_PARTS:
        raise _refused("The workbook has too many parts.", _SAVE_AS)
    safe = io.BytesIO()
    try:
        with (
            zipfile.ZipFile(io.BytesIO(content)) as given,
            zipfile.ZipFile(safe, "w") as plain,
        ):
            parts = _parts(given, packed_bytes=len(content))
            for name in parts:
                part = given.read(name)
                _refuse_vast(part, max_rows=max_rows)
                plain.writestr(name, part)
    except (
        *(zipfile.BadZipFile, zlib.error, expat.ExpatError, OSError, EOFError),
        *(RuntimeError, NotImplementedError, ValueError, OverflowError),
    ) as error:
        raise _refused(f"The workbook is damaged: {error}.", _SAVE_AS) from error
    safe.seek(0)
    return safe


def _parts(given: zipfile.ZipFile, *, packed_bytes: int) -> list[str]:
    unpacked_bytes = sum(part.file_size for part in given.infolist())
    ratio = unpacked_bytes / max(packed_bytes, 1)
    if unpacked_bytes > MAX_UNPACKED_BYTES or (
        unpacked_bytes > _SMALL_ZIP_BYTES and ratio > MAX_RATIO
    ):
        raise _refused(f"The workbook unpacks to {unpacked_bytes:,} bytes.", _SMALLER)
    names = dict.fromkeys(given.namelist())
    if not any(name.lower().endswith("workbook.xml") for name in names):
        raise _refused("The file is a zip and no .xlsx workbook.", _SAVE_AS)
    return [name for name in names if name.lower().endswith((".xml", ".rels"))]


class _Extent:
    """How far the cells of a sheet reach, those without a place of their own included."""

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self._row = self._column = 0

    def measure(self, sheet: bytes) -> None:
        # Without a DOCTYPE there are no entities, so expat is safe here; a forced
        # encoding makes it see what the reader of workbooks sees.
        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self._take
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.Parse(sheet, True)  # noqa: FBT003  # positional only

    def _take(self, element: str, attributes: Mapping[str, str]) -> None:
        kind = element.rpartition(":")[2]
        if kind not in ("row", "c"):
            return
        place = attributes.get("r", "")
        digits = "".join(each for each in place if each in "0123456789")[:9]
        letters = "".join(each for each in place if each.isalpha())[:9]
        if kind == "row":
            self._row, self._column = int(digits or self._row + 1), 0
        else:
            self._row = max(self._row, int(digits or 0))
            self._column = _column(letters) if letters else self._column + 1
        self.rows = max(self.rows, self._row)
        self.columns = max(self.columns, self._column)


def _refuse_doctype(*_declared: object) -> None:
    raise _refused("A sheet of the workbook declares a DOCTYPE.", _SAVE_AS)


def _refuse_vast(part: bytes, *, max_rows: int) -> None:
    """Refuse two cells at opposite ends: calamine would make a table of 17 billion."""
    if b"sheetData" not in part:
        return
    extent = _Extent()
    extent.measure(part)
    if extent.rows > max_rows + 1 or extent.rows * extent.columns > MAX_CELLS:
        raise _refused(
            f"A sheet reaches to row {extent.rows:,} and column {extent.columns:,}.",
            "Delete what stands far from the table, or send a smaller file.",
        )


def _column(letters: str) -> int:
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return column


def _cell_text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer():
        # A student's number, which spreadsheets keep as a float.
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return (cell.date() if cell.time() == dt.time() else cell).isoformat()
    return cell.isoformat() if isinstance(cell, (dt.date, dt.time)) else str(cell)


def _refused(cause: str, remedy: str, *, row: int | None = None) -> RosterRefused:
    whole = "The table cannot be read."
    if row is None:
        problem = Problem(
            row=row, cause=whole, effect="No student was found.", remedy=remedy
        )
        return RosterRefused(cause, problems=[problem])
    effect = "The rows from here on are not known."
    problem = Problem(row=row, cause=cause, effect=effect, remedy=remedy)
    return RosterRefused(
        f"The table cannot be read beyond row {row - 1}.", problems=[problem]
    )
