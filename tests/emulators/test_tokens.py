"""The token endpoint, as google-auth uses it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import service_account

from emulators.drive.running import DRIVE_SCOPE, Running
from tests.emulators.conftest import TEACHER, School

ROBOT = "robot@project.iam.gserviceaccount.com"


@pytest.fixture
def robot(drive: Running, private_key: str) -> Callable[..., Any]:
    def make(subject: str | None = None, scope: str = DRIVE_SCOPE) -> Any:
        info = {
            "type": "service_account",
            "client_email": ROBOT,
            "private_key": private_key,
            "token_uri": f"{drive.url}/token",
        }
        return service_account.Credentials.from_service_account_info(
            info, scopes=[scope], subject=subject
        )

    return make


def test_a_robot_acts_for_a_teacher(school: School, robot: Callable[..., Any]) -> None:
    url = f"{school.teacher.drive.url}/drive/v3/about"

    with AuthorizedSession(robot(TEACHER)) as session:
        about = session.get(url, params={"fields": "user"}).json()

    assert about["user"]["emailAddress"] == TEACHER


def test_a_session_renews_a_token_that_was_revoked(
    school: School, robot: Callable[..., Any]
) -> None:
    url = f"{school.teacher.drive.url}/drive/v3/about"

    with AuthorizedSession(robot(TEACHER)) as session:
        session.get(url, params={"fields": "user"})
        school.teacher.drive.admin.call("revoke", {"account": TEACHER})
        response = session.get(url, params={"fields": "user"})

    assert response.status_code == 200


def test_a_robot_by_itself_owns_nothing(school: School, robot: Callable[..., Any]) -> None:
    url = f"{school.teacher.drive.url}/drive/v3/files"

    with AuthorizedSession(robot()) as session:
        response = session.post(url, json={"name": "mine"})

    assert response.status_code == 403
    assert response.json()["error"]["errors"][0]["reason"] == "storageQuotaExceeded"


def test_nobody_acts_for_an_account_that_does_not_exist(
    school: School, robot: Callable[..., Any]
) -> None:
    with pytest.raises(RefreshError, match="invalid_grant"):
        robot("nobody@school.test").refresh(Request())


def test_a_robot_has_the_scopes_it_was_authorised_for(
    school: School, robot: Callable[..., Any]
) -> None:
    school.teacher.drive.admin.settings(scopes={ROBOT: [f"{DRIVE_SCOPE}.readonly"]})

    with pytest.raises(RefreshError, match="unauthorized_client"):
        robot(TEACHER).refresh(Request())

    robot(TEACHER, f"{DRIVE_SCOPE}.readonly").refresh(Request())


def test_a_refresh_token_belongs_to_its_client(school: School) -> None:
    drive = school.teacher.drive
    token = drive.admin.token(TEACHER, client="app")["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_secret": "s"}
    session = school.teacher.session

    right = session.post(f"{drive.url}/token", data={**form, "client_id": "app"})
    wrong = session.post(f"{drive.url}/token", data={**form, "client_id": "other"})

    assert right.json()["token_type"] == "Bearer"
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")


def test_the_token_endpoint_has_its_troubles_too(school: School) -> None:
    drive = school.teacher.drive
    drive.admin.faults({"call": "token", "kind": "503", "times": 1})
    form = {
        "grant_type": "refresh_token",
        "client_id": "app",
        "refresh_token": drive.admin.token(TEACHER, client="app")["refresh_token"],
    }

    statuses = [
        school.teacher.session.post(f"{drive.url}/token", data=form).status_code
        for _ in range(2)
    ]

    assert statuses == [503, 200]


def test_discovery_documents_are_served(school: School) -> None:
    url = f"{school.teacher.drive.url}/discovery/v1/apis/drive"

    for version in ("v3", "v2"):
        document = json.loads(school.teacher.session.get(f"{url}/{version}/rest").text)
        assert document["id"] == f"drive:{version}"
