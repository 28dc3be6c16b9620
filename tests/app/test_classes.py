"""A school's classes: who may, what a load does, and when it does nothing."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from hectograph.app.auditing import Auditing
from hectograph.app.classes import SchoolClasses
from hectograph.app.first_steps import FirstSteps
from hectograph.app.installation import Installation
from hectograph.domain.errors import (
    DestinationRefused,
    NotAllowed,
    RequestRefused,
    RosterRefused,
    UnknownClass,
)
from hectograph.domain.ids import ClassId, PersonId
from hectograph.domain.people import Act, Person, Role, may
from hectograph.domain.roster import Recipient, Roster
from hectograph.domain.school_class import Destination, SchoolClass, Teaching
from hectograph.ports.classes import Classes
from hectograph.ports.cleanups import Cleanups
from hectograph.ports.people import People
from hectograph.threads import OneThread

from ..builders import FakeClock

PLACE = Destination(directory="/srv/7B")


def a_person(role=Role.ADMIN, school="school", number=1):
    return Person(
        id=PersonId(number), email=f"p{number}@x.test", name="P", role=role, school=school
    )


def a_roster(*names):
    return Roster(recipients=tuple(Recipient(student=name) for name in names))


def many(number):
    return a_roster(*(f"Student {n}" for n in range(number)))


@dataclass
class MemoryClasses:
    """Classes in dictionaries."""

    known: dict = field(default_factory=dict)
    rosters: dict = field(default_factory=dict)
    loads: list = field(default_factory=list)

    def list_classes(self, *, school=None, taught_by=None, search="", limit=None):
        return [
            each
            for each in self.known.values()
            if school in (None, each.school)
            and (taught_by is None or taught_by in {t.person for t in each.teachers})
            and search in each.name
        ][:limit]

    def school_class(self, number):
        if number not in self.known:
            raise UnknownClass("There is no such class.")
        return self.known[number]

    def roster(self, number):
        return self.rosters.get(number, a_roster())

    def find_by_name(self, school, name):
        found = (e.id for e in self.known.values() if (e.school, e.name) == (school, name))
        return next(found, None)

    def load(self, school, changes, load):
        for number, change in changes:
            self.rosters[number] = change.roster
            self.known.setdefault(
                number,
                SchoolClass(
                    id=number, school=school, name=change.name, students=0, taken_at=load.at
                ),
            )
        self.loads.append(load)

    def note_load(self, school, load):
        self.loads.append(load)

    def list_loads(self, school, *, limit):
        return self.loads[-limit:]

    def place(self, number, destination):
        self.known[number] = replace(self.known[number], destination=destination)

    def set_teachers(self, number, teachers):
        self.known[number] = replace(self.known[number], teachers=tuple(teachers))


@dataclass
class TheirPeople:
    """Two of each of two schools."""

    def list_people(self, *, school):
        return [a_person(Role.TEACHER, school, number) for number in (1, 2)]


@dataclass
class Files:
    """What a file would be read as."""

    rosters: dict = field(default_factory=dict)
    refused: bool = False

    def __call__(self, path):
        if self.refused:
            raise RosterRefused("It is no roster.")
        return self.rosters


async def only_srv(place):
    if not (place.directory or "/srv").startswith("/srv"):
        raise DestinationRefused("No copies can be made there.")


@pytest.fixture
def classes():
    desk = OneThread("desk")
    letters = iter(range(1, 99))
    yield SchoolClasses(
        classes=cast(Classes, MemoryClasses()),
        people=cast(People, TheirPeople()),
        desk=desk,
        clock=FakeClock(),
        read_rosters=Files(),
        check_destination=only_srv,
        random_bytes=lambda size: bytes([next(letters)] * size),
    )
    desk.close()


def run(coroutine):
    return asyncio.run(coroutine)


def load(classes, tmp_path, rosters, *, by=None, **kwargs):
    classes.read_rosters.rosters = rosters
    return run(classes.load(tmp_path, file="f.csv", by=by or a_person(), **kwargs))


@pytest.fixture
def seven_b(classes, tmp_path):
    load(classes, tmp_path, {"7B": many(12)})
    return next(iter(classes.classes.known))


def carry_out(classes, plan, rosters, *, by=None, is_sure=False):
    return run(
        classes.carry_out(
            rosters, file="f.csv", seen=plan.digest, by=by or a_person(), is_sure=is_sure
        )
    )


def preview(classes, tmp_path, rosters, *, by=None):
    classes.read_rosters.rosters = rosters
    return run(classes.preview_load(tmp_path, file="f.csv", by=by or a_person()))


def test_a_preview_changes_nothing(classes, tmp_path):
    plan = preview(classes, tmp_path, {"7B": many(3)})

    assert [(c.name, c.added, c.removed) for _, c in plan.changes] == [("7B", 3, 0)]
    assert not classes.classes.known
    assert not classes.classes.loads


def test_what_was_seen_is_carried_out(classes, tmp_path):
    rosters = {"7B": many(3)}

    done = carry_out(classes, preview(classes, tmp_path, rosters), rosters)

    assert (done.classes, done.students, done.added) == (1, 3, 3)
    assert [each.name for each in classes.classes.known.values()] == ["7B"]


def test_nothing_is_loaded_when_the_classes_changed_since_the_look(
    classes, tmp_path, seven_b
):
    rosters = {"7B": many(11)}
    plan = preview(classes, tmp_path, rosters)
    load(classes, tmp_path, {"7B": many(10)})

    with pytest.raises(RequestRefused):
        carry_out(classes, plan, rosters, is_sure=True)

    assert len(classes.classes.roster(seven_b).recipients) == 10


def test_the_brake_holds_until_somebody_is_sure_and_is_noted(classes, tmp_path, seven_b):
    rosters = {"7B": many(4)}
    plan = preview(classes, tmp_path, rosters)

    with pytest.raises(RosterRefused):
        carry_out(classes, plan, rosters)
    assert len(classes.classes.roster(seven_b).recipients) == 12
    assert classes.classes.loads[-1].is_refused

    carry_out(classes, plan, rosters, is_sure=True)
    assert len(classes.classes.roster(seven_b).recipients) == 4


def test_classes_that_are_not_named_stay_as_they_are(classes, tmp_path, seven_b):
    load(classes, tmp_path, {"8A": many(2)})

    assert len(classes.classes.roster(seven_b).recipients) == 12


def test_the_same_name_in_another_school_is_another_class(classes, tmp_path, seven_b):
    load(classes, tmp_path, {"7B": many(2)}, by=a_person(school="other"))

    assert len(classes.classes.known) == 2
    assert len(classes.classes.roster(seven_b).recipients) == 12


@pytest.mark.parametrize("role", [Role.TEACHER, Role.AUDITOR])
def test_who_does_not_manage_the_school_loads_nothing(classes, tmp_path, role):
    somebody = a_person(role)

    for attempt in (preview, load):
        with pytest.raises(NotAllowed):
            attempt(classes, tmp_path, {"7B": many(2)}, by=somebody)
    with pytest.raises(NotAllowed):
        run(classes.carry_out({}, file="f", seen="", by=somebody))

    assert not classes.classes.loads


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("school", ["school", "other"])
@pytest.mark.parametrize("teaches", [None, False, True])
@pytest.mark.parametrize("act", [Act.SEE_CLASS, Act.SHARE, Act.STEER, Act.MANAGE_CLASS])
def test_a_class_is_there_for_those_who_may_see_it(
    classes, seven_b, role, school, teaches, act
):
    person = a_person(role, school)
    if teaches is not None:
        teaching = Teaching(person=person.id, name="P", is_co=teaches)
        classes.classes.set_teachers(seven_b, [teaching])
    tie = classes.classes.school_class(seven_b).tie_to(person)

    if may(role, act, tie):
        assert run(classes.school_class(seven_b, by=person, act=act)).id == seven_b
    else:
        wanted = NotAllowed if may(role, Act.SEE_CLASS, tie) else UnknownClass
        with pytest.raises(wanted):
            run(classes.school_class(seven_b, by=person, act=act))


@pytest.mark.parametrize("role", [Role.TEACHER, Role.AUDITOR])
def test_only_who_manages_a_class_says_who_teaches_it_and_where(classes, seven_b, role):
    somebody = a_person(role)
    classes.classes.set_teachers(seven_b, [Teaching(person=somebody.id, name="P")])

    with pytest.raises(NotAllowed):
        run(classes.place(seven_b, PLACE, by=somebody))
    with pytest.raises(NotAllowed):
        run(classes.set_teachers(seven_b, {}, by=somebody))

    found = classes.classes.school_class(seven_b)
    assert (found.destination, len(found.teachers)) == (None, 1)


def test_teachers_are_people_of_the_class_s_school(classes, seven_b):
    with pytest.raises(RequestRefused):
        run(classes.set_teachers(seven_b, {PersonId(9): False}, by=a_person()))

    run(classes.set_teachers(seven_b, {PersonId(2): True}, by=a_person()))
    (teacher,) = classes.classes.school_class(seven_b).teachers
    assert (teacher.person, teacher.is_co) == (2, True)


@pytest.mark.parametrize(
    "place",
    [
        Destination(),
        Destination(directory="/srv/7B", drive="main"),
        Destination(directory="srv/7B"),
        Destination(directory="/etc"),
    ],
)
def test_a_place_is_kept_only_if_copies_can_be_made_there(classes, seven_b, place):
    with pytest.raises(RequestRefused):
        run(classes.place(seven_b, place, by=a_person()))

    assert classes.classes.school_class(seven_b).destination is None
    run(classes.place(seven_b, PLACE, by=a_person()))
    assert classes.classes.school_class(seven_b).destination == PLACE


def test_a_sample_school_is_made_once_and_by_an_operator(classes, tmp_path):
    def make_school(folder):
        classes.read_rosters.rosters = {"7B": many(28)}
        return folder / "d.docx", folder / "roster.csv", "/srv/Class 7B"

    steps = FirstSteps(classes=classes, make_school=make_school, folder=tmp_path)
    operator = a_person(Role.OPERATOR)
    assert run(steps.are_open(to=operator))
    assert not run(steps.are_open(to=a_person(Role.ADMIN)))

    with pytest.raises(NotAllowed):
        run(steps.make_sample(by=a_person(Role.ADMIN)))
    made = run(steps.make_sample(by=operator))

    found = classes.classes.school_class(ClassId(made))
    assert found.destination == Destination(directory="/srv/Class 7B")
    assert [each.person for each in found.teachers] == [operator.id]
    with pytest.raises(RequestRefused):
        run(steps.make_sample(by=operator))


@dataclass
class HeardCleanups:
    """Notes what of the audit log was asked for."""

    asked: list = field(default_factory=list)

    def audit(self, **wanted):
        self.asked.append(wanted)
        return []


@pytest.mark.parametrize(
    ("role", "school"),
    [(Role.OPERATOR, None), (Role.ADMIN, "school"), (Role.AUDITOR, "school")],
)
def test_all_but_operators_read_the_audit_log_of_their_school(classes, role, school):
    heard = HeardCleanups()
    auditing = Auditing(cleanups=cast(Cleanups, heard), desk=classes.desk)

    run(auditing.list_entries(by=a_person(role)))

    assert [each["school"] for each in heard.asked] == [school]


def test_a_teacher_does_not_read_the_audit_log(classes):
    heard = HeardCleanups()
    auditing = Auditing(cleanups=cast(Cleanups, heard), desk=classes.desk)

    with pytest.raises(NotAllowed):
        run(auditing.list_entries(by=a_person(Role.TEACHER)))

    assert not heard.asked


class Untouched:
    """Whatever is done to it is one thing too many."""

    def __getattr__(self, name):
        raise AssertionError(name)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OPERATOR}))
def test_only_operators_look_after_the_installation(role):
    untouched = cast(Any, Untouched())
    installation = Installation(administering=untouched, operating=untouched)
    by = a_person(role)

    async def each_of_them():
        for act in (
            lambda: installation.list_drives(by=by),
            lambda: installation.drive("main", by=by),
            lambda: installation.wake("main", account=None, by=by),
            lambda: installation.pause("why", by=by),
            lambda: installation.resume(by=by),
        ):
            with pytest.raises(NotAllowed):
                await act()
        with pytest.raises(NotAllowed):
            installation.check_drive("main", teacher=None, by=by)

    run(each_of_them())
