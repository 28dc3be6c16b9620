"""Tokens are made for a while, and what is asked for under a key is done once."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from hectograph.app.answering import Answering
from hectograph.app.tokens import AccessTokens
from hectograph.domain.errors import KeyReused, RequestRefused, StillUnderWay
from hectograph.domain.ids import PersonId
from hectograph.domain.people import Person, Role
from hectograph.domain.tokens import PREFIX, Bearer, KeptRequest, Scope
from hectograph.threads import OneThread

from ..builders import EIGHT, FakeClock

ADA = Person(id=PersonId(1), email="a@x.test", name="Ada", role=Role.TEACHER, school="s")
A_DAY = timedelta(days=1)


@dataclass
class MemoryTokens:
    kept: dict = field(default_factory=dict)

    def add(self, token, *, of):
        self.kept[token.token_sha256] = (of, token)

    def list_tokens(self, of):
        return [token for person, token in self.kept.values() if person == of]

    def find_bearer(self, token_sha256, *, now):
        if token_sha256 not in self.kept:
            return None
        return Bearer(person=ADA, token=self.kept[token_sha256][1])

    def revoke(self, token_sha256, *, of):
        self.kept.pop(token_sha256, None)


@dataclass
class MemoryAnswers:
    kept: dict = field(default_factory=dict)

    def begin(self, request, *, by, now):
        key = (by, request.key_sha256)
        is_begun = key not in self.kept
        found = self.kept.setdefault(
            key, KeptRequest(body_sha256=request.body_sha256, answer=None, is_begun=False)
        )
        return replace(found, is_begun=is_begun)

    def keep(self, request, answer, *, by):
        key = (by, request.key_sha256)
        self.kept[key] = replace(self.kept[key], answer=answer)

    def drop(self, request, *, by):
        del self.kept[by, request.key_sha256]


@pytest.fixture
def desk():
    desk = OneThread("desk")
    yield desk
    desk.close()


@pytest.fixture
def tokens(desk):
    return AccessTokens(
        tokens=MemoryTokens(), desk=desk, clock=FakeClock(), new_token=lambda: "secret"
    )


@pytest.fixture
def answering(desk):
    return Answering(answers=MemoryAnswers(), desk=desk, clock=FakeClock())


def make(tokens, **more):
    said = {"by": ADA, "name": " Time  table ", "scopes": [Scope.READ], **more}
    return asyncio.run(tokens.make(**said))


def test_of_a_token_only_a_digest_is_kept(tokens):
    text = make(tokens, good_for=A_DAY)

    (kept,) = asyncio.run(tokens.list_mine(by=ADA))
    assert text == f"{PREFIX}secret"
    assert "secret" not in repr(tokens.tokens.kept)
    assert (kept.name, kept.expires_at) == ("Time table", EIGHT + A_DAY)
    assert asyncio.run(tokens.find_bearer(text)) == Bearer(person=ADA, token=kept)
    assert asyncio.run(tokens.find_bearer("secret")) is None


@pytest.mark.parametrize("name", ["", " ", "x" * 61])
def test_a_token_has_a_name(tokens, name):
    with pytest.raises(RequestRefused):
        make(tokens, name=name)
    assert not tokens.tokens.kept


def once(answering, act, *, key="key", body="body"):
    return asyncio.run(answering.once(key, body, act, by=ADA.id))


class Act:
    def __init__(self):
        self.done = 0

    async def __call__(self):
        self.done += 1
        return f"answer {self.done}"


def test_the_same_key_and_body_are_answered_in_the_same_way(answering):
    act = Act()

    assert [once(answering, act) for _ in range(2)] == ["answer 1"] * 2
    with pytest.raises(KeyReused):
        once(answering, act, body="another")
    assert act.done == 1
    assert once(answering, act, key="another") == "answer 2"


def test_what_was_refused_can_be_tried_again(answering):
    async def refused():
        raise RequestRefused("No.")

    with pytest.raises(RequestRefused):
        once(answering, refused)

    assert once(answering, Act()) == "answer 1"


def test_what_has_no_answer_yet_is_not_done_twice(answering):
    async def twice():
        with pytest.raises(StillUnderWay):
            await answering.once("key", "body", Act(), by=ADA.id)
        return "first"

    assert once(answering, twice) == "first"
