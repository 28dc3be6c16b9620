"""More than one of our copies in a folder: the real command, database and disk."""

import json
import os
import shutil

import pytest

from hectograph.providers.file_calls import STAMP_NAME

STUDENTS = ["Ada", "Bob"]
TEXT = "Write about the sea.\n"
SHARE = ("share", "Essay.txt", "--roster", "class.csv", "--into", "class", "--json")


@pytest.fixture
def school(tmp_path):
    (tmp_path / "class.csv").write_text("Name\n" + "\n".join(STUDENTS) + "\n")
    (tmp_path / "Essay.txt").write_text(TEXT)
    (tmp_path / "class").mkdir()
    return tmp_path


@pytest.fixture
def share(hectograph):
    return hectograph(*SHARE).told["share"]


@pytest.fixture
def counted(school, share):
    """Ada's copy, which the ledger counts."""
    return school / "class" / "Ada" / "Essay - Ada.txt"


def second(counted, text=TEXT, *, name="Essay - Ada (2).txt"):
    """Another copy of ours beside one, as a worker without its ledger would make it."""
    made = counted.with_name(name)
    made.write_text(text)
    os.setxattr(made, STAMP_NAME, os.getxattr(counted, STAMP_NAME))
    return made


def plan(hectograph, *more):
    done = hectograph("cleanup", "plan", "--duplicates", *(more or ("--all",)), "--json")
    assert done.code == 0, done.err
    return done.told


def rows(report):
    """What is to become of each file, and why, by name."""
    return {
        each["path"].rpartition("/")[2]: (
            each["state"],
            each["reason"] and each["reason"]["code"],
        )
        for each in report["files"]
    }


def names(counted):
    return sorted(each.name for each in counted.parent.iterdir())


def test_nothing_is_there_twice_after_a_share(hectograph, share):
    shown = hectograph("cleanup", "plan", "--duplicates", "--all")

    assert shown.code == 0
    assert "Nothing is there twice" in shown.out


def test_the_second_copy_that_nobody_touched_goes_and_comes_back(hectograph, counted):
    made = second(counted)

    planned = plan(hectograph)
    untouched = made.exists()
    applied = hectograph("cleanup", "apply", planned["cleanup"])
    gone = not made.exists()
    undone = hectograph("cleanup", "undo", planned["cleanup"])

    assert planned["purpose"] == "duplicate"
    assert rows(planned) == {
        "Essay - Ada.txt": ("kept", "counted"),
        "Essay - Ada (2).txt": ("proposed", None),
    }
    assert untouched
    assert gone
    assert (applied.code, undone.code) == (3, 3), applied.err + undone.err
    assert made.read_text() == counted.read_text() == TEXT


def test_the_copy_with_work_in_it_stays_and_the_empty_counted_one_goes(
    hectograph, counted, share
):
    made = second(counted, "The sea is wide.")

    planned = plan(hectograph)
    hectograph("cleanup", "apply", planned["cleanup"])

    assert rows(planned) == {
        "Essay - Ada.txt": ("proposed", None),
        "Essay - Ada (2).txt": ("kept", "touched"),
    }
    assert names(counted) == [made.name]
    states = hectograph("shares", "show", share, "--json").told["counts"]
    assert (states["recalled"], states["verified"]) == (1, 1)
    hectograph("cleanup", "undo", planned["cleanup"])
    assert counted.read_text() == TEXT
    states = hectograph("shares", "show", share, "--json").told["counts"]
    assert states["verified"] == 2


def test_copies_with_work_in_them_all_stay(hectograph, counted):
    counted.write_text("Mine.")
    second(counted, "The sea is wide.")

    planned = plan(hectograph)

    assert [state for state, _ in rows(planned).values()] == ["kept", "kept"]


def test_what_was_worked_on_after_the_plan_stays(hectograph, counted):
    made = second(counted)
    planned = plan(hectograph)
    made.write_text("The sea is wide.")

    done = hectograph("cleanup", "apply", planned["cleanup"])

    assert done.code == 3
    assert made.read_text() == "The sea is wide."


@pytest.mark.parametrize(
    "spoil",
    [
        lambda made: os.utime(made, (0, 0)),
        lambda made: made.rename(made.with_name("Mine.txt")),
    ],
    ids=["older than its birth", "another name"],
)
def test_what_cannot_be_proved_untouched_stays(hectograph, counted, spoil):
    spoil(second(counted))

    planned = plan(hectograph)

    assert {state for state, _ in rows(planned).values()} == {"kept"}


@pytest.mark.parametrize("text", [TEXT, "The sea is wide."])
def test_a_students_own_copy_with_its_stamp_takes_nothing_away(hectograph, counted, text):
    own = shutil.copy2(counted, counted.with_name("Essay - Ada copy.txt"))
    own.write_text(text)

    planned = plan(hectograph)

    assert {state for state, _ in rows(planned).values()} == {"kept"}


def test_copies_made_again_or_fresh_are_no_duplicates(hectograph, counted, share):
    hectograph(*SHARE, "--again")
    hectograph("fresh", share, "Ada", "--document", "Essay.txt")
    before = names(counted)

    planned = plan(hectograph)

    assert len(before) == 3
    assert {state for state, _ in rows(planned).values()} == {"kept"}


def test_a_copy_of_a_share_that_the_ledger_does_not_know_stays(hectograph, counted):
    made = second(counted)
    version, _, *rest = os.getxattr(counted, STAMP_NAME).decode().split(".")
    os.setxattr(made, STAMP_NAME, ".".join((version, "nosuchshar", *rest)).encode())

    planned = plan(hectograph)

    assert rows(planned)[made.name] == ("kept", "not_known")


def test_a_copy_elsewhere_is_none_of_this(hectograph, counted):
    elsewhere = counted.parent / "mine"
    elsewhere.mkdir()
    second(counted).rename(elsewhere / "Essay - Ada.txt")

    assert plan(hectograph)["files"] == []


def test_a_plan_is_about_what_was_asked_for(hectograph, counted, share):
    second(counted)

    assert len(plan(hectograph, "--share", share)["files"]) == 2
    assert plan(hectograph, "--class", "9Z")["files"] == []
    assert hectograph("cleanup", "plan", "--duplicates").code == 2
    wrong = hectograph("cleanup", "plan", "--duplicates", "--pattern", "x*")
    assert wrong.code == 2


def test_the_log_tells_what_went_by_which_evidence(hectograph, counted, share):
    second(counted)
    planned = plan(hectograph)
    hectograph("cleanup", "apply", planned["cleanup"])

    entries = hectograph("audit", "--about", planned["cleanup"], "--json").lines

    acts = [each["act"] for each in entries]
    assert acts == ["removal.removed", "duplicate.applied", "duplicate.listed"]
    assert entries[0]["facts"]["before"]["size_bytes"] == len(TEXT)
    assert "Ada" not in json.dumps(entries)
