"""Files that browsers sent: kept under legal names, for their sender, for a day."""

import os
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.errors import DocumentRefused
from hectograph.domain.ids import PersonId
from hectograph.uploads import KEPT_FOR, MOST_BYTES, MOST_FILES, Uploads, _name_of

ME, YOU = PersonId(1), PersonId(2)
NOW = datetime.fromtimestamp(time.time(), UTC)


class Sent:
    def __init__(self, name="Essay.txt", content=b"essay", size=None):
        self.name, self.size = name, size or len(content)
        self._content = content

    def chunks(self):
        yield from (self._content[at : at + 2] for at in range(0, len(self._content), 2))


@pytest.fixture
def uploads(tmp_path):
    return Uploads(root=tmp_path / "uploads")


def test_what_was_sent_is_found_by_its_token(uploads):
    kept = uploads.keep([Sent(), Sent("Plan.pdf", b"plan")], by=ME, now=NOW)

    found = uploads.find(kept.token, by=ME)

    assert found == kept
    assert found.names == ("Essay.txt", "Plan.pdf")
    assert [each.read_bytes() for each in found.paths] == [b"essay", b"plan"]


def test_nobody_else_finds_it(uploads):
    kept = uploads.keep([Sent()], by=ME, now=NOW)

    assert uploads.find(kept.token, by=YOU) is None


@pytest.mark.parametrize("token", ["", "..", "../1", "x" * 42, "/etc", "x" * 43])
def test_a_token_is_no_path(uploads, token):
    uploads.keep([Sent()], by=ME, now=NOW)

    assert uploads.find(token, by=ME) is None


@given(st.text())
def test_a_name_is_never_a_path(name):
    found = _name_of(Sent(name))

    assert "/" not in found
    assert "\\" not in found
    assert found not in ("", ".", "..")
    assert not found.startswith(".")


def test_names_that_collide_are_numbered(uploads):
    kept = uploads.keep([Sent("a/Essay.txt"), Sent("C:\\essay.txt")], by=ME, now=NOW)

    assert kept.names == ("Essay.txt", "essay (2).txt")


def test_what_is_old_goes_when_something_is_kept(uploads):
    old = uploads.keep([Sent()], by=ME, now=NOW)
    past = (NOW - KEPT_FOR - timedelta(minutes=1)).timestamp()
    os.utime(old.paths[0].parent, (past, past))

    new = uploads.keep([Sent()], by=YOU, now=NOW)

    assert uploads.find(old.token, by=ME) is None
    assert uploads.find(new.token, by=YOU) == new


@pytest.mark.parametrize(
    "sent", [[Sent()] * (MOST_FILES + 1), [Sent(size=MOST_BYTES), Sent()]]
)
def test_too_much_is_refused_and_nothing_is_kept(uploads, sent):
    with pytest.raises(DocumentRefused):
        uploads.keep(sent, by=ME, now=NOW)

    assert not uploads.root.exists()


def test_only_the_account_that_serves_can_read_them(uploads):
    kept = uploads.keep([Sent()], by=ME, now=NOW)

    assert kept.paths[0].parent.stat().st_mode & 0o077 == 0
