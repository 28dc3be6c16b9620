"""A fresh copy that takes the old one's name, on the emulated drive."""

import pytest

from .school import each_trouble
from .test_recall import POOL, Desk

ADA = "Student 0001"


class RenamingDesk(Desk):
    """A desk at which the first student's copy is worked on, and a fresh one wanted."""

    def begin(self, **how):
        share = self.open(2, **how).share()
        self.copy = self.of_the_first()
        self.work("edit", self.copy)
        return share

    def of_the_first(self):
        folder = self.school.folders[self.school.students[0]]
        return next(each for each in self.copies if folder in each["parents"])

    def fresh(self, share, *more, code=0):
        return self.told("fresh", share, ADA, *more, code=code)

    @property
    def names(self):
        """What the first student sees, by id."""
        folder = self.school.folders[self.school.students[0]]
        return {
            each["id"]: each["name"]
            for each in self.copies
            if folder in each["parents"] and not each["trashed"]
        }


@pytest.fixture
def desk(hectograph, school, key):
    return RenamingDesk(hectograph, school, key)


@pytest.mark.parametrize("acting", ["teacher", POOL, "recipient"])
def test_the_old_copy_keeps_its_id_and_gets_its_name_back(desk, acting):
    share = desk.begin(acting=acting)
    former = desk.copy["name"]

    made = desk.fresh(share, "--rename-old")

    assert made["old_copy"] == desk.names[desk.copy["id"]]
    assert "(old)" in made["old_copy"]
    assert sorted(desk.names.values()) == sorted([former, made["old_copy"]])

    desk.told("recall", made["share"])
    assert desk.fresh(share, "--undo") == {"name": former}
    assert desk.names == {desk.copy["id"]: former}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["files.update", "files.get", "comments.list"])
def test_a_trouble_in_between_costs_another_look(desk, call, when):
    share = desk.begin()
    desk.admin.faults(*each_trouble(call, when))

    made = desk.fresh(share, "--rename-old")

    assert sorted(desk.names.values()) == sorted([desk.copy["name"], made["old_copy"]])


def test_what_a_student_calls_something_is_theirs(desk):
    share = desk.begin()
    desk.work("rename", desk.copy)
    theirs = desk.names[desk.copy["id"]]

    made = desk.fresh(share, "--rename-old")

    assert made["old_copy"] is None
    assert desk.names[desk.copy["id"]] == theirs
    assert desk.copy["name"] in desk.names.values()
