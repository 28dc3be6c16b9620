"""The behaviours without which the emulator would agree with the design, and not with Google."""

import hashlib
import re
from typing import Any

import pytest
import requests

from emulators.drive.running import Admin
from tests.emulators.conftest import STUDENT, TEACHER, School, writer

# 1. names and ids


def test_a_folder_may_hold_a_name_twice(school: School) -> None:
    first = school.teacher.copy(school.picture, name="map.png", parents=[school.folder])
    second = school.teacher.copy(school.picture, name="map.png", parents=[school.folder])

    assert first != second
    assert school.student.names_in(school.folder) == ["map.png", "map.png"]


def test_an_id_says_nothing(school: School) -> None:
    copied = school.teacher.copy(school.document, parents=[school.folder])

    assert re.fullmatch(r"1[\w-]{43}", copied)
    assert re.fullmatch(r"1[\w-]{32}", school.teacher.new_id())


def test_an_id_makes_a_copy_once(school: School) -> None:
    wanted = school.teacher.new_id()
    body = {"id": wanted, "name": "map.png", "parents": [school.folder]}

    copied = school.teacher.copy(school.picture, **body)

    assert copied == wanted
    again = school.teacher.refusal("POST", f"v3/files/{school.picture}/copy", body)
    assert again == (409, "fileIdInUse")
    assert school.student.names_in(school.folder) == ["map.png"]


def test_an_id_makes_a_folder_once(school: School) -> None:
    body = {"id": school.teacher.new_id(), "mimeType": "application/vnd.google-apps.folder"}

    school.teacher.call("POST", "v3/files", body)

    assert school.teacher.refusal("POST", "v3/files", body) == (409, "fileIdInUse")


def test_a_document_takes_no_id_of_ours(school: School) -> None:
    copied = {"id": school.teacher.new_id(), "parents": [school.folder]}
    created = {
        "id": school.teacher.new_id(),
        "mimeType": "application/vnd.google-apps.document",
    }

    on_copy = school.teacher.refusal("POST", f"v3/files/{school.document}/copy", copied)
    on_create = school.teacher.refusal("POST", "v3/files", created)

    assert on_copy == on_create == (400, "generatedIdNotSupported")


def test_an_id_that_was_not_issued_is_refused(school: School) -> None:
    body = {"id": "1" + "x" * 32, "name": "map.png"}

    refusal = school.teacher.refusal("POST", f"v3/files/{school.picture}/copy", body)

    assert refusal == (400, "invalid")


def test_a_shortcut_takes_an_id_issued_for_shortcuts_only(school: School) -> None:
    shortcut = {
        "mimeType": "application/vnd.google-apps.shortcut",
        "shortcutDetails": {"targetId": school.picture},
    }

    with_file_id = school.teacher.refusal(
        "POST", "v3/files", {**shortcut, "id": school.teacher.new_id()}
    )
    fitting = school.teacher.new_id(type="shortcuts")
    made = school.teacher.call("POST", "v3/files", {**shortcut, "id": fitting})

    assert with_file_id == (400, "invalid")
    assert made["id"] == fitting


# 2. faults: tests/emulators/test_faults.py; 3. lag: tests/emulators/test_lag.py


# 4. what the server does by itself


def test_a_copy_changes_its_version_by_itself(school: School, admin: Admin) -> None:
    admin.settings(settle_seconds=[0.3, 1.5])
    copied = school.teacher.copy(school.picture, parents=[school.folder])
    before = school.teacher.get(copied)

    admin.advance(2)

    after = school.teacher.get(copied)
    assert int(after["version"]) == int(before["version"]) + 1
    assert after["modifiedTime"] == before["modifiedTime"]


def test_a_document_copied_forgets_the_time_it_was_given(
    school: School, admin: Admin
) -> None:
    admin.settings(settle_seconds=[0.3, 1.5])
    copied = school.teacher.copy(school.document, parents=[school.folder])
    wanted = "2020-01-01T00:00:00.000Z"
    school.teacher.update(copied, {"modifiedTime": wanted})
    at_once = school.teacher.get(copied)["modifiedTime"]

    admin.advance(2.1)

    assert at_once == wanted
    assert school.teacher.get(copied)["modifiedTime"] > wanted


def test_a_document_that_settled_keeps_its_time(school: School, admin: Admin) -> None:
    admin.settings(settle_seconds=[0.3, 1.5])
    copied = school.teacher.copy(school.document, parents=[school.folder])
    admin.advance(2.1)
    school.teacher.update(copied, {"modifiedTime": "2020-01-01T00:00:00.000Z"})

    admin.advance(60)

    assert school.teacher.get(copied)["modifiedTime"] == "2020-01-01T00:00:00.000Z"


# 5. properties


def test_a_copy_inherits_properties_unless_told_otherwise(school: School) -> None:
    own = {"kept": "1", "changed": "old", "cleared": "x"}
    school.teacher.update(
        school.document, {"appProperties": own, "properties": {"open": "y"}}
    )

    copied = school.teacher.copy(
        school.document, appProperties={"changed": "new", "cleared": None}
    )

    file = school.teacher.get(copied)
    assert file["appProperties"] == {"kept": "1", "changed": "new"}
    assert file["properties"] == {"open": "y"}


def test_app_properties_are_private_to_a_client(school: School, api) -> None:
    school.teacher.update(school.picture, {"appProperties": {"hx": "1"}})

    other = api(TEACHER, client="another")

    assert "appProperties" not in other.get(school.picture)
    assert other.find("appProperties has { key='hx' and value='1' }") == []
    assert len(school.teacher.find("appProperties has { key='hx' and value='1' }")) == 1


@pytest.mark.parametrize(("length", "fits"), [(122, True), (123, False)])
def test_a_property_has_124_bytes(school: School, length: int, *, fits: bool) -> None:
    body = {"appProperties": {"hx": "x" * length}}

    response = school.teacher.send("PATCH", f"v3/files/{school.picture}", body)

    assert response.status_code == (200 if fits else 400)


def test_bytes_are_counted_and_not_letters(school: School) -> None:
    body = {"appProperties": {"hx": "é" * 62}}

    assert school.teacher.refusal("PATCH", f"v3/files/{school.picture}", body)[0] == 400


def test_a_key_without_a_value_is_no_query(school: School) -> None:
    refusal = school.teacher.refusal("GET", "v3/files", q="appProperties has {key='hx'}")

    assert refusal == (400, "invalid")


# 6. trash


def test_only_the_owner_trashes(school: School) -> None:
    copied = school.teacher.copy(school.document, parents=[school.folder])

    by_student = school.student.refusal("PATCH", f"v3/files/{copied}", {"trashed": True})
    school.teacher.update(copied, {"trashed": True})

    assert by_student == (403, "insufficientFilePermissions")
    assert school.student.names_in(school.folder) == []


def test_what_is_in_the_trash_can_be_read_and_edited(school: School, admin: Admin) -> None:
    copied = school.teacher.copy(school.document, parents=[school.folder])
    school.teacher.update(copied, {"trashed": True})
    before = school.student.get(copied)

    admin.act(STUDENT, "edit", copied)

    after = school.student.get(copied)
    assert before["trashed"]
    assert after["modifiedTime"] >= before["modifiedTime"]
    assert after["lastModifyingUser"]["emailAddress"] == STUDENT


def test_the_trash_is_emptied_after_thirty_days(school: School, admin: Admin) -> None:
    copied = school.teacher.copy(school.document)
    school.teacher.update(copied, {"trashed": True})

    admin.advance(29 * 86400)
    admin.settings(token_seconds=3600)

    assert not _is_deleted(admin, copied)
    admin.advance(86400 + 1)
    assert _is_deleted(admin, copied)


def test_what_was_restored_is_not_purged(school: School, admin: Admin) -> None:
    copied = school.teacher.copy(school.document)
    school.teacher.update(copied, {"trashed": True})
    school.teacher.update(copied, {"trashed": False})

    admin.advance(31 * 86400)

    assert not _is_deleted(admin, copied)


def _is_deleted(admin: Admin, file_id: str) -> bool:
    return any(one["deleted"] for one in admin.state()["files"] if one["id"] == file_id)


def test_a_folder_takes_what_it_holds_to_the_trash(school: School) -> None:
    copied = school.teacher.copy(school.picture, parents=[school.staging])

    school.teacher.update(school.staging, {"trashed": True})

    file = school.teacher.get(copied)
    assert file["trashed"]
    assert not file["explicitlyTrashed"]
    assert school.teacher.names_in(school.staging) == []


# 7. conditional writes


def test_v2_refuses_a_write_to_another_state(school: School, admin: Admin) -> None:
    copied = school.teacher.copy(school.document, parents=[school.folder])
    etag = school.teacher.call("GET", f"v2/files/{copied}")["etag"]
    admin.act(STUDENT, "edit", copied)
    body = {"labels": {"trashed": True}}

    for verb, path in (
        ("PATCH", f"v2/files/{copied}"),
        ("PUT", f"v2/files/{copied}"),
        ("POST", f"v2/files/{copied}/trash"),
        ("DELETE", f"v2/files/{copied}"),
    ):
        refusal = school.teacher.refusal(verb, path, body, headers={"If-Match": etag})
        assert refusal == (412, "conditionNotMet")

    assert not school.teacher.get(copied)["trashed"]


def test_v2_writes_when_the_state_is_the_one_seen(school: School) -> None:
    copied = school.teacher.copy(school.document, parents=[school.folder])
    etag = school.teacher.call("GET", f"v2/files/{copied}")["etag"]

    body = {"labels": {"trashed": True}}
    file = school.teacher.call(
        "PATCH", f"v2/files/{copied}", body, headers={"If-Match": etag}
    )

    assert file["labels"]["trashed"]
    assert file["etag"] != etag


def test_v3_shows_an_etag_and_ignores_it(school: School) -> None:
    etag = school.teacher.send("GET", f"v3/files/{school.picture}").headers["ETag"]
    school.teacher.update(school.picture, {"name": "other.png"})

    response = school.teacher.send(
        "PATCH", f"v3/files/{school.picture}", {"name": "x"}, headers={"If-Match": etag}
    )
    create = school.teacher.send("POST", "v3/files", {}, headers={"If-None-Match": "*"})

    assert response.status_code == create.status_code == 200


# 8. quotas: tests/emulators/test_quotas.py


# 9. drive.file


def test_drive_file_knows_only_what_its_client_made(school: School, api) -> None:
    narrow = api(TEACHER, client="app", scope="https://www.googleapis.com/auth/drive.file")
    made = narrow.call("POST", "v3/files", {"name": "mine"})["id"]

    assert narrow.get(made)["name"] == "mine"
    assert narrow.refusal("GET", f"v3/files/{school.picture}") == (404, "notFound")
    assert narrow.refusal("GET", "v3/files/root") == (404, "notFound")
    assert [file["id"] for file in narrow.find("trashed=false")] == [made]


def test_what_was_picked_is_known_but_not_what_is_in_it(
    school: School, api, admin: Admin
) -> None:
    narrow = api(TEACHER, client="app", scope="https://www.googleapis.com/auth/drive.file")
    inside = school.teacher.copy(school.picture, parents=[school.staging])

    admin.act(TEACHER, "open", school.staging, client="app")

    assert narrow.get(school.staging)["name"] == ".staging"
    assert narrow.refusal("GET", f"v3/files/{inside}") == (404, "notFound")


# 10. sizes


def test_a_document_has_size_one_and_no_sums(school: School) -> None:
    file = school.teacher.get(school.document)

    assert file["size"] == "1"
    assert not {"md5Checksum", "headRevisionId", "sha256Checksum"} & file.keys()
    revisions = school.teacher.call("GET", f"v3/files/{school.document}/revisions")
    assert [one["id"] for one in revisions["revisions"]] == ["1"]


def test_a_picture_has_its_size_and_sums(school: School) -> None:
    file = school.teacher.get(school.picture)

    assert file["size"] == "5"
    assert file["md5Checksum"] == hashlib.md5(b"a map").hexdigest()
    assert file["sha256Checksum"] == hashlib.sha256(b"a map").hexdigest()
    assert file["headRevisionId"]


# 11. reasons


@pytest.mark.parametrize(
    ("style", "legacy", "newer"),
    [("legacy", True, False), ("both", True, True), ("errorinfo", False, True)],
)
def test_a_reason_comes_in_either_spelling(
    school: School, admin: Admin, style: str, *, legacy: bool, newer: bool
) -> None:
    admin.settings(reason_style=style)

    error = school.teacher.send("GET", "v3/files/nothing").json()["error"]

    assert ("errors" in error) == legacy
    assert ("details" in error) == newer
    if newer:
        assert error["details"][0]["reason"] == "NOT_FOUND"


def test_some_502s_are_html(school: School, admin: Admin) -> None:
    admin.faults({"call": "files.get", "kind": "502html", "times": 1})

    response = school.teacher.send("GET", f"v3/files/{school.picture}")

    assert response.status_code == 502
    assert response.headers["Content-Type"].startswith("text/html")
    assert response.text.startswith("<!DOCTYPE html>")


# 12. moving and locking


def test_a_move_changes_who_sees_a_file(school: School) -> None:
    copied = school.teacher.copy(school.document, parents=[school.staging])
    hidden = school.student.refusal("GET", f"v3/files/{copied}")

    school.teacher.update(copied, addParents=school.folder, removeParents=school.staging)

    assert hidden == (404, "notFound")
    file = school.student.get(copied)
    assert file["parents"] == [school.folder]
    assert file["capabilities"]["canEdit"]
    assert not file["capabilities"]["canTrash"]
    assert file["owners"][0]["emailAddress"] == TEACHER


def test_a_move_may_be_repeated(school: School) -> None:
    copied = school.teacher.copy(school.document, parents=[school.staging])
    move: dict[str, Any] = {"addParents": school.folder, "removeParents": school.staging}
    school.teacher.update(copied, **move)
    before = school.teacher.get(copied)

    school.teacher.update(copied, **move)

    after = school.teacher.get(copied)
    assert after["parents"] == [school.folder]
    assert after["version"] == before["version"]


def test_a_file_has_one_parent(school: School) -> None:
    copied = school.teacher.copy(school.document, parents=[school.staging])

    refusal = school.teacher.refusal(
        "PATCH", f"v3/files/{copied}", {}, addParents=school.folder
    )

    assert refusal == (403, "cannotAddParent")


def test_a_move_back_takes_the_folders_rights_along(school: School) -> None:
    copied = school.teacher.copy(school.document, parents=[school.folder])

    school.teacher.update(copied, addParents=school.staging, removeParents=school.folder)

    assert school.student.refusal("GET", f"v3/files/{copied}") == (404, "notFound")


def test_a_lock_stops_writers_and_the_owner(school: School) -> None:
    copied = school.teacher.copy(school.document, parents=[school.folder])
    lock = {"readOnly": True, "ownerRestricted": True, "reason": "being withdrawn"}
    school.teacher.update(copied, {"contentRestrictions": [lock]})

    rename = school.student.refusal("PATCH", f"v3/files/{copied}", {"name": "mine"})
    own = school.teacher.refusal("PATCH", f"v3/files/{copied}", {"name": "mine"})
    comment = school.student.refusal(
        "POST", f"v3/files/{copied}/comments", {"content": "why"}, fields="id"
    )
    lift = school.student.refusal(
        "PATCH", f"v3/files/{copied}", {"contentRestrictions": [{"readOnly": False}]}
    )

    assert rename[0] == own[0] == comment[0] == lift[0] == 403
    assert (
        school.teacher.get(copied)["contentRestrictions"][0]["reason"] == "being withdrawn"
    )
    school.teacher.update(copied, {"contentRestrictions": [{"readOnly": False}]})
    school.student.update(copied, {"name": "mine"})


# beside the list


def test_a_copy_without_parents_lands_beside_its_source(school: School) -> None:
    source = school.teacher.copy(school.document, parents=[school.folder])

    beside = school.student.copy(source)
    shared = school.teacher.get(school.document)["parents"]

    assert school.student.get(beside)["parents"] == [school.folder]
    assert school.teacher.get(school.teacher.copy(school.document))["parents"] == shared


def test_a_copy_belongs_to_who_made_it(school: School) -> None:
    source = school.teacher.copy(school.document, parents=[school.folder])

    mine = school.student.get(school.student.copy(source))

    assert mine["owners"][0]["emailAddress"] == STUDENT
    assert mine["name"] == "Copy of Copy of Essay"


def test_what_may_not_be_copied_is_not(school: School, admin: Admin) -> None:
    admin.call("change", {"id": school.picture, "copyable": False})

    file = school.teacher.get(school.picture)
    refusal = school.teacher.refusal("POST", f"v3/files/{school.picture}/copy", {})
    folder = school.teacher.refusal("POST", f"v3/files/{school.staging}/copy", {})

    assert not file["capabilities"]["canCopy"]
    assert refusal == folder == (403, "cannotCopyFile")


def test_a_stranger_finds_nothing(school: School) -> None:
    assert school.stranger.refusal("GET", f"v3/files/{school.document}") == (
        404,
        "notFound",
    )
    assert school.stranger.find("trashed=false") == []
    refusal = school.stranger.refusal("POST", f"v3/files/{school.document}/copy", {})
    assert refusal == (404, "notFound")


def test_a_reader_adds_nothing(school: School, admin: Admin) -> None:
    reader = {"type": "user", "role": "reader", "emailAddress": TEACHER}
    closed = admin.folder(STUDENT, "Closed", permissions=[reader])
    body = {"parents": [closed]}

    refusal = school.teacher.refusal("POST", f"v3/files/{school.picture}/copy", body)

    assert refusal == (403, "insufficientParentPermissions")


def test_a_full_account_takes_no_more(school: School, admin: Admin) -> None:
    admin.call("change", {"email": TEACHER, "limit_bytes": 8})

    refusal = school.teacher.refusal("POST", f"v3/files/{school.picture}/copy", {})

    assert refusal == (403, "storageQuotaExceeded")


def test_a_domain_may_forbid_drive(school: School, admin: Admin) -> None:
    admin.call("change", {"email": TEACHER, "disabled": True})

    assert school.teacher.refusal("GET", "v3/files") == (403, "domainPolicy")


def test_parents_are_not_written_in_an_update(school: School) -> None:
    body = {"parents": [school.folder]}

    refusal = school.teacher.refusal("PATCH", f"v3/files/{school.picture}", body)

    assert refusal == (403, "fieldNotWritable")


def test_ownership_is_handed_over_only_when_meant(school: School) -> None:
    copied = school.teacher.copy(school.document, parents=[school.folder])
    owner = {"type": "user", "role": "owner", "emailAddress": STUDENT}
    path = f"v3/files/{copied}/permissions"

    carelessly = school.teacher.refusal("POST", path, owner)
    school.teacher.call("POST", path, owner, transferOwnership=True)

    assert carelessly == (403, "forbidden")
    file = school.student.get(copied)
    assert file["ownedByMe"]
    assert school.teacher.get(copied)["capabilities"]["canEdit"]
    school.student.update(copied, {"trashed": True})


def test_nothing_is_handed_to_another_organisation(school: School) -> None:
    owner = {"type": "user", "role": "owner", "emailAddress": "stranger@elsewhere.test"}
    path = f"v3/files/{school.picture}/permissions"

    refusal = school.teacher.refusal("POST", path, owner, transferOwnership=True)

    assert refusal[0] == 403


def test_a_shared_drive_is_seen_by_those_who_say_they_know_of_them(school: School) -> None:
    shared = school.teacher.call("POST", "v3/drives", {"name": "School"}, requestId="1")[
        "id"
    ]
    again = school.teacher.refusal("POST", "v3/drives", {"name": "School"}, requestId="1")
    body = {"name": "map.png", "parents": [shared]}
    copied = school.teacher.call(
        "POST", f"v3/files/{school.picture}/copy", body, supportsAllDrives=True
    )["id"]

    unaware = school.teacher.refusal("GET", f"v3/files/{copied}")
    file = school.teacher.get(copied, supportsAllDrives=True)

    assert again[0] == 409
    assert unaware == (404, "notFound")
    assert file["driveId"] == shared
    assert "owners" not in file
    assert school.teacher.find("name='map.png'")[0]["id"] == school.picture
    found = school.teacher.find(
        "trashed=false",
        corpora="drive",
        driveId=shared,
        includeItemsFromAllDrives=True,
        supportsAllDrives=True,
    )
    assert [one["id"] for one in found] == [copied]


def test_partial_answers_hold_what_was_asked_for(school: School) -> None:
    file = school.teacher.get(
        school.picture, fields="id,owners/emailAddress,capabilities(canCopy,canTrash)"
    )

    assert file == {
        "id": school.picture,
        "owners": [{"emailAddress": TEACHER}],
        "capabilities": {"canCopy": True, "canTrash": True},
    }


def test_without_fields_v3_says_little_and_v2_much(school: School) -> None:
    little = school.teacher.call("GET", f"v3/files/{school.picture}")
    much = school.teacher.call("GET", f"v2/files/{school.picture}")

    assert set(little) == {"kind", "id", "name", "mimeType"}
    assert much["title"] == "map.png"
    assert much["labels"]["trashed"] is False
    assert much["fileSize"] == "5"


@pytest.mark.parametrize("path", ["v3/about", "v3/files/{}/comments"])
def test_some_methods_insist_on_fields(school: School, path: str) -> None:
    assert school.teacher.refusal("GET", path.format(school.picture)) == (400, "required")


def test_a_field_that_does_not_exist_is_refused(school: School) -> None:
    path = f"v3/files/{school.picture}"

    assert school.teacher.refusal("GET", path, fields="nonsense") == (
        400,
        "invalidParameter",
    )


def test_a_list_comes_in_pages(school: School) -> None:
    for number in range(5):
        school.teacher.copy(school.picture, name=f"{number}", parents=[school.folder])
    names, token = [], ""

    while token is not None:
        query = {"pageToken": token} if token else {}
        page = school.teacher.call(
            "GET", "v3/files", q=f"'{school.folder}' in parents", pageSize=2, **query
        )
        names += [file["name"] for file in page["files"]]
        token = page.get("nextPageToken")

    assert sorted(names) == ["0", "1", "2", "3", "4"]
    assert len(names) == 5


def test_changes_tell_what_happened_and_what_was_lost(school: School) -> None:
    start = school.student.call("GET", "v3/changes/startPageToken")["startPageToken"]
    kept = school.teacher.copy(school.picture, parents=[school.folder])
    taken = school.teacher.copy(school.picture, parents=[school.folder])
    school.teacher.update(taken, addParents=school.staging, removeParents=school.folder)

    feed = school.student.call("GET", "v3/changes", pageToken=start)

    removed = {one["fileId"]: one["removed"] for one in feed["changes"]}
    assert removed == {kept: False, taken: True}
    later = school.student.call("GET", "v3/changes", pageToken=feed["newStartPageToken"])
    assert later["changes"] == []


def test_permissions_are_inherited_and_cannot_be_taken_away_below(school: School) -> None:
    copied = school.teacher.copy(school.picture, parents=[school.folder])
    path = f"v3/files/{copied}/permissions"
    listed = school.teacher.call("GET", path, fields="*")["permissions"]
    theirs = next(one for one in listed if one["emailAddress"] == STUDENT)

    refusal = school.teacher.refusal("DELETE", f"{path}/{theirs['id']}")

    assert theirs["role"] == "writer"
    assert refusal == (403, "cannotModifyInheritedPermission")


def test_sharing_has_a_quota_of_its_own(school: School, admin: Admin) -> None:
    admin.settings(quotas={"sharing": 1})
    path = f"v3/files/{school.picture}/permissions"
    school.teacher.call("POST", path, writer(STUDENT))

    refusal = school.teacher.refusal("POST", path, writer(STUDENT))

    assert refusal == (403, "sharingRateLimitExceeded")


def test_a_token_is_needed_and_expires(school: School, admin: Admin) -> None:
    admin.advance(3601)

    assert school.teacher.refusal("GET", "v3/files") == (401, "authError")
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"{school.teacher.drive.url}/drive/v3/files", timeout=10)
    assert answer.status_code == 401


def test_a_token_for_reading_does_not_write(school: School, api) -> None:
    reader = api(TEACHER, scope="https://www.googleapis.com/auth/drive.readonly")

    assert reader.get(school.picture)["name"] == "map.png"
    refusal = reader.refusal("PATCH", f"v3/files/{school.picture}", {"name": "x"})
    assert refusal == (403, "insufficientPermissions")
