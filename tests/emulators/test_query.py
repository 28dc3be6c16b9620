"""The search grammar, as clients write it."""

import pytest

from emulators.drive.running import Admin
from tests.emulators.conftest import STUDENT, TEACHER, School


@pytest.fixture
def folder(school: School, admin: Admin) -> str:
    """Holds `Plan A`, `plan b`, `It's`, a document and a folder."""
    inside = admin.folder(TEACHER, "Here")
    admin.files(
        [
            {"owner": TEACHER, "parents": [inside], **one}
            for one in (
                {
                    "name": "Plan A",
                    "mimeType": "text/plain",
                    "modifiedTime": "2020-01-01T00:00:00Z",
                },
                {"name": "plan b", "mimeType": "image/png", "properties": {"k": "v"}},
                {"name": "It's", "mimeType": "text/plain"},
                {"name": "Doc", "mimeType": "application/vnd.google-apps.document"},
                {"name": "Sub", "mimeType": "application/vnd.google-apps.folder"},
            )
        ]
    )
    return inside


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("name = 'Plan A'", ["Plan A"]),
        ("name = 'PLAN a'", ["Plan A"]),
        ("name != 'Plan A' and mimeType = 'text/plain'", ["It's"]),
        (r"name = 'It\'s'", ["It's"]),
        ("name contains 'plan'", ["Plan A", "plan b"]),
        ("name contains 'lan'", []),
        ("mimeType contains 'image/'", ["plan b"]),
        ("mimeType='application/vnd.google-apps.folder'", ["Sub"]),
        ("mimeType!='application/vnd.google-apps.folder' and name>'x'", None),
        ("not mimeType contains 'google-apps'", ["It's", "Plan A", "plan b"]),
        ("(name='Doc' or name='Sub') and trashed=false", ["Doc", "Sub"]),
        ("name='Doc' or (name='Sub' and not trashed = true)", ["Doc", "Sub"]),
        ("modifiedTime < '2021-01-01T00:00:00'", ["Plan A"]),
        ("modifiedTime > '2021-01-01T00:00:00Z' and name contains 'plan'", ["plan b"]),
        ("properties has { key='k' and value='v' }", ["plan b"]),
        ("properties has { value='v' and key='k' }", ["plan b"]),
        ("'me' in owners and name='Doc'", ["Doc"]),
        ("'teacher@school.test' in writers and name='Doc'", ["Doc"]),
        ("'student@school.test' in readers", []),
        (r"'o\'tom@school.test' in readers", []),
        ("('me' in owners or 'student@school.test' in readers) and name='Doc'", ["Doc"]),
        ("sharedWithMe", []),
        ("sharedWithMe=false and name='Doc'", ["Doc"]),
        ("starred = true", []),
        ("fullText contains 'x'", None),
        ("appProperties has { key='k' }", None),
        ("name", None),
        ("name =", None),
        ("(name='Doc'", None),
        ("name='Doc' name='Sub'", None),
        ("'x' in places", None),
        ("trashed = 'maybe'", None),
        ("name = 'Doc", None),
    ],
)
def test_a_query_finds_what_it_says(
    school: School, folder: str, q: str, names: list[str] | None
) -> None:
    whole = f"'{folder}' in parents and ({q})"

    response = school.teacher.send("GET", "v3/files", q=whole, fields="files(name)")

    found = response.json()
    if names is None:
        assert response.status_code == 400
        assert found["error"]["errors"][0]["location"] == "q"
    else:
        assert sorted(file["name"] for file in found["files"]) == sorted(names)


def test_roles_of_people_count_also_those_of_folders_above(
    school: School, admin: Admin
) -> None:
    student = {"type": "user", "emailAddress": STUDENT}
    given = admin.folder(TEACHER, "Given", permissions=[{"role": "reader", **student}])
    admin.file(TEACHER, "Below", parents=[given])
    admin.file(TEACHER, "Remark", permissions=[{"role": "commenter", **student}])
    admin.file(TEACHER, "Open", permissions=[{"role": "reader", "type": "anyone"}])

    def names(role: str) -> list[str]:
        q = f"'{STUDENT}' in {role} and not name = 'Inbox'"
        return sorted(file["name"] for file in school.teacher.find(q))

    assert {"Below", "Given", "Remark"} <= set(names("readers"))
    assert "Open" not in names("readers")
    assert not {"Below", "Given", "Remark"} & set(names("writers"))


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("name", ["Doc", "It's", "Plan A", "plan b", "Sub"]),
        ("name desc", ["Sub", "plan b", "Plan A", "It's", "Doc"]),
        ("folder,name", ["Sub", "Doc", "It's", "Plan A", "plan b"]),
    ],
)
def test_a_list_is_sorted_as_asked(
    school: School, folder: str, order: str, names: list[str]
) -> None:
    found = school.teacher.find(f"'{folder}' in parents", orderBy=order)

    assert [file["name"] for file in found] == names


def test_v2_uses_its_own_words(school: School, folder: str) -> None:
    q = f"'{folder}' in parents and title='Doc' and modifiedDate > '2020-01-01T00:00:00'"

    found = school.teacher.call("GET", "v2/files", q=q, orderBy="title desc")

    assert [file["title"] for file in found["items"]] == ["Doc"]
    assert found["items"][0]["parents"][0]["id"] == folder


def test_an_empty_query_finds_all_that_is_ones_own(school: School, folder: str) -> None:
    names = {file["name"] for file in school.teacher.find("")}

    assert {"Essay", "map.png", "Inbox", "Here", "Doc"} <= names
