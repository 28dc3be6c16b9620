"""Drive v2, where it differs from v3 by more than names."""

from emulators.drive.running import Admin
from tests.emulators.conftest import STUDENT, School


def test_a_body_in_v2s_words_makes_the_same_file(school: School) -> None:
    body = {
        "title": "Notes",
        "mimeType": "text/plain",
        "parents": [{"id": school.folder}],
        "properties": [
            {"key": "hx", "value": "1", "visibility": "PRIVATE"},
            {"key": "open", "value": "2", "visibility": "PUBLIC"},
        ],
    }

    made = school.teacher.call("POST", "v2/files", body)

    file = school.teacher.get(made["id"])
    assert (file["name"], file["parents"]) == ("Notes", [school.folder])
    assert (file["appProperties"], file["properties"]) == ({"hx": "1"}, {"open": "2"})


def test_parents_in_a_body_move_a_file(school: School) -> None:
    copied = school.teacher.copy(school.picture, parents=[school.staging])

    body = {"parents": [{"id": school.folder}]}
    moved = school.teacher.call("PUT", f"v2/files/{copied}", body)

    assert [one["id"] for one in moved["parents"]] == [school.folder]
    assert school.student.get(copied)["parents"] == [school.folder]


def test_any_change_makes_another_etag(school: School, admin: Admin) -> None:
    admin.settings(settle_seconds=[0.3, 1.5])
    copied = school.teacher.copy(school.picture, parents=[school.folder])
    etags = [school.teacher.call("GET", f"v2/files/{copied}")["etag"]]

    for do in ("rename", "edit", "comment"):
        admin.act(STUDENT, do, copied)
        etags.append(school.teacher.call("GET", f"v2/files/{copied}")["etag"])
    admin.advance(2)
    etags.append(school.teacher.call("GET", f"v2/files/{copied}")["etag"])

    assert len(set(etags)) == 5


def test_looking_at_a_file_leaves_its_etag(school: School, admin: Admin) -> None:
    copied = school.teacher.copy(school.picture, parents=[school.folder])
    before = school.teacher.call("GET", f"v2/files/{copied}")["etag"]

    admin.act(STUDENT, "open", copied)

    assert school.teacher.call("GET", f"v2/files/{copied}")["etag"] == before


def test_a_get_is_spared_when_nothing_changed(school: School) -> None:
    path = f"v2/files/{school.picture}"
    etag = school.teacher.call("GET", path)["etag"]

    same = school.teacher.send("GET", path, headers={"If-None-Match": etag})
    school.teacher.update(school.picture, {"name": "x"})
    other = school.teacher.send("GET", path, headers={"If-None-Match": etag})

    assert (same.status_code, other.status_code) == (304, 200)


def test_a_commenter_is_a_reader_with_an_additional_role(school: School) -> None:
    path = f"v2/files/{school.picture}/permissions"
    body = {
        "type": "user",
        "value": STUDENT,
        "role": "reader",
        "additionalRoles": ["commenter"],
    }

    made = school.teacher.call("POST", path, body)

    assert (made["role"], made["additionalRoles"]) == ("reader", ["commenter"])
    assert school.student.get(school.picture)["capabilities"]["canComment"]
    assert not school.student.get(school.picture)["capabilities"]["canEdit"]


def test_trash_and_untrash_have_methods_of_their_own(school: School) -> None:
    trashed = school.teacher.call("POST", f"v2/files/{school.picture}/trash")
    back = school.teacher.call("POST", f"v2/files/{school.picture}/untrash")

    assert trashed["labels"]["trashed"]
    assert not back["labels"]["trashed"]


def test_parents_children_and_changes_are_listed(school: School) -> None:
    copied = school.teacher.copy(school.picture, parents=[school.folder])

    parents = school.teacher.call("GET", f"v2/files/{copied}/parents")
    children = school.teacher.call("GET", f"v2/files/{school.folder}/children")
    changes = school.teacher.call("GET", "v2/changes")

    assert [one["id"] for one in parents["items"]] == [school.folder]
    assert [one["id"] for one in children["items"]] == [copied]
    assert changes["items"][-1]["fileId"] == copied


def test_ids_are_generated_as_many_as_asked_for(school: School) -> None:
    assert len(school.teacher.call("GET", "v2/files/generateIds", maxResults=3)["ids"]) == 3
    assert (
        len(school.teacher.call("GET", "v3/files/generateIds", count=1000)["ids"]) == 1000
    )
