"""More than one of our copies in a student's folder, on the emulated drive."""

import json
from urllib.request import Request, urlopen

import pytest

from .test_recall import POOL, Desk

MODES = [
    pytest.param("teacher", False, id="teacher-file"),
    pytest.param("teacher", True, id="teacher-native"),
    pytest.param(POOL, True, id="couriers-native"),
]


@pytest.fixture
def desk(hectograph, school, key):
    return Desk(hectograph, school, key)


def second(desk, copy):
    """Another copy with the same stamp, as after an answer that got lost; its id."""
    (client,) = copy["appProperties"]
    token = desk.admin.token(copy["owner"], client=client)["access_token"]
    marks = copy["appProperties"][client]
    body = {"name": copy["name"], "parents": copy["parents"], "appProperties": marks}
    request = Request(
        f"{desk.school.emulator.url}/drive/v3/files/{desk.document}/copy",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urlopen(request) as answer:
        made = json.load(answer)["id"]
    desk.admin.advance(10)
    return made


def plan(desk):
    return desk.told("cleanup", "plan", "--duplicates", "--all")


def rows(report):
    """What is to become of each file, and why, by its id."""
    return {
        each["path"].split("/d/")[-1].split("/")[0]: (
            each["state"],
            each["reason"] and each["reason"]["code"],
        )
        for each in report["files"]
    }


@pytest.mark.parametrize(("acting", "native"), MODES)
def test_the_second_copy_that_nobody_touched_goes_and_comes_back(desk, acting, native):
    desk.open(2, acting=acting, native=native, delivery="direct")
    desk.share(advance=10)
    before = desk.visible
    copy = desk.copies[0]
    made = second(desk, copy)

    planned = plan(desk)
    desk.told("cleanup", "apply", planned["cleanup"], code=3)

    assert rows(planned) == {copy["id"]: ("kept", "counted"), made: ("proposed", None)}
    assert sorted(desk.visible) == sorted(before)
    desk.told("cleanup", "undo", planned["cleanup"], code=3)
    assert made in desk.visible


@pytest.mark.parametrize("do", ["edit", "comment"])
@pytest.mark.parametrize(("acting", "native"), MODES)
def test_the_copy_with_work_in_it_stays_and_the_empty_one_goes(desk, acting, native, do):
    desk.open(1, acting=acting, native=native, delivery="direct")
    share = desk.share(advance=10)
    (copy,) = desk.copies
    made = second(desk, copy)
    desk.admin.act(desk.school.students[0], do, made)

    planned = plan(desk)
    desk.told("cleanup", "apply", planned["cleanup"], code=3)

    assert rows(planned) == {copy["id"]: ("proposed", None), made: ("kept", "touched")}
    assert desk.visible == [made]
    assert desk.run("shares", "show", share, "--json").told["counts"]["recalled"] == 1


def test_a_copy_that_was_worked_on_stays_beside_the_second(desk):
    desk.open(1, native=True, delivery="direct")
    desk.share(advance=10)
    (copy,) = desk.copies
    made = second(desk, copy)
    desk.work("edit", copy)

    planned = plan(desk)
    desk.told("cleanup", "apply", planned["cleanup"], code=3)

    assert rows(planned) == {copy["id"]: ("kept", "touched"), made: ("proposed", None)}
    assert desk.visible == [copy["id"]]


def test_copies_made_again_or_fresh_are_no_duplicates(desk):
    desk.open(1)
    share = desk.share()
    desk.share("--again")
    desk.told("fresh", share, "Student 0001")
    assert len(desk.visible) == 3

    planned = plan(desk)

    assert {each["state"] for each in planned["files"]} == {"kept"}


def test_what_a_student_copied_in_the_browser_is_none_of_this(desk):
    desk.open(1, native=True, delivery="direct")
    desk.share(advance=10)
    (copy,) = desk.copies
    desk.admin.act(
        *(desk.school.students[0], "copy", copy["id"]),
        name=copy["name"],
        parents=copy["parents"],
    )

    assert plan(desk)["files"] == []
