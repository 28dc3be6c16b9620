"""The pages of webhooks and of the daily mail, and a program that is told of a share."""

import http.client
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from standardwebhooks import Webhook as Verifier

from hectograph.bootstrap import key_of
from hectograph.secret import Seal
from hectograph.settings import Settings

from .people import come_in, follow, process_pause
from .test_api import DONE_SECONDS, come


class Receiver(BaseHTTPRequestHandler):
    """Takes what it is sent."""

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        got = (dict(self.headers), self.rfile.read(length).decode())
        self.server.got.append(got)  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def receiver(site):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.got, server.status = [], 204  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def address_of(receiver):
    return f"http://127.0.0.1:{receiver.server_port}/hook"


def wait_for(condition):
    deadline = time.monotonic() + DONE_SECONDS
    while not condition() and time.monotonic() < deadline:
        process_pause.wait(0.1)
    assert condition()


@pytest.fixture
def operator(site, page):
    come_in(page, site.link())
    expect(page.get_by_role("heading", name="My classes")).to_be_visible()
    return page


def add(page, url):
    page.goto("/school/webhooks/")
    page.get_by_label("Address of the receiver").fill(url)
    follow(page.get_by_role("button", name="Add it"))


def test_a_webhook_is_added_tried_switched_off_and_deleted(operator, receiver, checked):
    operator.goto("/school/webhooks/")
    checked(operator, "school-webhooks-empty")

    add(operator, address_of(receiver))
    first = operator.get_by_label("The secret", exact=True).input_value()
    assert first.startswith("whsec_")
    checked(operator, "school-webhooks-secret")
    operator.reload()
    assert first not in operator.content()

    follow(operator.get_by_role("button", name="Send a test"))
    expect(operator.get_by_text("A test is on its way.")).to_be_visible()
    wait_for(lambda: receiver.got)
    headers, body = receiver.got[0]
    assert Verifier(first).verify(body, headers)["type"] == "webhook.test"

    follow(operator.get_by_role("button", name="Make another secret"))
    second = operator.get_by_label("The secret", exact=True).input_value()
    assert second != first
    receiver.status = 500
    follow(operator.get_by_role("button", name="Send a test"))
    wait_for(lambda: len(receiver.got) > 1)
    headers, body = receiver.got[1]
    assert Verifier(first).verify(body, headers) == Verifier(second).verify(body, headers)
    process_pause.wait(1)
    operator.reload()
    expect(operator.get_by_text("arrived (204)")).to_be_visible()
    expect(operator.get_by_text("500; it is tried again")).to_be_visible()
    checked(operator, "school-webhooks")

    follow(operator.get_by_role("button", name="Switch off"))
    expect(operator.get_by_text("It is switched off.")).to_be_visible()
    expect(operator.get_by_role("button", name="Send a test")).to_have_count(0)
    checked(operator, "school-webhooks-off")
    operator.get_by_text("Delete", exact=False).first.click()
    follow(operator.get_by_role("button", name="Delete the webhook"))
    expect(operator.get_by_text("There is no webhook yet.")).to_be_visible()


def test_an_address_in_a_closed_network_is_refused_beside_its_field(operator, checked):
    add(operator, "https://192.168.0.1/hook")

    field = operator.get_by_label("Address of the receiver")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(operator.get_by_text("is an address of a closed network")).to_be_visible()
    checked(operator, "school-webhooks-refused")


def test_who_is_gone_or_failing_is_told_on_the_page(operator, site, checked):
    for number, what in (("gone", "is_on = false, gone_at"), ("failing", "failing_since")):
        site.run(
            "INSERT INTO webhook (id, school, url, events, secret, is_on, created_at)"
            " VALUES (%s, 'school', %s, 'copy.failed', '', true, now())",
            [number, f"https://{number}.example/"],
        )
        site.run(f"UPDATE webhook SET {what} = now() WHERE id = %s", [number])

    operator.goto("/school/webhooks/")

    expect(operator.get_by_text("that it wants nothing more.")).to_be_visible()
    expect(operator.get_by_text("events were given up, and none arrived")).to_be_visible()
    checked(operator, "school-webhooks-failing")


def test_a_program_is_told_of_a_share_from_its_beginning_to_its_end(site, receiver):
    admin = come(site, "anna@school.test", role="admin", scopes="read share admin")
    school_class = site.school_class(taught_by="anna@school.test")
    made = admin.post("/webhooks", {"url": address_of(receiver)})
    again = admin.post("/webhooks", {"url": address_of(receiver)})

    share = admin.share(school_class).said["share"]

    assert (made.status, again.status) == (201, 422)
    wait_for(lambda: len(receiver.got) >= 3)
    verifier = Verifier(made.said["secret"])
    events = [verifier.verify(body, headers) for headers, body in receiver.got]
    assert sorted(each["type"] for each in events) == [
        "share.completed",
        "share.created",
        "share.started",
    ]
    assert {each["data"]["share"] for each in events} == {share}
    assert {each["data"]["class"] for each in events} == {school_class.number}
    assert not any("Ada" in body or "Essay" in body for _, body in receiver.got)
    (listed,) = admin.get("/webhooks").said["webhooks"]
    assert "secret" not in listed
    assert made.said["secret"] not in site.log.read_text()


def test_a_program_looks_after_webhooks_with_a_scope_for_it(site, receiver):
    admin = come(site, "anna@school.test", role="admin", scopes="read share admin")
    sharing = come(site, "max@school.test", role="admin", scopes="read share")
    body = {"url": address_of(receiver), "events": ["copy.failed"]}
    hook = admin.post("/webhooks", body).said["id"]

    assert sharing.post("/webhooks", body).status == 403
    assert sharing.get("/webhooks").said["webhooks"][0]["events"] == ["copy.failed"]
    assert admin.post(f"/webhooks/{hook}/switch", {"on": False}).said["on"] is False
    assert admin.post(f"/webhooks/{hook}/test").status == 422
    assert admin.post(f"/webhooks/{hook}/rotate").said["secret"].startswith("whsec_")
    assert admin.post("/webhooks", {"url": "https://127.0.0.2/"}).status == 201
    assert admin.post("/webhooks", {"url": "https://10.0.0.1/"}).status == 422
    assert admin.post("/webhooks", {**body, "events": ["nothing"]}).status == 422
    assert admin.post(f"/webhooks/{hook}/delete").status == 200
    assert admin.post(f"/webhooks/{hook}/delete").status == 404
    other = admin.post("/webhooks", {"url": "https://r.example/", "school": "elsewhere"})
    assert other.status == 403


def test_a_mail_a_day_is_asked_for_and_stopped_by_a_link(
    mailing_site, another, checked, monkeypatch
):
    site, page = mailing_site, another(base_url=mailing_site.url, reduced_motion="reduce")
    site.teacher(page)
    page.goto("/")
    follow(page.get_by_role("link", name="Daily mail"))
    checked(page, "digest-off")

    follow(page.get_by_role("button", name="Send me one mail a day"))
    expect(page.get_by_text("You get a mail on each day with something")).to_be_visible()
    checked(page, "digest-on")

    monkeypatch.setenv("HECTOGRAPH_DATA_DIR", str(site.place / "data"))
    seal = Seal(key=lambda: key_of(Settings.load()), purpose="digest")
    number = site.ask("SELECT id FROM person")
    stop = f"/digest/stop/{seal.close(str(number))}/"
    page.context.clear_cookies()
    page.goto(stop)
    checked(page, "digest-stop")
    assert _wanting(site) == 1  # a look changes nothing
    one_click = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=30)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    one_click.request("POST", stop, "List-Unsubscribe=One-Click", kind)
    assert one_click.getresponse().status == 200
    one_click.close()
    assert _wanting(site) == 0
    follow(page.get_by_role("button", name="Send me none any more"))
    expect(page.get_by_text("You get no mail any more.")).to_be_visible()
    page.goto("/digest/stop/nonsense/")
    expect(page.get_by_text("This link is none of ours.")).to_be_visible()


def test_without_a_mail_server_the_daily_mail_is_not_offered(site, page, checked):
    site.teacher(page)
    page.goto("/account/digest/")

    expect(
        page.get_by_text("Nobody has told hectograph how to send mails.")
    ).to_be_visible()
    expect(page.get_by_role("button", name="Send me one mail a day")).to_have_count(0)
    checked(page, "digest-not-offered")


def _wanting(site):
    return site.ask("SELECT count(*) FROM person WHERE digest_since IS NOT NULL")
