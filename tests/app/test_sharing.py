"""Several shares at once: all of them are written down, or none."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from hectograph.app.sharing import RequestShare
from hectograph.domain.errors import DocumentRefused
from hectograph.domain.ids import AccountId
from hectograph.domain.roster import Recipient, Roster
from hectograph.providers.memory import MemoryProvider

from ..builders import Allowed
from ..memory_house import MemoryHouse

ESSAY = Path("/essay.docx")
FULL = AccountId("fs:/full")


class Full(MemoryProvider):
    """A drive that keeps no documents any more."""

    async def freeze(self, documents, handouts, *, share):
        raise DocumentRefused("It changed meanwhile.")


@pytest.fixture
def memory():
    made = MemoryHouse()
    made.drive.documents[ESSAY] = "essay"
    return made


def a_request(name, *, account="fs:/school"):
    return RequestShare(
        documents=(ESSAY,),
        roster=Roster(recipients=(Recipient(student=name),)),
        account=AccountId(account),
        destination="/school",
    )


def ask(memory, requests):
    async def open_drive(account):
        kind = Full if account == FULL else MemoryProvider
        return kind(memory.drive, Allowed())

    with memory.opened() as house:
        sharing = replace(house.sharing, open_drive=open_drive)
        return asyncio.run(sharing.request_all(requests))


def test_each_is_joined_on_its_own(memory):
    ask(memory, [a_request("Ada")])

    made = ask(memory, [a_request("Bob"), a_request("Ada")])

    assert [each.joined for each in made] == [False, True]
    assert len(memory.drive.frozen) == 2


def test_where_one_cannot_be_none_is_and_nothing_is_kept(memory):
    requests = [a_request("Ada"), a_request("Bob", account=FULL)]

    with pytest.raises(DocumentRefused):
        ask(memory, requests)

    assert memory.ledger.list_shares(limit=9) == []
    assert memory.drive.frozen == {}
