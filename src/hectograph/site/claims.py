"""From what a service tells about somebody to a claim, in each service's own words.

Nothing is believed that is not there: an email is verified where the service says so, in
the place where it documents it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hectograph.domain.sign_in import Claim, Service

Told = Mapping[str, Any]

GUEST: Final = "#ext#"
"""In the name of a Microsoft account whose owner is of another organisation."""

EMAIL_FORMAT: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
SCHEMAS: Final = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
EMAILS: Final = (
    "urn:oid:0.9.2342.19200300.100.1.3",
    f"{SCHEMAS}/emailaddress",
    "email",
    "mail",
)
NAMES: Final = (
    "urn:oid:2.16.840.1.113730.3.1.241",
    "http://schemas.microsoft.com/identity/claims/displayname",
    "displayName",
    "name",
)
FIRST_NAMES: Final = ("urn:oid:2.5.4.42", f"{SCHEMAS}/givenname", "givenName")
LAST_NAMES: Final = ("urn:oid:2.5.4.4", f"{SCHEMAS}/surname", "sn")


def google_claim(told: Told) -> Claim:
    """From the claims of a token: https://developers.google.com/identity/openid-connect."""
    return Claim(
        service=Service.GOOGLE,
        email=_text(told, "email"),
        is_verified=_is_true(told.get("email_verified")),
        name=_text(told, "name"),
        organisation=_text(told, "hd"),
    )


def microsoft_claim(told: Told) -> Claim:
    """From a profile of Microsoft Graph, asked for within the school's tenant.

    There the school alone says which email is whose; of guests another organisation does.
    """
    login = _text(told, "userPrincipalName")
    return Claim(
        service=Service.MICROSOFT,
        email=_text(told, "mail") or login,
        is_verified=bool(login) and GUEST not in login.lower(),
        name=_text(told, "displayName"),
    )


def oidc_claim(told: Told) -> Claim:
    """From a token and the answer of the userinfo endpoint, which must be of one subject.

    OpenID Connect Core 1.0, sections 5.1 and 5.3.2.
    """
    token, userinfo = told.get("id_token") or {}, told.get("userinfo") or {}
    source = userinfo if "email" in userinfo else token
    is_one = bool(token.get("sub")) and userinfo.get("sub", "") == token["sub"]
    return Claim(
        service=Service.OIDC,
        email=_text(source, "email"),
        is_verified=is_one and _is_true(source.get("email_verified")),
        name=_text(userinfo, "name") or _text(token, "name"),
    )


def saml_claim(
    attributes: Mapping[str, Sequence[Any]], *, name_id: str, name_id_format: str
) -> Claim:
    """From a signed assertion, whose name is an email where its format says so.

    An identity provider of the school vouches for what it signs, unless it says otherwise.
    """
    email = _first(attributes, EMAILS)
    if not email and name_id_format == EMAIL_FORMAT:
        email = name_id
    parts = (_first(attributes, FIRST_NAMES), _first(attributes, LAST_NAMES))
    said = _first(attributes, ("email_verified", "http://schemas.auth0.com/email_verified"))
    return Claim(
        service=Service.SAML,
        email=email,
        is_verified=said.lower() in ("", "true", "1"),
        name=_first(attributes, NAMES) or " ".join(filter(None, parts)),
    )


def _text(told: Told, name: str) -> str:
    value = told.get(name)
    return value.strip() if isinstance(value, str) else ""


def _is_true(value: object) -> bool:
    """Whether it says so; some services write it as a word."""
    return value is True or value == "true"


def _first(attributes: Mapping[str, Sequence[Any]], names: Sequence[str]) -> str:
    """The value of the first of these names that has just one."""
    single = (attributes[name][0] for name in names if len(attributes.get(name, ())) == 1)
    return next((each.strip() for each in single if isinstance(each, str)), "")
