"""Bytes sent to Drive, in each of its three ways, and read back."""

import json
from collections.abc import Mapping

import pytest

from tests.emulators.conftest import DOCUMENT, School

META = {"name": "notes.txt", "mimeType": "text/plain"}


def _multipart(metadata: Mapping[str, object], data: bytes) -> tuple[dict[str, str], bytes]:
    body = (
        b"--b\r\nContent-Type: application/json\r\n\r\n"
        + json.dumps(metadata).encode()
        + b"\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
        + data
        + b"\r\n--b--"
    )
    return {"Content-Type": "multipart/related; boundary=b"}, body


def _read(school: School, file_id: str) -> bytes:
    response = school.teacher.send("GET", f"v3/files/{file_id}", alt="media")
    return response.content


def test_bytes_alone_make_a_file(school: School) -> None:
    file = school.teacher.call(
        "POST",
        "v3/files",
        upload=True,
        uploadType="media",
        data=b"hello",
        headers={"Content-Type": "text/plain"},
        fields="*",
    )

    assert file["mimeType"] == "text/plain"
    assert _read(school, file["id"]) == b"hello"


@pytest.mark.parametrize("data", [b"hello", b"", b"two\r\nlines\r\n", bytes(range(256))])
def test_bytes_and_metadata_come_together(school: School, data: bytes) -> None:
    headers, body = _multipart(META, data)

    file = school.teacher.call(
        "POST", "v3/files", upload=True, uploadType="multipart", data=body, headers=headers
    )

    assert file["name"] == "notes.txt"
    assert _read(school, file["id"]) == data


def test_a_text_becomes_a_document(school: School) -> None:
    headers, body = _multipart({"name": "Notes", "mimeType": DOCUMENT}, b"hello")

    file = school.teacher.call(
        "POST", "v3/files", upload=True, uploadType="multipart", data=body, headers=headers
    )

    exported = school.teacher.send(
        "GET", f"v3/files/{file['id']}/export", mimeType="text/plain"
    )
    assert exported.content == b"hello"
    assert (
        school.teacher.send("GET", f"v3/files/{file['id']}", alt="media").status_code == 403
    )


def test_a_large_file_comes_in_pieces(school: School) -> None:
    begun = school.teacher.send(
        "POST", "v3/files", META, upload=True, uploadType="resumable", fields="id,size"
    )
    address = begun.headers["Location"]
    session = school.teacher.session

    first = session.put(address, data=b"hello ", headers={"Content-Range": "bytes 0-5/11"})
    asked = session.put(address, headers={"Content-Range": "bytes */11"})
    last = session.put(address, data=b"world", headers={"Content-Range": "bytes 6-10/11"})
    again = session.put(address, data=b"world", headers={"Content-Range": "bytes 6-10/11"})

    assert (first.status_code, first.headers["Range"]) == (308, "bytes=0-5")
    assert (asked.status_code, asked.headers["Range"]) == (308, "bytes=0-5")
    assert last.json()["size"] == "11"
    assert again.json() == last.json()
    assert _read(school, last.json()["id"]) == b"hello world"


def test_new_bytes_are_a_new_revision(school: School) -> None:
    before = school.teacher.get(school.picture)

    school.teacher.call(
        "PATCH",
        f"v3/files/{school.picture}",
        upload=True,
        uploadType="media",
        data=b"another map",
        headers={"Content-Type": "image/png"},
    )

    after = school.teacher.get(school.picture)
    assert after["headRevisionId"] != before["headRevisionId"]
    assert after["md5Checksum"] != before["md5Checksum"]
    listed = school.teacher.call("GET", f"v3/files/{school.picture}/revisions", fields="*")
    assert [one["size"] for one in listed["revisions"]] == ["5", "11"]


def test_a_part_of_a_file_can_be_read(school: School) -> None:
    response = school.teacher.send(
        "GET", f"v3/files/{school.picture}", alt="media", headers={"Range": "bytes=2-4"}
    )

    assert (response.status_code, response.content) == (206, b"map")


def test_an_upload_takes_an_id_once(school: School) -> None:
    headers, body = _multipart({**META, "id": school.teacher.new_id()}, b"hello")
    more = {"upload": True, "uploadType": "multipart", "data": body, "headers": headers}

    school.teacher.call("POST", "v3/files", **more)

    assert school.teacher.refusal("POST", "v3/files", **more) == (409, "fileIdInUse")


def test_a_file_of_some_megabytes_is_taken(school: School) -> None:
    data = b"a picture " * 300_000

    file = school.teacher.call(
        "POST",
        "v3/files",
        upload=True,
        uploadType="media",
        data=data,
        headers={"Content-Type": "image/png"},
        fields="*",
    )

    assert file["size"] == str(len(data))
