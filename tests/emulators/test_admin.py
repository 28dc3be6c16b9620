"""The admin API and its page; the command; what outlives a client."""

import json
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from emulators.drive.running import Admin, AdminRefused, Running
from tests.emulators.conftest import STUDENT, TEACHER, School


def test_a_checker_is_told_everything(school: School, admin: Admin) -> None:
    copied = school.teacher.copy(
        school.document, name="Essay 1", parents=[school.folder], appProperties={"hx": "1"}
    )

    file = next(one for one in admin.state()["files"] if one["id"] == copied)

    assert file["name"] == "Essay 1"
    assert file["parents"] == [school.folder]
    assert file["owner"] == file["created_by"] == TEACHER
    assert file["appProperties"] == {"client": {"hx": "1"}}
    assert file["visible_to"] == sorted([STUDENT, TEACHER])
    assert not file["trashed"]


def test_the_log_goes_on_from_where_one_read(school: School, admin: Admin) -> None:
    school.teacher.get(school.picture)
    read = admin.log()[-1]["number"]
    school.teacher.refusal("GET", "v3/files/nothing")

    calls = admin.log(after=read)

    assert [(one["call"], one["status"], one["reason"]) for one in calls] == [
        ("files.get", 404, "notFound")
    ]


def test_the_same_seed_makes_the_same_ids(admin: Admin) -> None:
    def ids() -> list[str]:
        admin.reset(seed=7)
        return [admin.user(TEACHER), admin.file(TEACHER, "a")]

    assert ids() == ids()


@pytest.mark.parametrize(
    "settings",
    [
        {"colour": 1},
        {"lag": "slow"},
        {"quotas": {"write": 3}},
        {"seed": "x"},
        {"lag": {"x": 1}},
    ],
)
def test_settings_that_make_no_sense_are_refused(admin: Admin, settings: dict) -> None:
    with pytest.raises(AdminRefused, match="400"):
        admin.settings(**settings)


def test_many_files_are_seeded_at_once_and_name_each_other(admin: Admin) -> None:
    admin.user(TEACHER)
    folder = {"owner": TEACHER, "name": "F", "key": "f"}
    folder["mimeType"] = "application/vnd.google-apps.folder"

    ids = admin.files([folder, {"owner": TEACHER, "name": "a", "parents": ["f"]}])

    inside = {one["id"]: one["parents"] for one in admin.state()["files"]}
    assert inside[ids[1]] == [ids[0]]


def test_the_page_shows_what_is_there(school: School, admin: Admin) -> None:
    school.teacher.copy(school.picture, name="<b>map</b>", parents=[school.folder])
    admin.faults({"call": "files.copy", "kind": "503"})

    response = school.teacher.session.get(admin.url)

    page = response.text
    assert response.headers["Content-Type"].startswith("text/html")
    assert '<html lang="en">' in page
    assert "&lt;b&gt;map&lt;/b&gt;" in page
    assert f"{STUDENT} / Inbox" in page
    assert re.search(r"<td>files.copy</td><td>before</td><td>503</td>", page)


def test_the_world_outlives_a_client_that_dies(drive: Running, school: School) -> None:
    code = (
        "import os, sys, http.client; c = http.client.HTTPConnection(sys.argv[1]);"
        "c.request('POST', f'/drive/v3/files/{sys.argv[2]}/copy', '{\"name\": \"left\"}',"
        "{'Authorization': sys.argv[3]}); os.kill(os.getpid(), 9)"
    )
    bearer = str(school.teacher.session.headers["Authorization"])
    host = drive.url.removeprefix("http://")
    drive.admin.settings(latency={"median": 0.1})

    dead = subprocess.run(
        [sys.executable, "-c", code, host, school.picture, bearer], check=False
    )
    drive.admin.settings(latency={"median": 0})

    assert dead.returncode == -signal.SIGKILL
    assert any("left" in _names(drive.admin) for _ in range(1000))


def _names(admin: Admin) -> list[str]:
    return [one["name"] for one in admin.state()["files"]]


def test_many_at_once_are_each_answered(school: School) -> None:
    def copy(number: int) -> object:
        return school.teacher.copy(
            school.picture, name=f"{number}", parents=[school.folder]
        )

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(copy, range(200)))

    assert len(set(ids)) == 200
    found = school.teacher.find(f"'{school.folder}' in parents", pageSize=1000)
    assert {file["id"] for file in found} == set(ids)


def test_every_name_of_google_is_answered_with_our_certificate(
    drive: Running, school: School
) -> None:
    proxies = {"https": drive.url}

    with requests.Session() as session:
        session.trust_env = False
        session.headers.update(school.teacher.session.headers)
        statuses = {
            host: session.get(
                f"https://{host}/drive/v3/files",
                proxies=proxies,
                verify=drive.ca,
                timeout=10,
            ).status_code
            for host in ("www.googleapis.com", "drive.google.com", "people.googleapis.com")
        }

    assert set(statuses.values()) == {200}


def test_the_command_says_where_it_is_and_ends_when_told() -> None:
    command = [
        sys.executable,
        "-m",
        "emulators.drive",
        "--lag",
        "1,2",
        "--latency",
        "0.1,0.4",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        process.terminate()

        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.communicate()
    assert said["admin"] == f"{said['url']}/_admin"
    assert said["ca"].endswith("ca.pem")
