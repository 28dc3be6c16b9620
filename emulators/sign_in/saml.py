"""A SAML identity provider: metadata, sign-on by redirect, signed answers by POST."""

import base64
import secrets
import time
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from urllib.parse import parse_qsl, urlencode
from xml.sax.saxutils import escape as xml

from aiohttp import web
from lxml import etree
from onelogin.saml2.utils import OneLogin_Saml2_Utils

from emulators.sign_in.openid import WORLD, choose, root_of
from emulators.sign_in.world import Told, World

NAMES = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
}
DECLARED = " ".join(f'xmlns:{short}="{name}"' for short, name in NAMES.items())
EMAIL = "urn:oid:0.9.2342.19200300.100.1.3"
NAME = "urn:oid:2.16.840.1.113730.3.1.241"
GOOD_SECONDS = 300

routes = web.RouteTableDef()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request: its id, who sent it, where the answer goes."""

    id: str
    sender: str
    back: str


@routes.get("/saml/metadata")
async def describe(request: web.Request) -> web.Response:
    """Who the identity provider is."""
    root = root_of(request)
    lines = request.app[WORLD].keys.certificate_pem.splitlines()
    certificate = "".join(lines[1:-1])
    return web.Response(
        text=f'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"'
        f' entityID="{root}/saml"><IDPSSODescriptor'
        f' protocolSupportEnumeration="{NAMES["samlp"]}"><KeyDescriptor use="signing">'
        '<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>'
        f"{certificate}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
        '<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"'
        f' Location="{root}/saml/sso"/></IDPSSODescriptor></EntityDescriptor>',
        content_type="application/samlmetadata+xml",
    )


@routes.get("/saml/sso")
async def ask(request: web.Request) -> web.Response:
    """Ask who it is."""
    packed = base64.b64decode(request.query["SAMLRequest"])
    tree = etree.fromstring(zlib.decompress(packed, -zlib.MAX_WBITS))
    asked = {
        "id": tree.get("ID"),
        "sender": tree.findtext("saml:Issuer", namespaces=NAMES),
        "back": tree.get("AssertionConsumerServiceURL"),
    }
    return choose(request, urlencode(asked), action="/saml/choose")


@routes.post("/saml/choose")
async def chosen(request: web.Request) -> web.Response:
    """A page that takes the answer back."""
    world, form = request.app[WORLD], await request.post()
    asked = Asked(**dict(parse_qsl(str(form["asked"]))))
    person = world.people[str(form["email"])]
    answer = answer_to(asked, person, issuer=f"{root_of(request)}/saml", world=world)
    return web.Response(
        text='<!doctype html><html lang="en"><title>The service</title><h1>Signed in</h1>'
        f'<form method="post" action="{escape(asked.back)}">'
        f'<input type="hidden" name="SAMLResponse" value="{answer}">'
        "<button>Back</button></form></html>",
        content_type="text/html",
    )


def answer_to(asked: Asked, person: Told, *, issuer: str, world: World) -> str:
    """A response in base64; wrong in the ways of the faults."""
    faults = world.faults.get("saml", {})
    begins, ends = _moment(-GOOD_SECONDS), _moment(faults.get("good", GOOD_SECONDS))
    in_response_to = _asked_by(faults.get("in_response_to", asked.id))
    values = {EMAIL: person["email"], NAME: person.get("name", "")}
    values |= faults.get("attributes", {})
    attributes = "".join(
        f'<saml:Attribute Name="{name}"><saml:AttributeValue>{xml(text)}'
        "</saml:AttributeValue></saml:Attribute>"
        for name, text in values.items()
    )
    assertion = (
        f'<saml:Assertion {DECLARED} ID="_{secrets.token_hex(16)}" Version="2.0"'
        f' IssueInstant="{_moment(0)}"><saml:Issuer>{faults.get("issuer", issuer)}'
        "</saml:Issuer><saml:Subject><saml:NameID>"
        f"{xml(person['email'])}</saml:NameID><saml:SubjectConfirmation"
        ' Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData'
        f' NotOnOrAfter="{ends}" Recipient="{asked.back}"{in_response_to}/>'
        "</saml:SubjectConfirmation></saml:Subject>"
        f'<saml:Conditions NotBefore="{begins}" NotOnOrAfter="{ends}">'
        f"{_audience(faults.get('audience', asked.sender))}</saml:Conditions>"
        f'<saml:AuthnStatement AuthnInstant="{_moment(0)}"><saml:AuthnContext>'
        "<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
        "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
        f"<saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion>"
    )
    keys = world.others_keys if faults.get("key") == "another" else world.keys
    if faults.get("sign", True):
        signed = OneLogin_Saml2_Utils.add_sign(
            assertion, keys.private_pem, keys.certificate_pem
        )
        assertion = signed.decode() if isinstance(signed, bytes) else signed
    if "changed_to" in faults:
        assertion = assertion.replace(person["email"], faults["changed_to"])
    hidden = ""
    if "wrapped_for" in faults:
        # What is signed stays in the answer, where nobody looks; what is looked at is not.
        hidden = f"<samlp:Extensions>{assertion}</samlp:Extensions>"
        assertion = assertion.replace(person["email"], faults["wrapped_for"])
    response = (
        f'<samlp:Response {DECLARED} ID="_{secrets.token_hex(16)}" Version="2.0"'
        f' IssueInstant="{_moment(0)}" Destination="{asked.back}"'
        f' InResponseTo="{asked.id}"><saml:Issuer>{issuer}</saml:Issuer>'
        f"{hidden}<samlp:Status>"
        '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>'
        f"</samlp:Status>{assertion}</samlp:Response>"
    )
    return base64.b64encode(response.encode()).decode()


def _asked_by(request: str) -> str:
    return f' InResponseTo="{request}"' if request else ""


def _audience(audience: str) -> str:
    if not audience:
        return ""
    return (
        f"<saml:AudienceRestriction><saml:Audience>{xml(audience)}</saml:Audience>"
        "</saml:AudienceRestriction>"
    )


def _moment(seconds: float) -> str:
    """So many seconds from now."""
    moment = datetime.fromtimestamp(time.time() + seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
