"""The real command, in a process of its own, at the real server."""

import http.client
import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from .test_api import come, make_due

COMMANDS = (
    ("worker",),
    ("serve", "--port", "0"),
    ("doctor", "--json"),
    ("pause",),
    ("audit",),
    ("cleanup", "list"),
    ("drive", "list"),
    ("demo",),
    ("ledger", "rebuild", "/"),
    ("forecast", "--students", "100"),
)
"""Commands that need the machine that runs hectograph."""


@dataclass
class Far:
    """Another machine, with the command and a token."""

    url: str
    token: str
    folder: Path
    more: dict = field(default_factory=dict)

    def __call__(self, *words, code=0, python=()):
        environment = {
            name: text
            for name, text in os.environ.items()
            if not name.startswith("HECTOGRAPH_") and "PROXY" not in name.upper()
        }
        environment |= {
            "HECTOGRAPH_URL": self.url,
            "HECTOGRAPH_TOKEN": self.token,
            **self.more,
        }
        ran = subprocess.run(
            [sys.executable, *python, "-m", "hectograph", *map(str, words)],
            check=False,
            env=environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert ran.returncode == code, (ran.returncode, ran.stdout, ran.stderr)
        assert self.token not in ran.stdout + ran.stderr
        return ran

    def told(self, *words, code=0):
        return json.loads(self(*words, "--json", code=code).stdout)


@pytest.fixture
def program(site):
    return come(site)


@pytest.fixture
def school_class(site, program):
    return site.school_class()


@pytest.fixture
def far(site, program, school_class, tmp_path):
    (tmp_path / "Essay.txt").write_text("Write about bees.\n")
    return Far(site.url, program.token, tmp_path)


def test_a_share_and_its_recall_from_another_machine(far, school_class):
    preview = far("share", "Essay.txt", "--class", "7b", "--dry-run")
    made = far.told("share", "Essay.txt", "--class", "7B")
    again = far.told("share", "Essay.txt", "--class", "7B")
    shown = far("shares", "show", made["share"])
    (row,) = (
        json.loads(line) for line in far("shares", "list", "--json").stdout.splitlines()
    )
    (known,) = (
        json.loads(line) for line in far("classes", "list", "--json").stdout.splitlines()
    )
    kept = school_class.directory / "Ada Lovelace" / "Essay - Ada Lovelace.txt"
    kept.write_text("Mine.")
    taken = far.told("recall", made["share"], code=3)
    back = far.told("recall", made["share"], "--undo", code=3)

    assert "5 deliveries, none made" in preview.stdout
    assert (made["state"], made["joined"], made["counts"]["verified"]) == (
        "complete",
        False,
        5,
    )
    assert (again["share"], again["joined"]) == (made["share"], True)
    assert "5 of 5 copies are there" in shown.stdout
    assert (row["share"], row["title"], row["class"]) == (made["share"], "Essay.txt", "7B")
    assert (known["name"], known["students"]) == ("7B", 5)
    assert (taken["counts"]["kept"], taken["counts"]["removed"]) == (1, 4)
    assert back["counts"]["returned"] == 4
    assert len(school_class.copies()) == 5


def test_what_is_printed_is_what_the_machine_prints(site, far, school_class):
    made = far.told("share", "Essay.txt", "--class", "7B")["share"]
    far("recall", made)

    for words in (
        ("shares", "show", made),
        ("shares", "show", made, "--json"),
        ("shares", "list"),
        ("recall", made),
        ("classes", "list", "--json"),
    ):
        more = {"HECTOGRAPH_TIMEZONE": "Europe/Berlin"}
        here = subprocess.run(
            [sys.executable, "-m", "hectograph", *words],
            check=False,
            env={**os.environ, **more, "HECTOGRAPH_DATABASE_URL": site.database},
            capture_output=True,
            text=True,
        )

        there = far(*words, code=here.returncode)

        assert there.stdout == here.stdout, words


def test_steering_from_another_machine(far, school_class):
    made = far.told("share", "Essay.txt", "--class", "7B", "--at", "23:59")["share"]

    assert far.told("shares", "pause", made)["state"] == "paused"
    assert far("queue").stdout.count(made) == 1
    assert "It goes on." in far("shares", "resume", made).stdout
    moved = far.told("shares", "move", made, "--tonight")
    assert moved["deadline"] is not None
    assert "nobody" not in far("shares", "move", made).stdout
    assert far.told("shares", "watch", made)["state"] == "complete"
    assert far("shares", "pause", made, code=2).stderr.startswith(
        "hectograph: A share that is"
    )
    assert "0 deliveries will be tried again" in far("shares", "retry", made).stdout
    assert "already" in far("shares", "cancel", made, code=2).stderr


def test_corrections_fresh_copies_and_decisions(far, school_class):
    made = far.told("share", "Essay.txt", "--class", "7B")["share"]
    (far.folder / "Better.txt").write_text("Write about wasps.\n")
    fresh = far.told(
        "fresh", made, "Ada Lovelace", "--document", "Essay.txt", "--rename-old"
    )
    better = far.told("correct", made, "Better.txt")
    left = far.told("decide", made, "ada lovelace", "--leave")
    named = far.told("fresh", made, "Ada Lovelace", "--undo", code=2)

    assert fresh["old_copy"] == "Essay - Ada Lovelace (old).txt"
    assert better["given"]["state"] == "complete"
    assert left["decision"]["choice"] == "leave"
    assert named["error"]["code"] == "request_refused"


def test_what_repeats_from_another_machine(site, far, school_class):
    every = ("share", "Essay.txt", "--class", "7B", "--every", "day", "--at", "23:58")
    preview = far(*every, "--dry-run")
    begun = far.told(*every)
    number = begun["repeat"]

    assert "5 deliveries" in preview.stdout
    assert far.told("repeats", "pause", number)["state"] == "paused"
    assert "those of 7B" in far("repeats", "resume", number).stdout
    assert far.told("repeats", "move", number, "--every", "friday")["every"] == "friday"
    assert number in far("repeats", "list").stdout
    make_due(site)
    assert far.told("repeats", "show", number)["class_id"] == school_class.number
    assert far.told("repeats", "cancel", number)["state"] == "ended"


def test_what_needs_the_machine_says_so(far):
    for words in COMMANDS:
        ran = far(*words, code=2)

        assert "needs the machine that runs hectograph" in ran.stderr, words
        assert "HECTOGRAPH_URL" in ran.stderr


def test_errors_are_those_of_the_machine(site, far, school_class, tmp_path):
    assert far.told("shares", "show", "nothing", code=4)["error"]["code"] == "unknown_share"
    assert far("share", "Essay.txt", "--class", "9Z", code=4)
    assert far("share", "Nothing.txt", "--class", "7B", code=2)
    assert far("share", "Essay.txt", code=2)
    assert far("share", "Essay.txt", "--class", "7B", "--roster", "x.csv", code=2)
    refused = far("share", "Essay.txt", "--class", "7B", "--at", "25:99", code=2)
    assert "25:99" in refused.stderr
    assert (
        "token"
        in Far(far.url, "hectograph_wrong", tmp_path)("shares", "list", code=5).stderr
    )
    nowhere = Far("http://localhost:1", far.token, tmp_path, {"HECTOGRAPH_TOKEN": ""})
    assert "HECTOGRAPH_TOKEN" in nowhere("shares", "list", code=2).stderr
    open_wire = Far("http://hectograph.example.org", far.token, tmp_path)
    assert "https" in open_wire("shares", "list", code=2).stderr


def test_a_start_imports_no_django(far):
    ran = far("shares", "list", python=("-X", "importtime"))

    assert "hectograph.client.server" in ran.stderr
    assert "django" not in ran.stderr
    assert "psycopg" not in ran.stderr


@contextmanager
def between(site, treat):
    """A server between; `treat` answers a request, or returns what to pass on, or None."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else self._chunks()
            wire = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=60)
            headers = {
                name: text
                for name, text in self.headers.items()
                if name.lower() not in {"transfer-encoding", "content-length"}
            }
            answer = treat(self, lambda: self._passed_on(wire, body, headers))
            if answer is None:
                self.close_connection = True
                return
            status, told, content = answer
            self.send_response(status)
            for name, text in told.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the name is given

        def _chunks(self):
            if self.headers.get("Transfer-Encoding") != "chunked":
                return b""
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def _passed_on(self, wire, body, headers):
            wire.request(self.command, self.path, body, headers)
            answer = wire.getresponse()
            content = answer.read()
            wire.close()
            kept = {"Content-Type": answer.headers["Content-Type"]}
            return answer.status, kept, content

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_an_answer_that_was_lost_makes_one_share(site, far, school_class, program):
    keys = []

    def lose_the_first(handler, pass_on):
        answer = pass_on()
        if handler.command == "POST" and handler.path.endswith("/shares"):
            keys.append(handler.headers["Idempotency-Key"])
            return None if len(keys) < 3 else answer
        return answer

    with between(site, lose_the_first) as url:
        made = Far(url, far.token, far.folder).told(
            "share", "Essay.txt", "--class", "7B", "--again"
        )

    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert [each["share"] for each in program.get("/shares").said["shares"]] == [
        made["share"]
    ]
    assert len(school_class.copies()) == 5


def test_a_server_that_is_away_for_a_moment_is_waited_for(site, far):
    seen = []

    def busy(handler, pass_on):
        seen.append(handler.path)
        if len(seen) == 1:
            return 503, {}, b"starting"
        if len(seen) == 2:
            return 429, {"Retry-After": "1"}, b'{"code": "too_many_requests"}'
        return pass_on()

    with between(site, busy) as url:
        Far(url, far.token, far.folder)("shares", "list")

    assert len(seen) >= 4


def test_a_token_is_not_sent_elsewhere(site, far):
    seen = []

    def elsewhere(handler, pass_on):
        seen.append(handler.headers["Authorization"])
        return pass_on()

    with between(site, elsewhere) as other:

        def away(handler, pass_on):
            return 302, {"Location": f"{other}{handler.path}"}, b""

        with between(site, away) as url:
            ran = Far(url, far.token, far.folder)("shares", "list", code=2)

    assert seen == []
    assert "sends on to another address" in ran.stderr


def test_what_is_no_hectograph_is_told(site, far):
    with between(site, lambda handler, pass_on: (200, {}, b"<html>Hello</html>")) as url:
        ran = Far(url, far.token, far.folder)("shares", "list", code=2)

    assert "is not hectograph" in ran.stderr
