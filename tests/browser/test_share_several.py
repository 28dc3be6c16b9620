"""A teacher shares with several classes at once."""

from playwright.sync_api import expect

from .people import follow
from .test_share import ESSAY, expect_complete

EMAILS = ("ada@school.test", "bob@school.test")


def two_classes(site):
    """7B with five students; 7C with two of its own, and Ada, who is in both."""
    emails = (EMAILS[0], *(f"s{number}@school.test" for number in range(4)))
    return (
        site.school_class(emails=emails),
        site.school_class(
            "7C", students=("Ada Lovelace", "Bob Brown"), emails=EMAILS, groups=("a", "b")
        ),
    )


def ask(page, first):
    page.goto(f"/classes/{first.number}/share/")
    page.get_by_label("Choose one file, or several").set_input_files(ESSAY)
    page.get_by_label("Several classes").check()
    page.get_by_label("7C, 2 students").check()


def test_two_classes_get_it_and_who_is_in_both_gets_it_once(site, page, checked):
    site.teacher(page)
    first, second = two_classes(site)
    page.goto(f"/classes/{first.number}/share/")
    page.get_by_label("Choose one file, or several").set_input_files(ESSAY)
    page.get_by_label("Several classes").check()
    page.get_by_role("button", name="See what will happen").click()
    expect(page.get_by_text("Choose another class.")).to_be_visible()
    checked(page, "share-several-form")
    page.get_by_label("7C, 2 students").check()
    follow(page.get_by_role("button", name="See what will happen"))

    expect(page.get_by_text("1 student of this class is counted")).to_contain_text("Ada")
    expect(
        page.get_by_role("button", name="Share with 6 students in 2 classes now")
    ).to_be_visible()
    checked(page, "share-several-preview")
    follow(page.get_by_role("button", name="Share with 6 students"))
    expect(page.get_by_text("It is shared with 2 classes.")).to_be_visible()
    checked(page, "share-several-home")

    for place in range(2):
        page.goto("/")
        follow(page.get_by_role("link", name="Essay.txt").nth(place))
        expect_complete(page)
    assert len(first.copies()) == 5
    assert second.copies() == ["Bob Brown/Essay - Bob Brown.txt"]
    ask(page, first)
    page.get_by_label("Who is in two of them gets a copy in each").check()
    follow(page.get_by_role("button", name="See what will happen"))
    expect(page.get_by_text("The class has it already")).to_have_count(1)
    expect(
        page.get_by_role("button", name="Share with 7 students in 2 classes now")
    ).to_be_visible()


def test_where_one_class_changed_nothing_is_done_in_any(site, page):
    site.teacher(page)
    first, second = two_classes(site)
    ask(page, first)
    follow(page.get_by_role("button", name="See what will happen"))
    site.leave(second, "Bob Brown")

    follow(page.get_by_role("button", name="Share with 6 students"))

    expect(page.get_by_role("alert")).to_contain_text("has changed since you looked")
    expect(page.get_by_text("Nothing is left to do in this class.")).to_be_visible()
    page.goto("/")
    expect(page.get_by_text("Essay.txt")).to_have_count(0)


def test_where_one_class_cannot_have_it_none_gets_it(site, page):
    site.teacher(page)
    first, second = two_classes(site)
    second.directory.rename(second.directory.with_name("elsewhere"))
    ask(page, first)

    follow(page.get_by_role("button", name="See what will happen"))

    expect(page.get_by_role("alert").first).to_be_visible()
    page.goto("/")
    expect(page.get_by_text("Essay.txt")).to_have_count(0)


def test_a_class_of_others_cannot_be_named(site, page):
    site.teacher(page)
    first, _ = two_classes(site)
    foreign = site.school_class("8A", taught_by="nobody@school.test")
    ask(page, first)
    page.evaluate(
        "number => document.querySelector('[name=classes]').value = number", foreign.number
    )

    follow(page.get_by_role("button", name="See what will happen"))

    expect(page.get_by_text("is not one of the available choices")).to_be_visible()
    assert foreign.copies() == []
