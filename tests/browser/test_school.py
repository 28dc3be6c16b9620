"""Looking after a school: people, classes, rosters, drives, pausing, the audit log."""

import re

import pytest
from playwright.sync_api import expect

from .people import PASSWORD, come_in, follow, sign_in


@pytest.fixture
def operator(site, page):
    """The first one, signed in."""
    come_in(page, site.link())
    expect(page.get_by_role("heading", name="My classes")).to_be_visible()
    return page


def roster(tmp_path, *rows, name="roster.csv", header="Name,Class,Email"):
    path = tmp_path / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def load(page, path, *, sure=False):
    page.goto("/school/rosters/")
    page.get_by_label("Roster").set_input_files(path)
    page.get_by_role("button", name="See what would change").click()
    if sure:
        page.get_by_label("I am sure that they leave").check()
    page.get_by_role("button", name="Load it").click()


def many(number, school_class="7B"):
    return [f"Student {n},{school_class},s{n}@school.test" for n in range(number)]


def test_the_first_steps_make_a_school_to_try_things_with(operator, checked):
    checked(operator, "first-steps")

    operator.get_by_role("button", name="Make a sample school").click()

    expect(operator.get_by_role("heading", name="7B")).to_be_visible()
    expect(operator.get_by_text("28 students")).to_be_visible()
    operator.goto("/school/classes/")
    checked(operator, "school-classes")
    follow(operator.get_by_role("link", name="7B"))
    expect(operator.get_by_text("sample-school/Class 7B")).to_be_visible()
    checked(operator, "school-class")


def test_a_roster_is_looked_at_before_it_is_loaded(operator, checked, tmp_path):
    path = roster(tmp_path, *many(12), "Ada,7C,ada@school.test")
    operator.goto("/school/rosters/")
    checked(operator, "school-rosters-empty")

    operator.get_by_label("Roster").set_input_files(path)
    operator.get_by_role("button", name="See what would change").click()

    expect(operator.get_by_text("12 are added")).to_be_visible()
    checked(operator, "school-plan")
    operator.goto("/school/classes/")
    expect(operator.get_by_text("There is no class yet.")).to_be_visible()
    checked(operator, "school-classes-empty")
    load(operator, path)
    expect(operator.get_by_text("Students: 13, classes: 2.")).to_be_visible()
    checked(operator, "school-rosters")


def test_many_leave_only_when_somebody_is_sure(operator, checked, tmp_path):
    load(operator, roster(tmp_path, *many(12)))

    load(operator, roster(tmp_path, *many(4), name="short.csv"))

    expect(operator.get_by_text("8 of 12 would leave").first).to_be_visible()
    expect(operator.get_by_text("Say that you are sure")).to_be_visible()
    checked(operator, "school-plan-braked")
    operator.get_by_label("I am sure that they leave").check()
    operator.get_by_role("button", name="Load it").click()
    expect(operator.get_by_text("Students: 4, classes: 1.")).to_be_visible()
    operator.get_by_text("1 problem", exact=True).click()
    expect(operator.get_by_text("8 of 12 would leave 7B.")).to_be_visible()


def test_what_is_wrong_with_a_roster_is_told_and_kept(operator, checked, tmp_path):
    path = roster(tmp_path, "Ada,7B,", ",7B,bob@school.test")
    operator.goto("/school/rosters/")

    operator.get_by_label("Roster").set_input_files(path)
    operator.get_by_role("button", name="See what would change").click()

    expect(operator.get_by_role("alert")).to_contain_text("Row 3:")
    expect(operator.get_by_text("Not loaded", exact=True)).to_be_visible()
    checked(operator, "school-rosters-refused")


def test_what_was_looked_at_is_what_is_loaded(operator, context, tmp_path):
    load(operator, roster(tmp_path, *many(12)))
    operator.goto("/school/rosters/")
    operator.get_by_label("Roster").set_input_files(roster(tmp_path, *many(11)))
    operator.get_by_role("button", name="See what would change").click()
    load(context.new_page(), roster(tmp_path, *many(10)))

    operator.get_by_role("button", name="Load it").click()

    expect(
        operator.get_by_text("The classes have changed since you looked.")
    ).to_be_visible()


def test_a_person_is_invited_by_a_link_and_let_go_again(operator, another_browser, checked):
    operator.goto("/school/people/")
    checked(operator, "school-people")
    operator.get_by_label("Email").fill("Tess@School.test")
    follow(operator.get_by_role("button", name="Make the link"))
    link = operator.get_by_label("The link, good once and for seven days")
    checked(operator, "school-people-invited")
    address = link.input_value()

    teacher = another_browser
    come_in(teacher, address, name="Tess Teacher", email="tess@school.test")

    expect(teacher.get_by_role("heading", name="My classes")).to_be_visible()
    expect(teacher.get_by_role("link", name="School")).to_have_count(0)
    operator.reload()
    expect(link).to_have_count(0)
    operator.get_by_text("Let go").click()
    operator.get_by_role("button", name="Let Tess Teacher go").click()
    expect(operator.get_by_text("They are signed out")).to_be_visible()
    teacher.reload()
    expect(teacher.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_link_is_the_way_to_a_new_password(operator, another_browser):
    def invite():
        operator.goto("/school/people/")
        operator.get_by_label("Email").fill("tess@school.test")
        follow(operator.get_by_role("button", name="Make the link"))
        return operator.get_by_label("The link, good once and for seven days").input_value()

    teacher = another_browser
    come_in(teacher, invite(), name="Tess", email="tess@school.test")
    come_in(teacher, invite(), name="Tess Teacher", email="tess@school.test")

    expect(teacher.get_by_text("Tess Teacher")).to_be_visible()


def test_nobody_invites_themselves(operator):
    operator.goto("/school/people/")

    operator.get_by_label("Email").fill("olga@school.test")
    follow(operator.get_by_role("button", name="Make the link"))

    expect(operator.get_by_text("Nobody invites themselves.")).to_be_visible()


def test_who_teaches_a_class_is_chosen_from_the_people(operator, tmp_path, checked):
    load(operator, roster(tmp_path, *many(3)))
    operator.goto("/school/classes/")
    follow(operator.get_by_role("link", name="7B"))
    checked(operator, "school-class-new")

    operator.get_by_label("Add a teacher").select_option(index=1)
    operator.get_by_label("teaches it beside others").check()
    operator.get_by_role("button", name="Keep who teaches").click()

    expect(operator.get_by_label("Olga Operator")).to_have_value("co")
    operator.get_by_label("Olga Operator").select_option("")
    operator.get_by_role("button", name="Keep who teaches").click()
    expect(operator.get_by_text("Nobody teaches the class yet")).to_be_visible()


@pytest.mark.parametrize(
    ("directory", "said"),
    [
        ("/nowhere/7B", "cannot receive copies"),
        ("srv/7B", "is no path from the root on"),
        ("", "is no path from the root on"),
    ],
)
def test_a_directory_is_checked_before_it_is_kept(
    operator, tmp_path, directory, said, checked
):
    load(operator, roster(tmp_path, *many(3)))
    operator.goto("/school/classes/")
    follow(operator.get_by_role("link", name="7B"))

    operator.get_by_label("Directory").fill(directory)
    operator.get_by_role("button", name="Check and keep").click()

    expect(operator.get_by_text(said)).to_be_visible()
    expect(operator.get_by_text("Nobody has said yet where")).to_be_visible()
    checked(operator, "school-class-refused")
    operator.get_by_label("Directory").fill(str(tmp_path))
    operator.get_by_role("button", name="Check and keep").click()
    expect(operator.get_by_text("Copies can be made there; it is kept.")).to_be_visible()


def test_everything_is_paused_and_everybody_reads_why(operator, checked):
    operator.goto("/school/pause/")
    checked(operator, "school-pause")
    operator.get_by_label("Why").fill("The server is moved")
    operator.get_by_role("button", name="Pause everything").click()

    operator.goto("/")
    expect(operator.get_by_text("The server is moved").first).to_be_visible()
    operator.goto("/school/pause/")
    checked(operator, "school-paused")
    operator.get_by_role("button", name="Let everything go on").click()
    expect(operator.get_by_text("The server is moved")).to_have_count(0)
    operator.goto("/school/audit/")
    expect(operator.get_by_text("installation.paused")).to_be_visible()
    checked(operator, "school-audit")


def test_the_audit_log_is_filtered(operator, checked):
    operator.goto("/school/audit/")
    checked(operator, "school-audit-empty")
    operator.goto("/school/pause/")
    operator.get_by_label("Why").fill("For a look")
    operator.get_by_role("button", name="Pause everything").click()
    operator.goto("/school/audit/")

    operator.get_by_label("A share or a clean-up, by its id").fill("installation")
    operator.get_by_role("button", name="Show").click()
    expect(operator.get_by_text("installation.paused")).to_be_visible()

    operator.get_by_label("A share or a clean-up, by its id").fill("x7")
    operator.get_by_role("button", name="Show").click()
    expect(operator.get_by_text("Nothing was found about it.")).to_be_visible()


def test_a_drive_is_checked_from_its_page(operator, site, checked):
    operator.goto("/school/drives/")
    expect(operator.get_by_text("No drive is set up.")).to_be_visible()
    checked(operator, "school-drives-empty")
    site.run(
        "INSERT INTO drive (name, kind, credentials, acting, accounts, delivery, api_root,"
        " per_minute, by_units) VALUES ('main', 'google', '/nowhere/key.json',"
        " 'institution', 'office@school.test', 'staged', 'http://127.0.0.1:1', 60, false)"
    )
    operator.goto("/school/drives/")
    checked(operator, "school-drives")

    operator.get_by_role("button", name="Check").click()

    expect(operator.get_by_text("/nowhere/key.json")).to_be_visible()
    expect(operator.get_by_text("Something is not as it should be.")).to_be_visible()
    checked(operator, "school-check")


def test_a_password_is_changed(operator, checked):
    operator.goto("/")
    follow(operator.get_by_role("link", name="Change my password"))
    checked(operator, "password")

    operator.get_by_label("Current Password").fill(PASSWORD)
    operator.get_by_label("New Password", exact=True).fill("another quiet password")
    operator.get_by_label("New Password (again)").fill("another quiet password")
    operator.get_by_role("button", name="Change it").click()

    expect(operator.get_by_role("heading", name="My classes")).to_be_visible()
    operator.get_by_role("link", name="Sign out").click()
    operator.get_by_role("button", name="Sign out").click()
    sign_in(operator, "olga@school.test")
    expect(operator.get_by_role("heading", name="Sign in")).to_be_visible()


def test_what_is_measured_is_told_without_names(site, page):
    answer = page.request.get(f"{site.url}/metrics")

    assert answer.ok
    told = answer.text()
    assert re.search(r"^hectograph_open_deliveries 0\.0$", told, re.MULTILINE)
    for name in ("running_shares", "workers", "resting_accounts", "halted"):
        assert f"\nhectograph_{name} " in told


def test_what_is_kept_is_told(operator, checked):
    operator.goto("/school/retention/")

    expect(operator.get_by_role("row", name="Estimates")).to_contain_text("60 days")
    expect(operator.get_by_role("row", name="Invitations")).to_contain_text("7 days")
    expect(operator.get_by_role("row", name="The audit log as long")).to_be_visible()
    checked(operator, "school-retention")
