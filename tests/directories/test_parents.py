"""Tables of an older tool's shares, as spreadsheets save them."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from hectograph.directories.spreadsheet import read_parents
from hectograph.domain.errors import ParentsRefused
from hectograph.domain.litter import ParentShare

from .test_spreadsheet import workbook

BERLIN = ZoneInfo("Europe/Berlin")
SHARE = ParentShare(
    started_at=dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC),
    ended_at=dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC),
    pattern="temp_*",
)


@pytest.fixture
def parents(tmp_path):
    def read(content):
        path = tmp_path / "shares.bin"
        path.write_bytes(content)
        return read_parents(path, zone=BERLIN)

    return read


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_may_be_text(parents, delimiter):
    rows = [
        ["Started", "Ended", "Pattern"],
        ["2026-03-02 10:00", "2026-03-02 10:30", "temp_*"],
    ]

    text = "\r\n".join(map(delimiter.join, rows))

    assert parents(text.encode()) == (SHARE,)


def test_a_table_may_be_a_workbook_with_real_times(parents):
    began = dt.datetime(2026, 3, 2, 10)  # noqa: DTZ001 - a cell has no zone
    content = workbook(
        ["Started", "Ended", "Pattern"], [began, began.replace(minute=30), "temp_*"]
    )

    assert parents(content) == (SHARE,)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no column Started"),
        (b"PK\x03\x04nothing", "damaged"),
        (b'Started,Ended\n2026-03-02,"2026', "cannot be read"),
        (bytes(range(256)), "encoding"),
    ],
    ids=["empty", "damaged", "an open quote", "binary"],
)
def test_what_cannot_be_read_is_refused_in_words_of_its_own(parents, content, words):
    with pytest.raises(ParentsRefused) as refused:
        parents(content)

    told = str(refused.value)
    assert words in told
    assert "Nothing was planned." in told
    assert "student" not in told
    assert "roster" not in told
