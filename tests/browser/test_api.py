"""Programs with tokens, over real HTTP."""

import http.client
import json
import re
import secrets
import time
import uuid
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from hectograph.api.limits import PER_MINUTE
from hectograph.domain.people import Role, Tie

from .addresses import Address, list_addresses
from .people import Site, follow, process_pause
from .test_allowed import PLACES, SOMEBODY, World, expected

PROBLEM = {"type", "title", "status", "detail", "code", "remedy", "errors"}
DONE_SECONDS = 60
BODIES = {
    "api/v1/webhooks": {"url": "https://receiver.example/"},
    "api/v1/webhooks/<str:hook>/switch": {"on": True},
}
"""What must be sent before anybody looks who asks, by route."""


@pytest.fixture(scope="module")
def operations() -> list[Address]:
    found = [each for each in list_addresses() if each.name.startswith("api-")]
    return [each for each in found if each.acts]


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    said: dict

    @property
    def is_problem(self):
        kind = self.headers["Content-Type"]
        return kind == "application/problem+json" and self.said.keys() == PROBLEM


@dataclass
class Program:
    """Sends requests with a token."""

    site: Site
    token: str | None

    def ask(self, method, path, body=None, *, key=None, kind="application/json", **more):
        wire = http.client.HTTPConnection(urlsplit(self.site.url).netloc, timeout=30)
        headers = {"Content-Type": kind, **more}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if key:
            headers["Idempotency-Key"] = key
        sent = body if isinstance(body, bytes) else json.dumps(body or {})
        wire.request(method, path, None if method == "GET" else sent, headers)
        answer = wire.getresponse()
        text = answer.read()
        wire.close()
        is_json = "json" in (answer.headers["Content-Type"] or "")
        return Answer(answer.status, answer.headers, json.loads(text) if is_json else {})

    def get(self, path):
        return self.ask("GET", f"/api/v1{path}")

    def post(self, path, body=None, **more):
        return self.ask("POST", f"/api/v1{path}", body, **more)

    def send_file(self, name, text):
        mark = uuid.uuid4().hex
        body = (
            f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
            f"Content-Type: text/plain\r\n\r\n{text}\r\n--{mark}--\r\n"
        ).encode()
        kind = f"multipart/form-data; boundary={mark}"
        sent = self.post("/uploads", body, kind=kind)
        assert sent.status == 201, sent
        return sent.said["upload"]

    def share(self, school_class, name="Essay.txt", *, key=None, **more):
        body = {"upload": self.send_file(name, "Write about bees.\n"), **more}
        return self.post(f"/classes/{school_class.number}/shares", body, key=key or name)

    def wait(self, path, state):
        deadline = time.monotonic() + DONE_SECONDS
        found = self.get(path).said
        while found["state"] != state and time.monotonic() < deadline:
            process_pause.wait(0.2)
            found = self.get(path).said
        if found["state"] == state:
            return found
        raise AssertionError(found)


def given_token(site, email, *, scopes="read share manage", ends="NULL") -> Program:
    """A program of somebody; each has a token of its own, for they are counted."""
    token = f"hectograph_{secrets.token_urlsafe()}"
    site.run(
        "INSERT INTO api_token (token_sha256, person_id, name, scopes, created_at, expires_at)"
        f" SELECT %s, id, 'a program', %s, now(), {ends} FROM person WHERE email = %s",
        [sha256(token.encode()).hexdigest(), scopes, email],
    )
    return Program(site, token)


def come(site, email="tess@school.test", *, role="teacher", **more) -> Program:
    """Somebody with a token, who never saw a page."""
    site.run(
        "INSERT INTO person (email, name, role, school, password, created_at)"
        " VALUES (%s, 'Tess Teacher', %s, 'school', '', now())",
        [email, role],
    )
    return given_token(site, email, **more)


@pytest.fixture
def program(site) -> Program:
    return come(site)


@pytest.fixture
def school_class(site, program):
    return site.school_class()


def test_a_whole_share_through_the_api(program, school_class):
    (known,) = program.get("/classes").said["classes"]
    roster = program.get(f"/classes/{known['id']}").said["roster"]
    upload = program.send_file("../Essay.txt", "Write about bees.\n")
    wish = {"upload": upload, "students": [0, 2]}

    preview = program.post(f"/classes/{known['id']}/shares/preview", wish)
    accepted = program.post(f"/classes/{known['id']}/shares", wish, key="one")

    assert [each["student"] for each in roster][:3:2] == ["Ada Lovelace", "Carl Gauss"]
    assert (preview.status, preview.said["state"], preview.said["share"]) == (
        200,
        "draft",
        None,
    )
    assert accepted.status == 202
    assert accepted.headers["Location"] == f"/api/v1/shares/{accepted.said['share']}"
    done = program.wait(f"/shares/{accepted.said['share']}", "complete")
    assert done["counts"]["verified"] == 2
    assert school_class.copies() == [
        "Ada Lovelace/Essay - Ada Lovelace.txt",
        "Carl Gauss/Essay - Carl Gauss.txt",
    ]
    recalled = program.post(f"/shares/{accepted.said['share']}/recall")
    assert (recalled.status, recalled.said["state"]) == (202, "recalled")
    assert program.post(f"/shares/{accepted.said['share']}/pause").status == 409
    assert program.token not in program.site.log.read_text()


def test_several_classes_in_one_wish_get_all_or_nothing(site, program, school_class):
    other = site.school_class("7C", students=("Bob Brown",))
    foreign = site.school_class("8A", taught_by="nobody@school.test")
    wish = {
        "upload": program.send_file("Essay.txt", "Bees."),
        "classes": [
            {"class": school_class.number, "students": [0]},
            {"class": other.number},
        ],
    }
    too_many = {**wish, "classes": [*wish["classes"], {"class": foreign.number}]}
    twice = {**wish, "classes": wish["classes"][:1] * 2}

    preview = program.post("/shares/preview", wish)
    refused = [program.post("/shares", each, key="k").status for each in (too_many, twice)]
    none = program.post("/shares", wish)
    nothing = program.get("/shares").said["shares"]
    made = program.post("/shares", wish, key="one")

    assert [each["preview"]["state"] for each in preview.said["classes"]] == ["draft"] * 2
    assert (refused, none.status, nothing) == ([404, 422], 400, [])
    assert (made.status, program.post("/shares", wish, key="one").said) == (202, made.said)
    for each in made.said["shares"]:
        program.wait(f"/shares/{each['share']}", "complete")
    assert (len(school_class.copies()), len(other.copies())) == (1, 1)
    assert program.post("/shares/preview", too_many).status == 404


def test_the_same_key_is_answered_in_the_same_way_and_done_once(program, school_class):
    where = f"/classes/{school_class.number}/shares"
    wish = {"upload": program.send_file("Essay.txt", "Bees."), "again": True}

    first = program.post(where, wish, key="one")
    second = program.post(where, wish, key="one")
    other = program.post(where, {**wish, "students": [0]}, key="one")
    none = program.post(where, wish)
    third = program.post(where, wish, key="another")

    assert (first.status, second.said) == (202, first.said)
    assert (other.status, other.said["code"]) == (422, "key_reused")
    assert none.status == 400
    assert third.said["share"] != first.said["share"]
    assert len(program.get("/shares").said["shares"]) == 2


def test_what_was_refused_can_be_sent_again_under_its_key(program, school_class):
    where = f"/classes/{school_class.number}/shares"
    place = school_class.directory
    place.rename(place.with_name("elsewhere"))
    wish = {"upload": program.send_file("Essay.txt", "Bees.")}

    refused = program.post(where, wish, key="one")
    place.with_name("elsewhere").rename(place)

    assert refused.status == 422
    assert refused.is_problem
    assert program.post(where, wish, key="one").status == 202


def test_a_list_goes_on_where_it_ended(program, school_class):
    shares = [
        program.share(school_class, f"{number}.txt").said["share"] for number in range(5)
    ]

    seen, path = [], f"/shares?class={school_class.number}&limit=2"
    while path:
        page = program.get(path.removeprefix("/api/v1"))
        seen.append([each["share"] for each in page.said["shares"]])
        path = page.said["next"]
        link = page.headers["Link"]
        assert link == (f'<{path}>; rel="next"' if path else None)

    assert [len(each) for each in seen] == [2, 2, 1]
    assert [share for page in seen for share in page] == shares[::-1]
    assert program.get("/shares?cursor=nonsense").status == 422


def test_a_better_version_takes_the_place_of_what_nobody_touched(program, school_class):
    first = program.share(school_class).said["share"]
    program.wait(f"/shares/{first}", "complete")
    (school_class.directory / "Ada Lovelace" / "Essay - Ada Lovelace.txt").write_text(
        "Mine."
    )
    better = {"upload": program.send_file("Essay.txt", "Write about wasps.")}
    where = f"/shares/{first}/correct"

    assert program.post(where, better).status == 400
    assert program.post(where, {"links": ["/etc/passwd"]}, key="l").status == 422
    made = program.post(where, better, key="better")

    assert (made.status, program.post(where, better, key="better").said) == (202, made.said)
    program.wait(f"/shares/{made.said['share']}", "complete")
    files = program.get(f"/shares/{first}/recall").said["recall"]["files"]
    assert len(files) == 5
    read = {
        each: (school_class.directory / each).read_text() for each in school_class.copies()
    }
    assert read.pop("Ada Lovelace/Essay - Ada Lovelace.txt") == "Mine."
    assert set(read.values()) == {"Write about wasps."}
    assert len(read) == 5


@pytest.mark.parametrize(
    "path", ["/shares/%00", "/classes/%00", "/shares?class=%00", "/shares?search=%00"]
)
def test_what_no_table_can_hold_is_an_error_of_whoever_sends_it(program, path):
    answer = program.get(path)

    assert answer.status in (404, 422)
    assert answer.is_problem


def test_a_directory_takes_no_links_and_a_path_is_none(program, school_class):
    where = f"/classes/{school_class.number}/shares"

    for wish in ({"links": ["/etc/passwd"]}, {}, {"upload": "../../etc"}):
        answer = program.post(where, wish, key=str(wish))

        assert (answer.status, answer.said["code"]) == (422, "document_refused")
        assert answer.is_problem
    assert program.get("/shares").said["shares"] == []


def test_files_are_of_whoever_sent_them(site, program, school_class):
    other = come(site, "max@school.test", role="admin")
    upload = other.send_file("Secret.txt", "Mine.")

    answer = program.post(
        f"/classes/{school_class.number}/shares", {"upload": upload}, key="k"
    )

    assert answer.said["code"] == "document_refused"


def test_what_is_wrong_is_pointed_at(program, school_class):
    wish = {"students": ["Ada"], "when": {"at": 5}}

    answer = program.post(f"/classes/{school_class.number}/shares", wish, key="k")

    assert answer.status == 422
    assert answer.is_problem
    assert {each["pointer"] for each in answer.said["errors"]} == {
        "#/students/0",
        "#/when/at",
    }
    unknown = program.post(
        f"/classes/{school_class.number}/shares",
        {"upload": program.send_file("Essay.txt", "Bees."), "students": [0, 99]},
        key="k",
    )
    assert (unknown.status, unknown.said["code"]) == (422, "request_refused")


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
def test_what_is_not_json_is_a_problem_of_whoever_sends_it(program, school_class, body):
    answer = program.post(f"/classes/{school_class.number}/shares", body, key="k")

    assert answer.status in (400, 422)
    assert answer.is_problem


def test_without_a_good_token_nothing_is_told(site, operations):
    late = come(site, ends="now() - interval '1 second'")

    for token in (None, "", late.token, f"{late.token}x"):
        for each in operations:
            for method in each.acts:
                answer = Program(site, token).ask(method, each.path(PLACES))

                assert answer.status == 401, each
                assert answer.is_problem
                assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_who_left_has_no_tokens(site, program):
    site.run("UPDATE person SET is_active = false")

    assert program.get("/me").status == 401


def test_a_token_that_may_read_changes_nothing(site, operations):
    reader = come(site, scopes="read")

    assert reader.get("/me").said["scopes"] == ["read"]
    for each in operations:
        if "POST" in each.acts:
            answer = reader.ask("POST", each.path(PLACES), key="k")

            assert (answer.status, answer.said["code"]) == (403, "not_allowed"), each


@pytest.mark.parametrize("tie", Tie)
@pytest.mark.parametrize("role", Role)
def test_a_token_may_what_its_person_may_and_no_more(site, operations, role, tie):
    world = World(site, tie)
    world.make(role)
    program = given_token(site, f"p{SOMEBODY}@school.test")
    wrong = []

    for address in operations:
        for method in ("GET", "POST"):
            world.mend()
            body = BODIES.get(address.route)
            status = program.ask(method, address.path(PLACES), body, key="k").status
            wanted = expected(address, method, role, tie)
            is_right = (
                status in wanted if wanted else status < 500 and status not in {403, 404}
            )
            if not is_right:
                wrong.append(f"{method} {address.name}: {status}, not {wanted or 'let in'}")

    assert not wrong


def test_who_asks_too_often_waits(program):
    answers = (program.get("/me") for _ in range(10 * PER_MINUTE))
    late = next(answer for answer in answers if answer.status != 200)

    assert late.status == 429
    assert late.is_problem
    assert int(late.headers["Retry-After"]) >= 1


def test_other_addresses_and_methods_are_problems_too(program):
    unknown, method = program.get("/nothing"), program.ask("DELETE", "/api/v1/me")

    assert (unknown.status, method.status) == (404, 405)
    assert unknown.is_problem
    assert method.is_problem
    assert "GET" in method.headers["Allow"]


def test_the_description_names_every_operation(site, operations):
    described = Program(site, None).get("/openapi.json").said

    paths = {
        (method.upper(), path)
        for path, found in described["paths"].items()
        for method in found
    }
    assert described["openapi"].startswith("3.1")
    assert paths == {
        (method, "/" + each.route.replace("<str:", "{").replace(">", "}"))
        for each in operations
        for method in each.acts
    }


def test_a_token_is_made_shown_once_used_and_revoked(site, page, checked):
    site.teacher(page)
    page.goto("/")
    follow(page.get_by_role("link", name="Tokens for programs"))
    checked(page, "tokens-empty")

    page.get_by_label("What it is for").fill("Timetable")
    page.get_by_label("It may").select_option("See, share, and steer shares")
    follow(page.get_by_role("button", name="Make the token"))
    token = page.get_by_label("The token", exact=True).input_value()
    checked(page, "tokens")
    me = Program(site, token).get("/me")
    page.reload()

    assert (me.status, me.said["email"]) == (200, "tess@school.test")
    assert token not in page.content()
    page.get_by_role("button", name=re.compile("Revoke")).click()
    expect(page.get_by_text("The token is not good any more.")).to_be_visible()
    assert Program(site, token).get("/me").status == 401
    assert token not in site.log.read_text()
