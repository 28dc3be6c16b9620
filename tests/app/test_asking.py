"""From what was typed to a request: where the subject of a share leads."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from hectograph.app.asking import Asking
from hectograph.app.drives import DriveDestination, Placed
from hectograph.domain.ids import AccountId
from hectograph.domain.manner import Manner
from hectograph.domain.roster import Recipient, Roster

PEOPLE = Roster(recipients=(Recipient(student="Ada"),))
USUAL = DriveDestination(drive="school", subject="Maths", teacher="tess@school.test")


@dataclass
class Drives:
    """Places everybody, and remembers where that was asked for."""

    asked: list[DriveDestination] = field(default_factory=list)

    async def place(self, people, into, *, access):
        self.asked.append(into)
        return Placed(roster=people, account=AccountId("google:school/x"), destination="d")


def request(drives, into, manner):
    asking = Asking(
        drives=cast(Any, drives),
        read_roster=cast(Any, None),
        account_of=lambda path: AccountId(f"fs:{path}"),
    )
    return asyncio.run(
        asking.request_for(PEOPLE, [Path("Essay.txt")], into=into, manner=manner)
    )


@pytest.mark.parametrize(("said", "subject"), [("", "Maths"), ("Geography", "Geography")])
def test_on_a_drive_a_subject_takes_the_place_of_the_usual_one(said, subject):
    drives = Drives()

    made = request(drives, USUAL, Manner(subject=said))

    assert [each.subject for each in drives.asked] == [subject]
    assert made.manner.within == ()


def test_in_a_directory_it_is_a_folder_within_each():
    made = request(Drives(), Path("/srv"), Manner(subject="Geography"))

    assert made.manner.within == ("Geography",)
