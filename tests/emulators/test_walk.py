"""A random walk through both versions: whatever is answered, Google's documents know it."""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from emulators.drive.running import Admin
from tests.emulators.api import Api
from tests.emulators.conftest import DOCUMENT, STRANGER, STUDENT, School, writer

FOLDER = "application/vnd.google-apps.folder"
STEPS = 250


class Walk:
    """Three people, and all that they can think of."""

    def __init__(self, school: School, admin: Admin, *, seed: int) -> None:
        self.random = Random(seed)
        self.people = [school.teacher, school.student, school.stranger]
        self.admin = admin
        self.files = [school.document, school.picture, school.folder, school.staging]
        self.shared = school.teacher.call("POST", "v3/drives", {"name": "S"}, requestId="1")
        self.files.append(self.shared["id"])
        self.statuses: Counter[int] = Counter()
        self.versions: dict[str, int] = {}
        self.steps: list[Callable[[Api], Any]] = [
            self.create, self.copy, self.copy_in_v2, self.update, self.update_in_v2, self.move,
            self.read, self.read_in_v2, self.search, self.search_in_v2, self.trash, self.share,
            self.permissions, self.revisions, self.talk, self.changes, self.about, self.upload,
            self.drives, self.delete, self.lock,
        ]  # fmt: skip

    def go(self) -> None:
        for _ in range(STEPS):
            step = self.random.choice(self.steps)
            step(self.random.choice(self.people))
            self.check_versions()

    def check_versions(self) -> None:
        """A version never comes back; asked of the world now and then only."""
        if self.random.random() < 0.2:
            versions = {one["id"]: one["version"] for one in self.admin.state()["files"]}
            assert all(versions[key] >= old for key, old in self.versions.items())
            self.versions = versions

    def send(self, who: Api, verb: str, path: str, body: Any = None, **more: Any) -> Any:
        if self.random.random() < 0.5:
            more["supportsAllDrives"] = True
        response = who.send(verb, path, body, **more)
        self.statuses[response.status_code] += 1
        if response.ok and response.content:
            answer = response.json()
            if isinstance(answer, dict) and answer.get("kind") == "drive#file":
                self.files.append(answer["id"])
            return answer
        return {}

    def file(self) -> str:
        return self.random.choice(self.files)

    def word(self) -> str:
        return self.random.choice(["Essay", "it's", "x" * 60, "Ünïcode", "a/b", "map.png"])

    def create(self, who: Api) -> None:
        mime_type = self.random.choice([FOLDER, DOCUMENT, "text/plain"])
        body = {"name": self.word(), "mimeType": mime_type, "parents": [self.file()]}
        if self.random.random() < 0.3:
            body["id"] = who.new_id()
        self.send(who, "POST", "v3/files", body, fields="*")

    def copy(self, who: Api) -> None:
        body = {"name": self.word(), "appProperties": {"hx": self.word()}}
        if self.random.random() < 0.7:
            body["parents"] = [self.file()]
        self.send(who, "POST", f"v3/files/{self.file()}/copy", body, fields="*")

    def copy_in_v2(self, who: Api) -> None:
        body = {"title": self.word(), "parents": [{"id": self.file()}]}
        self.send(who, "POST", f"v2/files/{self.file()}/copy", body)

    def update(self, who: Api) -> None:
        body = {"name": self.word(), "starred": True, "properties": {"p": self.word()}}
        self.send(who, "PATCH", f"v3/files/{self.file()}", body, fields="*")

    def update_in_v2(self, who: Api) -> None:
        verb = self.random.choice(["PUT", "PATCH"])
        body = {"title": self.word(), "description": self.word()}
        etag = self.random.choice([{}, {"If-Match": '"stale"'}])
        self.send(who, verb, f"v2/files/{self.file()}", body, headers=etag)

    def move(self, who: Api) -> None:
        file = self.file()
        seen = who.send("GET", f"v3/files/{file}", fields="parents", supportsAllDrives=True)
        old = seen.json().get("parents", [""])[0]
        query = {"addParents": self.file(), "removeParents": old}
        self.send(who, "PATCH", f"v3/files/{file}", {}, fields="*", **query)

    def read(self, who: Api) -> None:
        self.send(who, "GET", f"v3/files/{self.file()}", fields="*")

    def read_in_v2(self, who: Api) -> None:
        self.send(who, "GET", f"v2/files/{self.file()}")

    def search(self, who: Api) -> None:
        q = self.random.choice(
            [
                f"'{self.file()}' in parents",
                "trashed=true or starred=true",
                "sharedWithMe",
                "",
            ]
        )
        order = self.random.choice(["name", "modifiedTime desc,folder", "nonsense"])
        more = {"includeItemsFromAllDrives": self.random.choice(["true", "false"])}
        self.send(
            who, "GET", "v3/files", q=q, fields="*", orderBy=order, pageSize=5, **more
        )

    def search_in_v2(self, who: Api) -> None:
        q = f"title contains '{self.word()[:2]}' and trashed=false".replace("it'", "it")
        self.send(who, "GET", "v2/files", q=q, maxResults=7)

    def trash(self, who: Api) -> None:
        verb = self.random.choice(["trash", "untrash"])
        self.send(who, "POST", f"v2/files/{self.file()}/{verb}")

    def share(self, who: Api) -> None:
        role = self.random.choice(["reader", "commenter", "writer", "owner"])
        body = {**writer(self.random.choice([STUDENT, STRANGER])), "role": role}
        anyone = {"type": "anyone", "role": "reader"}
        path = f"v3/files/{self.file()}/permissions"
        body = self.random.choice([body, anyone])
        self.send(who, "POST", path, body, fields="*", transferOwnership=True)

    def permissions(self, who: Api) -> None:
        version = self.random.choice(["v2", "v3"])
        self.send(who, "GET", f"{version}/files/{self.file()}/permissions", fields="*")

    def revisions(self, who: Api) -> None:
        version = self.random.choice(["v2", "v3"])
        self.send(who, "GET", f"{version}/files/{self.file()}/revisions", fields="*")

    def talk(self, who: Api) -> None:
        path = f"v3/files/{self.file()}/comments"
        said = self.send(who, "POST", path, {"content": self.word()}, fields="*")
        if said:
            answer = {"content": "so", "action": "resolve"}
            self.send(who, "POST", f"{path}/{said['id']}/replies", answer, fields="*")
        self.send(who, "GET", path, fields="*")

    def changes(self, who: Api) -> None:
        version, size = self.random.choice([("v2", "maxResults"), ("v3", "pageSize")])
        more = {size: 20, "pageToken": 1}
        self.send(who, "GET", f"{version}/changes", fields="*", **more)

    def about(self, who: Api) -> None:
        self.send(who, "GET", f"{self.random.choice(['v2', 'v3'])}/about", fields="*")

    def upload(self, who: Api) -> None:
        more = {"upload": True, "uploadType": "media", "data": b"new", "fields": "*"}
        self.send(who, "PATCH", f"v3/files/{self.file()}", **more)

    def drives(self, who: Api) -> None:
        self.send(who, "GET", "v3/drives", fields="*")
        self.send(who, "GET", f"v3/drives/{self.shared['id']}", fields="*")

    def delete(self, who: Api) -> None:
        if self.random.random() < 0.2:
            self.send(who, "DELETE", f"v3/files/{self.file()}")

    def lock(self, who: Api) -> None:
        lock = {"readOnly": self.random.random() < 0.5, "reason": "r"}
        body = {"contentRestrictions": [lock]}
        self.send(who, "PATCH", f"v3/files/{self.file()}", body, fields="*")


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_the_answers_are_googles(
    school: School, admin: Admin, seed: int
) -> None:
    admin.settings(lag=[0, 0.1], settle_seconds=[0, 0.1])
    walk = Walk(school, admin, seed=seed)

    walk.go()

    assert not [status for status in walk.statuses if status >= 500]
    assert walk.statuses[200] > STEPS / 4
    _check_the_world(admin)


def _check_the_world(admin: Admin) -> None:
    state = admin.state()
    used: Counter[str] = Counter()
    for file in state["files"]:
        assert (file["owner"] is None) == (file["driveId"] is not None)
        if not file["deleted"] and file["owner"]:
            used[file["owner"]] += (
                file["size"] if "google-apps" not in file["mimeType"] else 0
            )
    for email, user in state["users"].items():
        assert user["used_bytes"] == used[email]
