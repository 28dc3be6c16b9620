"""The pages in German, and in a language from right to left that nobody speaks."""

import re

import pytest
from playwright.sync_api import Page, expect

from ..pseudo import FIND_FOREIGN, OPEN, TAG, pseudo
from .people import Site, come_in
from .test_share import confirm, share

DATE_AND_TIME = re.compile(r"am \d\d\.\d\d\.20\d\d, \d\d:\d\d$")
DATA = re.compile(
    r"Hectograph|\{\w+\}|\.txt|[\w.]+@\w+\.test|Tess Teacher|Olga Operator|Ada Lovelace|Blaise Pascal"
    r"|Carl Gauss|Dido Aeneas|Emmy Noether|Essay[\w .-]*(\.txt)?|7[BC]|roster\.csv|hectograph"
    r"|main|The server is moved|And back|Deutsch|English|Student \d+|My program|school|http\S+|/\S*"
)
"""What somebody wrote, or is called so in every language."""


def speaks(site: Site, language: str) -> None:
    site.run("UPDATE person SET language = %s", [language])


def addresses_of_a_teacher(number: str, share_number: str) -> dict[str, str]:
    about = f"/shares/{share_number}"
    return {
        "home": "/",
        "share-form": f"/classes/{number}/share/",
        "share": f"{about}/",
        "share-move": f"{about}/move/",
        "share-cancel": f"{about}/cancel/",
        "share-recall": f"{about}/recall/",
        "share-correct": f"{about}/correct/",
        "share-fresh": f"{about}/fresh/0/",
        "tokens": "/account/tokens/",
        "language": "/account/language/",
        "password": "/account/password/",
        "sign-out": "/account/logout/",
        "nothing": "/shares/nothing/",
    }


SCHOOL = {
    "classes": "/school/classes/",
    "people": "/school/people/",
    "rosters": "/school/rosters/",
    "audit": "/school/audit/",
    "drives": "/school/drives/",
    "pause": "/school/pause/",
    "queue": "/school/queue/",
    "retention": "/school/retention/",
    "webhooks": "/school/webhooks/",
    "digest": "/account/digest/",
}


@pytest.fixture
def shared(site: Site, page: Page) -> dict[str, str]:
    """A teacher, signed in; a class, and a share with it in which one copy failed."""
    site.teacher(page)
    school_class = site.school_class()
    (school_class.directory / "Carl Gauss").write_text("a file where a folder should be")
    share(page)
    confirm(page)
    expect(page.locator(".progress .state")).to_have_text(
        "Complete, with exceptions", timeout=30_000
    )
    number = page.url.rstrip("/").rpartition("/")[2]
    return addresses_of_a_teacher(school_class.number, number)


@pytest.fixture
def school(site: Site, page: Page, tmp_path) -> dict[str, str]:
    """An operator, signed in; a class, a drive, and rosters that were loaded or not."""
    come_in(page, site.link())
    expect(page.get_by_role("heading", name="My classes")).to_be_visible()
    number = site.school_class(taught_by="olga@school.test").number
    for name, row in (("Name,Class", "Ada,7C"), ("Name,Class,Folder", "Ada,7C,../x")):
        path = tmp_path / "roster.csv"
        path.write_text(f"{name}\n{row}\n")
        page.goto("/school/rosters/")
        page.get_by_label("Roster").set_input_files(path)
        page.get_by_role("button", name="See what would change").click()
        if load := page.get_by_role("button", name="Load it").all():
            load[0].click()
        expect(page.locator("article.entry, .notice.error").first).to_be_visible()
    site.run(
        "INSERT INTO drive (name, kind, credentials, acting, accounts, delivery, api_root,"
        " per_minute, by_units) VALUES ('main', 'google', '/nowhere/key.json',"
        " 'institution', 'office@school.test', 'staged', 'http://127.0.0.1:1', 60, false)"
    )
    for reason in ("The server is moved", "And back"):
        page.goto("/school/pause/")
        page.get_by_label("Why").fill(reason)
        page.get_by_role("button", name="Pause everything").click()
        if reason != "And back":
            page.get_by_role("button", name="Let everything go on").click()
    expect(page.get_by_role("button", name="Let everything go on")).to_be_visible()
    return {**SCHOOL, "class": f"/school/classes/{number}/"}


def look_through(page, addresses, checked, *, language, direction):
    for name, address in addresses.items():
        page.goto(address)
        html = page.locator("html")
        expect(html).to_have_attribute("lang", language)
        expect(html).to_have_attribute("dir", direction)
        checked(page, f"{language}-{name}")


def foreign(page: Page) -> list[str]:
    """English that was left over."""
    left = (DATA.sub("", each) for each in page.evaluate(FIND_FOREIGN))
    return [each for each in left if re.search(r"[A-Za-z]{2}", each)]


def test_a_teachers_pages_in_german(site, page, shared, checked):
    speaks(site, "de")

    look_through(page, shared, checked, language="de", direction="ltr")

    answer = page.goto(shared["share"])
    assert answer is not None
    assert answer.headers["content-language"] == "de"
    expect(page.locator(".progress .said")).to_have_text(
        "4 von 5 Kopien sind da, 1 gescheitert."
    )
    expect(page.get_by_role("row", name="Carl Gauss")).to_contain_text(
        "Legen Sie an seiner Stelle einen richtigen Ordner an"
    )
    expect(page.locator(".about")).to_contain_text(DATE_AND_TIME)


def test_the_pages_of_a_school_in_german(site, page, school, checked):
    speaks(site, "de")

    look_through(page, school, checked, language="de", direction="ltr")

    page.goto("/school/rosters/")
    page.get_by_text("1 Fehler").click()
    expect(page.get_by_text("Der Ordner „../x“ führt mit „..“ nach oben.")).to_be_visible()


def test_a_drive_is_checked_in_every_language(site, page, school, checked):
    for language, check in (("de", "Prüfen"), (TAG, pseudo("Check"))):
        speaks(site, language)
        page.goto("/school/drives/")
        page.get_by_role("button", name=check).click()
        expect(page.locator(".findings li").last).to_contain_text("/nowhere/key.json")
        expect(page.get_by_role("main").locator("p strong").last).to_be_visible()
        if language == TAG:
            assert not foreign(page)
        checked(page, f"{language}-check")


def test_nothing_of_a_teachers_pages_is_left_in_english(site, page, shared, checked):
    speaks(site, TAG)
    for name, address in shared.items():
        page.goto(address)
        assert not foreign(page), name

    look_through(page, shared, checked, language=TAG, direction="rtl")


def test_nothing_of_a_schools_pages_is_left_in_english(site, page, school, checked):
    speaks(site, TAG)
    for name, address in school.items():
        page.goto(address)
        assert not foreign(page), name

    look_through(page, school, checked, language=TAG, direction="rtl")


def test_what_would_happen_in_every_language(site, page, checked):
    site.teacher(page)
    site.school_class()
    share(page)
    expect(page.get_by_role("button", name="Share with 5 students now")).to_be_visible()

    speaks(site, TAG)
    page.reload()
    assert not foreign(page)
    checked(page, f"{TAG}-share-preview")
    speaks(site, "de")
    page.reload()
    checked(page, "de-share-preview")
    page.get_by_role("button", name="Jetzt an 5 Schülerinnen und Schüler verteilen").click()
    expect(page.locator(".progress .state")).to_have_text("Fertig", timeout=30_000)


def test_coming_in_as_the_browser_says(site, another, checked):
    for tag, direction in (("de", "ltr"), (TAG, "rtl")):
        page = another(locale=tag, reduced_motion="reduce")
        link = site.link()
        look_through(
            page,
            {"welcome": link, "sign-in": "/account/login/"},
            checked,
            language=tag,
            direction=direction,
        )
        if tag == TAG:
            page.goto(link)
            assert not foreign(page)
        site.empty()


def test_a_person_chooses_their_language(site, page, checked):
    site.teacher(page)
    page.goto("/account/language/")
    checked(page, "language")

    page.get_by_label("Language").select_option("Deutsch")
    page.get_by_role("button", name="Keep it").click()

    expect(page.get_by_text("Ihre Sprache ist gespeichert.")).to_be_visible()
    page.goto("/account/logout/")
    expect(page.get_by_role("heading", name="Abmelden")).to_be_visible()
    page.goto("/account/language/")
    page.get_by_label("Sprache").select_option("Wie der Browser es vorgibt")
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_text("It is kept which language you read.")).to_be_visible()


def test_the_choice_of_who_sat_there_before_is_nobody_elses(site, page):
    site.teacher(page)
    expect(page.get_by_role("heading", name="My classes")).to_be_visible()
    speaks(site, "de")
    page.goto("/")
    expect(page.get_by_role("heading", name="Meine Klassen")).to_be_visible()
    page.goto("/account/logout/")
    page.get_by_role("main").get_by_role("button", name="Abmelden").click()

    speaks(site, "")
    page.goto("/account/login/")
    page.get_by_label("E-Mail").fill("tess@school.test")
    page.get_by_label("Passwort").fill("a long and quiet password")
    page.get_by_role("button", name="Anmelden").click()

    expect(page.get_by_role("heading", name="My classes")).to_be_visible()


def test_a_share_is_followed_in_the_language_of_who_watches(site, page):
    site.teacher(page)
    site.school_class()
    expect(page.get_by_role("heading", name="My classes")).to_be_visible()
    speaks(site, "de")
    page.goto("/")
    page.get_by_role("link", name="An 7B verteilen").click()
    page.get_by_label("Wählen Sie eine Datei oder mehrere").set_input_files(
        {"name": "Essay.txt", "mimeType": "text/plain", "buffer": b"Bees.\n"}
    )
    page.get_by_role("button", name="Ansehen, was geschehen wird").click()
    page.get_by_role("button", name="Jetzt an 5").click()

    expect(page.locator(".progress .state")).to_have_text("Fertig", timeout=30_000)
    expect(page.get_by_role("row", name="Ada Lovelace")).to_contain_text("da")


def test_programs_are_answered_in_english(site, page):
    answer = page.request.get("/api/v1/me", headers={"Accept-Language": "de"})

    assert answer.headers["content-language"] == "en"
    assert answer.json()["detail"] == "No token was sent, or one that is not good any more."


def test_a_page_says_its_language_to_caches(site, page):
    answer = page.request.get("/account/login/", headers={"Accept-Language": "de"})

    assert answer.headers["content-language"] == "de"
    assert {"Accept-Language", "Cookie"} <= set(answer.headers["vary"].split(", "))
    assert OPEN not in answer.text()
