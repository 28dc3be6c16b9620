"""Who searches where, as whom, and for whose documents."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from hectograph.app.classes import SchoolClasses
from hectograph.app.drives import SchoolDrives
from hectograph.app.searching import MOST_FOUND, Searching
from hectograph.domain.drive import ActingChoice, Drive
from hectograph.domain.errors import NotAllowed, RequestRefused, UnknownClass
from hectograph.domain.ids import ClassId, PersonId
from hectograph.domain.people import Person, Role
from hectograph.domain.school_class import Destination, SchoolClass, Teaching
from hectograph.ports.classes import Classes
from hectograph.ports.drive_office import FoundDocument, KeyFile
from hectograph.ports.people import People
from hectograph.threads import OneThread

from ..builders import FakeClock
from ..memory_house import MemoryDrives

OFFICE = "office@school.test"
NUMBER = ClassId("7b")
TESS = Person(
    id=PersonId(1),
    email="Tess@school.test",
    name="Tess",
    role=Role.TEACHER,
    school="school",
)
FOUND = FoundDocument(
    id="d" * 33,
    title="Bees",
    media_type="application/pdf",
    size_bytes=5,
    owner="Tess",
    modified_at=datetime(2026, 11, 1, tzinfo=UTC),
    can_copy=True,
)


@dataclass
class OneClass:
    """Tess's."""

    destination: Destination | None

    def school_class(self, number):
        if number != NUMBER:
            raise UnknownClass("There is no such class.")
        return SchoolClass(
            id=NUMBER,
            school="school",
            name="7B",
            students=0,
            taken_at=datetime(2026, 9, 1, tzinfo=UTC),
            destination=self.destination,
            teachers=(Teaching(person=TESS.id, name="Tess"),),
        )


@dataclass
class Office:
    """Notes who searched for whom, and finds as many as it is told."""

    is_personal: bool = False
    number: int = 1
    asked: list = field(default_factory=list)

    def read_key(self, _path: Path) -> KeyFile:
        return KeyFile(
            is_personal=self.is_personal,
            client_id="1",
            client_email=None,
            project=None,
            is_open=False,
        )

    @asynccontextmanager
    async def open(self, _drive, email):
        yield Account(self, email)


@dataclass
class Account:
    """The drive as one account sees it."""

    office: Office
    email: str

    async def find_documents(self, words, *, known_to, limit):
        self.office.asked.append((self.email, list(words), known_to))
        return [FOUND] * min(self.office.number, limit)


async def anywhere(_place):
    """Copies can be made there."""


@pytest.fixture
def desk():
    desk = OneThread("desk")
    yield desk
    desk.close()


@pytest.fixture
def search(desk):
    """Search as somebody on the drive of a class: what is found, and what was asked."""

    def play(words="bees", *, acting="teacher", by=TESS, at=NUMBER, office=None, on="main"):
        office = office or Office()
        choice = ActingChoice.parse(acting)
        drive = Drive(
            name="main",
            credentials="/key.json",
            acting=choice.acting,
            accounts=choice.accounts,
        )
        place = Destination(drive=on) if on else Destination(directory="/srv")
        searching = Searching(
            classes=SchoolClasses(
                classes=cast(Classes, OneClass(place)),
                people=cast(People, None),
                desk=desk,
                clock=FakeClock(),
                read_rosters=lambda _: {},
                check_destination=anywhere,
                random_bytes=bytes,
            ),
            drives=SchoolDrives(drives=MemoryDrives({"main": drive}), desk=desk),
            office=office,
        )
        return asyncio.run(searching.documents(at, words, by=by)), office.asked

    return play


def test_with_their_own_account_somebody_finds_whatever_they_may_see(search):
    found, asked = search(" bees   honey ")

    assert asked == [("tess@school.test", ["bees", "honey"], None)]
    assert (found.documents, found.is_narrowed) == ((FOUND,), False)


@pytest.mark.parametrize(
    "acting",
    [f"institution:{OFFICE}", f"couriers:{OFFICE},another@school.test"],
)
def test_with_an_account_of_the_schools_they_find_their_own_alone(search, acting):
    found, asked = search(acting=acting)

    assert asked == [(OFFICE, ["bees"], "tess@school.test")]
    assert (found.reader, found.is_narrowed) == (OFFICE, True)


@pytest.mark.parametrize("acting", ["teacher", "institution:tess@school.test"])
def test_a_key_of_one_account_finds_for_nobody_else(search, acting):
    """Whose key it is nobody knows: it acts for that account, whoever is named."""
    _, asked = search(acting=acting, office=Office(is_personal=True))

    assert asked == [("tess@school.test", ["bees"], "tess@school.test")]


def test_nobody_is_taken_for_whoever_searches(search):
    with pytest.raises(RequestRefused, match="no email"):
        search(by=replace(TESS, email="me"), acting=f"institution:{OFFICE}")


def test_that_there_may_be_more_is_told(search):
    assert not search(office=Office(number=MOST_FOUND - 1))[0].is_cut
    assert search(office=Office(number=MOST_FOUND + 1))[0].is_cut


@pytest.mark.parametrize(("words", "on"), [("  ", "main"), ("bees", None)])
def test_what_cannot_be_searched_is_refused_before_anybody_is_asked(search, words, on):
    office = Office()

    with pytest.raises(RequestRefused):
        search(words, on=on, office=office)

    assert office.asked == []


def test_only_who_may_share_with_the_class_searches(search):
    office = Office()
    for stranger, error in (
        (replace(TESS, school="other", id=PersonId(2)), UnknownClass),
        (replace(TESS, role=Role.AUDITOR, id=PersonId(2)), NotAllowed),
    ):
        with pytest.raises(error):
            search(by=stranger, office=office)
    with pytest.raises(UnknownClass):
        search(at=ClassId("nothing"), office=office)

    assert office.asked == []
