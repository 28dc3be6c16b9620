"""How the school's mail server is reached, written as one address."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self
from urllib.parse import unquote, urlsplit


class Security(StrEnum):
    """How a connection to it is kept from being listened to."""

    TLS = "smtps"
    STARTTLS = "smtp"
    """It begins in the open, and goes on only once it is secure."""
    NONE = "smtp+plain"
    """For a server on the same machine."""


PORTS: Final = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """A server that takes mails; without a name nobody signs in there."""

    security: Security
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `smtps://name:password@mail.school.example`.

        Raises ValueError, which repeats nothing of the text: a password may be in it.
        """
        parts = urlsplit(text.strip())
        if parts.scheme not in {str(each) for each in Security} or not parts.hostname:
            message = "take smtps://name:password@host, smtp:// or smtp+plain://"
            raise ValueError(message)
        if parts.path.strip("/") or parts.query or parts.fragment:
            message = "behind the host comes nothing but a port; write @, : and / as %40 …"
            raise ValueError(message)
        security = Security(parts.scheme)
        return cls(
            security=security,
            host=parts.hostname,
            port=parts.port or PORTS[security],
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )
