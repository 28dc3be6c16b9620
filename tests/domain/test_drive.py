"""Who acts at a drive, as it is typed and as it is meant."""

import pytest

from hectograph.domain.drive import (
    Acting,
    ActingChoice,
    Drive,
    check_drive_name,
    split_account,
)
from hectograph.domain.errors import RequestRefused


def a_drive(text):
    choice = ActingChoice.parse(text)
    return Drive(
        name="school", credentials="/key", acting=choice.acting, accounts=choice.accounts
    )


@pytest.mark.parametrize(
    ("text", "acting", "accounts"),
    [
        ("teacher", Acting.TEACHER, ()),
        ("institution:Office@School.test", Acting.INSTITUTION, ("office@school.test",)),
        ("couriers:a@s.test, b@s.test,a@s.test", Acting.COURIERS, ("a@s.test", "b@s.test")),
        ("recipient", Acting.RECIPIENT, ()),
    ],
)
def test_what_is_typed_is_understood(text, acting, accounts):
    assert ActingChoice.parse(text) == ActingChoice(acting=acting, accounts=accounts)


@pytest.mark.parametrize(
    "text",
    ["", "nobody", "institution", "institution:a@s.test,b@s.test", "couriers:",
     "couriers:nonsense", "teacher:a@s.test", "recipient:a@s.test"],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_what_to_type(text):
    with pytest.raises(RequestRefused) as refused:
        ActingChoice.parse(text)

    assert "couriers:EMAIL" in refused.value.remedy


def test_one_account_carries_its_own_shares():
    drive = a_drive("institution:office@school.test")
    account = drive.acting_account(None)

    assert account == "google:school/office@school.test"
    assert drive.lanes(account) == (account,)


def test_couriers_share_a_pool():
    drive = a_drive("couriers:a@s.test,b@s.test")
    account = drive.acting_account("teacher@school.test")

    assert account == "google:school"
    assert drive.lanes(account) == ("google:school/a@s.test", "google:school/b@s.test")


@pytest.mark.parametrize("text", ["teacher", "recipient"])
def test_where_a_teacher_acts_one_must_be_named(text):
    drive = a_drive(text)

    assert drive.acting_account(" T@School.test ") == "google:school/t@school.test"
    for nobody in (None, "", "nobody"):
        with pytest.raises(RequestRefused):
            drive.acting_account(nobody)


def test_an_account_tells_drive_and_email():
    drive = a_drive("teacher")

    assert split_account(drive.account("T@s.test")) == ("school", "t@s.test")
    assert split_account(drive.pool) == ("school", None)


@pytest.mark.parametrize("name", ["", "School", "a/b", "a b", "-a", "a" * 41])
def test_a_drive_is_named_so_that_it_can_be_typed(name):
    with pytest.raises(RequestRefused):
        check_drive_name(name)


def test_a_plain_name_will_do():
    check_drive_name("school-2")
