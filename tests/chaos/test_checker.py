"""The checker must see what it is there for; a blind one would pass everything."""

import os
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from .checker import Entry, Record, check_drive, check_record, read_record
from .school import School

pytestmark = pytest.mark.chaos


@pytest.fixture
def delivered(school: School) -> School:
    """A drive on which everything went well."""
    for each in school.planned:
        folder = school.root / each.folder
        folder.mkdir()
        (folder / each.name).write_bytes(each.content)
    return school


@pytest.fixture
def record(delivered: School) -> Record:
    """A ledger that says so."""
    entries = tuple(
        Entry(
            folder=each.folder,
            name=each.name,
            state="verified",
            path=str(delivered.root / each.folder / each.name),
        )
        for each in delivered.planned
    )
    return Record(state="complete", open=0, thawed=True, entries=entries)


def test_a_drive_on_which_all_went_well_has_no_violations(delivered, record):
    assert check_drive(delivered.root, delivered.planned) == []
    assert check_record(record, delivered.planned) == []


def double(school: School) -> None:
    copy = school.copy_of(1)
    copy.with_name(copy.stem + " (2).docx").write_bytes(school.content)


def missing(school: School) -> None:
    school.copy_of(1).unlink()


def folderless(school: School) -> None:
    missing(school)
    school.copy_of(1).parent.rmdir()


def truncated(school: School) -> None:
    os.truncate(school.copy_of(1), 100)


def one_wrong_byte(school: School) -> None:
    school.copy_of(1).write_bytes(b"x" + school.content[1:])


def wrong_name(school: School) -> None:
    school.copy_of(1).rename(school.copy_of(1).with_name("Essay.docx"))


def wrong_folder(school: School) -> None:
    school.copy_of(1).rename(school.copy_of(2).with_name(school.copy_of(1).name))


def temporary(school: School) -> None:
    school.copy_of(1).with_name(".hx-abcdefghjk.1.part").write_bytes(b"half")


def frozen(school: School) -> None:
    (school.root / ".hectograph").mkdir()


def trial(school: School) -> None:
    (school.root / ".hectograph-check-00000000").mkdir()


def empty_folder(school: School) -> None:
    (school.copy_of(1).parent / "new").mkdir()


def file_at_the_root(school: School) -> None:
    (school.root / "Essay.docx").write_bytes(school.content)


def a_link_instead(school: School) -> None:
    missing(school)
    school.copy_of(1).symlink_to(school.document)


@pytest.mark.parametrize(
    "harm",
    [
        double,
        missing,
        folderless,
        truncated,
        one_wrong_byte,
        wrong_name,
        wrong_folder,
        temporary,
        frozen,
        trial,
        empty_folder,
        file_at_the_root,
        a_link_instead,
    ],
)
def test_it_sees_what_is_wrong_on_a_drive(delivered, harm):
    harm(delivered)

    assert check_drive(delivered.root, delivered.planned)


@pytest.mark.parametrize(
    "change",
    [
        {"state": "running"},
        {"state": "complete with exceptions"},
        {"open": 1},
        {"thawed": False},
        {"entries": ()},
    ],
)
def test_it_sees_what_is_wrong_with_a_share(delivered, record, change):
    assert check_record(replace(record, **change), delivered.planned)


@pytest.mark.parametrize(
    "change",
    [
        {"state": "placing"},
        {"state": "failed"},
        {"path": None},
        {"path": "/nowhere/Student 001/Essay - Student 001.docx"},
        {"name": "Essay (2).docx"},
    ],
)
def test_it_sees_what_is_wrong_with_a_delivery(delivered, record, change):
    first, *others = record.entries
    wrong = replace(record, entries=(replace(first, **change), *others))

    assert check_record(wrong, delivered.planned)


def test_it_sees_a_copy_that_only_the_ledger_has(delivered, record):
    missing(delivered)

    assert check_record(record, delivered.planned)


def test_it_reads_the_ledger_as_it_is(warm, school, ledger_url, tmp_path: Path):
    request = {
        "document": str(school.document),
        "roster": str(school.roster),
        "into": str(school.root),
    }
    assert warm.run("deliver", request=request, log=tmp_path / "log") == 0

    with psycopg.connect(ledger_url) as connection:
        (row,) = connection.execute("SELECT id FROM share").fetchall()
    read = read_record(ledger_url, row[0])
    assert check_record(read, school.planned) == []
    assert check_drive(school.root, school.planned) == []
    assert [each.state for each in read.entries] == ["verified"] * 5


def test_what_was_put_aside_counts_as_left_over_only_where_others_may_look(delivered):
    aside = delivered.root / ".hectograph-quarantine"
    (aside / "temporaries").mkdir(parents=True)
    aside.chmod(0o700)

    closed = check_drive(delivered.root, delivered.planned)
    aside.chmod(0o755)
    opened = check_drive(delivered.root, delivered.planned)

    assert closed == []
    assert opened == ["not planned: .hectograph-quarantine"]
