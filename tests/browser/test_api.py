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
from .people import SchoolClass, Site, follow, process_pause
from .test_allowed import PLACES, SOMEBODY, World, expected

PROBLEM = {
    *("type", "title", "status", "detail", "cause", "effect", "code", "remedy", "errors"),
}
BODIES = {
    "people": {"email": "new@school.test", "role": "teacher"},
    "teachers": {"teachers": []},
    "rosters": {"upload": "x", "digest": "x"},
    "webhooks": {"url": "https://receiver.example/"},
    "switch": {"on": True},
}
"""What an operation has to be sent to be looked at at all."""

ALL_SCOPES = "read share admin"
DONE_SECONDS = 60


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

    def try_out(self, method, address):
        """Ask for an operation with what it takes, or something like it."""
        path = address.path(PLACES)
        if address.name == "api-plan_rosters":
            body, kind = form("file", "7b.csv", "Name,Class\nAda,7B\n")
            return self.ask(method, path, body, kind=kind)
        return self.ask(
            method, path, BODIES.get(path.rpartition("/")[2]), key=secrets.token_hex()
        )

    def post(self, path, body=None, **more):
        return self.ask("POST", f"/api/v1{path}", body, **more)

    def send_file(self, name, text):
        body, kind = form("files", name, text)
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


def form(field, name, text):
    """A file as a form sends it: the body and its kind."""
    mark = uuid.uuid4().hex
    body = (
        f'--{mark}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
        f"Content-Type: text/plain\r\n\r\n{text}\r\n--{mark}--\r\n"
    ).encode()
    return body, f"multipart/form-data; boundary={mark}"


def given_token(site, email, *, scopes="read share", ends="NULL") -> Program:
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


def test_half_a_character_is_an_error_of_whoever_sends_it(program, school_class):
    where = f"/classes/{school_class.number}"
    for path, body in (
        (f"{where}/shares", {"upload": "\ud800", "pattern": "\ud800"}),
        (f"{where}/repeats", {"upload": "x", "every": "\ud800"}),
        (f"{where}/repeats", {"upload": "x\0", "every": "monday"}),
    ):
        answer = program.post(path, body, key=path)

        assert answer.status == 422
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
        for method in each.acts.keys() - {"GET"}:
            answer = reader.try_out(method, each)

            assert (answer.status, answer.said["code"]) == (403, "not_allowed"), each


@pytest.mark.parametrize("tie", Tie)
@pytest.mark.parametrize("role", Role)
def test_a_token_may_what_its_person_may_and_no_more(site, operations, role, tie):
    world = World(site, tie)
    world.make(role)
    email, wrong = f"p{SOMEBODY}@school.test", []

    for address in operations:
        program = given_token(site, email, scopes=ALL_SCOPES)
        for method in ("GET", "POST", "PUT"):
            world.mend()
            status = program.try_out(method, address).status
            wanted = expected(address, method, role, tie)
            is_right = (
                status in wanted if wanted else status < 500 and status not in {403, 404}
            )
            if not is_right:
                wrong.append(f"{method} {address.name}: {status}, not {wanted or 'let in'}")

    assert not wrong


def test_a_repetition_is_shared_with_the_class_as_it_is_then(site, program, school_class):
    where = f"/classes/{school_class.number}/repeats"
    wish = {
        "upload": program.send_file("Words.txt", "apis"),
        "every": "day",
        "when": {"at": "23:59"},
    }

    preview = program.post(f"{where}/preview", wish)
    begun = program.post(where, wish, key="one")
    again = program.post(where, wish, key="one")
    path = begun.headers["Location"].removeprefix("/api/v1")
    site.leave(school_class, "Dido Aeneas")

    assert (preview.status, len(preview.said["first"]["deliveries"])) == (200, 5)
    assert (begun.status, again.said) == (201, begun.said)
    assert [each["repeat"] for each in program.get("/repeats").said["repeats"]] == [
        begun.said["repeat"]
    ]
    assert program.post(f"{path}/pause").said["state"] == "paused"
    assert program.post(f"{path}/resume").said["state"] == "on"
    made = wait_for_share(program, path)
    assert made["title"] == "Words.txt"
    assert program.wait(f"/shares/{made['share']}", "complete")["counts"]["verified"] == 4
    assert program.post(f"{path}/move", {"every": "friday"}).said["every"] == "friday"
    assert program.post(f"{path}/cancel").said["state"] == "ended"
    assert program.post(f"{path}/resume").status == 409


def wait_for_share(program, path):
    """The one share of a repetition; the worker looks for what is due."""
    deadline = time.monotonic() + DONE_SECONDS
    while time.monotonic() < deadline:
        # A worker that dies between a share and its class takes it up again in a minute.
        make_due(program.site)
        for _ in range(10):
            if shares := program.get("/shares").said["shares"]:
                return shares[0]
            process_pause.wait(0.6)
    raise AssertionError(program.get(path).said)


def make_due(site):
    """What repeats is due since the beginning of the school's day."""
    site.run(
        "UPDATE repetition SET due_at = now(), rule = jsonb_set(rule, '{at}', '\"00:00\"'),"
        " next_on = (now() AT TIME ZONE 'Europe/Berlin')::date"
    )


def test_a_repetition_ends_with_who_began_it(site, program, school_class):
    wish = {"upload": program.send_file("Words.txt", "apis"), "every": "day"}
    where = f"/classes/{school_class.number}/repeats"
    begun = program.post(where, {**wish, "when": {"at": "00:01"}}, key="one")
    head = come(site, "max@school.test", role="admin")
    site.run("DELETE FROM teaching")
    make_due(site)

    path = f"/repeats/{begun.said['repeat']}"
    deadline = time.monotonic() + DONE_SECONDS
    while not (days := head.get(path).said["days"]) and time.monotonic() < deadline:
        process_pause.wait(0.6)

    assert program.get(path).status == 404
    assert [each["error"]["code"] for each in days] == ["unknown_class"]
    assert head.get("/shares").said["shares"] == []


def test_a_fresh_copy_and_what_a_recall_left(program, school_class):
    first = program.share(school_class).said["share"]
    program.wait(f"/shares/{first}", "complete")
    wish = {"upload": program.send_file("Essay.txt", "Bees."), "rename_old": True}

    made = program.post(f"/shares/{first}/copies/0/fresh", wish, key="f")
    program.wait(f"/shares/{made.said['share']}", "complete")
    table = program.ask("GET", f"/api/v1/shares/{first}/copies.csv")
    (school_class.directory / "Carl Gauss" / "Essay - Carl Gauss.txt").write_text("Mine.")
    program.post(f"/shares/{first}/recall")
    deadline = time.monotonic() + DONE_SECONDS
    while not is_over(program, first) and time.monotonic() < deadline:
        process_pause.wait(0.2)
    left = program.post(f"/shares/{first}/copies/2/leave")
    locked = program.post(f"/shares/{first}/copies/2/lock")
    given = program.post(f"/shares/{first}/copies/2/hand-over", {"to": "/tmp"}, key="h")

    assert (made.status, made.said["old_copy"]) == (202, "Essay - Ada Lovelace (old).txt")
    assert table.headers["Content-Type"].startswith("text/csv")
    assert (left.status, left.said["decision"]["choice"]) == (200, "leave")
    assert [each.status for each in (locked, given)] == [422, 422]
    assert program.post(f"/shares/{first}/copies/1/leave").status == 422
    assert program.post(f"/shares/{first}/copies/99/fresh", key="n").status == 422


def is_over(program, share):
    counts = program.get(f"/shares/{share}/recall").said["recall"]["counts"]
    return not counts["asked"] and counts["kept"]


def test_the_queue_is_of_what_somebody_may_see(site, program, school_class):
    other = site.school_class("8A", taught_by="nobody@school.test")
    head = come(site, "max@school.test", role="admin")
    mine = program.share(school_class, when={"at": "23:59"}).said["share"]
    theirs = head.share(other, "Other.txt", when={"at": "23:59"}).said["share"]

    def seen(somebody):
        lines = somebody.get("/queue").said["lines"]
        return {each["share"] for line in lines for each in line["shares"]}

    assert seen(program) == {mine}
    assert seen(head) == {mine, theirs}


def test_a_school_is_looked_after(site):
    head = come(site, "max@school.test", role="admin", scopes=ALL_SCOPES)
    body, kind = form("file", "7b.csv", "Name,Class\nAda,7B\nBob,7B\n")

    invited = head.post("/people", {"email": "new@school.test", "role": "teacher"})
    plan = head.post("/rosters/plan", body, kind=kind).said
    chosen = {"upload": plan["upload"], "digest": plan["digest"]}
    loaded = head.post("/rosters", chosen, key="l")
    (made,) = head.get("/classes").said["classes"]
    place = site.place / "their-folders"
    place.mkdir()
    placed = head.ask(
        "PUT", f"/api/v1/classes/{made['id']}/folders", {"directory": str(place)}
    )
    (me,) = head.get("/people").said["people"]
    teachers = {"teachers": [{"person": me["id"]}]}
    taught = head.ask("PUT", f"/api/v1/classes/{made['id']}/teachers", teachers)

    assert (invited.status, plan["changes"][0]["joining"]) == (201, ["Ada", "Bob"])
    assert "/welcome/" in invited.said["link"]
    assert (loaded.status, loaded.said["added"]) == (200, 2)
    assert head.post("/rosters", chosen, key="l").said == loaded.said
    assert head.post("/rosters", chosen, key="m").status == 422
    assert (placed.status, taught.status) == (200, 200)
    (now,) = head.get("/classes").said["classes"]
    assert (now["teachers"], now["destination"]["name"]) == (["Tess Teacher"], str(place))
    share = head.share(SchoolClass(made["id"], "7B", place)).said["share"]
    head.wait(f"/shares/{share}", "complete")
    head.post(f"/shares/{share}/recall")
    (entry, *_) = head.get(f"/audit?about={share}").said["entries"]
    assert entry["by"] == "max@school.test"
    assert [each["file"] for each in head.get("/rosters").said["loads"]] == ["7b.csv"]
    assert head.post(f"/people/{me['id']}/dismiss").status == 422


def test_everything_is_paused_and_goes_on(site):
    operator = come(site, "olga@school.test", role="operator", scopes=ALL_SCOPES)

    paused = operator.post("/halt", {"reason": "The drive is moved"})
    found = operator.get("/halt").said
    ended = operator.post("/halt/end")

    assert paused.said["halted"]["reason"] == "The drive is moved"
    assert found == paused.said
    assert ended.said == operator.get("/halt").said == {"halted": None}
    assert operator.get("/drives").said == {"drives": []}
    assert operator.post("/drives/none/wake").status == 404


def test_who_asks_too_often_waits(program):
    answers = (program.get("/me") for _ in range(10 * PER_MINUTE))
    late = next(answer for answer in answers if answer.status != 200)

    assert late.status == 429
    assert late.is_problem
    assert int(late.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    "address", ["/nothing", "/shares/%0A", "/shares/a%0Ab/copies/-1/leave"]
)
def test_nothing_is_a_problem_wherever_it_is(program, address):
    answer = program.get(address)

    assert (answer.status, answer.is_problem) == (404, True)


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
        (method, re.sub(r"<\w+:(\w+)>", r"{\1}", f"/{each.route}"))
        for each in operations
        for method in each.acts
    }


def test_a_token_is_made_shown_once_used_and_revoked(site, page, checked):
    site.teacher(page)
    page.goto("/")
    follow(page.get_by_role("link", name="Tokens for programs"))
    checked(page, "tokens-empty")

    page.get_by_label("What it is for").fill("Timetable")
    expect(page.get_by_label("It may").get_by_role("option")).to_have_count(2)
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
