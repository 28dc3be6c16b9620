"""What people type to do harm is shown as they typed it, or refused."""

import csv
import io
import re

import pytest
from playwright.sync_api import expect

from .people import PASSWORD
from .test_share import confirm, expect_complete, share

SCRIPTS = (
    "<script>window.hit = 1</script>",
    '"><img src=x onerror="window.hit = 1">',
    "{{ 7|add:7 }}{% debug %}",
)
FORMULA = "=HYPERLINK(1)"
ELSEWHERE = (
    "https://evil.test/",
    "//evil.test/",
    "/\\evil.test/",
    "javascript:window.hit=1",
    "https:evil.test",
)


@pytest.fixture
def watched(page):
    """What a browser tells of scripts and of what its policy stops."""
    told = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("dialog", lambda dialog: told.append(dialog.message))
    return told


def test_names_and_titles_are_text_and_no_script(site, page, tmp_path, watched):
    site.teacher(page, name=f"Tess {SCRIPTS[0]}")
    school_class = site.school_class(name=f"7B {SCRIPTS[1]}", students=SCRIPTS)
    document = tmp_path / "a{{ 7 }}'onload=hit().txt"
    document.write_text("Bees")

    share(page, document=document, name=school_class.name)
    for each in SCRIPTS:
        expect(page.get_by_role("row", name=each)).to_be_visible()
    confirm(page)
    expect_complete(page)
    expect(page.get_by_role("heading", name=document.name)).to_be_visible()
    seen = [page.url]
    for address in ("/", f"/?search={SCRIPTS[1]}", f"{page.url}recall/"):
        page.goto(address)
        seen.append(page.url)
    expect(page.get_by_text(SCRIPTS[0]).first).to_be_visible()

    assert page.evaluate("window.hit") is None
    assert watched == []
    assert len(school_class.copies()) == len(SCRIPTS)


def test_a_table_has_no_formula_in_it(site, page):
    site.teacher(page)
    site.school_class(students=(FORMULA, "@Ada", "+1", "-2"))
    share(page)
    confirm(page)
    expect_complete(page)

    told = page.request.get(f"{page.url}copies.csv").text()

    cells = [cell for row in csv.reader(io.StringIO(told)) for cell in row]
    assert f"'{FORMULA}" in cells
    assert not [cell for cell in cells if re.match(r"[=+\-@\t\r]", cell)]


def test_a_file_s_name_is_no_path(site, page, tmp_path):
    site.teacher(page)
    school_class = site.school_class()
    address = f"/classes/{school_class.number}/share/"
    page.goto(address)
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()

    def send(name, pattern="{document} - {student}"):
        return page.request.post(
            address,
            multipart={
                "csrfmiddlewaretoken": token,
                "files": {"name": name, "mimeType": "text/plain", "buffer": b"Bees"},
                "whom": "everyone",
                "pattern": pattern,
                "when": "now",
            },
            headers={"Referer": f"{site.url}{address}"},
        )

    for name in ("../../evil.txt", "/etc/evil.txt", "..\\..\\evil.txt", "..", "a\0b.txt"):
        answer = send(name)
        assert answer.status in {200, 422}, name
    climbing = send("Essay.txt", pattern="../../{student}")
    assert climbing.status == 422
    kept = site.place.parent.rglob("*evil*.txt")
    assert all("uploads" in str(path) for path in kept)
    assert school_class.copies() == []


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_a_sign_in_leads_nowhere_else(site, contexts, wanted):
    site.teacher(contexts().new_page())
    page = contexts().new_page()
    page.route(re.compile("^[a-z]+:/*evil"), lambda route: route.abort())

    page.goto("/account/login/?next=" + wanted)
    page.get_by_label("Email").fill("tess@school.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", name="My classes")).to_be_visible()
    assert page.url == f"{site.url}/"


def test_the_policy_lets_nothing_in(site, page):
    answer = page.request.get(site.url)
    policy = answer.headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    "address",
    [
        *("/static/../settings.py", "/static/%2e%2e/%2e%2e/settings.py"),
        *("/static/web/..%2f..%2f..%2fetc/passwd", "/shares/..%2f..%2fetc/", "/%00"),
        *("/shares/%00/", "/classes/a%00b/share/", "/shares/%ff%fe/"),
    ],
)
def test_an_address_leads_to_no_file(site, page, address):
    site.teacher(page)

    answer = page.request.get(site.url + address)

    assert answer.status in {400, 404}, answer.status
    assert "root:" not in answer.text()
