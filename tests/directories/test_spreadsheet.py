"""Any file is read as a roster or refused, whatever it is called and holds."""

import datetime as dt
import io
import os
import zipfile

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hectograph.directories.spreadsheet import read_roster
from hectograph.domain.errors import RosterRefused


@pytest.fixture
def students(tmp_path):
    """The students read from a file with this content."""

    def read(content, **options):
        path = tmp_path / "roster.bin"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return [each.student for each in read_roster(path, **options).recipients]

    return read


@pytest.fixture
def refusal(students):
    """Why a file with this content is refused."""

    def read(content, **options):
        with pytest.raises(RosterRefused) as refused:
            students(content, **options)
        return refused.value

    return read


def workbook(*rows, title="Class"):
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append(row)
    return saved(book)


def saved(book):
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def repacked(content, change):
    """The workbook with `change` applied to the bytes of each part."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as given_zip,
        zipfile.ZipFile(out, "w") as made,
    ):
        for name in given_zip.namelist():
            made.writestr(name, change(given_zip.read(name)))
    return out.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_in_the_header(students, delimiter):
    text = 'Name,Email,Class\nAda,a@x,9A\n"Bob",b@x,9B'.replace(",", delimiter)

    assert students(text, school_class="9B") == ["Bob"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(students, end):
    assert students(end.join(["Name,Email", "Ada,a@x", "Bob,b@x"])) == ["Ada", "Bob"]


def test_a_delimiter_within_quotes_divides_nothing(students):
    assert students('Name;"Notes, dates, marks"\n"Lovelace; Ada";x') == ["Lovelace; Ada"]


def test_headers_decide_when_delimiters_are_equally_many(students):
    assert students("Name;Classes (one, two)\nAda;9A") == ["Ada"]


def test_one_column_may_have_commas_in_its_names(students):
    assert students("Name\nLovelace, Ada") == ["Lovelace, Ada"]


def test_the_line_that_excel_puts_first_is_obeyed_and_not_counted(students, refusal):
    assert students("sep=;\r\nName;Email\r\nAda, Countess;a@x") == ["Ada, Countess"]
    assert refusal("sep=;\nName;Email\n;a@x").problems[0].row == 2


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_the_encoding_is_found_by_its_signs(students, encoding):
    assert students("Name,Email\nZoë Müller,z@x\n".encode(encoding)) == ["Zoë Müller"]


def test_a_byte_order_mark_of_big_ends_is_read(students):
    assert students(b"\xfe\xff" + "Name\nŁukasz".encode("utf-16-be")) == ["Łukasz"]


def test_an_unknown_encoding_is_refused_and_no_name_is_guessed(refusal):
    assert "byte 6" in refusal(b"Name\n\x81ukasz").cause


def test_row_numbers_count_records_and_not_lines(refusal):
    refused = refusal('Name,Email\n"Ada\nKing",a@x\n\n,b@x')

    assert [each.row for each in refused.problems] == [4]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('Name,Email\nAda,a@x\n"Bob,b@x\nCyd,c@x\n', 3),
        ('Name,Email\n"Ada"x,a@x', 2),
        ("Name,Email\nAda,a@x\nB\0b,b@x", 3),
        ("Name,Email\n" + "A" * 140_000 + ",a@x", 2),
    ],
)
def test_a_row_that_cannot_be_taken_apart_is_named(refusal, text, row):
    assert [each.row for each in refusal(text).problems] == [row]


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
        b"\0" * 5_000,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        b"PK\x03\x04 and no zip",
        b"",
        b"\xff\xfe",
        b"\n\n",
    ],
)
def test_what_is_no_table_is_refused(refusal, content):
    refused = refusal(content)

    assert refused.cause
    assert refused.problems[0].remedy


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(RosterRefused, match=r"gone\.csv.*No such file"):
        read_roster(tmp_path / "gone.csv")


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(RosterRefused, match="folder"):
        read_roster(tmp_path)


def test_a_path_with_a_nul_is_refused(tmp_path):
    with pytest.raises(RosterRefused, match="cannot be opened"):
        read_roster(tmp_path / "a\0b")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(RosterRefused, match="device"):
        read_roster(tmp_path / "pipe")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path):
    (tmp_path / "secret.csv").touch(mode=0)

    with pytest.raises(RosterRefused, match="Permission denied"):
        read_roster(tmp_path / "secret.csv")


def test_a_large_file_is_refused(refusal, students):
    assert students("Name\nAda", max_bytes=8) == ["Ada"]
    assert "larger than 7 bytes" in refusal("Name\nAda", max_bytes=7).cause


@pytest.mark.parametrize(
    "content", ["Name\nAda\nBob", workbook(["Name"], ["Ada"], ["Bob"])]
)
def test_many_rows_are_refused(refusal, students, content):
    assert students(content, max_rows=2) == ["Ada", "Bob"]
    assert refusal(content, max_rows=1).cause


def test_a_workbook_is_known_by_its_content(students):
    assert students(workbook(["Name", "Email"], ["Ada", "a@x"], [], ["Bob"])) == [
        "Ada",
        "Bob",
    ]


def test_numbers_and_dates_in_cells_are_read_as_a_person_reads_them(students):
    cells = [13001.0, 1.5, dt.date(2026, 3, 9), dt.datetime(2026, 3, 9, 8, 30), True, 7]  # noqa: DTZ001
    names = [[cell, f"{at}@x"] for at, cell in enumerate(cells)]

    assert students(workbook(["Name", "Email"], *names)) == [
        *("13001", "1.5", "2026-03-09", "2026-03-09T08:30:00", "TRUE", "7")
    ]


def test_row_numbers_of_a_workbook_count_the_blank_rows_above(refusal):
    content = workbook([], [], [None, "Name", "Email"], [], [None, None, "a@x"])

    assert [each.row for each in refusal(content).problems] == [5]


def test_the_first_sheet_that_is_shown_is_read(students):
    book = openpyxl.Workbook()
    book.worksheets[0].sheet_state = "hidden"
    book.create_sheet("Class").append(["Name"])
    book["Class"].append(["Ada"])

    assert students(saved(book)) == ["Ada"]


def test_a_zip_that_is_no_workbook_is_refused(refusal):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        made.writestr("users.csv", "Name\nAda")

    assert "no .xlsx workbook" in refusal(content.getvalue()).cause


def test_a_zip_bomb_is_refused_unopened(refusal):
    content = io.BytesIO(workbook(["Name"], ["Ada"]))
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/bomb.xml", b" " * 20_000_000)

    assert "unpacks to 20," in refusal(content.getvalue()).cause


def test_two_cells_at_the_ends_of_a_sheet_do_not_fill_the_memory(refusal):
    vast = repacked(
        workbook(["Name"], ["Ada"]), lambda part: part.replace(b'r="A2"', b'r="XFD1048576"')
    )

    assert "row 1,048,576 and column 16,384" in refusal(vast).cause


def test_cells_without_a_place_are_counted_too(refusal):
    cells = b"<c><v>1</v></c>" * 6_000

    vast = repacked(
        workbook(["Name"], *(["Ada"] for _ in range(999))),
        lambda part: part.replace(b"</row>", cells + b"</row>", 1),
    )

    assert "column 6,001" in refusal(vast).cause


def test_a_workbook_with_entities_is_refused(refusal):
    declared = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet'
    content = repacked(
        workbook(["Name"], ["Ada"]), lambda part: part.replace(b"<worksheet", declared, 1)
    )

    assert "DOCTYPE" in refusal(content).cause


csv_like = st.lists(
    st.sampled_from(
        [
            b"Name",
            b",",
            b";",
            b'"',
            b"\n",
            b"\r",
            b"\0",
            b"\xff\xfe",
            b"Ada",
            b"sep=",
            b"=",
            b"\xc3",
            b"\x81",
        ]
    )
)


@given(
    st.binary(max_size=400)
    | csv_like.map(b"".join)
    | csv_like.map(lambda parts: b"Name\n" + b"".join(parts))
)
@example(b'sep="\nName"')
@example(b"sep=\r\nName")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_roster_or_refused(students, content):
    try:
        assert students(content)
    except RosterRefused as refused:
        assert refused.problems  # noqa: PT017  # both ends are right, each in its way


BOOK = workbook(["Name", "Email"], ["Ada", "a@x"], [13001.0, dt.date(2026, 3, 9)])


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_workbook_is_a_roster_or_refused(students, data):
    places = st.tuples(
        st.integers(0, 10_000), st.sampled_from([b"<", b'"', b"9" * 9, b"A", b"", b"\xff"])
    )
    broken = data.draw(st.lists(places, min_size=1, max_size=4))

    def change(part):
        for at, junk in broken:
            part = part[: at % len(part)] + junk + part[at % len(part) + 1 :]
        return part

    try:
        assert students(repacked(BOOK, change))
    except RosterRefused as refused:
        assert refused.problems  # noqa: PT017  # both ends are right, each in its way
