"""Tokens and kept answers, in a real database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hectograph.domain.people import Role
from hectograph.domain.tokens import (
    KEPT_FOR,
    TRIED_AGAIN_AFTER,
    KeptRequest,
    KeyedRequest,
    Scope,
    Token,
)
from hectograph.ports.people import Invitation
from hectograph.store.people.postgres import PostgresPeople
from hectograph.store.people.tokens import PostgresAnswers, PostgresTokens

from ..builders import EIGHT

SOON = EIGHT + timedelta(days=7)
HERS = Token(
    token_sha256="a" * 64,
    name="Timetable",
    scopes=frozenset({Scope.READ, Scope.SHARE}),
    created_at=EIGHT,
    expires_at=SOON,
)
ASKED = KeyedRequest(key_sha256="k" * 64, body_sha256="b" * 64)


@pytest.fixture
def people(empty_database):
    return PostgresPeople()


@pytest.fixture
def tokens(people):
    return PostgresTokens()


@pytest.fixture
def answers(people):
    return PostgresAnswers()


def a_person(people, email="ada@school.test"):
    invitation = Invitation(
        token_sha256=email, email=email, role=Role.TEACHER, school="s", expires_at=SOON
    )
    people.invite(invitation)
    return people.accept(invitation, email=email, name=email, password="a password")


@pytest.fixture
def ada(people):
    return a_person(people)


def test_a_token_is_whose_it_is_until_it_expires(tokens, ada):
    tokens.add(HERS, of=ada.id)

    found = tokens.find_bearer(HERS.token_sha256, now=EIGHT)

    assert (found.person, found.token.scopes) == (ada, HERS.scopes)
    assert tokens.find_bearer(HERS.token_sha256, now=SOON) is None
    assert tokens.find_bearer("b" * 64, now=EIGHT) is None


def test_one_without_an_end_stays_good(tokens, ada):
    tokens.add(replace(HERS, expires_at=None), of=ada.id)

    later = SOON + timedelta(days=9999)
    assert tokens.find_bearer(HERS.token_sha256, now=later) is not None


def test_that_it_was_used_is_noted_by_minutes(tokens, ada):
    tokens.add(HERS, of=ada.id)

    def used_at(seconds):
        now = EIGHT + timedelta(seconds=seconds)
        tokens.find_bearer(HERS.token_sha256, now=now)
        (token,) = tokens.list_tokens(ada.id)
        return (token.last_used_at - EIGHT).total_seconds()

    assert [used_at(each) for each in (1, 30, 62)] == [1, 1, 62]


def test_nobody_revokes_the_token_of_somebody_else(people, tokens, ada):
    bob = a_person(people, "bob@school.test")
    tokens.add(HERS, of=ada.id)

    tokens.revoke(HERS.token_sha256, of=bob.id)
    assert tokens.list_tokens(ada.id) == [HERS]
    assert tokens.list_tokens(bob.id) == []
    tokens.revoke(HERS.token_sha256, of=ada.id)

    assert tokens.find_bearer(HERS.token_sha256, now=EIGHT) is None


def test_who_leaves_and_comes_back_has_no_token(people, tokens, ada):
    tokens.add(HERS, of=ada.id)

    people.leave(ada.id)
    assert tokens.find_bearer(HERS.token_sha256, now=EIGHT) is None
    assert a_person(people).id == ada.id

    assert tokens.find_bearer(HERS.token_sha256, now=EIGHT) is None


def begin(answers, ada, request=ASKED, *, after=timedelta()):
    return answers.begin(request, by=ada.id, now=EIGHT + after)


def known(*, answer=None, is_begun=False):
    return KeptRequest(body_sha256=ASKED.body_sha256, answer=answer, is_begun=is_begun)


def test_an_answer_is_kept_for_a_day(answers, ada):
    assert begin(answers, ada) == known(is_begun=True)

    answers.keep(ASKED, "done", by=ada.id)

    assert begin(answers, ada, after=KEPT_FOR) == known(answer="done")
    late = KEPT_FOR + timedelta(seconds=1)
    assert begin(answers, ada, after=late) == known(is_begun=True)


def test_what_has_no_answer_is_under_way_and_lost_after_a_while(answers, ada):
    begin(answers, ada)

    assert begin(answers, ada, after=TRIED_AGAIN_AFTER) == known()
    late = TRIED_AGAIN_AFTER + timedelta(seconds=1)
    other = replace(ASKED, body_sha256="o" * 64)
    assert not begin(answers, ada, other, after=late).is_begun
    assert begin(answers, ada, after=late) == known(is_begun=True)
    assert begin(answers, ada, after=late) == known()


def test_what_came_to_nothing_is_forgotten(answers, ada):
    begin(answers, ada)
    answers.drop(ASKED, by=ada.id)

    assert begin(answers, ada) == known(is_begun=True)


def test_keys_are_of_a_person(people, answers, ada):
    bob = a_person(people, "bob@school.test")
    begin(answers, ada)

    assert begin(answers, bob) == known(is_begun=True)
