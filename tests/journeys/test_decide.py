"""Deciding about what a recall has left, in a directory: the real command and disk."""

import json
import re

import pytest

STUDENTS = ["Ada", "Bob", "Cy"]
WORK = "The sea is wide."


@pytest.fixture
def school(tmp_path):
    (tmp_path / "class.csv").write_text("Name\n" + "\n".join(STUDENTS) + "\n")
    (tmp_path / "Essay.txt").write_text("Write about the sea.\n")
    for each in ("class", "mine"):
        (tmp_path / each).mkdir()
    return tmp_path


@pytest.fixture
def share(hectograph, school):
    """A share that was taken back, of which Ada's copy and Bob's stay."""
    where = ("--roster", "class.csv", "--into", "class", "--json")
    made = hectograph("share", "Essay.txt", *where).told["share"]
    for student in ("Ada", "Bob"):
        copy_of(school, student).write_text(WORK)
    assert hectograph("recall", made).code == 3
    return made


def copy_of(school, student):
    return school / "class" / student / f"Essay - {student}.txt"


def state_of(path):
    """All that a write, a rename or a change of rights would show in."""
    status = path.stat()
    return status.st_ino, status.st_mtime_ns, status.st_ctime_ns, path.read_text()


def handed_over(school):
    mine = school / "mine"
    return {each.name: each.read_text() for each in mine.iterdir() if each.is_file()}


def decisions(hectograph, share):
    """The decisions that hold, by student."""
    files = hectograph("recall", share, "--json").told["files"]
    return {
        each["student"]: [one["choice"] for one in each["decisions"]]
        for each in files
        if each["state"] == "kept"
    }


def test_the_list_names_the_command_and_whose_copies_stay(hectograph, share):
    shown = hectograph("recall", share)

    assert f"hectograph decide {share} STUDENT --leave" in " ".join(shown.out.split())
    assert "Ada" in shown.out
    assert "Bob" in shown.out


def test_a_copy_that_is_left_shows_as_decided_and_stays_as_it_is(hectograph, school, share):
    before = state_of(copy_of(school, "Ada"))

    done = hectograph("decide", share, "ada", "--leave")

    assert done.code == 0, done.err
    assert decisions(hectograph, share) == {"Ada": ["leave"], "Bob": []}
    assert "stays, left" in " ".join(hectograph("recall", share).out.split())
    assert state_of(copy_of(school, "Ada")) == before


def test_work_is_handed_over_as_one_copy_however_often_it_is_asked_for(
    hectograph, school, share
):
    before = state_of(copy_of(school, "Ada"))
    words = ("decide", share, "Ada", "--hand-over", "mine", "--json")

    first = hectograph(*words)
    second = hectograph(*words)

    assert first.code == second.code == 0, first.err + second.err
    assert first.told["given"]["share"] == second.told["given"]["share"]
    assert handed_over(school) == {"Essay - Ada (handed over).txt": WORK}
    assert state_of(copy_of(school, "Ada")) == before
    assert decisions(hectograph, share)["Ada"] == ["hand over"]


def test_a_renamed_copy_is_handed_over_under_a_name_that_tells_whose_it_is(
    hectograph, school, share
):
    renamed = copy_of(school, "Bob").rename(school / "class" / "Bob" / "Mine.txt")

    done = hectograph("decide", share, "Bob", "--hand-over", "mine")

    assert done.code == 0, done.err
    assert handed_over(school) == {"Mine - Bob (handed over).txt": WORK}
    assert renamed.read_text() == WORK


def test_work_that_went_on_is_handed_over_beside_what_was_before(hectograph, school, share):
    hectograph("decide", share, "Ada", "--hand-over", "mine")
    copy_of(school, "Ada").write_text("More.")

    done = hectograph("decide", share, "Ada", "--hand-over", "mine")

    assert done.code == 0, done.err
    assert sorted(handed_over(school).values()) == ["More.", WORK]


def test_what_was_handed_over_goes_again_by_the_command_that_the_log_names(
    hectograph, school, share
):
    hectograph("decide", share, "Ada", "--hand-over", "mine")
    entries = hectograph("audit", "--about", share, "--json").lines
    undo = next(each["undo"] for each in entries if each["act"] == "copy.handed_over")

    done = hectograph(*undo.split()[1:])

    assert done.code == 0, done.err
    assert handed_over(school) == {}
    assert copy_of(school, "Ada").read_text() == WORK
    hectograph("decide", share, "Ada", "--hand-over", "mine")
    assert len(handed_over(school)) == 1


def test_a_folder_that_is_not_there_is_refused_and_nothing_is_noted(hectograph, share):
    done = hectograph("decide", share, "Ada", "--hand-over", "missing")

    assert done.code == 2
    assert "cannot receive copies" in done.err
    assert decisions(hectograph, share)["Ada"] == []


def test_in_a_directory_nothing_can_be_locked(hectograph, school, share):
    before = state_of(copy_of(school, "Ada"))

    done = hectograph("decide", share, "Ada", "--lock")

    assert done.code == 2
    assert "cannot be locked" in done.err
    assert "--hand-over" in done.err
    assert decisions(hectograph, share)["Ada"] == []
    assert state_of(copy_of(school, "Ada")) == before


def test_a_copy_that_the_student_threw_away_since_cannot_be_decided_about(
    hectograph, school, share
):
    copy_of(school, "Ada").unlink()
    (school / "class" / "Ada" / "other.txt").write_text("Another.")

    done = hectograph("decide", share, "Ada", "--hand-over", "mine")

    assert done.code == 2
    assert "not where it was" in done.err
    assert handed_over(school) == {}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("Cy", "--leave"), "not one that the recall has left"),
        (("Zoe", "--leave"), "no such copy"),
        (("--copy", "7", "--leave"), "no such copy"),
        (("Ada", "--document", "Other.txt", "--leave"), "no such copy"),
        (("Ada",), "Say what to do"),
        (("Ada", "--leave", "--lock"), "Say what to do"),
        (("--leave",), "Say whose copy"),
        (("Ada", "--copy", "0", "--leave"), "Say whose copy"),
    ],
)
def test_what_cannot_be_meant_is_refused(hectograph, share, words, told):
    done = hectograph("decide", share, *words)

    assert done.code == 2
    assert told in done.err


def test_nothing_is_decided_about_a_share_that_was_not_taken_back(hectograph, school):
    where = ("--roster", "class.csv", "--into", "class", "--json")
    share = hectograph("share", "Essay.txt", *where).told["share"]

    running = hectograph("decide", share, "Ada", "--leave")
    unknown = hectograph("decide", "nosuchshare", "Ada", "--leave")

    assert (running.code, unknown.code) == (2, 4)
    assert "is not recalled" in running.err


def test_the_log_tells_who_decided_what_by_which_evidence_without_names(hectograph, share):
    hectograph("decide", share, "--copy", "0", "--leave")
    hectograph("decide", share, "Bob", "--hand-over", "mine")

    entries = hectograph("audit", "--about", share, "--json").lines

    told = [each for each in entries if each["act"].startswith("copy.")]
    assert [each["act"] for each in told] == [
        *("copy.handed_over", "copy.hand_over_asked", "copy.left")
    ]
    assert all(each["by"] and each["at"] for each in told)
    assert told[-1]["subject"] == f"{share}.0"
    assert told[0]["facts"]["now"]["size_bytes"] == len(WORK)
    assert told[0]["facts"]["before"] != told[0]["facts"]["now"]
    assert not re.search("|".join(STUDENTS), json.dumps(entries))
