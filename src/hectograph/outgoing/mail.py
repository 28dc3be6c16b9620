"""Puts the mail of a day into words, and hands it to the school's mail server."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from smtplib import (
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
)
from typing import Any, Final

import structlog
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend
from django.template import Context, Engine
from django.utils import translation
from django.utils.translation import gettext, ngettext

from hectograph.domain.digest import DigestLetter, MailOutcome
from hectograph.domain.mail_server import MailServer, Security

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS: Final = 20
REFUSED_FOR_GOOD: Final = 500

# An engine of its own: a worker has no pages, and so no templates.
ENGINE: Final = Engine(
    dirs=[str(Path(__file__).parent / "templates")],
    libraries={"i18n": "django.templatetags.i18n"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestMail:
    """`sender` is whom mails are from, `root` where people reach the pages.

    `language` is spoken to whoever chose none.
    """

    server: MailServer
    sender: str
    root: str
    language: str

    async def send(self, letter: DigestLetter) -> MailOutcome:
        outcome, why = await asyncio.to_thread(self._send, letter)
        known = {"person": letter.reader.person, "outcome": outcome}
        if outcome is MailOutcome.SENT:
            log.info("digest.sent", **known)
        else:
            log.warning("digest.not_sent", **known, why=why)
        return outcome

    def build(self, letter: DigestLetter) -> EmailMultiAlternatives:
        """The mail, in the language of who reads it."""
        root = self.root.rstrip("/")
        stop = f"{root}/digest/stop/{letter.stop}/"
        shown = {"letter": letter, "root": root, "stop": stop}
        host = self.sender.rpartition("@")[2].rstrip(">")
        with translation.override(letter.reader.language or self.language):
            mail = EmailMultiAlternatives(
                subject=_subject(letter),
                body=_rendered("digest.txt", shown, autoescape=False),
                from_email=self.sender,
                to=[letter.reader.email],
                headers={
                    # The same for the same day: programs that see it twice can tell.
                    "Message-ID": f"<digest-{letter.day}-{letter.reader.person}@{host}>",
                    # RFC 8058: a press in the mail program is enough.
                    "List-Unsubscribe": f"<{stop}>",
                    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                    "Auto-Submitted": "auto-generated",
                },
            )
            mail.attach_alternative(
                _rendered("digest.html", shown, autoescape=True), "text/html"
            )
        return mail

    def _send(self, letter: DigestLetter) -> tuple[MailOutcome, str]:
        """What became of it, and why, in words without anybody's name."""
        mail = self.build(letter)
        server = self._server()
        try:
            server.open()
        except (SMTPException, OSError) as error:
            return MailOutcome.LATER, type(error).__name__
        try:
            server.send_messages([mail])
        except SMTPRecipientsRefused as refused:
            code = max((code for code, _ in refused.recipients.values()), default=0)
            return _refused(code), f"{code}"
        except SMTPResponseException as refused:
            return _refused(refused.smtp_code), f"{refused.smtp_code}"
        except (SMTPException, OSError) as error:
            return MailOutcome.UNKNOWN, type(error).__name__
        finally:
            server.close()
        return MailOutcome.SENT, ""

    def _server(self) -> EmailBackend:
        return EmailBackend(
            host=self.server.host,
            port=self.server.port,
            username=self.server.user,
            password=self.server.password,
            use_tls=self.server.security is Security.STARTTLS,
            use_ssl=self.server.security is Security.TLS,
            timeout=TIMEOUT_SECONDS,
        )


def _subject(letter: DigestLetter) -> str:
    failed = sum(each.failed for each in letter.failing)
    if failed:
        return ngettext(
            "%(number)s copy needs you", "%(number)s copies need you", failed
        ) % {"number": failed}
    return gettext("What you shared is there")


def _refused(code: int) -> MailOutcome:
    return MailOutcome.REFUSED if code >= REFUSED_FOR_GOOD else MailOutcome.LATER


def _rendered(name: str, shown: dict[str, Any], *, autoescape: bool) -> str:
    context = Context(shown, autoescape=autoescape)
    return str(ENGINE.get_template(name).render(context)).strip() + "\n"
