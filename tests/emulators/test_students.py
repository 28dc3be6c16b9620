"""Students act with their own rights; eager ones at once."""

import pytest

from emulators.drive.running import Admin, AdminRefused
from tests.emulators.conftest import STRANGER, STUDENT, School


def _history(admin: Admin, file_id: str) -> list[tuple[str, str]]:
    file = next(one for one in admin.state()["files"] if one["id"] == file_id)
    return [(event["what"], event["by"]) for event in file["history"]]


@pytest.mark.parametrize(
    ("do", "told"),
    [
        ("edit", "edited"),
        ("rename", "renamed"),
        ("move", "moved"),
        ("comment", "commented"),
    ],
)
def test_a_student_acts_on_a_copy(school: School, admin: Admin, do: str, told: str) -> None:
    copied = school.teacher.copy(school.document, parents=[school.folder])

    admin.act(STUDENT, do, copied)

    assert (told, STUDENT) in _history(admin, copied)


def test_an_edit_is_told_by_time_person_and_revision(school: School, admin: Admin) -> None:
    copied = school.teacher.copy(school.document, parents=[school.folder])
    before = school.teacher.get(copied)
    admin.advance(1)

    admin.act(STUDENT, "edit", copied)

    after = school.teacher.get(copied)
    assert after["modifiedTime"] > before["modifiedTime"]
    assert after["lastModifyingUser"]["emailAddress"] == STUDENT
    revisions = school.teacher.call("GET", f"v3/files/{copied}/revisions")["revisions"]
    assert [one["id"] for one in revisions] == ["1", "2"]


def test_a_student_has_no_more_rights_than_they_have(school: School, admin: Admin) -> None:
    copied = school.teacher.copy(school.document, parents=[school.folder])

    with pytest.raises(AdminRefused, match="insufficientFilePermissions"):
        admin.act(STUDENT, "trash", copied)
    with pytest.raises(AdminRefused, match="notFound"):
        admin.act(STRANGER, "edit", copied)


def test_an_eager_student_acts_when_a_copy_appears(school: School, admin: Admin) -> None:
    admin.settings(students={"actions": ["edit"], "share": 1})

    copied = school.teacher.copy(school.document, parents=[school.folder])

    assert _history(admin, copied) == [
        ("created", "teacher@school.test"),
        ("edited", STUDENT),
    ]


def test_what_is_staged_is_not_seen_before_it_is_moved(
    school: School, admin: Admin
) -> None:
    admin.settings(students={"actions": ["rename"], "share": 1})
    copied = school.teacher.copy(school.document, name="Essay 1", parents=[school.staging])
    staged = school.teacher.get(copied)["name"]

    school.teacher.update(copied, addParents=school.folder, removeParents=school.staging)

    assert staged == "Essay 1"
    assert school.teacher.get(copied)["name"] == "Essay 1 (mine)"


def test_an_eager_student_may_take_their_time(school: School, admin: Admin) -> None:
    admin.settings(students={"actions": ["edit"], "share": 1, "delay": [5, 5]})
    copied = school.teacher.copy(school.document, parents=[school.folder])
    before = len(_history(admin, copied))

    admin.advance(5)

    assert before == 1
    assert _history(admin, copied)[-1] == ("edited", STUDENT)


def test_a_share_of_the_students_acts_and_always_the_same(
    school: School, admin: Admin
) -> None:
    def acted_on() -> list[bool]:
        admin.settings(students={"actions": ["edit"], "share": 0.5})
        copies = [
            school.teacher.copy(school.picture, name=f"{number}", parents=[school.folder])
            for number in range(20)
        ]
        return [len(_history(admin, one)) > 1 for one in copies]

    first, second = acted_on(), acted_on()

    assert first == second
    assert set(first) == {True, False}
