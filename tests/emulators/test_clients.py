"""Clients that know nothing of the emulator: real Google addresses, through its proxy."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emulators.drive.running import Admin, Running
from tests.emulators.conftest import STUDENT, TEACHER, School

BIN = Path(sys.executable).parent
RCLONES = {"1.60 of the distribution": Path("/usr/bin/rclone"), "1.75": BIN / "rclone"}
SCRIPTS = Path(__file__).parent / "clients"


@pytest.fixture
def environment(drive: Running, tmp_path: Path) -> dict[str, str]:
    """Google's addresses lead to the emulator, and its authority is trusted."""
    # PyDrive2 holds pyOpenSSL at a version that GAM's cryptography cannot load; oauth2client
    # does without pyOpenSSL, but only if importing it says that it is not there.
    shim = tmp_path / "shim"
    shim.mkdir()
    (shim / "OpenSSL.py").write_text(
        "raise ImportError('does not fit this cryptography')\n"
    )
    return {
        **os.environ,
        "HOME": str(tmp_path),
        "HTTPS_PROXY": drive.url,
        "HTTPLIB2_CA_CERTS": drive.ca,
        "NO_PROXY": "",
        "no_proxy": "",
        "PYTHONPATH": str(shim),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A client's command line."""

    words: tuple[str, ...]
    environment: dict[str, str]

    def run(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.words, *arguments],
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def output(self, *arguments: str, typed: str = "") -> str:
        done = self.run(*arguments, typed=typed)
        assert done.returncode == 0, done.stderr
        return done.stdout


def _names(admin: Admin, folder: str) -> list[str]:
    files = admin.state()["files"]
    return sorted(
        one["name"]
        for one in files
        if one["parents"] == [folder] and not (one["trashed"] or one["deleted"])
    )


# rclone


@pytest.fixture(params=RCLONES)
def rclone(request, admin: Admin, drive: Running, environment, tmp_path: Path) -> Command:
    program = RCLONES[request.param]
    if not program.exists():
        pytest.skip(f"rclone {request.param} is not installed")
    token = admin.token(TEACHER, client="rclone") | {"expiry": "2099-01-01T00:00:00Z"}
    settings = tmp_path / "rclone.conf"
    settings.write_text(
        "[gd]\ntype = drive\nscope = drive\nclient_id = rclone\nclient_secret = s\n"
        f"token = {json.dumps(token)}\n"
    )
    words = (str(program), "--config", str(settings), "--ca-cert", drive.ca)
    return Command(words=(*words, "--retries", "1"), environment=environment)


def test_rclone_makes_lists_copies_moves_and_removes(
    school: School, rclone: Command, tmp_path: Path
) -> None:
    local = tmp_path / "notes.txt"
    local.write_text("notes")

    rclone.output("mkdir", "gd:class")
    rclone.output("copyto", "gd:map.png", "gd:class/one.png")
    rclone.output("copy", str(local), "gd:class")
    rclone.output("rcat", "gd:class/typed.txt", typed="typed")
    rclone.output("moveto", "gd:class/one.png", "gd:class/two.png")
    listed = json.loads(rclone.output("lsjson", "gd:class"))
    read = rclone.output("cat", "gd:class/two.png")
    rclone.output("delete", "gd:class/two.png")

    assert {one["Name"]: one["Size"] for one in listed} == {
        "two.png": 5,
        "notes.txt": 5,
        "typed.txt": 5,
    }
    assert read == "a map"
    assert rclone.output("lsf", "gd:class").split() == ["notes.txt", "typed.txt"]
    assert "Trashed: 5 B" in " ".join(rclone.output("about", "gd:").split())


def test_rclone_finds_a_folder_shared_with_the_teacher(
    school: School, rclone: Command, admin: Admin
) -> None:
    rclone.output("copyto", "gd:map.png", "gd,shared_with_me:Inbox/map.png")

    assert _names(admin, school.folder) == ["map.png"]


def test_rclone_makes_a_second_copy_when_an_answer_is_lost(
    school: School, rclone: Command, admin: Admin
) -> None:
    admin.faults({"call": "files.copy", "when": "after", "kind": "503", "times": 1})

    rclone.output("copyto", "gd:map.png", "gd:.staging/map.png")

    assert _names(admin, school.staging) == ["map.png", "map.png"]


# GAM


@pytest.fixture
def gam(drive: Running, environment, tmp_path: Path, private_key: str) -> Command:
    directory = tmp_path / "gam"
    (directory / "cache").mkdir(parents=True)
    robot = {
        "type": "service_account",
        "client_email": "robot@project.iam.gserviceaccount.com",
        "client_id": "1234",
        "private_key": private_key,
        "private_key_id": "key",
        "project_id": "project",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    (directory / "oauth2service.json").write_text(json.dumps(robot))
    (directory / "gam.cfg").write_text(
        f"[DEFAULT]\ncacerts_pem = {drive.ca}\nuser_service_account_access_only = true\n"
        f"no_update_check = true\ncache_dir = {directory}/cache\nconfig_dir = {directory}\n"
        f"domain = school.test\ncustomer_id = C1\nadmin_email = {TEACHER}\n"
    )
    return Command(
        words=(str(BIN / "gam"), "user", TEACHER),
        environment={**environment, "GAMCFGDIR": str(directory)},
    )


def test_gam_copies_lists_and_creates(
    school: School, gam: Command, admin: Admin, tmp_path: Path
) -> None:
    local = tmp_path / "notes.txt"
    local.write_text("notes")
    to_folder = ("parentid", school.folder, "newfilename", "Essay 1")

    copied = gam.output("copy", "drivefile", school.document, *to_folder)
    created = gam.output("create", "drivefile", "localfile", str(local))
    listed = gam.output("show", "filelist", "fields", "id,name,mimetype")

    assert "Copied to Drive Folder: Inbox" in copied
    assert "Created with content from: notes.txt" in created
    assert _names(admin, school.folder) == ["Essay 1"]
    assert {"Essay", "Essay 1", "map.png", "notes.txt"} <= {
        line.split(",")[2] for line in listed.splitlines()[1:]
    }


def test_gam_hands_a_document_over(school: School, gam: Command, admin: Admin) -> None:
    said = gam.output("transfer", "ownership", school.document, STUDENT)

    assert f"Ownership Transferred to User: {STUDENT}" in said
    owners = {one["name"]: one["owner"] for one in admin.state()["files"]}
    assert owners["Essay"] == STUDENT


def test_gam_makes_a_second_copy_when_an_answer_is_lost(
    school: School, gam: Command, admin: Admin
) -> None:
    admin.faults({"call": "files.copy", "when": "after", "kind": "502html", "times": 1})
    to_folder = ("parentid", school.folder, "newfilename", "Essay 1")

    gam.output("copy", "drivefile", school.document, *to_folder)

    assert _names(admin, school.folder) == ["Essay 1", "Essay 1"]


# PyDrive2, which speaks v2, and Google's own client, which speaks both


@pytest.fixture
def script(admin: Admin, environment) -> Callable[..., Any]:
    """Runs a script of ours with a token and more; returns the JSON it prints."""

    def run(name: str, *arguments: str) -> Any:
        token = admin.token(TEACHER, client="script")["access_token"]
        words = (sys.executable, "-W", "ignore", str(SCRIPTS / name), token)
        return json.loads(Command(words=words, environment=environment).output(*arguments))

    return run


def test_pydrive_reads_copies_uploads_and_removes(
    school: School, script: Callable[..., Any], admin: Admin
) -> None:
    said = script("use_pydrive.py", school.picture, school.folder)

    assert said == {
        "read": "a map",
        "copied": "copy.png",
        "uploaded": "3",
        "renamed": "renamed.txt",
        "rewritten": "5",
        "listed": ["copy.png", "renamed.txt"],
        "roles": ["owner", "writer"],
        "trashed": True,
        "about": "Ada Teacher",
    }
    assert _names(admin, school.folder) == ["copy.png"]


@pytest.mark.parametrize("version", ["v3", "v2"])
def test_googles_client_uploads_reads_and_batches(
    school: School, script: Callable[..., Any], version: str
) -> None:
    said = script("use_google_client.py", version, school.picture)

    assert said == {
        "resumable": "resumed",
        "multipart": "hello",
        "batched": ["b0", "b1", "b2", 404],
        "long query": True,
        "used id": 409,
    }


def test_googles_client_sends_a_lost_copy_twice_even_without_retries(
    school: School, script: Callable[..., Any], admin: Admin
) -> None:
    admin.faults({"call": "files.copy", "when": "after", "kind": "drop", "times": 1})

    script("copy_without_retries.py", school.document, school.folder)

    assert _names(admin, school.folder) == ["Essay 1", "Essay 1"]


def test_a_robot_with_delegation_uses_googles_client(
    school: School, environment, private_key: str, tmp_path: Path
) -> None:
    robot = tmp_path / "robot.json"
    robot.write_text(
        json.dumps(
            {
                "type": "service_account",
                "client_email": "robot@project.iam.gserviceaccount.com",
                "private_key": private_key,
                "token_uri": "https://oauth2.googleapis.com/token",
            }
        )
    )
    words = (sys.executable, "-W", "ignore", str(SCRIPTS / "use_delegation.py"))

    said = Command(words=words, environment=environment).output(str(robot), TEACHER)

    assert said.split() == [TEACHER]
