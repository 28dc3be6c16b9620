"""Sharing, taking back, and bringing back: the real command, database and disk."""

import json
import os
import re

import pytest

STUDENTS = ["Ada", "Bob", "Cy", "Dee"]
SHARE = ("share", "Essay.txt", "--roster", "class.csv", "--into", "class", "--json")


@pytest.fixture
def school(tmp_path):
    (tmp_path / "class.csv").write_text("Name\n" + "\n".join(STUDENTS) + "\n")
    (tmp_path / "Essay.txt").write_text("Write about the sea.\n")
    (tmp_path / "class").mkdir()
    return tmp_path


@pytest.fixture
def share(hectograph):
    return hectograph(*SHARE).told["share"]


def copy_of(school, student):
    return school / "class" / student / f"Essay - {student}.txt"


def shown(school):
    """What students see, by name."""
    paths = (school / "class").glob("*/*.txt")
    return {path.parent.name: path.read_text() for path in paths}


def test_untouched_copies_go_and_come_back_as_they_were(hectograph, school, share):
    before = {each: copy_of(school, each).stat() for each in STUDENTS}

    gone = hectograph("recall", share)
    nothing = shown(school)
    back = hectograph("recall", share, "--undo")

    assert (gone.code, back.code) == (0, 0), gone.err + back.err
    assert nothing == {}
    for student, was in before.items():
        now = copy_of(school, student).stat()
        kept = ("st_ino", "st_mtime_ns", "st_size", "st_mode", "st_uid")
        assert all(getattr(now, each) == getattr(was, each) for each in kept)


def test_what_a_student_worked_on_stays_and_is_listed(hectograph, school, share):
    copy_of(school, "Ada").write_text("The sea is wide.")
    copy_of(school, "Bob").rename(school / "class" / "Bob" / "Mine.txt")
    other = school / "class" / "Cy" / "other"
    other.write_text("Write about the sea.\n")
    other.replace(copy_of(school, "Cy"))

    done = hectograph("recall", share, "--json")

    report = done.told
    assert done.code == 3
    assert report["counts"]["removed"] == 1
    assert shown(school) == {
        "Ada": "The sea is wide.",
        "Bob": "Write about the sea.\n",
        "Cy": "Write about the sea.\n",
    }
    why = {each["path"].split("/")[-2]: each["reason"] for each in report["files"]}
    assert "edited" in why["Ada"]["message"]
    assert "renamed" in why["Bob"]["message"]
    assert "saved as a new file" in why["Cy"]["message"]


def test_a_copy_that_somebody_has_open_stays(hectograph, school, share):
    with copy_of(school, "Ada").open():
        done = hectograph("recall", share)

    assert done.code == 3
    assert list(shown(school)) == ["Ada"]
    assert "Somebody has it open" in done.out


def test_the_same_shared_after_a_recall_is_new(hectograph, school, share):
    hectograph("recall", share)

    again = hectograph(*SHARE).told

    assert again["share"] != share
    assert again["joined"] is False
    assert sorted(shown(school)) == STUDENTS


def test_a_name_that_was_taken_meanwhile_is_not_overwritten(hectograph, school, share):
    hectograph("recall", share)
    copy_of(school, "Ada").write_text("Mine.")

    hectograph("recall", share, "--undo")

    assert copy_of(school, "Ada").read_text() == "Mine."
    numbered = school / "class" / "Ada" / "Essay - Ada (2).txt"
    assert numbered.read_text() == "Write about the sea.\n"


def test_what_a_dead_worker_left_half_made_is_planned_applied_and_undone(
    hectograph, school, share
):
    left = school / "class" / "Ada" / f".hx-{share}.0.1234abcd.part"
    left.write_text("Write")
    os.utime(left, (0, 0))
    fresh = school / "class" / "Bob" / f".hx-{share}.1.1234abcd.part"
    fresh.write_text("Write")

    planned = hectograph("cleanup", "plan", "--share", share, "--json")
    plan = planned.told
    unharmed = left.exists()
    applied = hectograph("cleanup", "apply", plan["cleanup"])
    gone = not left.exists()
    undone = hectograph("cleanup", "undo", plan["cleanup"])

    states = {each["path"]: each["state"] for each in plan["files"]}
    assert states == {str(left): "proposed", str(fresh): "kept"}
    assert unharmed
    assert gone
    assert left.read_text() == "Write"
    assert (planned.code, applied.code, undone.code) == (0, 3, 3)


def test_the_audit_log_tells_who_and_how_to_undo(hectograph, share):
    hectograph("recall", share)

    entries = hectograph("audit", "--about", share, "--json").lines

    assert [each["act"] for each in entries] == ["removal.removed"] * 4 + ["share.recalled"]
    assert entries[-1]["by"]
    assert entries[-1]["undo"] == f"hectograph recall {share} --undo"
    assert not re.search("|".join(STUDENTS), json.dumps(entries))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("recall", "nosuchshare"), 4),
        (("cleanup", "apply", "nosuchplan"), 4),
        (("cleanup", "plan"), 2),
        (("cleanup", "plan", "--all", "--class", "7b"), 2),
    ],
)
def test_bad_input_is_said(hectograph, words, code):
    done = hectograph(*words)

    assert done.code == code
    assert done.err


def test_an_undo_without_a_recall_is_refused(hectograph, share):
    done = hectograph("recall", share, "--undo")

    assert done.code == 2
    assert "is not recalled" in done.err


def test_a_better_version_replaces_what_nobody_touched(hectograph, school, share):
    copy_of(school, "Ada").write_text("The sea is wide.")
    (school / "Better.txt").write_text("Write about the blue sea.\n")

    done = hectograph("correct", share, "Better.txt", "--json")

    report = done.told
    assert done.code == 0, done.err
    assert report["taken"]["counts"]["removed"] == 3
    assert report["given"]["counts"]["verified"] == 4
    assert copy_of(school, "Ada").read_text() == "The sea is wide."
    beside = school / "class" / "Ada" / "Essay - Ada (corrected).txt"
    assert beside.read_text() == "Write about the blue sea.\n"
    assert copy_of(school, "Bob").read_text() == "Write about the blue sea.\n"


def test_a_correction_that_cannot_be_read_does_nothing(hectograph, school, share):
    done = hectograph("correct", share, "Missing.txt")

    assert done.code == 2
    assert sorted(shown(school)) == STUDENTS


def test_one_student_gets_a_fresh_copy_beside_theirs(hectograph, school, share):
    copy_of(school, "Ada").write_text("The sea is wide.")

    done = hectograph("fresh", share, "ada", "--document", "Essay.txt", "--json")
    unnamed = hectograph("fresh", share, "Ada")
    unknown = hectograph("fresh", share, "Zoe", "--document", "Essay.txt")

    assert done.code == 0, done.err
    assert done.told["counts"]["verified"] == 1
    assert copy_of(school, "Ada").read_text() == "The sea is wide."
    beside = school / "class" / "Ada" / "Essay - Ada (fresh).txt"
    assert beside.read_text() == "Write about the sea.\n"
    assert (unnamed.code, unknown.code) == (2, 2)
    assert "--document" in unnamed.err
    assert "no student" in unknown.err


def fresh_and_renamed(hectograph, share, student="Ada"):
    asked = ("fresh", share, student, "--document", "Essay.txt", "--rename-old", "--json")
    return hectograph(*asked)


def test_the_old_copy_is_called_old_and_gets_its_name_back(hectograph, school, share):
    copy_of(school, "Ada").write_text("The sea is wide.")
    old = school / "class" / "Ada" / "Essay - Ada (old).txt"

    done = fresh_and_renamed(hectograph, share)

    assert done.code == 0, done.err
    assert done.told["old_copy"] == old.name
    assert old.read_text() == "The sea is wide."
    assert copy_of(school, "Ada").read_text() == "Write about the sea.\n"

    taken = hectograph("fresh", share, "Ada", "--undo")
    hectograph("recall", done.told["share"])
    audit = hectograph("audit", "--about", share, "--json").lines
    undo = next(each["undo"] for each in audit if each["act"] == "copy.renamed")
    back = hectograph(*undo.split()[1:])

    assert taken.code == 2
    assert "recall" in taken.err
    assert back.code == 0, back.err
    assert copy_of(school, "Ada").read_text() == "The sea is wide."
    assert not old.exists()
    assert "Ada" not in undo


def test_what_a_student_calls_something_is_theirs(hectograph, school, share):
    mine = school / "class" / "Ada" / "Mine.txt"
    copy_of(school, "Ada").rename(mine)

    done = fresh_and_renamed(hectograph, share)

    assert done.code == 0, done.err
    assert done.told["old_copy"] is None
    assert mine.exists()
    assert copy_of(school, "Ada").read_text() == "Write about the sea.\n"


def test_old_copies_are_numbered_and_another_file_is_not_taken_for_one(
    hectograph, school, share
):
    second = fresh_and_renamed(hectograph, share).told["share"]

    third = fresh_and_renamed(hectograph, second)

    assert third.told["old_copy"] == "Essay - Ada (old) (2).txt"
    old = school / "class" / "Ada" / "Essay - Ada (old).txt"
    saved = school / "class" / "Ada" / "~new"
    saved.write_text("Saved by replacing.")
    saved.replace(old)
    refused = hectograph("fresh", share, "Ada", "--undo")
    assert refused.code == 2
    assert old.read_text() == "Saved by replacing."


def test_a_copy_that_somebody_has_open_keeps_its_name(hectograph, school, share):
    with copy_of(school, "Ada").open("a") as held:
        held.write("The sea")
        done = fresh_and_renamed(hectograph, share)

    assert done.code == 2
    assert "open" in done.err
    assert os.listdir(school / "class" / "Ada") == ["Essay - Ada.txt"]
