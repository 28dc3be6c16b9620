"""A better version sent to a class on the emulated drive: in place, where that can be."""

from collections import Counter
from hashlib import sha256

import psycopg
import pytest

from .school import OFFICE, TEACHER, each_trouble
from .test_recall import COURIERS, POOL, Desk

BETTER = "Write about the ocean, please."
MODES = ("teacher", POOL, "recipient")


class CorrectingDesk(Desk):
    """A desk on which a better version lies ready."""

    def better(self, content=BETTER, *, name="Essay, better.txt"):
        readers = [OFFICE, *COURIERS, *self.school.students]
        return self.admin.file(
            TEACHER,
            name,
            mimeType="text/plain",
            content=content,
            permissions=[
                {"role": "reader", "type": "user", "emailAddress": each} for each in readers
            ],
        )

    def correct(self, share, document=None, *, code=0):
        return self.told("correct", share, document or self.better(), code=code)

    def undo(self, corrected, *, code=0):
        return self.told("cleanup", "undo", corrected["taken"]["cleanup"], code=code)

    @property
    def contents(self):
        return {each["id"]: each["sha256"] for each in self.copies if not each["trashed"]}

    @property
    def stamps(self):
        """The share that each copy in sight is stamped for."""
        return [
            marks["hs"]
            for each in self.copies
            if not each["trashed"]
            for marks in each["appProperties"].values()
        ]


@pytest.fixture
def desk(hectograph, school, key):
    return CorrectingDesk(hectograph, school, key)


def digest(text):
    return sha256(text.encode()).hexdigest()


def states(report):
    return Counter(each["state"] for each in report["files"])


def given_states(database_url, share):
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT state FROM delivery WHERE share_id = %s ORDER BY position", [share]
        ).fetchall()
    return [state for (state,) in rows]


@pytest.mark.parametrize("acting", MODES)
def test_the_same_files_hold_the_better_version(desk, empty_database, acting):
    share = desk.open(3, acting=acting).share()
    before = desk.visible

    corrected = desk.correct(share)

    assert states(corrected["taken"]) == {"replaced": 3}
    assert corrected["taken"]["counts"]["replaced"] == 3
    assert desk.visible == before
    assert len(desk.copies) == 3
    assert set(desk.contents.values()) == {digest(BETTER)}
    assert desk.stamps == [corrected["given"]["share"]] * 3
    assert corrected["given"]["state"] == "complete"
    assert given_states(empty_database, corrected["given"]["share"]) == ["verified"] * 3
    assert given_states(empty_database, share) == ["recalled"] * 3


def test_whoever_worked_on_a_copy_keeps_it_and_finds_the_new_one_beside_it(
    desk, empty_database
):
    share = desk.open(3).share()
    copies = desk.copies
    desk.work("edit", copies[0])
    theirs = desk.contents[copies[0]["id"]]

    corrected = desk.correct(share)

    assert states(corrected["taken"]) == {"kept": 1, "replaced": 2}
    assert desk.contents[copies[0]["id"]] == theirs
    assert len(desk.visible) == 4
    assert sum("(corrected)" in each["name"] for each in desk.copies) == 1
    assert given_states(empty_database, corrected["given"]["share"]) == ["verified"] * 3


def test_what_is_told_counts_what_was_replaced_in_place_and_what_was_not(desk):
    share = desk.open(3).share()
    desk.work("edit", desk.copies[0])

    ran = desk.run("correct", share, desk.better())

    assert "2 replaced in place, 1 worked on already" in ran.out


def test_a_corrected_share_is_recalled_and_brought_back(desk):
    share = desk.open().share()
    before = desk.visible
    corrected = desk.correct(share)["given"]["share"]

    assert states(desk.recall(corrected)) == {"removed": 2}
    assert desk.visible == []

    assert states(desk.recall(corrected, "--undo")) == {"returned": 2}
    assert desk.visible == before
    assert set(desk.contents.values()) == {digest(BETTER)}


def test_work_on_the_better_version_survives_a_recall_of_it(desk):
    share = desk.open().share()
    corrected = desk.correct(share)["given"]["share"]
    desk.work("edit", desk.copies[0])

    assert states(desk.recall(corrected, code=3)) == {"kept": 1, "removed": 1}


def test_corrected_twice_it_is_still_the_same_file(desk):
    share = desk.open().share()
    before = desk.visible
    second = desk.correct(share)["given"]["share"]

    third = desk.correct(second, desk.better("Third."))

    assert states(third["taken"]) == {"replaced": 2}
    assert desk.visible == before
    assert set(desk.contents.values()) == {digest("Third.")}
    assert states(desk.undo(third)) == {"returned": 2}
    assert set(desk.contents.values()) == {digest(BETTER)}


def test_undone_it_is_the_first_version_again_and_counts_as_that(desk, empty_database):
    share = desk.open().share()
    before = desk.contents
    corrected = desk.correct(share)

    undone = desk.undo(corrected)

    assert states(undone) == {"returned": 2}
    assert desk.contents == before
    assert len(desk.copies) == 2
    assert desk.stamps == [share] * 2
    assert given_states(empty_database, share) == ["verified"] * 2
    assert given_states(empty_database, corrected["given"]["share"]) == ["recalled"] * 2
    assert states(desk.recall(share)) == {"removed": 2}
    assert desk.visible == []


def test_corrections_are_undone_one_after_the_other(desk, empty_database):
    share = desk.open().share()
    before = desk.contents
    first = desk.correct(share)
    second = desk.correct(first["given"]["share"], desk.better("Third."))

    assert states(desk.undo(second)) == {"returned": 2}
    assert states(desk.undo(first)) == {"returned": 2}

    assert desk.contents == before
    assert given_states(empty_database, share) == ["verified"] * 2


def test_undone_it_can_be_corrected_anew(desk):
    share = desk.open().share()
    before = desk.visible
    desk.undo(desk.correct(share))

    again = desk.correct(share, desk.better("Third."))

    assert states(again["taken"]) == {"replaced": 2}
    assert desk.visible == before
    assert set(desk.contents.values()) == {digest("Third.")}


def test_a_recall_after_an_undo_takes_the_copies_away(desk):
    share = desk.open().share()
    desk.undo(desk.correct(share))

    assert states(desk.recall(share)) == {"removed": 2}
    assert desk.visible == []


def test_an_undo_leaves_what_was_worked_on_since(desk, empty_database):
    share = desk.open().share()
    corrected = desk.correct(share)
    copy = desk.copies[0]
    desk.work("edit", copy)
    theirs = desk.contents[copy["id"]]

    undone = desk.undo(corrected, code=3)

    assert states(undone) == {"kept": 1, "returned": 1}
    assert desk.contents[copy["id"]] == theirs
    assert sorted(given_states(empty_database, share)) == ["recalled", "verified"]


def test_google_documents_are_still_replaced_by_new_files(desk):
    desk.open(native=True)
    share = desk.share()
    before = desk.visible
    better = desk.admin.file(
        TEACHER, "Essay, better", mimeType="application/vnd.google-apps.document"
    )

    corrected = desk.correct(share, better)

    assert states(corrected["taken"]) == {"removed": 2}
    assert len(desk.visible) == 2
    assert not set(desk.visible) & set(before)


def test_what_one_request_cannot_carry_is_replaced_by_new_files(desk):
    share = desk.open(1).share()
    before = desk.visible

    corrected = desk.correct(share, desk.better("x" * (5 * 1024 * 1024 + 1)))

    assert states(corrected["taken"]) == {"removed": 1}
    assert desk.visible != before
    assert len(desk.visible) == 1


def test_a_ledger_written_anew_finds_the_better_version(desk, empty_database):
    share = desk.open().share()
    corrected = desk.correct(share)["given"]["share"]

    assert set(desk.stamps) == {corrected}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["files.update", "files.get", "comments.list"])
def test_faults_neither_lose_nor_double_anything(desk, call, when):
    faults = each_trouble(call, when)
    desk.open(3)
    share = desk.share()
    copies = desk.copies
    desk.work("edit", copies[0])
    theirs = desk.contents[copies[0]["id"]]
    better = desk.better()
    desk.admin.faults(*faults)

    corrected = desk.correct(share, better)

    assert states(corrected["taken"]) == {"kept": 1, "replaced": 2}
    assert desk.contents[copies[0]["id"]] == theirs
    assert {desk.contents[each["id"]] for each in copies[1:]} == {digest(BETTER)}
    assert len(desk.visible) == 4

    desk.admin.faults(*faults)
    undone = desk.undo(corrected, code=3)

    assert states(undone) == {"kept": 1, "returned": 2}
    assert {desk.contents[each["id"]] for each in copies[1:]} == {
        digest("Write about the sea.")
    }
