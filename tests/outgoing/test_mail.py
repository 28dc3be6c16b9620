"""The mail of a day, at a real mail server."""

import asyncio
from dataclasses import dataclass, field
from datetime import date
from email import message_from_bytes, policy

import pytest
from aiosmtpd.smtp import SMTP

from hectograph.domain.digest import DigestLetter, DigestLine, MailOutcome, Reader
from hectograph.domain.ids import PersonId, ShareId
from hectograph.domain.mail_server import MailServer, Security
from hectograph.outgoing.mail import DigestMail

from ..builders import EIGHT

pytestmark = pytest.mark.usefixtures("database_url")  # Django is set up with it


@dataclass
class Inbox:
    """Takes mails, or refuses them with a code."""

    refusal: str = ""
    is_rude: bool = False
    mails: list = field(default_factory=list)

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - so it is called
        if self.refusal.startswith("RCPT"):
            return self.refusal[5:]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.is_rude:
            server.transport.close()
        if self.refusal.startswith("DATA"):
            return self.refusal[5:]
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((envelope.rcpt_tos, mail))
        return "250 OK"


def a_letter(**kwargs):
    reader = Reader(
        person=PersonId(7),
        email="tess@school.test",
        name="Tess <Teacher>",
        language="",
        told_until=EIGHT,
    )
    lines = (
        DigestLine(
            share=ShareId("s" * 10),
            title="Essay & more",
            school_class="7B",
            copies=28,
            delivered=28,
            failed=0,
        ),
        DigestLine(
            share=ShareId("t" * 10),
            title="Plan",
            school_class=None,
            copies=30,
            delivered=28,
            failed=2,
        ),
    )
    told = {"reader": reader, "day": date(2026, 9, 1), "lines": lines, "stop": "tok-en"}
    return DigestLetter(**{**told, **kwargs})


def send(inbox, letter=None):
    async def run():
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(inbox), "127.0.0.1", 0)
        async with server:
            return await post(server.sockets[0].getsockname()[1], letter)

    return asyncio.run(run())


async def post(port, letter=None):
    mail = DigestMail(
        server=MailServer(security=Security.NONE, host="127.0.0.1", port=port),
        sender="Hectograph <hectograph@school.test>",
        root="https://hectograph.school.test/",
        language="en",
    )
    return await mail.send(letter or a_letter())


def test_a_mail_tells_numbers_and_links_in_two_forms():
    inbox = Inbox()

    assert send(inbox) is MailOutcome.SENT

    ((to, mail),) = inbox.mails
    text = mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    assert to == ["tess@school.test"]
    assert mail["Subject"] == "2 copies need you"
    assert "Essay & more (7B)" in text
    assert "Copies that are there: 28 of 28." in text
    assert "2 copies of 30 failed." in text
    assert f"https://hectograph.school.test/shares/{'t' * 10}/" in text
    assert "Tess &lt;Teacher&gt;" in html
    assert "Essay &amp; more" in html
    assert "2 copies of 30 failed." in html


def test_one_press_in_the_mail_program_is_enough_for_no_more():
    inbox = Inbox()

    send(inbox)

    ((_, mail),) = inbox.mails
    stop = "https://hectograph.school.test/digest/stop/tok-en/"
    assert mail["List-Unsubscribe"] == f"<{stop}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert stop in mail.get_body(("plain",)).get_content()
    assert mail["Message-ID"] == "<digest-2026-09-01-7@school.test>"


def test_without_failures_the_subject_is_quiet():
    inbox = Inbox()
    letter = a_letter(lines=a_letter().lines[:1])

    send(inbox, letter)

    ((_, mail),) = inbox.mails
    assert mail["Subject"] == "What you shared is there"
    assert "failed" not in mail.get_body(("plain",)).get_content()


@pytest.mark.parametrize(
    ("refusal", "outcome"),
    [
        ("RCPT 550 Nobody", MailOutcome.REFUSED),
        ("RCPT 450 Later", MailOutcome.LATER),
        ("DATA 552 Too large", MailOutcome.REFUSED),
        ("DATA 451 Later", MailOutcome.LATER),
    ],
)
def test_what_a_server_says_tells_whether_to_try_again(refusal, outcome):
    assert send(Inbox(refusal=refusal)) is outcome


def test_a_connection_that_broke_leaves_it_open_whether_it_was_sent():
    assert send(Inbox(is_rude=True)) is MailOutcome.UNKNOWN


def test_without_a_server_nothing_was_sent():
    assert asyncio.run(post(1)) is MailOutcome.LATER
