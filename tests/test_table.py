"""Tables in which no cell is a formula."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.table import FORMULA_STARTS, defused, write_table


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_what_begins_like_a_formula_is_text(start):
    assert defused(f"{start}1+1") == f"'{start}1+1"


@given(st.text())
def test_no_cell_begins_like_a_formula_and_nothing_is_lost(text):
    cell = defused(text)

    assert not cell.startswith(FORMULA_STARTS)
    assert cell in (text, f"'{text}")


def test_a_table_can_be_read_back():
    written = write_table(["Student", "Why"], [["Ada, Lovelace", 'a "quoted"\nreason']])

    read = list(csv.reader(io.StringIO(written.removeprefix("\ufeff"))))

    assert read == [["Student", "Why"], ["Ada, Lovelace", 'a "quoted"\nreason']]
