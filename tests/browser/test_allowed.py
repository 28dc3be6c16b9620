"""Each address, role, tie and method: what the table of people says, over real HTTP.

An address says what it needs beside itself, by `signed_in(get=…, post=…)`; one that does
not, and is not public, fails here.
"""

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection

from hectograph.domain.ids import ClassId, PersonId
from hectograph.domain.people import Act, Role, Tie, may
from hectograph.domain.recurrence import Rule
from hectograph.domain.schedule import When
from hectograph.store.classes import PostgresClasses
from hectograph.store.ledger import PostgresLedger

from ..builders import EIGHT, LONG_AGO, FakeQueue, a_plan, a_share_id
from .addresses import Address, list_addresses
from .people import PASSWORD, Site

PUBLIC = {
    *("welcome", "account_login", "account_logout", "healthz", "readyz", "metrics"),
    *("api-openapi", "api-unknown", "digest-stop"),
    *("by-google", "google_callback", "by-microsoft", "microsoft_callback"),
    *("by-oidc", "openid_connect_callback"),
    *("by-saml", "by-saml-back", "by-saml-finish", "by-saml-metadata"),
}
"""Before a sign-in; they name nobody. Of services, `test_sign_in.py` tells more."""

FOR_THEMSELVES = {"account_change_password"}
"""Whoever is signed in, about themselves alone."""

ABOUT_A_CLASS = {"str:number", "str:share", "str:repetition"}
ABOUT_A_PERSON = {"int:number", "int:person"}
ABOUT_A_SCHOOL = {"str:hook"}
HOOK = "hook000001"
REFUSED = {403, 404, 405}
VICTIM = 7777
SOMEBODY = 8888
CLASS = ClassId("7b")
PLACES = {
    "path:rest": "nothing",
    "str:number": CLASS,
    "str:share": a_share_id(),
    "str:repetition": "monday",
    "int:number": f"{VICTIM}",
    "int:person": f"{VICTIM}",
    "str:name": "main",
    "str:hook": HOOK,
    "str:token": "nothing",
    "str:turn": "pause",
    "int:copy": "0",
    "int:place": "0",
}


REQUEST = json.dumps(
    {"documents": ["/x"], "roster": "", "class_id": CLASS, "school_class": "7B"}
)
RULE = json.dumps(Rule.parse("monday", when=When(at="07:00")).as_json())


@pytest.fixture(scope="module")
def addresses() -> list[Address]:
    return list_addresses()


@pytest.fixture(scope="module")
def guarded(addresses) -> list[Address]:
    pages = [each for each in addresses if not each.name.startswith("api-")]
    return [each for each in pages if each.name not in PUBLIC | FOR_THEMSELVES]


@dataclass
class Browser:
    """Sends requests with the cookies it was given; follows nothing."""

    root: str
    cookies: dict[str, str] = field(default_factory=dict)
    last: str = ""

    def ask(self, method, path, *, said=None, forged=False):
        connection = http.client.HTTPConnection(urlsplit(self.root).netloc, timeout=30)
        jar = "; ".join(f"{name}={text}" for name, text in self.cookies.items())
        headers = {"Cookie": jar, "Content-Type": "application/x-www-form-urlencoded"}
        if not forged:
            headers["X-CSRFToken"] = self.cookies.get("csrftoken", "")
        connection.request(method, path, urlencode(said or {}), headers)
        answer = connection.getresponse()
        self.last = answer.read().decode(errors="replace")
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {n: each.value for n, each in SimpleCookie(line).items()}
        connection.close()
        return answer

    def sign_in(self, email):
        self.ask("GET", "/account/login/")
        said = {"login": email, "password": PASSWORD}
        assert self.ask("POST", "/account/login/", said=said).status == 302


@dataclass
class World:
    """A school with a class, a share of it, a drive, and somebody who looks around."""

    site: Site
    tie: Tie

    def make(self, role):
        school = "other" if self.tie is Tie.OTHER_SCHOOL else "school"
        quick = PBKDF2PasswordHasher()
        password = quick.encode(PASSWORD, "salt", iterations=1)
        for number, who, where in ((VICTIM, "teacher", "school"), (SOMEBODY, role, school)):
            self.site.run(
                "INSERT INTO person (id, email, name, role, school, password, created_at)"
                " VALUES (%s, %s, 'X', %s, %s, %s, now())",
                [number, f"p{number}@school.test", who, where, password],
            )
        self.site.run(
            "INSERT INTO school_class (id, school, name, folded, students, taken_at)"
            " VALUES (%s, 'school', '7B', '7b', 0, now())",
            [CLASS],
        )
        self.site.run(
            "INSERT INTO drive (name, kind, credentials, acting, accounts, delivery,"
            " api_root, per_minute, by_units) VALUES ('main', 'google', '/nowhere', 'teacher',"
            " '', 'staged', 'http://127.0.0.1:1', 60, false)"
        )
        self.add_hook()
        self.site.run(
            "INSERT INTO repetition (id, request, rule, state, asked_at)"
            " VALUES (%s, %s, %s, 'ended', now())",
            [PLACES["str:repetition"], REQUEST, RULE],
        )
        # In a thread of its own: a browser may keep an event loop about in this one.
        with ThreadPoolExecutor(1) as desk:
            desk.submit(_share).result()

    def add_hook(self):
        self.site.run(
            "INSERT INTO webhook (id, school, url, events, secret, is_on, created_at)"
            " VALUES (%s, 'school', 'https://hooks.example/', 'copy.failed', '', true, now())"
            " ON CONFLICT DO NOTHING",
            [HOOK],
        )

    def mend(self):
        """What a request before may have changed."""
        self.add_hook()
        self.site.run("UPDATE person SET is_active = true")
        self.site.run("DELETE FROM teaching")
        if self.tie in (Tie.OWN, Tie.CO_TAUGHT):
            self.site.run(
                "INSERT INTO teaching (school_class_id, person_id, is_co)"
                " VALUES (%s, %s, %s)",
                [CLASS, SOMEBODY, self.tie is Tie.CO_TAUGHT],
            )


def _share():
    PostgresLedger(queue=FakeQueue()).add(a_plan("Ada"), joins_since=LONG_AGO)
    PostgresClasses().note_asked(
        a_share_id(), school_class=CLASS, by=PersonId(VICTIM), now=EIGHT
    )
    connection.close()


def expected(address: Address, method: str, role: Role, tie: Tie) -> set[int] | None:
    """What must be answered; None where it is let in, whatever comes of it."""
    if method not in address.acts:
        return {405}
    if address.acts[method] == "anybody":
        return None
    act = Act(address.acts[method])
    if address.places & ABOUT_A_SCHOOL:
        if not may(role, act, Tie.FOREIGN):
            return {403}  # not even in their own
        is_elsewhere = tie is Tie.OTHER_SCHOOL
        return {404} if is_elsewhere and not may(role, Act.SEE_SCHOOL, tie) else None
    if address.places & ABOUT_A_CLASS:
        if not may(role, Act.SEE_CLASS, tie):
            return {404}
    elif not address.places & ABOUT_A_PERSON:
        tie = Tie.FOREIGN  # their own school, or the installation
    return None if may(role, act, tie) else {403}


@pytest.mark.parametrize("tie", Tie)
@pytest.mark.parametrize("role", Role)
def test_everybody_may_what_the_table_says_and_no_more(site, guarded, role, tie):
    world = World(site, tie)
    world.make(role)
    browser = Browser(site.url)
    browser.sign_in(f"p{SOMEBODY}@school.test")
    wrong = []

    for address in guarded:
        for method in ("GET", "POST"):
            world.mend()
            status = browser.ask(method, address.path(PLACES)).status
            wanted = expected(address, method, role, tie)
            is_right = (
                status in wanted if wanted else status < 500 and status not in REFUSED
            )
            if not is_right:
                wrong.append(f"{method} {address.name}: {status}, not {wanted or 'let in'}")

    assert not wrong


def test_every_address_says_what_it_needs(addresses):
    silent = [
        each.name
        for each in addresses
        if not each.acts and each.name not in PUBLIC | FOR_THEMSELVES
    ]

    assert not silent
    assert {each.name for each in addresses} >= PUBLIC | FOR_THEMSELVES


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_whoever_is_not_signed_in_is_sent_to_do_so(site, guarded, method):
    browser = Browser(site.url)
    browser.ask("GET", "/account/login/")

    for address in guarded:
        answer = browser.ask(method, address.path(PLACES))
        is_sent = (answer.getheader("Location") or "").startswith("/account/login/?next=")

        assert (answer.status == 302 and is_sent) or answer.status == 405, address.name


def test_nothing_is_done_that_was_not_sent_from_a_page_of_ours(site, guarded):
    World(site, Tie.OWN).make(Role.OPERATOR)
    browser = Browser(site.url)
    browser.sign_in(f"p{SOMEBODY}@school.test")

    for address in guarded:
        answer = browser.ask("POST", address.path(PLACES), forged=True)

        assert answer.status == 403, address.name


@pytest.mark.parametrize("nothing", ["%00", "%EF%BF%BD", "%ED%A0%80", "9" * 400])
def test_what_no_table_can_hold_is_an_error_of_whoever_sends_it(site, guarded, nothing):
    World(site, Tie.OWN).make(Role.OPERATOR)
    browser = Browser(site.url)
    browser.sign_in(f"p{SOMEBODY}@school.test")
    places = {
        **dict.fromkeys(PLACES, nothing),
        "int:copy": "9" * 30,
        "int:number": "9" * 30,
    }
    wrong = []

    for address in guarded:
        for method in address.acts.keys() & {"GET", "POST"}:
            path = address.path(places)
            answers = [browser.ask(method, path)]
            if method == "GET":
                answers.append(
                    browser.ask(method, f"{path}?search={nothing}&about={nothing}")
                )
            wrong += [(path, each.status) for each in answers if each.status >= 500]

    assert not wrong


def test_what_nobody_knows_of_is_not_found(site, guarded):
    World(site, Tie.OWN).make(Role.OPERATOR)
    browser = Browser(site.url)
    browser.sign_in(f"p{SOMEBODY}@school.test")
    nothing = {**PLACES, "str:number": "nothing", "str:share": "nothing", "str:name": "no"}
    nothing["str:hook"] = "nothing"

    for address in guarded:
        if address.places & (ABOUT_A_CLASS | ABOUT_A_SCHOOL | {"str:name"}):
            for method in address.acts.keys() & {"GET", "POST"}:
                assert browser.ask(method, address.path(nothing)).status == 404, (
                    address.name
                )
