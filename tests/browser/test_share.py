"""A teacher shares with a class, and watches it."""

import re

from playwright.sync_api import expect

from .people import come_in, follow

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


def test_a_class_of_five_gets_a_file_and_the_page_tells_it_live(
    site, page, checked, pictured
):
    site.teacher(page)
    school_class = site.school_class()
    page.goto("/")
    checked(page, "home")

    follow(page.get_by_role("link", name="Share with 7B"))
    checked(page, "share-form")
    page.get_by_label("Choose one file, or several").set_input_files(ESSAY)
    expect(page.locator("#sample")).to_contain_text("Essay - Ada Lovelace.txt")
    pictured(page, "share-form")
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
        for each in (
            "Ada Lovelace",
            "Blaise Pascal",
            "Carl Gauss",
            "Dido Aeneas",
            "Emmy Noether",
        )
    ]
    expect(page.get_by_role("row")).to_have_count(6)
    checked(page, "share-complete")


def test_a_name_that_is_taken_is_numbered_and_the_other_is_not_touched(site, page):
    site.teacher(page)
    school_class = site.school_class()
    theirs = school_class.directory / "Ada Lovelace" / "Essay - Ada Lovelace.txt"
    theirs.parent.mkdir()
    theirs.write_text("mine")

    share(page)
    confirm(page)
    expect_complete(page)

    expect(page.get_by_text("Ada Lovelace/Essay - Ada Lovelace (2).txt")).to_be_visible()
    assert theirs.read_text() == "mine"


def test_what_failed_is_retried_after_mending(site, page, checked, pictured):
    site.teacher(page)
    school_class = site.school_class()
    obstacle = school_class.directory / "Carl Gauss"
    obstacle.write_text("a file where a folder should be")

    share(page)
    confirm(page)
    expect(page.locator(".progress .state")).to_have_text(
        "Complete, with exceptions", timeout=30_000
    )
    expect(page.locator(".progress .said")).to_have_text(
        "4 of 5 copies are there, 1 failed."
    )
    expect(page.get_by_text("Put a real folder in its place, then retry.")).to_be_visible()
    checked(page, "share-exceptions")
    pictured(page, "share-page")
    page.goto("/")
    expect(page.get_by_role("heading", name="Needs you")).to_be_visible()
    checked(page, "home-shares")
    obstacle.unlink()
    page.get_by_role("link", name="Essay.txt").first.click()
    page.get_by_role("button", name="Retry the 1 that failed").click()

    expect_complete(page)
    assert len(school_class.copies()) == 5


def test_a_recall_leaves_what_was_edited_and_is_undone(site, page, checked):
    site.teacher(page)
    school_class = site.school_class()
    share(page)
    confirm(page)
    expect_complete(page)
    edited = school_class.directory / "Ada Lovelace" / "Essay - Ada Lovelace.txt"
    edited.write_text("Bees are insects.")

    page.get_by_role("link", name="Recall").click()
    expect(page.get_by_text("5 copies go")).to_be_visible()
    checked(page, "share-recall")
    page.get_by_role("button", name="Recall the share").click()
    taken = page.get_by_role("region", name="What the recall does")
    expect(taken.get_by_text("taken away")).to_have_count(4, timeout=30_000)
    expect(taken.get_by_role("row", name="Ada Lovelace")).to_contain_text("stays")
    assert school_class.copies() == ["Ada Lovelace/Essay - Ada Lovelace.txt"]
    expect(page.get_by_role("button", name="Bring the copies back")).to_be_visible()
    checked(page, "share-recalled")
    page.get_by_role("button", name="Bring the copies back").click()

    expect(taken.get_by_text("✓ back")).to_have_count(4, timeout=30_000)
    assert len(school_class.copies()) == 5
    assert edited.read_text() == "Bees are insects."


def test_what_may_be_late_is_told_also_to_operators(site, page, another_browser, checked):
    site.teacher(page)
    site.school_class()
    share(page)
    page.get_by_role("button", name="Change something").click()
    page.get_by_label("Tonight").check()
    page.get_by_role("button", name="See what will happen").click()
    confirm(page)
    expect(page.get_by_text("All are to be there by")).to_be_visible()
    expect(page.get_by_text("It may not all be there in time.")).to_have_count(0)

    site.run("UPDATE share SET deadline = begins_at - interval '1 minute'")
    page.reload()

    expect(page.get_by_text("It may not all be there in time.")).to_be_visible()
    checked(page, "share-late")
    operator = another_browser
    come_in(operator, site.link())
    expect(operator.get_by_role("heading", name="My classes")).to_be_visible()
    operator.goto("/school/queue/")
    row = operator.get_by_role("row", name="Essay.txt")
    expect(row).to_contain_text("0 of 5")
    expect(row).to_contain_text("begins at")
    expect(row).to_contain_text("⚠ wanted by")
    checked(operator, "school-queue")


def test_for_tonight_says_so_and_waits_and_who_watches_sees_it_change(
    site, page, context, checked
):
    site.teacher(page)
    school_class = site.school_class()
    page.goto(f"/classes/{school_class.number}/share/")
    page.get_by_label("Choose one file, or several").set_input_files(ESSAY)
    page.get_by_label("Tonight").check()
    page.get_by_role("button", name="See what will happen").click()

    page.get_by_role("button", name="Share with 5 students tonight").click()

    expect(page.get_by_text("All are to be there by")).to_be_visible()
    checked(page, "share-tonight")
    follow(page.get_by_role("link", name="Move to another time"))
    checked(page, "share-move")
    page.get_by_label("Make beforehand").check()
    page.get_by_label("Nobody sees a copy before").fill("2031-11-30T09:00")
    page.get_by_role("button", name="Move it").click()
    expect(
        page.get_by_text("Nobody sees a copy before 30 November 2031, 09:00.")
    ).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".progress .state")).to_have_text("Paused")
    page.get_by_role("button", name="Resume").click()
    watching = context.new_page()
    watching.goto(page.url)
    expect(watching.locator(".progress .state")).to_have_text("Under way")
    watching.evaluate("window.isTheSame = true")
    follow(page.get_by_role("link", name="Cancel the rest"))
    checked(page, "share-cancel")
    page.get_by_role("button", name="Cancel the rest").click()
    expect(page.locator(".progress .state")).to_have_text("Cancelled", timeout=30_000)
    expect(watching.locator(".progress .state")).to_have_text("Cancelled", timeout=30_000)
    expect(watching.get_by_role("link", name="Cancel the rest")).to_have_count(0)
    assert watching.evaluate("window.isTheSame")


def test_the_same_twice_joins(site, page, context):
    site.teacher(page)
    school_class = site.school_class()
    share(page)
    confirm(page)
    expect_complete(page)

    share(page)
    expect(page.get_by_text("The class has it already")).to_be_visible()
    confirm(page)

    expect(
        page.get_by_text("The class has it already: nothing was changed.")
    ).to_be_visible()
    assert len(school_class.copies()) == 5


def test_two_presses_of_a_share_again_make_one_set_of_copies(site, page, context):
    site.teacher(page)
    school_class = site.school_class()
    share(page)
    confirm(page)
    expect_complete(page)
    page.goto(f"/classes/{school_class.number}/share/")
    page.get_by_label("Choose one file, or several").set_input_files(ESSAY)
    page.get_by_label("Share again on purpose").check()
    follow(page.get_by_role("button", name="See what will happen"))
    fields = page.evaluate(
        "Object.fromEntries(new FormData(document.querySelector('form.decide')))"
    ) | {"confirm": "on"}

    context.request.post(page.url, form=fields, headers={"Referer": page.url})
    confirm(page)
    expect_complete(page)

    expect(page.get_by_text(re.compile("has it already|under way already"))).to_be_visible()
    assert len(school_class.copies()) == 10


def test_a_plan_that_is_another_by_then_is_shown_again(site, page):
    site.teacher(page)
    school_class = site.school_class()
    share(page)
    site.leave(school_class, "Dido Aeneas")

    confirm(page)

    expect(page.get_by_role("alert")).to_contain_text("has changed since you looked")
    page.get_by_role("button", name="Share with 4 students now").click()
    expect_complete(page)
    assert len(school_class.copies()) == 4


def test_what_is_wrong_is_told_beside_its_field_and_what_was_typed_is_kept(
    site, page, checked
):
    site.teacher(page)
    school_class = site.school_class(groups=("blue", "blue", "red", "red", "red"))
    page.goto(f"/classes/{school_class.number}/share/")
    page.get_by_label("Choose one file, or several").set_input_files(ESSAY)
    page.get_by_label("Names of the copies").fill("{pupil}")
    page.get_by_label("Picked students").check()
    page.get_by_label("At a date and time").check()
    page.get_by_role("button", name="See what will happen").click()
    expect(page.get_by_text('asks for "{pupil}"').first).to_be_visible()
    expect(page.get_by_text("Pick a student.")).to_be_visible()
    expect(page.get_by_text("Say when.")).to_be_visible()
    expect(page.get_by_text("Kept: Essay.txt.")).to_be_visible()
    checked(page, "share-wrong")

    page.get_by_label("Names of the copies").fill("{document}")
    page.get_by_label("A group").check()
    page.get_by_label("Which group").select_option("blue")
    page.get_by_label("Now", exact=True).check()
    page.get_by_role("button", name="See what will happen").click()
    page.get_by_role("button", name="Share with 2 students now").click()

    expect_complete(page)
    assert school_class.copies() == ["Ada Lovelace/Essay.txt", "Blaise Pascal/Essay.txt"]


def test_without_script_the_main_way_is_the_same(site, another):
    page = another(java_script_enabled=False)
    site.teacher(page)
    school_class = site.school_class()

    share(page)
    confirm(page)

    # The page loads itself again until nothing changes any more.
    expect_complete(page)
    assert len(school_class.copies()) == 5


def test_with_the_keyboard_alone(site, page):
    site.teacher(page)
    school_class = site.school_class()
    page.goto("/")

    def tab_to(words):
        for _ in range(40):
            page.keyboard.press("Tab")
            if words in page.evaluate("document.activeElement.outerHTML"):
                return
        raise AssertionError(words)

    tab_to("Share with 7B")
    page.keyboard.press("Enter")
    page.wait_for_url("**/share/")
    tab_to('type="file"')
    page.locator(":focus").set_input_files(ESSAY)
    tab_to('name="whom"')
    page.keyboard.press("ArrowDown")
    tab_to('name="students"')
    page.keyboard.press("Space")
    tab_to("See what will happen")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Share with 1 student now").wait_for()
    tab_to("Share with 1 student now")
    page.keyboard.press("Enter")

    expect_complete(page)
    assert school_class.copies() == ["Ada Lovelace/Essay - Ada Lovelace.txt"]


def test_a_foreign_share_is_not_there_and_a_co_teacher_joins(site, page, another):
    other = another()
    third = another()
    site.teacher(page)
    site.teacher(other, email="cora@school.test", name="Cora Co")
    site.teacher(third, email="fred@school.test", name="Fred Foreign")
    school_class = site.school_class(co=("cora@school.test",))
    share(page)
    confirm(page)
    expect_complete(page)
    address = page.url
    for somebody, is_told in ((other, 1), (page, 0)):
        somebody.goto("/")
        expect(somebody.get_by_text("by Tess Teacher")).to_have_count(is_told)

    share(other)
    confirm(other)

    expect(other.get_by_text("asked for by Tess Teacher, Cora Co")).to_be_visible()
    assert other.url == address
    for path in ("", "events", "copies.csv", "recall/", "fresh/0/"):
        assert third.goto(f"{address}{path}").status == 404, path
    assert third.goto(f"/classes/{school_class.number}/share/").status == 404


def test_cells_of_the_table_are_no_formulas(site, page, context):
    site.teacher(page)
    site.school_class(students=("=2+5", "Ada Lovelace"))
    share(page)
    confirm(page)
    expect_complete(page)

    table = context.request.get(f"{page.url}copies.csv")

    assert "text/csv" in table.headers["content-type"]
    assert "'=2+5,there,'=2+5/Essay - =2+5.txt,," in table.text()


def test_a_corrected_version_and_a_fresh_copy(site, page, checked):
    site.teacher(page)
    school_class = site.school_class()
    share(page)
    confirm(page)
    expect_complete(page)
    (school_class.directory / "Ada Lovelace" / "Essay - Ada Lovelace.txt").write_text(
        "mine"
    )

    follow(page.get_by_role("link", name="Send a corrected version"))
    checked(page, "share-correct")
    page.get_by_role("button", name="Send the corrected version").click()
    expect(page.get_by_text("No file was chosen.")).to_be_visible()
    page.get_by_label("The corrected file").set_input_files(
        {**ESSAY, "buffer": b"Write about ants.\n"}
    )
    page.get_by_role("button", name="Send the corrected version").click()
    expect_complete(page)
    assert "Ada Lovelace/Essay - Ada Lovelace (corrected).txt" in school_class.copies()
    assert (
        school_class.directory / "Emmy Noether/Essay - Emmy Noether.txt"
    ).read_text() == "Write about ants.\n"

    follow(page.get_by_role("link", name="Give Emmy Noether a fresh copy"))
    checked(page, "share-fresh")
    page.get_by_label("The file to copy").set_input_files(ESSAY)
    page.get_by_role("button", name="Give a fresh copy").click()
    expect_complete(page)
    assert "Emmy Noether/Essay - Emmy Noether (fresh).txt" in school_class.copies()


def test_an_auditor_sees_a_share_and_changes_nothing(site, page, another):
    site.teacher(page)
    site.school_class()
    share(page)
    confirm(page)
    expect_complete(page)
    auditor = another()
    link = site.link("auditor", email="aud@school.test", token="a" * 43)
    come_in(auditor, link, name="Aud Itor", email="aud@school.test")

    auditor.get_by_role("link", name="Essay.txt").click()

    expect(auditor.get_by_role("row", name="Ada Lovelace")).to_contain_text("there")
    expect(auditor.get_by_role("link", name="Recall")).to_have_count(0)
    answer = auditor.request.post(
        f"{page.url}recall/",
        form={
            "csrfmiddlewaretoken": auditor.locator(
                "#steer [name=csrfmiddlewaretoken]"
            ).get_attribute("value")
        },
        headers={"Referer": page.url},
    )
    assert answer.status == 403
    page.reload()
    expect_complete(page)


def test_an_operator_sees_what_was_asked_for_at_the_command_line(
    site, page, another, checked, tmp_path
):
    (tmp_path / "7c.csv").write_text("Name\nAda Lovelace\nBlaise Pascal\n")
    (tmp_path / "Plan.txt").write_text("plan")
    (tmp_path / "7C").mkdir()
    come_in(page, site.link())
    teacher = another()
    site.teacher(teacher)

    site.command(
        *("share", tmp_path / "Plan.txt", "--roster", tmp_path / "7c.csv"),
        *("--into", tmp_path / "7C", "--no-wait"),
    )

    page.goto("/")
    expect(page.get_by_text("command line")).to_be_visible()
    checked(page, "home-operator")
    page.get_by_role("link", name="Plan.txt").click()
    expect_complete(page)
    expect(page.get_by_text("asked for at the command line")).to_be_visible()
    teacher.goto("/")
    expect(teacher.get_by_text("Plan.txt")).to_have_count(0)
    assert teacher.goto(page.url).status == 404


def test_who_comes_late_is_asked_about_and_gets_a_copy_or_is_passed_over(
    site, page, checked
):
    site.teacher(page)
    school_class = site.school_class()
    share(page)
    confirm(page)
    expect_complete(page)
    site.enroll(school_class, "Grace Hopper")
    site.enroll(school_class, "Hypatia")

    page.goto("/")
    expect(page.get_by_text("2 students came to 7B after “Essay.txt”")).to_be_visible()
    expect(page.get_by_text("Grace Hopper, Hypatia")).to_be_visible()
    checked(page, "home-late")
    follow(page.get_by_role("link", name="Give each of them a copy"))
    checked(page, "share-late-students")
    page.get_by_role("button", name="Give each of them a copy").click()
    expect(page.get_by_text("No file was chosen.")).to_be_visible()
    page.get_by_label("The file to copy").set_input_files(ESSAY)
    page.get_by_role("button", name="Give each of them a copy").click()
    expect_complete(page)
    expect(page.get_by_role("row")).to_have_count(3)
    assert len(school_class.copies()) == 7

    site.enroll(school_class, "Isaac Newton")
    page.goto("/")
    expect(page.get_by_text("Isaac Newton")).to_be_visible()
    page.get_by_role("button", name="Not this one").click()
    expect(
        page.get_by_text("They get nothing, and you are not asked again.")
    ).to_be_visible()
    expect(page.get_by_text("Isaac Newton")).to_have_count(0)
    assert len(school_class.copies()) == 7
