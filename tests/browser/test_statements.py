"""What a page asks the database does not grow with the school."""

import re

import pytest
from playwright.sync_api import expect

from benchmarks.school_filling import Extent, class_number, fill_school, share_number

from .people import come_in

SMALL = Extent(classes=3, shares=6, running=0)
LARGE = Extent(classes=40, shares=120, running=0)

TEACHERS = (
    *("/", "/?search=Essay", "/classes/{a_class}/share/", "/shares/{share}/"),
    *("/shares/{share}/copies.csv", "/shares/{share}/recall/", "/account/tokens/"),
)
ADMINS = (
    *("/", "/school/people/", "/school/classes/", "/school/classes/{a_class}/"),
    *("/school/rosters/", "/school/audit/", "/school/drives/", "/school/pause/"),
    "/school/queue/",
)


def statements(page):
    told = page.request.get("/metrics").text()
    (found,) = re.findall(r"^hectograph_statements_total (\S+)$", told, re.MULTILINE)
    return float(found)


def asked_by(page, address):
    """How many statements an address takes; what a look at the figures takes, aside."""
    page.request.get(address)
    before = statements(page)
    mere_look = statements(page) - before
    before = statements(page)
    assert page.request.get(address).ok, address
    return statements(page) - before - mere_look


def fill(site, extent):
    """A school in which Tess teaches every class, and some shares wait for her."""
    fill_school(site.database, extent)
    site.run(
        "INSERT INTO teaching (school_class_id, person_id, is_co)"
        " SELECT c.id, p.id, true FROM school_class c, person p"
        " WHERE p.email = 'tess@school.test'"
    )
    site.run(
        "UPDATE share SET state = 'paused', open = 1, ended_at = NULL"
        " WHERE id IN (SELECT id FROM share ORDER BY asked_at LIMIT %s)",
        [extent.shares // 3],
    )


@pytest.mark.parametrize(
    ("role", "addresses"), [("teacher", TEACHERS), ("operator", ADMINS)]
)
def test_a_page_asks_as_much_of_a_large_school_as_of_a_small_one(
    site, contexts, role, addresses
):
    found = []
    for extent in (SMALL, LARGE):
        site.empty()
        page = contexts().new_page()
        if role == "teacher":
            site.teacher(page)
        else:
            come_in(page, site.link())
        fill(site, extent)
        ids = {"a_class": class_number(1), "share": share_number(1)}
        found.append({each: asked_by(page, each.format(**ids)) for each in addresses})

    assert found[0] == found[1]
    assert all(each > 0 for each in found[0].values())
    assert max(found[0].values()) <= 20, found[0]


def test_a_class_of_many_is_searched_for(site, page):
    come_in(page, site.link())
    fill_school(site.database, Extent(classes=120, shares=1, running=0))

    page.goto("/school/classes/")
    expect(page.get_by_text("The first 100 classes; search for others.")).to_be_visible()
    expect(page.get_by_role("rowheader")).to_have_count(100)
    page.get_by_label("Part of a class's name").fill("class 11")
    page.get_by_role("button", name="Search").click()

    expect(page.get_by_role("rowheader")).to_have_count(11)  # 11, and 110 to 119
