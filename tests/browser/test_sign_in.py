"""Signing in by services: there and back over real HTTP, and who comes in."""

import os
import re
import secrets
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from emulators.sign_in.running import running
from emulators.sign_in.world import CLIENT, SECRET

from .people import PASSWORD, Site, come_in, follow
from .test_allowed import Browser

ADA = {"email": "ada@school.test", "email_verified": True, "name": "Ada Lovelace"}
HOME = "My classes"
NAMES = {"google": "Google", "microsoft": "Microsoft", "oidc": "School ID", "saml": "SAML"}


@pytest.fixture(scope="module")
def _services(_loopback_session):
    with running() as services:
        yield services


@pytest.fixture
def services(_services):
    """The services with nobody known there."""
    _services.reset()
    return _services


@pytest.fixture(scope="module")
def _server(database_url, tmp_path_factory, _services):
    """A site with all services, whose people come from `joins.test` by themselves."""
    place = tmp_path_factory.mktemp("site")
    certificate = place / "idp.pem"
    certificate.write_text(_services.certificate())
    said = {
        "GOOGLE_CLIENT_ID": CLIENT,
        "GOOGLE_SECRET": SECRET,
        "GOOGLE_ROOT": _services.url,
        "MICROSOFT_CLIENT_ID": CLIENT,
        "MICROSOFT_SECRET": SECRET,
        "MICROSOFT_TENANT": "school.test",
        "MICROSOFT_ROOT": _services.url,
        "OIDC_ISSUER": _services.url,
        "OIDC_CLIENT_ID": CLIENT,
        "OIDC_SECRET": SECRET,
        "OIDC_NAME": "School ID",
        "SAML_ENTITY_ID": f"{_services.url}/saml",
        "SAML_ADDRESS": f"{_services.url}/saml/sso",
        "SAML_CERTIFICATE_FILE": str(certificate),
        "DOMAINS": "joins.test",
    }
    with served(database_url, place, said) as site:
        yield site


class served:  # noqa: N801 - used as a function is
    """A site of its own while this lasts; nobody works there."""

    def __init__(self, database_url, place, said):
        self.database, self.place = database_url, place
        self.said = {f"HECTOGRAPH_SIGN_IN_{name}": text for name, text in said.items()}

    def __enter__(self):
        environment = {
            **{
                name: text
                for name, text in os.environ.items()
                if "PROXY" not in name.upper()
            },
            "HECTOGRAPH_DATABASE_URL": self.database,
            "HECTOGRAPH_DATA_DIR": str(self.place / "data"),
            **self.said,
        }
        environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
        log = self.place / "log"
        with log.open("w") as written:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hectograph", "serve", "--port", "0", "--no-worker"],
                stdout=written,
                stderr=written,
                env=environment,
            )
        return Site.begun(self.process, log, place=self.place, database=self.database)

    def __exit__(self, *error):
        self.process.terminate()
        self.process.wait(30)


def go(page, service, email="ada@school.test", *, start="/account/login/"):
    """Sign in at a service, up to what hectograph says about it."""
    page.goto(start)
    page.get_by_role("button", name=f"Sign in with {NAMES[service]}").click()
    page.get_by_role("button", name=email).click()
    if service == "saml" and email != "Cancel":
        page.get_by_role("button", name="Back").click()


def expect_in(page, name="Ada Lovelace"):
    expect(page.get_by_role("heading", name=HOME)).to_be_visible()
    expect(page.get_by_text(name)).to_be_visible()


def expect_refused(page, words):
    expect(page.get_by_text(words)).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def invite(site, email="ada@school.test", role="teacher"):
    site.link(role, email=email, token=secrets.token_urlsafe(32))


def sign_out(page):
    follow(page.get_by_role("link", name="Sign out"))
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def know(site, email="ada@school.test", name="Ada Lovelace", *, active=True):
    site.run(
        "INSERT INTO person (email, name, role, school, password, is_active, created_at)"
        " VALUES (%s, %s, 'teacher', 'school', '!', %s, now())",
        [email, name, active],
    )


def test_the_page_offers_what_is_set(site, page, checked):
    page.goto("/account/login/")

    for name in NAMES.values():
        expect(page.get_by_role("button", name=f"Sign in with {name}")).to_be_visible()
    checked(page, "sign-in-services")


@pytest.mark.parametrize("service", NAMES)
def test_whoever_is_invited_comes_in_and_is_known_from_then_on(
    site, services, page, service
):
    services.reset({**ADA, "email": "Ada@School.test"})
    invite(site)

    go(page, service, "Ada@School.test")
    expect_in(page)
    (session,) = (each for each in page.context.cookies() if each["name"] == "sessionid")
    assert session["expires"] == -1
    sign_out(page)
    go(page, service, "Ada@School.test")

    expect_in(page)


@pytest.mark.parametrize("service", NAMES)
def test_who_is_not_known_is_told_whom_to_ask(site, services, page, service, checked):
    know(site, "bob@school.test")
    services.reset(ADA)

    go(page, service)

    expect(page.get_by_text("Ask whoever looks after hectograph")).to_be_visible()
    checked(page, "sign-in-refused")
    expect_refused(page, "Nobody here has the email ada@school.test.")


@pytest.mark.parametrize("service", NAMES)
def test_who_was_let_go_does_not_come_in(site, services, page, service):
    know(site, "ada@joins.test", active=False)
    services.reset({**ADA, "email": "ada@joins.test", "hd": "joins.test"})

    go(page, service, "ada@joins.test")

    expect_refused(page, "may not come in any more")


@pytest.mark.parametrize(
    ("service", "said", "attributes"),
    [
        ("google", {"email_verified": False}, {}),
        ("oidc", {"email_verified": False}, {}),
        ("oidc", {"email_verified": "false"}, {}),
        ("oidc", {"email_verified": None}, {}),
        ("microsoft", {"userPrincipalName": "ada_x.test#EXT#@school.test"}, {}),
        ("saml", {}, {"email_verified": "false"}),
    ],
)
def test_an_email_that_is_not_verified_is_nobodys(
    site, services, page, service, said, attributes
):
    know(site)
    services.reset({**ADA, **said}, saml={"attributes": attributes})

    go(page, service)

    expect_refused(page, "does not say that")


@pytest.mark.parametrize("service", NAMES)
def test_the_schools_people_join_as_teachers(site, services, page, service):
    services.reset({**ADA, "email": "ada@joins.test", "hd": "joins.test"})

    go(page, service, "ada@joins.test")

    expect_in(page)
    expect(page.get_by_role("link", name="School")).to_have_count(0)


def test_google_accounts_of_nobodys_do_not_join(site, services, page):
    services.reset({**ADA, "email": "ada@joins.test"})

    go(page, "google", "ada@joins.test")

    expect_refused(page, "Nobody here has the email")


def test_a_token_about_another_than_the_userinfo_lets_nobody_in(site, services, page):
    know(site)
    services.reset(ADA, userinfo={"sub": "another"})

    go(page, "oidc")

    expect_refused(page, "does not say that")


@pytest.mark.parametrize("fault", [{"aud": "another"}, {"exp": 1}, {"iss": "another"}])
@pytest.mark.parametrize("service", ["oidc", "google"])
def test_a_token_for_others_lets_nobody_in(site, services, page, service, fault):
    know(site)
    services.reset(ADA, id_token=fault)

    go(page, service)

    expect_refused(page, "did not come to its end")


def test_the_pages_on_the_way_can_be_read_where_nothing_leads_on(
    site, services, page, checked
):
    know(site)
    services.reset(ADA)
    page.route(f"{services.url}/authorize*", lambda route: route.fulfill(status=204))
    page.goto("/account/login/")
    page.get_by_role("button", name="Sign in with School ID").click()
    expect(page.get_by_role("heading", name="To School ID")).to_be_visible()
    checked(page, "sign-in-leaving")
    page.route("**/arriving.js", lambda route: route.fulfill(body=""))
    go(page, "saml")
    expect(page.get_by_role("heading", name="Nearly there")).to_be_visible()
    checked(page, "sign-in-arriving")

    page.get_by_role("button", name="Go on").click()

    expect_in(page)


def test_who_changes_their_mind_is_back_where_they_were(site, services, page):
    services.reset(ADA)

    go(page, "oidc", "Cancel")

    expect(page.get_by_text("You did not sign in.")).to_be_visible()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_it_works_without_script(site, services, another):
    know(site)
    services.reset(ADA)
    page = another(java_script_enabled=False)

    go(page, "saml")
    page.get_by_role("button", name="Go on").click()

    expect_in(page)


@pytest.mark.parametrize("service", NAMES)
def test_one_goes_on_where_one_wanted_to(site, services, page, service):
    know(site)
    services.reset(ADA)

    go(page, service, start="/account/tokens/")

    expect(page.get_by_role("heading", name="Tokens", exact=True)).to_be_visible()


@pytest.mark.parametrize(
    "address",
    [
        *("https://evil.test/", "//evil.test/", "/\\evil.test", "javascript:alert(1)"),
        "/" + "x" * 600,
    ],
)
@pytest.mark.parametrize("service", ["oidc", "saml"])
def test_one_goes_nowhere_else(site, services, page, service, address):
    know(site)
    services.reset(ADA)
    page.goto("/account/login/")
    page.locator("ul.services form").evaluate_all(
        """(forms, address) => forms.forEach((form) => {
            const field = document.createElement("input");
            [field.type, field.name, field.value] = ["hidden", "next", address];
            form.append(field);
        })""",
        address,
    )

    page.get_by_role("button", name=f"Sign in with {NAMES[service]}").click()
    page.get_by_role("button", name="ada@school.test").click()
    if service == "saml":
        page.get_by_role("button", name="Back").click()

    expect_in(page)
    assert urlsplit(page.url).netloc == urlsplit(site.url).netloc


def test_who_is_let_go_while_signed_in_is_out_at_once(site, services, page):
    know(site)
    services.reset(ADA)
    go(page, "oidc")
    expect_in(page)

    site.run("UPDATE person SET is_active = false")
    page.goto("/")

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_who_was_let_go_and_has_a_password_is_told_so(site, page):
    come_in(page, site.link())
    sign_out(page)
    site.run("UPDATE person SET is_active = false")

    page.get_by_label("Email").fill("olga@school.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page.get_by_text("You were let go")).to_be_visible()


# What somebody sends who is no browser.


@pytest.fixture
def client(site):
    client = Browser(site.url)
    client.ask("GET", "/account/login/")
    return client


def way(site, client, service):
    """Begin; the address of the service."""
    answer = client.ask("POST", f"/account/by/{service}/")
    assert answer.status == 200
    (address,) = re.findall(r'content="0; url=([^"]+)"', client.last)
    return address.replace("&amp;", "&")


def test_a_sign_in_begins_by_a_post_from_our_page_alone(site, client):
    for service in NAMES:
        assert client.ask("GET", f"/account/by/{service}/").status == 405
        assert client.ask("POST", f"/account/by/{service}/", forged=True).status == 403


def test_pkce_is_used_and_only_what_is_needed_is_asked_for(site, client):
    for service in ("google", "microsoft", "oidc"):
        asked = parse_qs(urlsplit(way(site, client, service)).query)

        assert asked["code_challenge_method"] == ["S256"], service
        assert "code_challenge" in asked
        expected = (
            {"User.Read"} if service == "microsoft" else {"openid", "email", "profile"}
        )
        assert set(asked["scope"][0].split()) == expected


def test_a_state_is_good_once_and_for_the_browser_that_began(site, services, client):
    know(site)
    services.reset(ADA)
    address = way(site, client, "oidc")
    back = chosen(services, address)
    stranger = Browser(site.url)
    tampered = back.replace("state=", "state=x")
    before = dict(client.cookies)

    assert stranger.ask("GET", back).status == 400
    assert client.ask("GET", tampered).status == 400
    assert client.ask("GET", back).status == 302
    assert client.ask("GET", "/").status == 200
    assert client.ask("GET", back).status == 400
    client.cookies = before
    assert client.ask("GET", back).status == 400
    assert client.ask("GET", "/").status == 302


def test_an_address_that_is_asked_without_a_sign_in_lets_nobody_in(site, client):
    for path in ("google/back/", "microsoft/back/", "oidc/back/"):
        assert client.ask("GET", f"/account/by/{path}?code=x&state=y").status == 400
        assert client.ask("POST", f"/account/by/{path}").status == 405
    assert client.ask("POST", "/account/by/saml/finish/").status == 400
    assert client.ask("POST", "/account/by/saml/finish/", forged=True).status == 403


def chosen(services, address, email="ada@school.test"):
    """What a browser is sent back with, when somebody chose to be this one."""
    service = Browser(services.url)
    service.ask("GET", address.removeprefix(services.url))
    (asked,) = re.findall(r'name="asked" value="([^"]*)"', service.last)
    action = re.findall(r'action="([^"]*)"', service.last)[0]
    said = {"asked": asked.replace("&amp;", "&"), "email": email}
    answer = service.ask("POST", action, said=said, forged=True)
    if action == "/choose":
        back = urlsplit(answer.getheader("Location"))
        return f"{back.path}?{back.query}"
    return re.findall(r'name="SAMLResponse" value="([^"]*)"', service.last)[0]


def saml(site, services, client, **faults):
    """The status of a sign-in by SAML, whose answer is wrong in these ways."""
    services.reset(ADA, saml=faults)
    answer = chosen(services, way(site, client, "saml"))
    return client.ask(
        "POST", "/account/by/saml/finish/", said={"SAMLResponse": answer}
    ).status


def test_a_signed_answer_lets_somebody_in(site, services, client):
    know(site)

    assert saml(site, services, client) == 302
    assert client.ask("GET", "/").status == 200


@pytest.mark.parametrize(
    "fault",
    [
        {"sign": False},
        {"key": "another"},
        {"audience": "https://another.test/"},
        {"audience": ""},
        {"issuer": "https://another.test/"},
        {"good": -400},
        {"in_response_to": "_another"},
        {"in_response_to": ""},
        {"wrapped_for": "bob@school.test"},
        {"changed_to": "bob@school.test"},
    ],
    ids=str,
)
def test_an_answer_that_is_not_right_lets_nobody_in(site, services, client, fault):
    know(site)
    know(site, "bob@school.test")

    assert saml(site, services, client, **fault) == 400
    assert client.ask("GET", "/").status == 302


@pytest.mark.parametrize("answer", ["", "x", "PHg+", "PD94bWw+", "<!DOCTYPE x>"])
def test_an_answer_that_is_none_lets_nobody_in(site, services, client, answer):
    way(site, client, "saml")

    said = {"SAMLResponse": answer}
    assert client.ask("POST", "/account/by/saml/finish/", said=said).status == 400


def test_an_answer_is_good_once_and_for_the_browser_that_asked(site, services, client):
    know(site)
    services.reset(ADA)
    answer = {"SAMLResponse": chosen(services, way(site, client, "saml"))}
    before = dict(client.cookies)
    stranger = Browser(site.url)
    stranger.ask("GET", "/account/login/")
    way(site, stranger, "saml")
    finish = "/account/by/saml/finish/"

    assert stranger.ask("POST", finish, said=answer).status == 400
    assert client.ask("POST", finish, said=answer).status == 302
    assert client.ask("POST", finish, said=answer).status == 400
    client.cookies = before
    assert client.ask("POST", finish, said=answer).status == 400
    assert client.ask("GET", "/").status == 302


def test_our_metadata_say_where_answers_go(site, client):
    assert client.ask("GET", "/account/by/saml/metadata/").status == 200
    assert f'Location="{site.url}/account/by/saml/back/"' in client.last


def test_the_metadata_of_a_provider_are_enough(database_url, tmp_path, services, site):
    know(site)
    said = {"SAML_METADATA": f"{services.url}/saml/metadata"}
    with served(database_url, tmp_path, said) as other:
        client = Browser(other.url)
        client.ask("GET", "/account/login/")

        assert "Sign in with SAML" in client.last
        assert saml(other, services, client) == 302


def test_a_service_that_does_not_answer_is_said(database_url, tmp_path, site):
    nowhere = "http://127.0.0.1:9"
    said = {"SAML_METADATA": nowhere, "OIDC_ISSUER": nowhere}
    said |= {"OIDC_CLIENT_ID": "x", "OIDC_SECRET": "x"}
    with served(database_url, tmp_path, said) as other:
        client = Browser(other.url)
        client.ask("GET", "/account/login/")

        for service in ("saml", "oidc"):
            assert client.ask("POST", f"/account/by/{service}/").status == 503
            assert "does not answer" in client.last


def test_what_is_not_set_is_not_there(database_url, tmp_path, site):
    with served(database_url, tmp_path, {}) as plain:
        client = Browser(plain.url)

        assert client.ask("GET", "/account/login/").status == 200
        assert "Sign in with" not in client.last
        for service in NAMES:
            for rest in ("", "back/", "finish/", "metadata/"):
                assert client.ask("GET", f"/account/by/{service}/{rest}").status == 404
