"""One copy for each group, and one for all, in a directory."""

import pytest

ROWS = ("Ada,red", "Bob,Red", "Cy,blue", "Dee,red")
SHARE = ("share", "Essay.txt", "--roster", "class.csv", "--into", "class", "--json")


@pytest.fixture
def school(tmp_path):
    write(tmp_path, *ROWS)
    (tmp_path / "Essay.txt").write_text("Write about the sea.\n")
    (tmp_path / "class").mkdir()
    return tmp_path


def write(school, *rows):
    (school / "class.csv").write_text("\n".join(("Name,Group", *rows)))


def copies(school):
    below = school / "class"
    return sorted(str(each.relative_to(below)) for each in below.glob("*/**/*.txt"))


RED, BLUE = "Groups/red/Essay - red.txt", "Groups/blue/Essay - blue.txt"


def test_each_group_gets_one_copy_and_asking_again_changes_nothing(hectograph, school):
    first = hectograph(*SHARE, "--per-group").told
    second = hectograph(*SHARE, "--per-group").told
    shown = hectograph("shares", "show", first["share"])

    assert copies(school) == [BLUE, RED]
    assert (first["mode"], second["joined"]) == ("group", True)
    assert [each["members"] for each in first["deliveries"]] == [
        ["Ada", "Bob", "Dee"],
        ["Cy"],
    ]
    assert "red: Ada, Bob, Dee" in " ".join(shown.out.split())


def test_there_is_one_copy_for_all_beside_those_of_the_students(hectograph, school):
    hectograph(*SHARE)
    done = hectograph(*SHARE, "--for-all", "--name", "{document}").told

    assert done["deliveries"][0]["members"] == ["Ada", "Bob", "Cy", "Dee"]
    assert "Whole class/Essay.txt" in copies(school)
    assert len(copies(school)) == 5


def test_who_is_in_no_group_is_named_and_nothing_is_done(hectograph, school):
    write(school, *ROWS, "Eve,")

    refused = hectograph(*SHARE[:-1], "--per-group")

    assert refused.code != 0
    assert "Eve is in no group." in refused.err
    assert copies(school) == []


def test_a_group_that_somebody_joined_keeps_its_copy(hectograph, school):
    hectograph(*SHARE, "--per-group")
    write(school, *ROWS, "Eve,blue")

    done = hectograph(*SHARE, "--per-group").told

    assert done["joined"] is False
    assert done["deliveries"][1]["members"] == ["Cy", "Eve"]
    assert copies(school) == [BLUE, RED]


def test_a_group_s_work_stays_and_what_nobody_touched_goes_and_comes_back(
    hectograph, school
):
    share = hectograph(*SHARE, "--per-group").told["share"]
    (school / "class" / RED).write_text("We wrote this.")

    hectograph("recall", share)
    recalled = copies(school)
    hectograph("recall", share, "--undo")

    assert recalled == [RED]
    assert copies(school) == [BLUE, RED]


def test_a_better_version_and_a_fresh_copy_come_to_those_who_share(hectograph, school):
    share = hectograph(*SHARE, "--per-group").told["share"]
    (school / "class" / RED).write_text("We wrote this.")
    (school / "Better.txt").write_text("Write about the shore.\n")

    better = hectograph("correct", share, "Better.txt", "--json").told["given"]
    fresh = hectograph("fresh", share, "blue", "--document", "Better.txt")

    assert fresh.code == 0, fresh.err
    assert [each["members"] for each in better["deliveries"]] == [
        ["Ada", "Bob", "Dee"],
        ["Cy"],
    ]
    assert (school / "class" / BLUE).read_text() == "Write about the shore.\n"
    assert (school / "class" / RED).read_text() == "We wrote this."
    assert "Groups/red/Essay - red (corrected).txt" in copies(school)
    assert "Groups/blue/Essay - blue (fresh).txt" in copies(school)


def test_a_directory_promises_no_rights(hectograph, school):
    refused = hectograph(*SHARE[:-1], "--for-all", "--access", "view")

    assert refused.code != 0
    assert "its own rights" in refused.err
    assert copies(school) == []


def test_what_repeats_is_made_for_groups_each_time(hectograph, school):
    begun = hectograph(*SHARE, "--per-group", "--every", "monday").told
    listed = hectograph("repeats", "show", begun["repeat"], "--json").told

    assert (listed["mode"], listed["access"]) == ("group", "edit")
    preview = hectograph(*SHARE, "--per-group", "--every", "monday", "--dry-run").told
    assert [each["student"] for each in preview["deliveries"]] == ["red", "blue"]


def test_a_subject_has_its_folder_within_each_students(hectograph, school):
    hectograph(*SHARE)
    there = hectograph(*SHARE, "--subject", "Geography/Term 1").told
    again = hectograph(*SHARE, "--subject", "Geography/Term 1").told
    refused = hectograph(*SHARE[:-1], "--subject", "../elsewhere")

    assert (there["joined"], again["joined"]) == (False, True)
    assert copies(school)[:2] == [
        "Ada/Essay - Ada.txt",
        "Ada/Geography/Term 1/Essay - Ada.txt",
    ]
    assert len(copies(school)) == 8
    assert refused.code != 0
    assert "names no folder within" in refused.err


def test_what_repeats_has_the_subject_as_well(hectograph, school):
    begun = hectograph(*SHARE, "--subject", "Geography", "--every", "day", "--at", "23:59")
    dry = hectograph(
        *SHARE[:-1],
        "--subject",
        "Geography",
        "--every",
        "day",
        "--at",
        "23:59",
        "--dry-run",
    )

    assert begun.told["subject"] == "Geography"
    assert "Ada/Geography/" in dry.out
