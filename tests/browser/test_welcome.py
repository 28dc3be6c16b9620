"""Coming in: the first of all, by a link that is good once."""

from pathlib import Path

from playwright.sync_api import expect

from .conftest import serving
from .people import come_in


def test_the_first_one_comes_in_by_the_link_and_signs_in(site, page, checked):
    link = site.link()
    page.goto(link)
    checked(page, "welcome")

    come_in(page, link)

    expect(page.get_by_role("heading", name="My classes")).to_be_visible()
    checked(page, "home-empty")


def test_a_link_is_good_once(site, page, checked):
    link = site.link()
    come_in(page, link)

    page.goto(link)

    expect(page.get_by_text("This link is not good any more.")).to_be_visible()
    checked(page, "error")


def test_whoever_is_not_signed_in_is_asked_to(site, page, checked):
    page.goto("/")

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    checked(page, "sign-in")


def test_a_server_that_is_stopped_leaves_no_worker_behind(site, tmp_path):
    with serving(site.database, tmp_path) as other:
        serve = other.process.pid
        (worker,) = Path(f"/proc/{serve}/task/{serve}/children").read_text().split()
        assert b"worker" in Path(f"/proc/{worker}/cmdline").read_bytes()

    assert other.process.returncode == 0
    assert not Path(f"/proc/{worker}").exists()


def test_an_address_where_nothing_is_says_so(site, page, checked):
    answer = page.goto("/nowhere/")

    assert answer.status == 404
    expect(page.get_by_text("There is no such page.")).to_be_visible()
    checked(page, "nowhere")
