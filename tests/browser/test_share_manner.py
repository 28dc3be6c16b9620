"""A teacher shares one copy for each group, and one for all."""

import re

import pytest
from playwright.sync_api import expect

from emulators.drive.running import running

from ..drive.school import OFFICE, DriveSchool, write_key
from .people import follow
from .test_share import ESSAY, expect_complete

GROUPS = ("blue", "blue", "red", "red", "red")


def begin(page, school_class):
    page.goto(f"/classes/{school_class.number}/share/")
    page.get_by_label("Choose one file, or several").set_input_files(ESSAY)


def test_each_group_gets_one_copy_and_its_members_are_shown(
    site, page, context, checked, pictured
):
    site.teacher(page)
    school_class = site.school_class(groups=GROUPS)
    begin(page, school_class)
    page.get_by_label("One copy for each group").check()
    expect(page.locator("#sample")).to_contain_text("blue finds “Essay - blue.txt”.")
    checked(page, "share-group-form")
    follow(page.get_by_role("button", name="See what will happen"))

    expect(page.get_by_role("row", name="blue")).to_contain_text("Ada Lovelace, Blaise")
    expect(page.get_by_text("as the rights of the directory say")).to_be_visible()
    checked(page, "share-group-preview")
    page.get_by_role("button", name="Share one copy with each of 2 groups now").click()
    expect_complete(page)

    expect(page.get_by_role("row", name="red")).to_contain_text("Emmy Noether")
    checked(page, "share-group")
    table = context.request.get(f"{page.url}copies.csv").text()
    assert '"Carl Gauss, Dido Aeneas, Emmy Noether"' in table
    assert school_class.copies() == [
        "Groups/blue/Essay - blue.txt",
        "Groups/red/Essay - red.txt",
    ]


def test_one_copy_for_all_is_warned_of(site, page, checked):
    site.teacher(page)
    school_class = site.school_class()
    begin(page, school_class)
    expect(page.get_by_label("One copy for each group")).to_have_count(0)
    page.get_by_label("One copy for the whole class").check()
    follow(page.get_by_role("button", name="See what will happen"))

    expect(page.get_by_role("alert")).to_contain_text("can change or delete what others")
    checked(page, "share-class-preview")
    page.get_by_role("button", name="Share one copy with the whole class now").click()
    expect_complete(page)

    assert school_class.copies() == ["Whole class/Essay - 7B.txt"]


def test_who_is_in_no_group_is_named_on_the_page(site, page):
    site.teacher(page)
    school_class = site.school_class(groups=(*GROUPS[:4], None))
    begin(page, school_class)
    page.get_by_label("One copy for each group").check()

    follow(page.get_by_role("button", name="See what will happen"))

    expect(page.get_by_text("Emmy Noether is in no group.")).to_be_visible()
    assert "Emmy" not in site.log.read_text()
    assert school_class.copies() == []


@pytest.fixture
def school(_loopback, tmp_path):
    with running() as emulator:
        yield DriveSchool(emulator, tmp_path)


def test_on_a_drive_it_is_said_what_they_may_do(site, page, checked, school, tmp_path):
    school.open(2)
    document = school.document(native=False)
    url = school.emulator.url
    site.command(
        *("drive", "add", "google", "school", "--acting", f"institution:{OFFICE}"),
        *("--service-account", write_key(tmp_path / "key.json", url), "--api-root", url),
    )
    site.teacher(page)
    school_class = site.school_class(
        students=("Ada Lovelace", "Blaise Pascal"), emails=school.students
    )
    site.move_to_drive(school_class, drive="school", folders=school.folders.values())
    page.goto(f"/classes/{school_class.number}/share/")
    page.get_by_label("Paste the link to a document").fill(
        f"https://drive.google.com/file/d/{document}/view"
    )
    page.get_by_label("One copy for the whole class").check()
    page.get_by_label("With a copy that several share, they may").select_option("view")
    checked(page, "share-class-drive-form")
    follow(page.get_by_role("button", name="See what will happen"))
    expect(page.get_by_text("only read it")).to_be_visible()
    expect(page.get_by_text("7B/Whole class (view)/Essay - 7B.txt")).to_be_visible()
    checked(page, "share-class-drive-preview")
    confirm_one(page)
    expect_complete(page)

    files = school.emulator.admin.state()["files"]
    (copy,) = [each for each in files if each["name"] == "Essay - 7B.txt"]
    assert set(school.students) <= set(copy["visible_to"])


def confirm_one(page):
    page.get_by_role("button", name=re.compile("^Share one copy")).click()


def test_a_subject_is_said_for_one_share(site, page, checked):
    site.teacher(page)
    school_class = site.school_class()
    begin(page, school_class)
    page.get_by_label("Subject").fill("../7C")
    follow(page.get_by_role("button", name="See what will happen"))
    expect(page.get_by_text("names no folder within")).to_be_visible()
    checked(page, "share-subject-wrong")

    page.get_by_label("Subject").fill("Geography")
    follow(page.get_by_role("button", name="See what will happen"))
    expect(page.get_by_text("Ada Lovelace/Geography/Essay")).to_be_visible()
    page.get_by_role("button", name="Share with 5 students now").click()
    expect_complete(page)

    assert school_class.copies()[0] == ("Ada Lovelace/Geography/Essay - Ada Lovelace.txt")
