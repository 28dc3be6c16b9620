"""Drives and folders, in a real database."""

from dataclasses import replace

import pytest

from hectograph.domain.budget import QUERIES
from hectograph.domain.drive import Acting, DeliveryMode, Drive
from hectograph.domain.errors import RequestRefused, UnknownDrive
from hectograph.domain.folders import FolderKey, KeptFolder
from hectograph.store.drives import PostgresDrives
from hectograph.store.ledger import PostgresLedger

from ..builders import LONG_AGO, FakeQueue
from .contract import a_pooled_plan

SCHOOL = Drive(
    name="school",
    credentials="/etc/hectograph/key.json",
    acting=Acting.COURIERS,
    accounts=("one@school.test", "two@school.test"),
    delivery=DeliveryMode.DIRECT,
    api_root="http://127.0.0.1:1",
    quota=QUERIES,
)
OWNER = "office@school.test"
KEY = FolderKey(drive="school", school_class="7b", subject="maths", student="ada")


@pytest.fixture
def drives(empty_database):
    return PostgresDrives()


def test_a_drive_comes_back_as_it_was_set_up(drives):
    drives.put(SCHOOL)

    assert drives.drive("school") == SCHOOL
    assert drives.list_drives() == [SCHOOL]


def test_an_unknown_drive_is_told(drives):
    with pytest.raises(UnknownDrive):
        drives.drive("none")


def test_who_acts_does_not_change_while_shares_are_open(drives):
    drives.put(SCHOOL)
    PostgresLedger(queue=FakeQueue()).add(a_pooled_plan("Ada"), joins_since=LONG_AGO)

    with pytest.raises(RequestRefused):
        drives.put(replace(SCHOOL, accounts=("one@school.test",)))
    drives.put(replace(SCHOOL, credentials="/etc/hectograph/new.json"))

    assert drives.drive("school").credentials == "/etc/hectograph/new.json"
    assert drives.drive("school").accounts == SCHOOL.accounts


def test_the_first_folder_of_a_student_stays(drives):
    first, second, third = (KeptFolder(id=each, owner=OWNER) for each in "123")

    assert drives.keep_folder(KEY, first, old=None) == first
    assert drives.keep_folder(KEY, second, old=None) == first
    assert drives.keep_folder(KEY, third, old=first) == third
    assert drives.list_folders("school", school_class="7b") == {KEY: third}
    assert drives.list_folders("school", school_class="8a") == {}
