"""Who may do what: the table's limits, role by role."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.errors import RequestRefused
from hectograph.domain.ids import PersonId
from hectograph.domain.people import (
    ALLOWED,
    EVERYWHERE,
    LONGEST_NAME,
    OF_THE_SCHOOL,
    TAUGHT,
    Act,
    Person,
    Role,
    Tie,
    check_name,
    may,
    may_in_school,
    may_invite,
)

CHANGES = frozenset(Act) - {Act.SEE_CLASS, Act.SEE_SCHOOL}
roles, acts, ties = map(st.sampled_from, (Role, Act, Tie))


def a_person(role, school="school"):
    return Person(id=PersonId(1), email="p@school.test", name="P", role=role, school=school)


def test_every_role_stands_in_the_table():
    assert set(ALLOWED) == set(Role)


@given(act=acts, tie=ties)
def test_an_operator_may_do_everything_everywhere(act, tie):
    assert may(Role.OPERATOR, act, tie)


@given(act=st.sampled_from(sorted(CHANGES)), tie=ties)
def test_an_auditor_changes_nothing(act, tie):
    assert not may(Role.AUDITOR, act, tie)


@given(role=st.sampled_from(sorted(set(Role) - {Role.OPERATOR})), act=acts)
def test_nobody_but_an_operator_reaches_another_school(role, act):
    assert not may(role, act, Tie.OTHER_SCHOOL)


@given(role=st.sampled_from(sorted(set(Role) - {Role.OPERATOR})), tie=ties)
def test_nobody_but_an_operator_operates(role, tie):
    assert not may(role, Act.OPERATE, tie)


@given(act=acts, tie=ties)
def test_a_teacher_may_do_no_more_than_an_admin(act, tie):
    assert may(Role.ADMIN, act, tie) or not may(Role.TEACHER, act, tie)


@given(role=roles, act=acts)
def test_a_co_teacher_may_do_what_a_teacher_may(role, act):
    assert may(role, act, Tie.OWN) == may(role, act, Tie.CO_TAUGHT)


@pytest.mark.parametrize("act", [Act.SEE_CLASS, Act.SHARE, Act.STEER])
def test_a_teacher_may_share_with_what_they_teach_alone(act):
    assert ALLOWED[Role.TEACHER][act] == TAUGHT
    assert set(ALLOWED[Role.TEACHER]) == {Act.SEE_CLASS, Act.SHARE, Act.STEER}


@given(role=roles, act=acts, tie=ties)
def test_who_may_do_something_with_a_class_may_see_it(role, act, tie):
    if act in (Act.SHARE, Act.STEER, Act.MANAGE_CLASS) and may(role, act, tie):
        assert may(role, Act.SEE_CLASS, tie)


def test_the_ties_are_told_apart():
    assert TAUGHT < OF_THE_SCHOOL < EVERYWHERE == frozenset(Tie)


def test_an_admin_looks_after_their_own_school_alone():
    admin = a_person(Role.ADMIN)

    assert may_in_school(admin, Act.MANAGE_SCHOOL, "school")
    assert not may_in_school(admin, Act.MANAGE_SCHOOL, "other")


@pytest.mark.parametrize("role", Role)
def test_only_an_operator_makes_operators(role):
    assert may_invite(a_person(role), Role.OPERATOR, "school") == (role is Role.OPERATOR)


@pytest.mark.parametrize("invited", [Role.TEACHER, Role.ADMIN, Role.AUDITOR])
@pytest.mark.parametrize("role", Role)
def test_who_manages_the_school_invites_the_others(role, invited):
    is_managing = role in (Role.ADMIN, Role.OPERATOR)

    assert may_invite(a_person(role), invited, "school") == is_managing
    assert may_invite(a_person(role), invited, "other") == (role is Role.OPERATOR)


@given(st.text(alphabet="Aé \t", max_size=LONGEST_NAME))
def test_a_name_is_kept_with_single_blanks(text):
    if text.strip():
        assert check_name(text) == " ".join(text.split())
    else:
        with pytest.raises(RequestRefused):
            check_name(text)


def test_a_name_has_an_end():
    with pytest.raises(RequestRefused):
        check_name("x" * (LONGEST_NAME + 1))
