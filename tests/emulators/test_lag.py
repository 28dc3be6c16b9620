"""Listings lag, each aspect by itself; a get never does."""

from typing import Any

from emulators.drive.running import Admin
from tests.emulators.conftest import School


def test_a_list_learns_of_a_copy_later_and_a_get_at_once(
    school: School, admin: Admin
) -> None:
    admin.settings(lag=5)
    copied = school.teacher.copy(school.document, name="Essay 1", parents=[school.folder])

    assert school.teacher.get(copied)["name"] == "Essay 1"
    assert school.teacher.names_in(school.folder) == []
    admin.advance(5)
    assert school.teacher.names_in(school.folder) == ["Essay 1"]


def test_a_list_learns_of_a_move_later(school: School, admin: Admin) -> None:
    copied = school.teacher.copy(school.document, name="Essay 1", parents=[school.staging])
    admin.settings(lag={"parents": 5})

    school.teacher.update(copied, addParents=school.folder, removeParents=school.staging)

    assert school.teacher.names_in(school.staging) == ["Essay 1"]
    assert school.teacher.names_in(school.folder) == []
    admin.advance(5)
    assert school.teacher.names_in(school.staging) == []
    assert school.teacher.names_in(school.folder) == ["Essay 1"]


def test_a_name_may_lag_where_a_folder_does_not(school: School, admin: Admin) -> None:
    admin.settings(lag={"name": 5})

    school.teacher.copy(school.document, name="Essay 1", parents=[school.folder])

    assert school.teacher.names_in(school.folder) == ["Essay 1"]
    assert school.teacher.find("name='Essay 1'") == []
    admin.advance(5)
    assert len(school.teacher.find("name='Essay 1'")) == 1


def test_a_key_may_lag_where_a_folder_does_not(school: School, admin: Admin) -> None:
    admin.settings(lag={"appProperties": 5})
    school.teacher.copy(school.document, parents=[school.folder], appProperties={"hx": "1"})
    q = "appProperties has { key='hx' and value='1' }"

    assert len(school.teacher.names_in(school.folder)) == 1
    assert school.teacher.find(q) == []
    admin.advance(5)
    assert len(school.teacher.find(q)) == 1


def test_the_trash_lags_both_ways(school: School, admin: Admin) -> None:
    copied = school.teacher.copy(school.document, name="Essay 1", parents=[school.folder])
    admin.settings(lag={"trashed": 5})

    school.teacher.update(copied, {"trashed": True})

    assert school.teacher.names_in(school.folder) == ["Essay 1"]
    assert school.teacher.get(copied)["trashed"]
    admin.advance(5)
    assert school.teacher.names_in(school.folder) == []
    school.teacher.update(copied, {"trashed": False})
    assert school.teacher.names_in(school.folder) == []
    admin.advance(5)
    assert school.teacher.names_in(school.folder) == ["Essay 1"]


def test_a_list_shows_an_edited_file_as_it_was(school: School, admin: Admin) -> None:
    copied = school.teacher.copy(school.picture, name="map.png", parents=[school.folder])
    before = school.teacher.get(copied)
    admin.settings(lag={"content": 5})
    admin.advance(1)

    admin.act("student@school.test", "edit", copied)

    def listed() -> Any:
        return school.teacher.find(f"'{school.folder}' in parents")[0]

    assert listed()["md5Checksum"] == before["md5Checksum"]
    assert listed()["modifiedTime"] == before["modifiedTime"]
    assert school.teacher.get(copied)["md5Checksum"] != before["md5Checksum"]
    admin.advance(5)
    assert listed()["md5Checksum"] != before["md5Checksum"]


def test_two_renames_are_learnt_in_their_order(school: School, admin: Admin) -> None:
    copied = school.teacher.copy(school.picture, name="one", parents=[school.folder])
    admin.settings(lag={"name": 5})
    school.teacher.update(copied, {"name": "two"})
    admin.advance(3)
    school.teacher.update(copied, {"name": "three"})

    seen = [school.teacher.names_in(school.folder)]
    for _ in range(2):
        admin.advance(3)
        seen.append(school.teacher.names_in(school.folder))

    assert seen == [["one"], ["two"], ["three"]]


def test_a_lag_may_be_drawn_from_a_range(school: School, admin: Admin) -> None:
    admin.settings(lag=[1, 20])
    for number in range(20):
        school.teacher.copy(school.picture, name=f"{number}", parents=[school.folder])

    counts = []
    for _ in range(4):
        counts.append(len(school.teacher.names_in(school.folder)))
        admin.advance(7)

    assert counts[0] == 0
    assert counts[-1] == 20
    assert any(0 < count < 20 for count in counts)


def test_changes_lag(school: School, admin: Admin) -> None:
    admin.settings(lag={"changes": 5})
    start = school.teacher.call("GET", "v3/changes/startPageToken")["startPageToken"]
    copied = school.teacher.copy(school.picture, parents=[school.folder])

    early = school.teacher.call("GET", "v3/changes", pageToken=start)
    admin.advance(5)
    late = school.teacher.call("GET", "v3/changes", pageToken=early["newStartPageToken"])

    assert early["changes"] == []
    assert [one["fileId"] for one in late["changes"]] == [copied]


def test_a_deleted_file_is_listed_for_a_while(school: School, admin: Admin) -> None:
    copied = school.teacher.copy(school.picture, name="map", parents=[school.folder])
    admin.settings(lag=5)

    school.teacher.call("DELETE", f"v3/files/{copied}")

    assert school.teacher.refusal("GET", f"v3/files/{copied}") == (404, "notFound")
    assert school.teacher.names_in(school.folder) == ["map"]
    admin.advance(5)
    assert school.teacher.names_in(school.folder) == []
