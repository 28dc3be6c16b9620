"""What administrators type, as whole commands on the emulated drive."""

import json
import os
import signal
import time
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import psycopg
import pytest

from .school import OFFICE, TEACHER

CLIENT = "hectograph@hectograph-test.iam.gserviceaccount.com"
STUDENTS = {"Ada Lovelace": "ada@school.test", "Bob Hopper": "bob@school.test"}
COURIERS = ("courier1@school.test", "courier2@school.test")
SCOPE = "https://www.googleapis.com/auth/drive"
DISABLED = {
    "error": {
        "code": 403,
        "message": "Google Drive API has not been used in project 1 before.",
        "errors": [{"domain": "usageLimits", "reason": "accessNotConfigured"}],
        "status": "PERMISSION_DENIED",
    }
}


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "9a.csv"
    rows = [f"{name},{email},9A" for name, email in STUDENTS.items()]
    path.write_text("\n".join(["Name,Email,Class", *rows]), encoding="utf-8")
    return path


@pytest.fixture
def people(emulator):
    for email in (OFFICE, TEACHER, *COURIERS, *STUDENTS.values()):
        emulator.admin.user(email)


@pytest.fixture
def add(hectograph, key, emulator, people):
    """Set the drive "school" up."""

    def call(acting=f"institution:{OFFICE}", *more, file=key, api_root=emulator.url):
        return hectograph(
            *("drive", "add", "google", "school", "--service-account", file),
            *("--acting", acting, "--api-root", api_root),
            *more,
        )

    return call


@pytest.fixture
def personal_key(emulator, people, tmp_path):
    """The file of an account that signed in, and agreed to the files of this app alone."""

    def write(account=OFFICE, scope=f"{SCOPE}.file"):
        token = emulator.admin.token(account, client="app", scope=scope)
        path = tmp_path / "personal.json"
        told = {
            "type": "authorized_user",
            "client_id": "app",
            "client_secret": "a secret",
            "refresh_token": token["refresh_token"],
            "token_uri": f"{emulator.url}/token",
            "scopes": [scope],
        }
        path.write_text(json.dumps(told), encoding="utf-8")
        path.chmod(0o600)
        return path

    return write


@contextmanager
def switched_off():
    """A service that says that its API is off in this project."""

    class Off(BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps(DISABLED).encode()
            self.send_response(403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            """Quietly."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Off) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def findings(ran):
    return {(each["account"], each["check"]): each for each in ran.lines}


def park(database_url, account):
    """Have an account rest, as a lane would."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO account (id, epoch, pool, parked_until, parked_code, "
            "parked_message, parked_remedy, pace_rate, pace_burst) "
            "VALUES (%s, 0, %s, now() + interval '2 hours', 'exhausted', 'It shared too much.', 'Wait.', 2.5, 9)",
            (account, account),
        )


def test_a_drive_that_was_set_up_is_listed_with_the_path_of_its_key_alone(
    add, hectograph, key, empty_database
):
    added = add(
        "couriers:Courier1@school.test,courier2@school.test", "--quota", "600queries"
    )

    listed = hectograph("drive", "list", "--json")

    (drive,) = listed.lines
    assert added.code == listed.code == 0
    assert drive["acting"] == "couriers"
    assert drive["accounts"] == list(COURIERS)
    assert drive["credentials"] == str(key)
    assert (drive["quota_per_minute"], drive["quota_unit"]) == (600, "queries")
    assert json.loads(key.read_text())["private_key"] not in stored(empty_database)


def stored(database_url):
    with psycopg.connect(database_url) as connection:
        return str(connection.execute("SELECT * FROM drive").fetchall())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "Name one key file"),
        (("--service-account", "{missing}"), "does not exist"),
        (("--service-account", "{text}"), "is not JSON"),
        (("--service-account", "{other}"), "of another kind"),
        (("--oauth-client", "{key}"), "Name it with --service-account"),
        (("--service-account", "{personal}"), "Name it with --oauth-client"),
    ],
    ids=["none", "missing", "text", "other", "service account", "personal"],
)
def test_a_key_file_that_will_not_do_is_refused_at_once(
    hectograph, key, personal_key, tmp_path, options, words
):
    (tmp_path / "text.json").write_text("hello")
    (tmp_path / "other.json").write_text('{"type": "external_account"}')
    files = {
        "missing": tmp_path / "none.json",
        "text": tmp_path / "text.json",
        "other": tmp_path / "other.json",
        "key": key,
        "personal": personal_key(),
    }

    ran = hectograph(
        *("drive", "add", "google", "school", "--acting", f"institution:{OFFICE}"),
        *(each.format(**files) for each in options),
    )

    assert ran.code == 2
    assert words in ran.err


@pytest.mark.parametrize(
    "wrong",
    [
        ("--acting", "nobody"),
        ("--quota", "lots"),
        ("--api-root", "www.googleapis.com"),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused(add, hectograph, wrong):
    option, value = wrong
    ran = add(value) if option == "--acting" else add("teacher", option, value)

    assert ran.code == 2
    assert value in ran.err
    assert hectograph("drive", "list", "--json").out == ""


def test_a_key_that_everybody_can_read_is_taken_with_a_warning(add, key):
    key.chmod(0o644)

    ran = add()

    assert ran.code == 0
    assert "everybody on this machine" in ran.err


def test_a_drive_in_order_is_found_so(add, hectograph):
    add(f"couriers:{','.join(COURIERS)}")

    ran = hectograph("drive", "check", "school", "--json")

    found = findings(ran)
    assert ran.code == 0
    assert {each["state"] for each in ran.lines} == {"ok"}
    for courier in COURIERS:
        assert "without a limit" in found[courier, "account"]["message"]
        assert (courier, "staging folder") in found
        assert (courier, "at work") in found


def test_the_check_makes_one_staging_folder_that_is_the_account_s_own(
    add, hectograph, emulator
):
    add()

    hectograph("drive", "check", "school")
    hectograph("drive", "check", "school")

    (folder,) = [
        each
        for each in emulator.admin.state()["files"]
        if each["name"][:10] == "hectograph"
    ]
    assert folder["visible_to"] == [OFFICE]


def test_a_scope_that_was_not_given_is_told_with_client_and_scope(
    add, hectograph, emulator
):
    add()
    emulator.admin.call("settings", {"scopes": {CLIENT: [f"{SCOPE}.readonly"]}})

    ran = hectograph("drive", "check", "school", "--json")

    token = findings(ran)[OFFICE, "token"]
    assert ran.code == 3
    assert token["state"] == "failed"
    assert "give the client id 100000000000000000001" in token["remedy"]
    assert f"exactly these scopes: {SCOPE}." in token["remedy"]


def test_an_api_that_is_off_is_told_with_the_project(add, hectograph):
    with switched_off() as url:
        add(api_root=url)

        ran = hectograph("drive", "check", "school", "--json")

    api = findings(ran)[OFFICE, "Drive API"]
    assert ran.code == 3
    assert "Switch the Google Drive API on" in api["remedy"]
    assert "hectograph-test" in api["remedy"]


def test_a_full_account_is_told(add, hectograph, emulator):
    add("institution:full@school.test")
    emulator.admin.user("full@school.test", limit_bytes=1000)
    emulator.admin.file("full@school.test", "x", mimeType="text/plain", content="x" * 999)
    emulator.admin.settings()

    ran = hectograph("drive", "check", "school", "--json")

    account = findings(ran)["full@school.test", "account"]
    assert account["state"] == "warning"
    assert "99 %" in account["message"]


def test_where_teachers_act_one_is_needed_to_know_that_all_is_well(add, hectograph):
    add("teacher", "--delivery", "direct")

    alone = hectograph("drive", "check", "school")
    named = hectograph("drive", "check", "school", "--as", TEACHER)

    assert alone.code == 3
    assert "drive check school --as EMAIL" in alone.out
    assert named.code == 0
    assert "staging" not in named.out


def test_a_key_that_is_gone_is_found_first(add, hectograph, key):
    add()
    key.unlink()

    ran = hectograph("drive", "check", "school")

    assert ran.code == 3
    assert "✗ key file" in ran.out
    assert "token" not in ran.out


def test_an_account_that_rests_is_shown_and_woken(add, hectograph, empty_database):
    add()
    park(empty_database, f"google:school/{OFFICE}")

    (listed,) = hectograph("drive", "list", "--json").lines
    shown = hectograph("drive", "list")
    checked = hectograph("drive", "check", "school", "--json")
    other = hectograph("drive", "unpark", "school", TEACHER)
    woken = hectograph("drive", "unpark", "school", OFFICE.upper(), "--json")

    (account,) = listed["known_accounts"]
    assert account["parked_because"] == "It shared too much."
    assert account["calls_per_second"] == 2.5
    assert "It shared too much." in shown.out
    assert "2.5 calls/s" in shown.out
    assert checked.code == 3
    rests = findings(checked)[OFFICE, "at work"]
    assert f"hectograph drive unpark school {OFFICE}" in rests["remedy"]
    assert "nothing was changed" in other.out
    assert woken.told == {"drive": "school", "unparked": [OFFICE]}
    assert hectograph("drive", "check", "school").code == 0


def test_an_account_that_signed_in_acts_for_itself_with_what_it_agreed_to(
    hectograph, personal_key, emulator, roster
):
    added = hectograph(
        *("drive", "add", "google", "school", "--oauth-client", personal_key()),
        *("--acting", f"institution:{OFFICE}", "--api-root", emulator.url),
    )

    checked = hectograph("drive", "check", "school")
    made = hectograph("folders", "ensure", "--drive", "school", "--roster", roster)

    assert (added.code, checked.code, made.code) == (0, 0, 0), checked.out + made.out
    folders = [each for each in emulator.admin.state()["files"] if each["name"] == "9A"]
    assert [each["created_client"] for each in folders] == ["app"]


def test_an_account_that_signed_in_cannot_act_for_others(hectograph, personal_key):
    def ran(acting):
        return hectograph(
            *("drive", "add", "google", "school", "--oauth-client", personal_key()),
            *("--acting", acting),
        )

    assert "for nobody else" in ran("teacher").err
    assert "for nobody else" in ran(f"couriers:{OFFICE}").err


def test_a_file_of_another_account_than_said_is_found(hectograph, personal_key, emulator):
    hectograph(
        *("drive", "add", "google", "school", "--oauth-client", personal_key(TEACHER)),
        *("--acting", f"institution:{OFFICE}", "--api-root", emulator.url),
    )

    ran = hectograph("drive", "check", "school", "--json")

    account = findings(ran)[OFFICE, "account"]
    assert ran.code == 3
    assert TEACHER in account["message"]


def test_after_ensure_a_document_is_shared_without_a_folder_in_the_roster(
    add, hectograph, emulator, roster
):
    add()
    document = emulator.admin.file(
        *(TEACHER, "Essay.txt"),
        mimeType="text/plain",
        content="Write.",
        permissions=[{"role": "reader", "type": "user", "emailAddress": OFFICE}],
    )
    into = ("--drive", "school", "--roster", roster, "--subject", "Maths")

    before = hectograph("share", document, *into)
    made = hectograph("folders", "ensure", *into, "--json")
    after = hectograph("share", document, *into, "--json")

    assert before.code == 2
    assert "hectograph folders ensure" in before.err
    assert (made.code, after.code) == (0, 0)
    folders = {
        each["student"]: each["link"].rpartition("/")[2]
        for each in made.told["folders"]
        if each["student"]
    }
    copies = {
        each["name"]: each["parents"][0]
        for each in emulator.admin.state()["files"]
        if each["name"].startswith("Essay - ")
    }
    assert copies == {f"Essay - {name}.txt": folder for name, folder in folders.items()}


def test_killed_while_folders_are_made_the_next_run_finishes(
    add, start, hectograph, emulator, roster
):
    add()
    emulator.admin.faults(
        {"call": "files.create", "when": "after", "kind": "hang", "skip": 1}
    )
    words = ("folders", "ensure", "--drive", "school", "--roster", roster)
    begun = start(*words)
    deadline = time.monotonic() + 30
    while len(made := folder_names(emulator)) < 2 and time.monotonic() < deadline:
        Event().wait(0.05)
    os.kill(begun.pid, signal.SIGKILL)
    begun.communicate()
    emulator.admin.faults()

    ran = hectograph(*words)

    assert len(made) >= 2
    assert ran.code == 0
    assert folder_names(emulator) == {"9A": 1, "Ada Lovelace": 1, "Bob Hopper": 1}


def folder_names(emulator):
    return Counter(
        each["name"]
        for each in emulator.admin.state()["files"]
        if each["mimeType"].endswith(".folder")
    )


def test_neither_names_nor_secrets_are_in_logs_nor_secrets_in_results(
    add, hectograph, process, key, emulator, roster
):
    roster.write_text(f"{roster.read_text()}\nCy Twombly,nobody@nowhere.test,9A\n")
    emulator.admin.faults({"call": "files.get", "kind": "503", "times": 1})
    words = ("--drive", "school", "--roster", roster, "--teacher", TEACHER)

    ran = [
        add(),
        hectograph("drive", "check", "school"),
        hectograph("drive", "list", "--json"),
        process("folders", "ensure", *words),
        hectograph("folders", "ensure", *words, "--json"),
    ]

    logs = "".join(each.err for each in ran)
    results = "".join(each.out for each in ran)
    people = [*STUDENTS, *STUDENTS.values(), "Cy Twombly", "nobody@nowhere.test", "Ada"]
    assert [each for each in people if each in logs] == []
    secret = json.loads(key.read_text())["private_key"]
    lines = [line for line in secret.splitlines() if line]
    assert [each for each in (*lines, "ya29.") if each in logs + results] == []
    assert "Cy Twombly" in results
    assert ran[3].code == 3
