"""A teacher shares with a class, and watches it."""

import re

from playwright.sync_api import expect

ESSAY = {"name": "Essay.txt", "mimeType": "text/plain", "buffer": b"Write about bees.\n"}


def share(page, *, document=ESSAY, name="7B"):
    """The main way, as far as the page that says what will happen."""
    page.goto("/")
    page.get_by_role("link", name=f"Share with {name}").click()
    page.get_by_label("Choose one file, or several").set_input_files(document)
    page.get_by_role("button", name="See what will happen").click()


def confirm(page):
    page.get_by_role("button", name=re.compile("^(Share with|Make a copy)")).click()


def expect_complete(page):
    expect(page.locator(".progress .state")).to_have_text("Complete", timeout=30_000)


def test_a_class_of_five_gets_a_file_and_the_page_tells_it_live(site, page, checked):
    site.teacher(page)
    school_class = site.school_class()
    page.goto("/")
    checked(page, "home")

    page.get_by_role("link", name="Share with 7B").click()
    checked(page, "share-form")
    page.get_by_label("Choose one file, or several").set_input_files(ESSAY)
    expect(page.locator("#sample")).to_contain_text("Essay - Ada Lovelace.txt")
    page.get_by_label("Names of the copies").fill("{student} {document}")
    expect(page.locator("#sample")).to_contain_text("Ada Lovelace Essay.txt")
    page.get_by_role("button", name="See what will happen").click()
    expect(page.get_by_role("button", name="Share with 5 students now")).to_be_visible()
    checked(page, "share-preview")
    confirm(page)
    expect_complete(page)

    expect(page.locator(".progress .said")).to_have_text("5 of 5 copies are there.")
    assert school_class.copies() == [
        f"{each}/{each} Essay.txt"
        for each in ("Ada Lovelace", "Blaise Pascal", "Carl Gauss", "Dido Aeneas", "Emmy Noether")
    ]
    expect(page.get_by_role("row")).to_have_count(6)
    checked(page, "share-complete")
