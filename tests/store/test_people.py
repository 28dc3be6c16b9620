"""The staff, in a real database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hectograph.domain.errors import RequestRefused
from hectograph.domain.people import Role
from hectograph.domain.sign_in import Standing
from hectograph.ports.people import Invitation
from hectograph.store.people.postgres import PostgresPeople

from ..builders import EIGHT

ADA = "ada@school.test"
SOON = EIGHT + timedelta(days=7)
HERS = Invitation(
    token_sha256="a" * 64, email=ADA, role=Role.TEACHER, school="school", expires_at=SOON
)


@pytest.fixture
def people(empty_database):
    return PostgresPeople()


def come_in(people, invitation=HERS, *, email=ADA, name="Ada"):
    people.invite(invitation)
    return people.accept(invitation, email=email, name=name, password="a long password")


def test_an_invitation_lets_somebody_in_once(people):
    assert people.is_empty()

    ada = come_in(people)

    assert (ada.email, ada.name, ada.role, ada.school) == (ADA, "Ada", "teacher", "school")
    assert people.accept(HERS, email=ADA, name="Ada", password="x" * 12) is None
    assert people.list_people(school="school") == [ada]
    assert people.find(ADA) == ada
    assert not people.is_empty()


def test_an_invitation_is_good_until_it_expires(people):
    people.invite(HERS)

    assert people.find_invitation(HERS.token_sha256, now=EIGHT) == HERS
    assert people.find_invitation(HERS.token_sha256, now=SOON) is None
    assert people.find_invitation("b" * 64, now=EIGHT) is None


def test_a_later_invitation_takes_the_place_of_an_earlier_one(people):
    people.invite(HERS)
    people.invite(replace(HERS, token_sha256="b" * 64))

    assert people.find_invitation(HERS.token_sha256, now=EIGHT) is None
    assert people.find_invitation("b" * 64, now=EIGHT) is not None


def test_whoever_is_invited_again_comes_back_with_what_the_invitation_says(people):
    first = come_in(people)
    people.leave(first.id)
    assert people.list_people(school=None) == []

    again = come_in(people, replace(HERS, role=Role.ADMIN), name="Ada L.")

    assert (again.id, again.role, again.name) == (first.id, Role.ADMIN, "Ada L.")
    assert people.list_people(school=None) == [again]


def test_an_open_invitation_takes_nobodys_place(people):
    ada = come_in(people)
    open_one = replace(HERS, token_sha256="b" * 64, email="", role=Role.OPERATOR)

    with pytest.raises(RequestRefused):
        come_in(people, open_one, email=ADA, name="Mallory")

    assert people.find(ADA) == ada
    assert people.find_invitation("b" * 64, now=EIGHT) is not None


def test_a_session_ends_with_the_password_and_when_somebody_leaves(people):
    from django.apps import apps

    def session_hash():
        return apps.get_model("people", "Person").objects.get().get_session_auth_hash()

    ada = come_in(people)
    first = session_hash()
    assert people.find_signed_in(ada.id, session_hash=first) == ada
    assert people.find_signed_in(ada.id, session_hash="") is None

    come_in(people)
    second = session_hash()
    assert people.find_signed_in(ada.id, session_hash=first) is None
    assert people.find_signed_in(ada.id, session_hash=second) is not None

    people.leave(ada.id)
    assert people.find_signed_in(ada.id, session_hash=second) is None


def test_people_of_a_school_are_told_by_name(people):
    for letter, school in (("c", "school"), ("b", "school"), ("a", "other")):
        email = f"{letter}@school.test"
        invitation = replace(HERS, token_sha256=letter * 64, email=email, school=school)
        come_in(people, invitation, email=email, name=letter)

    assert [each.name for each in people.list_people(school="school")] == ["b", "c"]
    assert [each.name for each in people.list_people(school=None)] == ["a", "b", "c"]


def test_the_language_that_somebody_chose_is_kept(people):
    ada = come_in(people)
    assert not ada.language

    people.speak(ada.id, "de")

    assert people.find(ADA) == replace(ada, language="de")


def password_of(email):
    from django.apps import apps

    return apps.get_model("people", "Person").objects.get(email=email).password


def test_an_email_is_looked_up_with_who_has_it_and_the_invitation_to_it(people):
    nobody = people.look_up(ADA, now=EIGHT)
    people.invite(HERS)
    invited = people.look_up(ADA, now=EIGHT)
    ada = people.accept(HERS, email=ADA, name="Ada", password=None)
    here = people.look_up(ADA, now=EIGHT)
    people.leave(ada.id)
    left = people.look_up(ADA, now=EIGHT)

    assert (nobody.standing, nobody.person, nobody.invitation) == (
        Standing.NOBODY,
        None,
        None,
    )
    assert (invited.standing, invited.invitation) == (Standing.NOBODY, HERS)
    assert (here.standing, here.person, here.invitation) == (Standing.HERE, ada, None)
    assert (left.standing, left.person) == (Standing.LEFT, ada)


def test_an_invitation_that_is_too_old_is_not_looked_up(people):
    people.invite(HERS)

    assert people.look_up(ADA, now=SOON).invitation is None


def test_who_comes_in_without_a_password_has_none(people):
    people.invite(HERS)

    people.accept(HERS, email=ADA, name="Ada", password=None)

    assert password_of(ADA).startswith("!")


def test_who_is_here_keeps_their_password_and_who_comes_back_does_not(people):
    ada = come_in(people)
    first = password_of(ADA)

    people.invite(HERS)
    people.accept(HERS, email=ADA, name="Ada", password=None)
    kept = password_of(ADA)
    people.leave(ada.id)
    people.invite(HERS)
    people.accept(HERS, email=ADA, name="Ada", password=None)

    assert kept == first
    assert password_of(ADA).startswith("!")


def test_who_is_let_go_is_not_invited_any_more(people):
    ada = come_in(people)
    others = replace(HERS, token_sha256="b" * 64, email="bob@school.test")
    people.invite(HERS)
    people.invite(others)

    people.leave(ada.id)

    assert people.find_invitation(HERS.token_sha256, now=EIGHT) is None
    assert people.find_invitation(others.token_sha256, now=EIGHT) == others


def test_an_entry_is_noted_once_for_what_was_begun_before_it(people):
    ada = come_in(people)
    later = EIGHT + timedelta(minutes=1)

    assert people.note_entry(ada.id, begun_at=EIGHT, now=later)
    assert not people.note_entry(ada.id, begun_at=EIGHT, now=later)
    assert not people.note_entry(ada.id, begun_at=later, now=SOON)
    after = later + timedelta(seconds=1)
    assert people.note_entry(ada.id, begun_at=after, now=SOON)
    people.leave(ada.id)
    assert not people.note_entry(ada.id, begun_at=SOON + timedelta(days=1), now=SOON)
