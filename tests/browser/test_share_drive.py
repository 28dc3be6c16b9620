"""A teacher shares a document on Google Drive by its link."""

import pytest
from playwright.sync_api import expect

from emulators.drive.running import running

from ..drive.school import OFFICE, DriveSchool, copies_by_student, write_key
from .people import follow
from .test_share import confirm, expect_complete

ELSEWHERE = (
    "http://169.254.169.254/latest/meta-data",
    "file:///etc/passwd",
    "http://localhost:5432/",
    "https://drive.google.com.evil.test/file/d/abc/view",
)
"""Nobody has hectograph ask an address of theirs."""


@pytest.fixture
def school(_loopback, tmp_path):
    with running() as emulator:
        yield DriveSchool(emulator, tmp_path)


def numbers_of_copies(school):
    """How many copies each student has, in the order of their folders."""
    copies = copies_by_student(school.emulator.admin.state(), school.folders)
    return [len(copies[each]) for each in school.students]


def test_a_link_is_shared_and_remembered(site, page, checked, school, tmp_path):
    school.open(3)
    *folders, spare = school.folders.values()
    document = school.document(native=False)
    url = school.emulator.url
    site.command(
        *("drive", "add", "google", "school", "--acting", f"institution:{OFFICE}"),
        *("--service-account", write_key(tmp_path / "key.json", url), "--api-root", url),
    )
    site.teacher(page)
    school_class = site.school_class(students=("Ada Lovelace", "Blaise Pascal"))
    site.move_to_drive(school_class, drive="school", folders=folders)
    address = f"/classes/{school_class.number}/share/"
    page.goto(address)

    page.get_by_role("button", name="See what will happen").click()
    expect(page.get_by_text("Paste the link to a document.")).to_be_visible()
    for elsewhere in ELSEWHERE:
        page.get_by_label("Paste the link to a document").fill(elsewhere)
        follow(page.get_by_role("button", name="See what will happen"))
        expect(page.get_by_text("neither a link to a file").first).to_be_visible()
    page.get_by_label("Paste the link to a document").fill(
        f"https://drive.google.com/file/d/{document}/view"
    )
    page.get_by_role("button", name="See what will happen").click()
    expect(page.get_by_role("link", name="in this folder").first).to_be_visible()
    checked(page, "share-preview-drive")
    confirm(page)
    expect_complete(page)

    expect(page.get_by_role("link", name="Essay - Ada Lovelace.txt")).to_be_visible()
    assert numbers_of_copies(school) == [1, 1, 0]
    page.goto(address)
    page.get_by_label("Or one that you shared before").select_option("Essay.txt")
    checked(page, "share-form-drive")
    page.get_by_role("button", name="See what will happen").click()
    expect(page.get_by_text("The class has it already")).to_be_visible()

    site.enroll(school_class, "Carl Gauss", folder=spare)
    page.goto("/")
    page.get_by_role("button", name="Give them a copy").click()
    expect_complete(page)
    expect(page.get_by_role("link", name="Essay - Carl Gauss.txt")).to_be_visible()
    assert numbers_of_copies(school) == [1, 1, 1]
