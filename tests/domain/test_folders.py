"""Which folders a class needs."""

import pytest

from hectograph.domain.errors import NoSpace, RosterRefused
from hectograph.domain.folders import (
    FolderKey,
    FolderOutcome,
    FolderReport,
    FolderState,
    FolderWish,
    build_folders,
    folder_key,
    reason_for,
)
from hectograph.domain.roster import Recipient, Roster


def a_student(name, email=None, *, school_class="9A", folder=()):
    return Recipient(student=name, email=email, school_class=school_class, folder=folder)


ADA = a_student("Ada", "Ada@school.test")
BOB = a_student("Bob", "bob@school.test")


def folders_for(*students, **more):
    roster = Roster(recipients=students)
    return build_folders(FolderWish(drive="school", roster=roster, **more))


def paths(needed):
    """Each folder's way from the top, by names."""
    by_key = {each.key: each for each in needed}

    def path(each):
        above = path(by_key[each.parent]) if each.parent else ()
        return (*above, each.name)

    return ["/".join(path(each)) for each in needed]


def test_a_student_s_folder_lies_in_the_subject_s_and_that_in_the_class_s():
    assert paths(folders_for(ADA, subject="Maths")) == ["9A", "9A/Maths", "9A/Maths/Ada"]


def test_without_a_subject_students_folders_lie_in_the_class_s():
    assert paths(folders_for(ADA, BOB)) == ["9A", "9A/Ada", "9A/Bob"]


def test_every_class_of_a_roster_has_a_folder_of_its_own():
    needed = folders_for(ADA, a_student("Cy", school_class="8b"), subject="Art")

    assert paths(needed) == ["8b", "8b/Art", "9A", "9A/Art", "9A/Art/Ada", "8b/Art/Cy"]


def test_a_folder_comes_after_the_one_that_it_lies_in():
    needed = folders_for(ADA, BOB, subject="Maths")

    keys = [each.key for each in needed]

    assert all(
        each.parent in keys[: keys.index(each.key)] for each in needed if each.parent
    )


def test_the_class_s_folder_is_for_couriers_and_teachers_and_a_student_s_for_the_student():
    root, student = folders_for(
        ADA, teachers=("T@school.test",), couriers=("c2@school.test", "t@school.test")
    )

    assert root.guests == ("c2@school.test", "t@school.test")
    assert student.guests == ("ada@school.test",)


def test_who_has_no_email_is_not_invited():
    (_, student) = folders_for(a_student("Cy"))

    assert student.guests == ()
    assert FolderOutcome(needed=student, state=FolderState.MADE).is_uninvited


def test_who_has_a_folder_in_the_roster_needs_none():
    assert folders_for(a_student("Ada", folder=("1abc",))) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ADA, a_student("Ada King", "ADA@school.test")),
        (a_student("José"), a_student("Jose\N{COMBINING ACUTE ACCENT}")),
        (ADA, a_student("Ada", "ada@school.test", school_class="9a")),
    ],
    ids=["email", "name", "class"],
)
def test_a_key_stays_the_same_however_it_is_spelt(one, other):
    first, second = (folder_key("school", each, subject=" Maths") for each in (one, other))

    assert first == second == folder_key("school", one, subject="MATHS ")


def test_two_who_would_share_a_folder_are_refused_by_name():
    with pytest.raises(RosterRefused, match="Ada and Al have the same email"):
        folders_for(ADA, a_student("Al", "ada@school.test"))


def test_a_roster_without_classes_is_refused():
    with pytest.raises(RosterRefused, match='Add a column "Class"'):
        folders_for(a_student("Ada", school_class=None))


def test_names_are_legal():
    (root, *_) = folders_for(a_student("Ada", school_class="9/A"))

    assert root.name == "9-A"
    assert root.key == FolderKey(drive="school", school_class="9/a")


def test_a_report_counts_what_became_of_the_folders():
    reason = reason_for(NoSpace("Full."))
    root, ada, bob = folders_for(ADA, BOB)
    report = FolderReport(
        drive="school",
        dry_run=False,
        outcomes=(
            FolderOutcome(needed=root, state=FolderState.THERE, id="1"),
            FolderOutcome(needed=ada, state=FolderState.MADE, id="2", shared=("a@b.c",)),
            FolderOutcome(needed=bob, state=FolderState.MADE, id="3", reason=reason),
        ),
    )

    told = report.as_json()

    assert told["counts"] == {"made": 2, "restored": 0, "there": 1, "failed": 0}
    assert (told["complete"], told["shared"], told["unshared"]) == (False, 1, 1)
    assert told["folders"][1]["link"] == "https://drive.google.com/drive/folders/2"
    assert told["folders"][2]["error"]["remedy"].endswith(
        "run `hectograph folders ensure` again."
    )
