"""Classes, their rosters and their shares, in a real database."""

from dataclasses import replace

import pytest

from hectograph.domain.errors import Problem, UnknownClass
from hectograph.domain.ids import ClassId, CleanupId
from hectograph.domain.people import Role
from hectograph.domain.roster import Recipient, Roster
from hectograph.domain.school_class import (
    Destination,
    RosterLoad,
    SchoolClass,
    Teaching,
    decide_change,
)
from hectograph.ports.classes import Asked
from hectograph.ports.people import Invitation
from hectograph.store.classes import PostgresClasses
from hectograph.store.cleanups import PostgresCleanups
from hectograph.store.ledger import PostgresLedger
from hectograph.store.people.postgres import PostgresPeople

from ..builders import EIGHT, LONG_AGO, FakeQueue, a_plan, a_share_id

SEVEN_B = ClassId("7b")
LOAD = RosterLoad(
    at=EIGHT, by="Olga", file="7b.csv", classes=1, students=2, added=2, removed=0
)
ADA = Recipient(
    student="Ada", email="ada@x.test", folder=("7B", "Ada"), school_class="7B", group="x"
)
BOB = Recipient(student="Bob", school_class="7B")


@pytest.fixture
def classes(empty_database):
    return PostgresClasses()


def load(classes, *people, number=SEVEN_B, name="7B", school="school"):
    change = decide_change(name, (), Roster(recipients=people))
    classes.load(school, [(number, change)], LOAD)


def a_person(letter, school="school"):
    email = f"{letter}@school.test"
    invitation = Invitation(
        token_sha256=letter * 64,
        email=email,
        role=Role.TEACHER,
        school=school,
        expires_at=EIGHT,
    )
    people = PostgresPeople()
    people.invite(invitation)
    return people.accept(invitation, email=email, name=letter, password="a password")


def a_share(number=1, title="Essay.docx"):
    plan = a_plan(f"Ada {number}", number=number)
    plan = replace(plan, share=replace(plan.share, title=title))
    PostgresLedger(queue=FakeQueue()).add(plan, joins_since=LONG_AGO)
    return a_share_id(number)


def test_a_class_comes_back_as_it_was_loaded(classes):
    load(classes, ADA, BOB)

    found = classes.school_class(SEVEN_B)

    assert found == SchoolClass(
        id=SEVEN_B, school="school", name="7B", students=2, taken_at=EIGHT
    )
    assert classes.roster(SEVEN_B).recipients == (ADA, BOB)
    assert classes.list_classes(school="school") == [found]
    assert classes.list_classes(school="other") == []


def test_a_later_load_takes_the_place_of_the_roster_alone(classes):
    load(classes, ADA, BOB)
    classes.place(SEVEN_B, Destination(directory="/srv/7B"))

    load(classes, BOB)

    assert classes.roster(SEVEN_B).recipients == (BOB,)
    assert classes.school_class(SEVEN_B).students == 1
    assert classes.school_class(SEVEN_B).destination == Destination(directory="/srv/7B")


def test_a_class_is_found_by_its_name_within_its_school(classes):
    load(classes, ADA)

    assert classes.find_by_name("school", "7b") == SEVEN_B
    assert classes.find_by_name("other", "7B") is None


def test_an_unknown_class_is_told(classes):
    with pytest.raises(UnknownClass):
        classes.school_class(ClassId("none"))


@pytest.mark.parametrize(
    "place", [Destination(directory="/srv/7B"), Destination(drive="main", subject="Maths")]
)
def test_where_the_folders_are_comes_back(classes, place):
    load(classes, ADA)

    classes.place(SEVEN_B, place)

    assert classes.school_class(SEVEN_B).destination == place


def test_teachers_come_before_co_teachers_and_take_the_place_of_others(classes):
    load(classes, ADA)
    load(classes, BOB, number=ClassId("8a"), name="8A")
    first, second = a_person("a"), a_person("b")
    co = Teaching(person=first.id, name="a", is_co=True)
    own = Teaching(person=second.id, name="b")

    classes.set_teachers(SEVEN_B, [co, own])

    assert classes.school_class(SEVEN_B).teachers == (own, co)
    assert [each.id for each in classes.list_classes(taught_by=first.id)] == [SEVEN_B]
    classes.set_teachers(SEVEN_B, [own])
    assert classes.list_classes(taught_by=first.id) == []


def test_loads_are_told_the_newest_first_with_their_problems(classes):
    problem = Problem(row=3, cause="No name.", effect="Nothing.", remedy="Write it.")
    refused = replace(LOAD, file="bad.csv", problems=(problem,))

    load(classes, ADA)
    classes.note_load("school", refused)

    assert classes.list_loads("school", limit=5) == [refused, LOAD]
    assert classes.list_loads("school", limit=1) == [refused]
    assert classes.list_loads("other", limit=5) == []


def test_who_asked_for_a_share_is_kept_in_order_and_once(classes):
    load(classes, ADA)
    share = a_share()
    first, second = a_person("b"), a_person("a")

    for person in (first, second, first):
        classes.note_asked(share, school_class=SEVEN_B, by=person.id, now=EIGHT)

    assert classes.find_asked(share) == Asked(
        share=share, school_class=SEVEN_B, by=("b", "a")
    )
    assert classes.find_asked(a_share_id(9)) is None


def test_shares_of_classes_are_found_by_words_of_their_title(classes):
    load(classes, ADA)
    person = a_person("a")
    for number, title in ((1, "100% Essay.docx"), (2, "Map.pdf")):
        share = a_share(number, title)
        classes.note_asked(share, school_class=SEVEN_B, by=person.id, now=EIGHT)
    a_share(3, "Of no class.docx")

    def found(search, *numbers):
        listed = classes.list_shares(numbers, search=search, limit=10)
        return {progress.share.title for _, progress in listed}

    assert found("", SEVEN_B) == {"100% Essay.docx", "Map.pdf"}
    assert found("ESSAY", SEVEN_B) == found("0%", SEVEN_B) == {"100% Essay.docx"}
    assert found("", ClassId("none")) == found("") == set()


def test_the_audit_log_of_a_school_is_about_shares_of_its_classes(classes):
    load(classes, ADA)
    load(classes, BOB, number=ClassId("o"), name="7B", school="other")
    cleanups = PostgresCleanups(queue=FakeQueue())
    for number, school_class in ((1, SEVEN_B), (2, ClassId("o")), (3, None)):
        share = a_share(number)
        if school_class:
            person = a_person(f"{number}")
            classes.note_asked(share, school_class=school_class, by=person.id, now=EIGHT)
        cleanups.recall(share, cleanup=CleanupId(f"cleanup{number}"), by="x", now=EIGHT)

    def subjects(**kwargs):
        return [each.subject for each in cleanups.audit(subject=None, **kwargs)]

    assert subjects(limit=9) == [a_share_id(3), a_share_id(2), a_share_id(1)]
    assert subjects(limit=9, school="school") == [a_share_id(1)]
    assert subjects(limit=9, school="other") == [a_share_id(2)]


def test_the_audit_log_is_read_page_by_page(classes):
    cleanups = PostgresCleanups(queue=FakeQueue())
    for number in (1, 2, 3):
        cleanups.recall(
            a_share(number), cleanup=CleanupId(f"cleanup{number}"), by="x", now=EIGHT
        )

    first = cleanups.audit(subject=None, limit=2)
    rest = cleanups.audit(subject=None, limit=2, before=first[-1].number)

    assert [each.subject for each in (*first, *rest)] == list(map(a_share_id, (3, 2, 1)))


def test_classes_are_found_by_a_part_of_their_name_and_no_more_than_are_wanted(classes):
    for number, name in enumerate(("7B", "7C", "8b Music")):
        load(classes, ADA, number=ClassId(f"c{number}"), name=name)

    def names(**wanted):
        return [each.name for each in classes.list_classes(**wanted)]

    assert names(search="b") == names(search=" B ") == ["7B", "8b Music"]
    assert names(search="b", limit=1) == names(limit=1) == ["7B"]
    assert names(search="none") == []
