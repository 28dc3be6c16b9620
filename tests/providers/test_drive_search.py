"""Documents found by words in their titles: the query, and what a whole Drive answers."""

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.drive.query import parse
from emulators.drive.running import running
from hectograph.providers.drive_api import DriveApi
from hectograph.providers.drive_search import find_documents, quoted, search_query
from hectograph.providers.drive_tokens import DRIVE_SCOPE, TokenSource
from hectograph.providers.transport import Connections

from ..drive.school import NATIVE, write_key

TESS, TOM, OFFICE = "tess@school.test", "o'tom@school.test", "office@school.test"
FOLDER = "application/vnd.google-apps.folder"
SHORTCUT = "application/vnd.google-apps.shortcut"
LITERAL = re.compile(r"'((?:\\.|[^'\\])*)'", re.DOTALL)
NASTY = st.text(st.sampled_from("'\\a )(\""), max_size=12) | st.text(max_size=12)


@given(text=NASTY)
def test_a_quoted_text_is_one_literal_that_reads_as_it_was(text):
    literal = quoted(text)

    found = LITERAL.fullmatch(literal)
    assert found
    assert re.sub(r"\\(.)", r"\1", found[1], flags=re.DOTALL) == text


@given(words=st.lists(NASTY.filter(str.strip), min_size=1, max_size=3), email=NASTY)
def test_nothing_that_was_typed_changes_what_is_asked(words, email):
    query = search_query(words, known_to=email)

    parse(query)
    assert LITERAL.sub("?", query) == search_shape(len(words))


def search_shape(words):
    names = " and ".join(["name contains ?"] * words)
    return (
        f"{names} and trashed = false and mimeType != ? and mimeType != ?"
        " and (? in owners or ? in writers or ? in readers)"
    )


@pytest.fixture(scope="module")
def emulator():
    with running() as drive:
        yield drive


@pytest.fixture
def admin(emulator, loopback):
    emulator.admin.reset()
    for email in (TESS, TOM, OFFICE):
        emulator.admin.user(email)
    return emulator.admin


@pytest.fixture
def find(emulator, admin, tmp_path):
    """What an account finds, by title."""
    key = write_key(tmp_path / "key.json", emulator.url)

    def play(*words, by=OFFICE, known_to=None, limit=20):
        async def run():
            tokens = TokenSource(key, subject=by, scopes=[DRIVE_SCOPE])
            async with Connections() as connections:
                api = DriveApi(transport=connections.transport(emulator.url), tokens=tokens)
                return await find_documents(api, words, known_to=known_to, limit=limit)

        return asyncio.run(run())

    return play


def titles(found):
    return [each.title for each in found]


def reader(email, *, role="reader"):
    return {"role": role, "type": "user", "emailAddress": email}


def test_what_is_found_is_told_with_what_a_teacher_asks_of_it(admin, find):
    admin.file(
        OFFICE,
        "Bees.pdf",
        mimeType="application/pdf",
        content="12345",
        modifiedTime="2026-11-01T08:00:00Z",
    )
    admin.file(OFFICE, "Bees", mimeType=NATIVE, canCopy=False)

    native, pdf = find("bees")

    assert (pdf.title, pdf.media_type, pdf.size_bytes) == (
        "Bees.pdf",
        "application/pdf",
        5,
    )
    assert pdf.modified_at.isoformat() == "2026-11-01T08:00:00+00:00"
    assert pdf.owner
    assert pdf.can_copy
    assert (native.size_bytes, native.can_copy) == (None, False)


def test_every_word_counts_and_the_last_changed_comes_first(admin, find):
    for day, title in enumerate(("Bees and honey", "Honey of bees", "Honey"), start=1):
        admin.file(OFFICE, title, modifiedTime=f"2026-11-0{day}T08:00:00Z")

    assert titles(find("HONEY", "bee")) == ["Honey of bees", "Bees and honey"]
    assert titles(find("honey", limit=1)) == ["Honey"]


def test_titles_with_quotes_and_backslashes_are_found(admin, find):
    admin.file(OFFICE, "Tom's \\ book")

    assert titles(find("tom's")) == ["Tom's \\ book"]
    assert titles(find("tom's", "\\")) == ["Tom's \\ book"]
    assert titles(find("x' or name contains 'tom")) == []


def test_folders_and_what_is_in_the_trash_are_not_documents(admin, find):
    admin.folder(OFFICE, "Bees, a folder")
    admin.act(OFFICE, "trash", admin.file(OFFICE, "Bees, thrown away"))
    admin.file(OFFICE, "Bees")

    assert titles(find("bees")) == ["Bees"]


def test_for_somebody_what_they_own_or_were_given_by_name_alone(admin, find):
    with_office = [reader(OFFICE)]
    admin.file(TESS, "Bees of Tess", permissions=with_office)
    admin.file(TOM, "Bees of Tom", permissions=with_office)
    admin.file(TOM, "Bees for Tess", permissions=[*with_office, reader(TESS)])
    admin.file(
        TOM, "Bees with Tess", permissions=[*with_office, reader(TESS, role="writer")]
    )
    admin.file(OFFICE, "Bees of the office")
    admin.file(OFFICE, "Bees for all", permissions=[{"role": "reader", "type": "anyone"}])

    assert sorted(titles(find("bees", known_to=TESS))) == [
        "Bees for Tess",
        "Bees of Tess",
        "Bees with Tess",
    ]
    assert sorted(titles(find("bees", known_to=TOM))) == [
        "Bees for Tess",
        "Bees of Tom",
        "Bees with Tess",
    ]
    assert len(find("bees")) == 6


def test_what_lies_in_a_folder_that_somebody_was_given_is_theirs_too(admin, find):
    folder = admin.folder(OFFICE, "For Tess", permissions=[reader(TESS)])
    admin.file(OFFICE, "Bees", parents=[folder])

    assert titles(find("bees", known_to=TESS)) == ["Bees"]
    assert titles(find("bees", known_to=TOM)) == []
