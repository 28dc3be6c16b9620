"""A teacher finds a document on Google Drive by words of its title."""

import re

import pytest
from playwright.sync_api import expect

from emulators.drive.running import running

from ..drive.school import NATIVE, OFFICE, DriveSchool, write_key
from .people import follow

TESS, TOM = "tess@school.test", "tom@school.test"
WITH_OFFICE = [{"role": "reader", "type": "user", "emailAddress": OFFICE}]
SEE = "See what will happen"


@pytest.fixture
def school(_loopback, tmp_path):
    with running() as emulator:
        school = DriveSchool(emulator, tmp_path)
        school.open(2)
        for email in (TESS, TOM):
            emulator.admin.user(email)
        yield school


@pytest.fixture
def opened(site, school, tmp_path):
    """Have somebody on the page on which they share with a class on the drive."""

    def play(page, *, acting=f"institution:{OFFICE}"):
        url = school.emulator.url
        site.command(
            *("drive", "add", "google", "school", "--acting", acting),
            *("--service-account", write_key(tmp_path / "key.json", url)),
            *("--api-root", url),
        )
        site.teacher(page)
        school_class = site.school_class(students=("Ada Lovelace", "Blaise Pascal"))
        site.move_to_drive(school_class, drive="school", folders=school.folders.values())
        page.goto(f"/classes/{school_class.number}/share/")

    return play


def add(school, owner, title, **more):
    """A document that the office may read."""
    return school.emulator.admin.file(
        owner, title, **{"permissions": WITH_OFFICE, "mimeType": NATIVE, **more}
    )


def search(page, words):
    page.get_by_label("Search by words in the title").fill(words)
    page.get_by_role("button", name="Search").click()


def test_what_is_found_is_ticked_and_shared(page, checked, pictured, school, opened):
    essay = add(school, TESS, "The bees' “essay”")
    add(school, TESS, "Bees.pdf", mimeType="application/pdf", content="%PDF" * 400)
    add(school, TESS, "Bees, not to be copied", canCopy=False)
    add(school, TOM, "Bees of Tom")
    opened(page)

    search(page, "bee")
    expect(page.get_by_role("checkbox", name="Bees.pdf")).to_be_visible()
    expect(page.locator("#found-told")).to_have_text("3 documents found")
    refused = page.get_by_role("checkbox", name="Bees, not to be copied")
    expect(refused).to_be_disabled()
    expect(page.get_by_text(f"{OFFICE} may not copy it.")).to_be_visible()
    expect(page.get_by_text("Bees of Tom")).to_have_count(0)

    page.get_by_role("checkbox", name="Bees.pdf").check()
    expect(page.locator("#sample")).to_contain_text("Bees - Ada Lovelace.pdf")
    page.get_by_role("checkbox", name="essay").check()
    checked(page, "share-search")
    pictured(page, "share-search")
    page.get_by_role("checkbox", name="Bees.pdf").uncheck()
    links = page.get_by_label("Paste the link to a document")
    expect(links).to_have_value(re.compile(rf"^\S+{essay}$"))

    page.get_by_label("Search by words in the title").fill("nothing of this kind")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Only documents are found that you own")).to_be_visible()
    search(page, "essay")
    expect(page.get_by_role("checkbox", name="essay")).to_be_checked()
    page.get_by_role("button", name=SEE).click()
    expect(page.get_by_text("The bees' “essay” - Ada Lovelace").first).to_be_visible()


def test_with_their_own_account_they_find_whatever_they_may_see(page, school, opened):
    everybody = [{"role": "reader", "type": "user", "emailAddress": TESS}]
    add(school, TOM, "Bees for Tess", permissions=everybody)
    add(school, TOM, "Bees of Tom")
    opened(page, acting="teacher")

    search(page, "bees")

    expect(page.locator("#found-told")).to_have_text("1 document found")
    expect(page.get_by_role("checkbox", name="Bees for Tess")).to_be_enabled()


def test_a_drive_that_is_away_leaves_the_form_as_it_is(page, checked, school, opened):
    add(school, TESS, "Bees")
    opened(page)
    school.emulator.admin.faults({"call": "files.list", "when": "before", "kind": "503"})
    page.get_by_label("Names of the copies").fill("{student} {document}")

    search(page, "bees")

    expect(page.locator("#found")).to_contain_text("The drive does not answer.")
    expect(page.get_by_label("Names of the copies")).to_have_value("{student} {document}")
    checked(page, "share-search-away")


def test_without_script_everything_typed_is_kept(another, site, school, opened):
    page = another(java_script_enabled=False)
    essay = add(school, TESS, "Essay on bees")
    honey = add(school, TESS, "Honey")
    opened(page)
    page.get_by_label("Names of the copies").fill("{student} {document}")
    page.get_by_label("Picked students").check()
    page.get_by_label("Ada Lovelace").check()

    page.get_by_label("Search by words in the title").fill("essay")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_text("Choose one of the documents")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("checkbox", name="Essay on bees").check()
    page.get_by_label("Search by words in the title").fill("honey")
    follow(page.get_by_role("button", name="Search"))
    expect(page.get_by_label("Paste the link to a document")).to_have_value(
        re.compile(rf"{essay}$")
    )
    page.get_by_role("checkbox", name="Honey").check()
    page.get_by_label("Search by words in the title").fill("")
    follow(page.get_by_role("button", name="Search"))
    expect(page.get_by_text("There is nothing to search for.")).to_be_visible()
    expect(page.get_by_label("Names of the copies")).to_have_value("{student} {document}")
    expect(page.get_by_label("Ada Lovelace")).to_be_checked()
    expect(page.get_by_label("Paste the link to a document")).to_have_value(
        re.compile(rf"{essay}\n\S+{honey}$")
    )

    follow(page.get_by_role("button", name=SEE))
    expect(page.get_by_text("Ada Lovelace Essay on bees").first).to_be_visible()
    expect(page.get_by_text("Ada Lovelace Honey").first).to_be_visible()
    expect(page.get_by_text("Blaise Pascal")).to_have_count(0)


def test_enter_elsewhere_does_not_search(another, school, opened):
    page = another(java_script_enabled=False)
    opened(page)

    page.get_by_label("Names of the copies").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")

    expect(page.get_by_text("Paste the link to a document.")).to_be_visible()


def test_titles_are_shown_as_text(page, school, opened):
    add(school, TESS, "<img src=x onerror=alert(1)> bees' \\")
    opened(page)

    search(page, "bees'")

    expect(page.get_by_text("<img src=x onerror=alert(1)> bees")).to_be_visible()
