"""The dialogue with a SAML identity provider: a request by redirect, an answer by POST.

An answer is good once, for the browser that asked for it. Not in use are sign-out,
encrypted assertions, and answers that nobody asked for.
"""

import threading
import time
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from lxml.etree import LxmlError
from onelogin.saml2.authn_request import OneLogin_Saml2_Authn_Request
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Names
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.utils import OneLogin_Saml2_Utils

from hectograph.domain.errors import RequestRefused, Unavailable
from hectograph.domain.sign_in import Claim
from hectograph.settings import Settings
from hectograph.site.claims import saml_claim

METADATA_SECONDS: Final = 3600.0
"""How long metadata are believed; a new certificate is known by then."""

PATIENCE_SECONDS: Final = 5
UNREADABLE: Final = (
    OneLogin_Saml2_Error,
    OneLogin_Saml2_ValidationError,
    LxmlError,
    ValueError,
)
"""What reading an answer may raise."""

ASKED_BY: Final = ".//saml:SubjectConfirmationData/@InResponseTo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request: its id, and where a browser takes it."""

    id: str
    address: str


@dataclass(slots=True, kw_only=True)
class Saml:
    """An identity provider, as the settings name it. Safe to call from several threads."""

    metadata: str | None
    entity_id: str | None
    address: str | None
    certificate: str | None
    _known: tuple[float, dict[str, Any]] | None = None
    _one: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, settings: Settings) -> "Saml":
        """The one that was set."""
        return cls(
            metadata=settings.sign_in_saml_metadata,
            entity_id=settings.sign_in_saml_entity_id,
            address=settings.sign_in_saml_address,
            certificate=settings.sign_in_saml_certificate,
        )

    def ask(self, *, here: str, back: str) -> Asked:
        """A request to say who somebody is. Raises Unavailable.

        `here` is the address by which we are known there, `back` where the answer goes.
        """
        settings = self._settings(here=here, back=back)
        request = OneLogin_Saml2_Authn_Request(settings)
        address = OneLogin_Saml2_Utils.redirect(
            settings.get_idp_sso_url(), {"SAMLRequest": request.get_request()}
        )
        return Asked(id=request.get_id(), address=address)

    def read(self, answer: str, *, asked: str, here: str, back: str) -> Claim:
        """Who somebody is, by the answer to a request. Raises RequestRefused, Unavailable.

        `asked` is the request's id.
        """
        settings = self._settings(here=here, back=back)
        parts = urlsplit(back)
        received = {
            "https": "on" if parts.scheme == "https" else "off",
            "http_host": parts.netloc,
            "script_name": "",
            "path_info": parts.path,
        }
        try:
            response = OneLogin_Saml2_Response(settings, answer)
            # What the library lets pass is asked for as well: audiences that are not named,
            # and an answer to somebody else, if only the assertion in it is signed.
            is_good = response.is_valid(received, asked) and (
                response.get_in_response_to() == asked
                and _askers(response) == {asked}
                and here in response.get_audiences()
            )
            if not is_good:
                raise _refused()
            return saml_claim(
                response.get_attributes(),
                name_id=response.get_nameid() or "",
                name_id_format=response.get_nameid_format() or "",
            )
        except UNREADABLE as error:
            raise _refused() from error

    def describe(self, *, here: str, back: str) -> bytes:
        """Our metadata, for the identity provider to read. Raises nothing."""
        settings = OneLogin_Saml2_Settings(
            {"strict": True, "security": _SECURITY, "sp": _us(here=here, back=back)},
            sp_validation_only=True,
        )
        told = settings.get_sp_metadata()
        return told if isinstance(told, bytes) else told.encode()

    def _settings(self, *, here: str, back: str) -> OneLogin_Saml2_Settings:
        try:
            return OneLogin_Saml2_Settings(
                {
                    "strict": True,
                    "security": _SECURITY,
                    "sp": _us(here=here, back=back),
                    "idp": self._them(),
                }
            )
        except OneLogin_Saml2_Error as error:
            raise _unavailable() from error

    def _them(self) -> dict[str, Any]:
        if self.metadata is None:
            return {
                "entityId": self.entity_id,
                "singleSignOnService": {"url": self.address},
                "x509cert": self.certificate,
            }
        with self._one:
            now = time.monotonic()
            if self._known is None or now - self._known[0] > METADATA_SECONDS:
                self._known = (now, self._fetch(self.metadata))
            return self._known[1]

    def _fetch(self, metadata: str) -> dict[str, Any]:
        try:
            got = requests.get(metadata, timeout=PATIENCE_SECONDS)
            got.raise_for_status()
            told = OneLogin_Saml2_IdPMetadataParser.parse(
                got.content, entity_id=self.entity_id
            )
        except (requests.RequestException, LxmlError, ValueError) as error:
            raise _unavailable() from error
        if "idp" not in told:
            raise _unavailable()
        them: dict[str, Any] = told["idp"]
        return them


_SECURITY: Final = {
    "requestedAuthnContext": False,
    "rejectDeprecatedAlgorithm": True,
    "wantAttributeStatement": False,
    "wantNameId": False,
    "allowSingleLabelDomains": True,
    "signatureAlgorithm": Names.RSA_SHA256,
    "digestAlgorithm": Names.SHA256,
}


def _us(*, here: str, back: str) -> dict[str, Any]:
    return {
        "entityId": here,
        "assertionConsumerService": {"url": back, "binding": Names.BINDING_HTTP_POST},
        "NameIDFormat": Names.NAMEID_UNSPECIFIED,
    }


def _askers(response: OneLogin_Saml2_Response) -> set[str]:
    """Whose requests the assertion says it answers."""
    document = response.get_xml_document()
    return set(document.xpath(ASKED_BY, namespaces=Names.NSMAP))


def _refused() -> RequestRefused:
    return RequestRefused(
        "The answer of the other service cannot be used.",
        effect="Nobody was let in.",
        remedy="Sign in again. If it stays so, tell whoever looks after hectograph.",
    )


def _unavailable() -> Unavailable:
    return Unavailable(
        "The other service does not answer.",
        effect="Nobody was let in.",
        remedy="Try again in a minute, or sign in with your password.",
    )
