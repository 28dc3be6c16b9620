"""Drive over plain HTTP for one account; what comes back is checked against the schemas."""

from typing import Any

import requests

from emulators.drive.running import DRIVE_SCOPE, Running
from tests.emulators import schemas


class Api:
    """Calls paths such as `v3/files`, and checks every answer."""

    def __init__(
        self,
        drive: Running,
        account: str,
        *,
        client: str = "client",
        scope: str = DRIVE_SCOPE,
    ) -> None:
        self.drive = drive
        self.account = account
        self.session = requests.Session()
        self.session.trust_env = False
        token = drive.admin.token(account, client=client, scope=scope)["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"

    def send(
        self,
        verb: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        data: bytes | None = None,
        upload: bool = False,
        **query: Any,
    ) -> requests.Response:
        """One call, whatever its outcome."""
        prefix = "/upload" if upload else ""
        response = self.session.request(
            verb,
            f"{self.drive.url}{prefix}/drive/{path}",
            params={key: _word(one) for key, one in query.items()},
            json=body,
            data=data,
            headers=headers,
            timeout=30,
        )
        self._check(verb, f"/drive/{path}", response)
        return response

    def _check(self, verb: str, path: str, response: requests.Response) -> None:
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        if not response.content or not is_json:
            return
        if response.status_code >= 400:
            error = response.json()["error"]
            assert error["code"] == response.status_code
            assert error["message"]
            assert error.get("errors") or error.get("details")
        elif "alt=media" not in response.url and "/export" not in path:
            schemas.check(verb, path, response.json())

    def call(self, verb: str, path: str, body: Any = None, **more: Any) -> Any:
        """One call that must succeed; its body."""
        response = self.send(verb, path, body, **more)
        assert response.ok, response.text
        return response.json() if response.content else None

    def refusal(
        self, verb: str, path: str, body: Any = None, **more: Any
    ) -> tuple[int, str]:
        """One call that must fail; its status and reason."""
        response = self.send(verb, path, body, **more)
        assert not response.ok, response.text
        return response.status_code, response.json()["error"]["errors"][0]["reason"]

    # What most tests do

    def get(self, file_id: str, fields: str = "*", **query: Any) -> Any:
        return self.call("GET", f"v3/files/{file_id}", fields=fields, **query)

    def copy(self, file_id: str, **body: Any) -> Any:
        return self.call("POST", f"v3/files/{file_id}/copy", body)["id"]

    def update(self, file_id: str, body: dict[str, Any] | None = None, **query: Any) -> Any:
        return self.call("PATCH", f"v3/files/{file_id}", body or {}, **query)

    def names_in(self, folder_id: str, q: str = "trashed=false") -> list[str]:
        found = self.find(f"'{folder_id}' in parents and ({q})")
        return sorted(file["name"] for file in found)

    def find(self, q: str, **query: Any) -> Any:
        return self.call("GET", "v3/files", q=q, fields="files", **query)["files"]

    def new_id(self, **query: Any) -> Any:
        return self.call("GET", "v3/files/generateIds", count=1, **query)["ids"][0]


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
