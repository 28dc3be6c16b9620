"""What a roster changes, when that is too much, and who is picked."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.errors import RequestRefused, RosterRefused
from hectograph.domain.ids import ClassId, PersonId
from hectograph.domain.people import Person, Role, Tie
from hectograph.domain.roster import Recipient, Roster
from hectograph.domain.school_class import (
    BRAKE,
    FEW,
    Destination,
    LoadPlan,
    SchoolClass,
    Teaching,
    check_brake,
    decide_change,
    each_once,
    pick,
)

from ..builders import EIGHT

people = st.lists(
    st.builds(
        Recipient,
        student=st.sampled_from(["Ada", "Bob", "Cleo", "Dan"]),
        email=st.sampled_from([None, "a@x.test", "b@x.test"]),
    ),
    max_size=8,
)


def students(*names, email=None):
    return [Recipient(student=name, email=email) for name in names]


def a_change(before, after):
    return decide_change("7B", before, Roster(recipients=tuple(after)))


def many(number, name="Student"):
    return students(*(f"{name} {n}" for n in range(number)))


@given(people, people)
def test_who_comes_less_who_leaves_is_the_difference(before, after):
    change = a_change(before, after)

    assert len(after) - len(before) == change.added - change.removed
    assert change.before == len(before)


@given(people)
def test_the_same_roster_changes_nothing_in_any_order(before):
    change = a_change(before, reversed(before))

    assert (change.joining, change.leaving) == ((), ())


@given(people, people)
def test_who_comes_is_who_would_leave_the_other_way_round(before, after):
    change, back = a_change(before, after), a_change(after, before)

    assert sorted(change.joining) == sorted(back.leaving)


def test_a_name_written_anew_is_the_same_student_by_email():
    before = [Recipient(student="Lovelace, Ada", email="ada@x.test")]

    change = a_change(before, [Recipient(student="Ada Lovelace", email="ADA@x.test")])

    assert (change.joining, change.leaving) == ((), ())


def test_of_siblings_with_one_address_the_one_who_leaves_is_told():
    before = students("Ada", "Bob", email="family@x.test")

    assert a_change(before, students("Bob", email="family@x.test")).leaving == ("Ada",)


@pytest.mark.parametrize(
    ("size", "leaving", "braked"),
    [(6, FEW, False), (6, FEW + 1, True), (30, 9, False), (30, 10, True)],
)
def test_the_brake_is_pulled_when_many_would_leave(size, leaving, braked):
    before = many(size)

    assert a_change(before, before[leaving:]).is_braked == braked


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_brake_counts_those_who_leave_not_the_size(stay, leave):
    before = many(stay) + many(leave, "Leaver")
    change = a_change(before, many(stay) + many(40, "Newcomer"))

    assert change.is_braked == (leave > max(FEW, BRAKE * (stay + leave)))


def test_each_class_that_is_braked_is_named():
    full = many(20)
    changes = [decide_change(name, full, Roster(recipients=())) for name in ("7A", "7B")]

    with pytest.raises(RosterRefused) as refused:
        check_brake([*changes, a_change(full, full)])

    assert [each.cause for each in refused.value.problems] == [
        "20 of 20 would leave 7A.",
        "20 of 20 would leave 7B.",
    ]


@given(people, people, people)
def test_plans_have_one_digest_if_they_change_the_same(before, after, other):
    def plan(to):
        return LoadPlan(file="f.csv", changes=((ClassId("c"), a_change(before, to)),))

    first, second = plan(after), plan(other)

    same = [(c.joining, c.leaving) for p in (first, second) for _, c in p.changes]
    assert (first.digest == second.digest) == (same[0] == same[1])


def test_all_are_picked_unless_some_are_named():
    roster = Roster(recipients=tuple(students("Ada", "Bob", "Cleo")))

    assert pick(roster, None) is roster
    assert [each.student for each in pick(roster, [2, 0]).recipients] == ["Ada", "Cleo"]


@pytest.mark.parametrize("places", [[], [7], [-1]])
def test_nobody_is_no_pick(places):
    with pytest.raises(RequestRefused):
        pick(Roster(recipients=tuple(students("Ada"))), places)


@pytest.mark.parametrize(
    ("person", "school", "tie"),
    [
        (1, "school", Tie.OWN),
        (2, "school", Tie.CO_TAUGHT),
        (3, "school", Tie.FOREIGN),
        (1, "other", Tie.OTHER_SCHOOL),
    ],
)
def test_a_tie_is_by_who_teaches_within_the_school(person, school, tie):
    taught = SchoolClass(
        id=ClassId("c"),
        school="school",
        name="7B",
        students=0,
        taken_at=EIGHT,
        teachers=(
            Teaching(person=PersonId(1), name="T"),
            Teaching(person=PersonId(2), name="C", is_co=True),
        ),
    )
    somebody = Person(
        id=PersonId(person), email="p@x.test", name="P", role=Role.TEACHER, school=school
    )

    assert taught.tie_to(somebody) is tie


def rosters(*classes):
    return [
        (Destination(directory=f"/srv/{number}"), Roster(recipients=tuple(each)))
        for number, each in enumerate(classes)
    ]


@given(st.lists(people, min_size=1, max_size=4))
def test_of_several_classes_every_student_is_in_one_and_nobody_is_lost(classes):
    found = each_once(rosters(*classes))

    assert len(found) == len(classes)
    kept = [each for roster, _ in found for each in roster.recipients]
    known = {(each.email, each.student) for each in kept if each.email}
    assert {
        (each.email, each.student) for members in classes for each in members if each.email
    } == known
    assert sum(each.email is None for each in kept) == sum(
        each.email is None for members in classes for each in members
    )
    for (roster, left), members in zip(found, classes, strict=True):
        assert len(roster.recipients) + len(left) == len(members)


def test_who_is_in_two_classes_is_counted_in_the_first():
    ada = Recipient(student="Ada", email="ada@x.test")
    first, second = each_once(
        rosters([ada], [replace(ada, email="ADA@x.test"), *students("Bob")])
    )

    assert first == (Roster(recipients=(ada,)), ())
    assert (second[0].recipients, second[1]) == (tuple(students("Bob")), ("Ada",))


def test_siblings_with_one_address_and_namesakes_without_one_are_two():
    family = "family@x.test"
    ada, bob = students("Ada", "Bob", email=family)
    namesakes = Recipient(student="Cleo", folder=("Cleo",))

    found = each_once(rosters([ada, namesakes], [bob, namesakes]))

    assert [left for _, left in found] == [(), ()]


def test_without_an_email_the_same_folder_is_the_same_student():
    cleo = Recipient(student="Cleo", folder=("c1",))
    place = Destination(drive="school")
    roster = Roster(recipients=(cleo,))

    assert each_once([(place, roster), (place, roster)])[1][1] == ("Cleo",)
