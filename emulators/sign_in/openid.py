"""OpenID Connect with PKCE; and the addresses and shapes of Google and Microsoft."""

import base64
import hashlib
import time
from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode

from aiohttp import web

from emulators.sign_in.world import CLIENT, SECRET, Told, World

WORLD: web.AppKey[World] = web.AppKey("world", World)
AUTHORIZE = ("/authorize", "/o/oauth2/v2/auth", "/{tenant}/oauth2/v2.0/authorize")
TOKEN = ("/token", "/{tenant}/oauth2/v2.0/token")
GOOD_SECONDS = 300

routes = web.RouteTableDef()


def root_of(request: web.Request) -> str:
    """The emulator's address."""
    return f"{request.scheme}://{request.host}"


def choose(request: web.Request, asked: str, *, action: str) -> web.Response:
    """The page on which somebody says who they are."""
    buttons = "".join(
        f'<button name="email" value="{escape(email)}">{escape(email)}</button>'
        for email in request.app[WORLD].people
    )
    return web.Response(
        text='<!doctype html><html lang="en"><title>The service</title>'
        "<h1>Who are you?</h1>"
        f'<form method="post" action="{action}">'
        f'<input type="hidden" name="asked" value="{escape(asked)}">{buttons}'
        '<button name="email" value="">Cancel</button></form></html>',
        content_type="text/html",
    )


@routes.get("/.well-known/openid-configuration")
async def discover(request: web.Request) -> web.Response:
    """Where everything is."""
    root = root_of(request)
    return web.json_response(
        {
            "issuer": root,
            "authorization_endpoint": f"{root}/authorize",
            "token_endpoint": f"{root}/token",
            "userinfo_endpoint": f"{root}/userinfo",
            "jwks_uri": f"{root}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }
    )


@routes.get("/jwks")
async def list_keys(request: web.Request) -> web.Response:
    """The keys of tokens."""
    return web.json_response({"keys": [request.app[WORLD].keys.public_jwk()]})


async def authorize(request: web.Request) -> web.Response:
    """Ask who it is, if the client is known and proves itself later on."""
    query = request.query
    is_good = (
        query.get("client_id") == CLIENT
        and query.get("response_type") == "code"
        and query.get("code_challenge_method") == "S256"
        and all(query.get(name) for name in ("state", "code_challenge", "redirect_uri"))
    )
    if not is_good:
        return web.Response(status=400, text="This is no request to sign in.")
    asked = {**query, "tenant": request.match_info.get("tenant", "")}
    return choose(request, urlencode(asked), action="/choose")


@routes.post("/choose")
async def chosen(request: web.Request) -> web.Response:
    """Send whoever it is back, with a code."""
    world, form = request.app[WORLD], await request.post()
    asked = dict(parse_qsl(str(form["asked"])))
    email = str(form["email"])
    if email:
        person = world.people[email]
        told = {"code": world.give_code({**asked, "person": person})}
    else:
        told = {"error": "access_denied"}
    address = f"{asked['redirect_uri']}?{urlencode({**told, 'state': asked['state']})}"
    return web.Response(status=302, headers={"Location": address})


async def exchange(request: web.Request) -> web.Response:
    """A token for a code, if all fits."""
    world, form = request.app[WORLD], await request.post()
    granted = world.codes.pop(str(form.get("code")), None)
    if granted is None or not _fits(granted, form, request):
        return web.json_response({"error": "invalid_grant"}, status=400)
    person = granted["person"]
    return web.json_response(
        {
            "access_token": world.give_token(person),
            "token_type": "Bearer",
            "expires_in": GOOD_SECONDS,
            "id_token": world.keys.sign(_claims(request, person)),
        }
    )


def _fits(granted: Told, form: Mapping[str, Any], request: web.Request) -> bool:
    digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return (
        form.get("client_id") == CLIENT
        and form.get("client_secret") == SECRET
        and form.get("redirect_uri") == granted["redirect_uri"]
        and challenge == granted["code_challenge"]
        and request.match_info.get("tenant", "") == granted.get("tenant", "")
    )


def _claims(request: web.Request, person: Told) -> Told:
    now = int(time.time())
    standard = {
        "iss": root_of(request),
        "aud": CLIENT,
        "sub": person["email"],
        "iat": now,
        "exp": now + GOOD_SECONDS,
    }
    return {**standard, **person, **request.app[WORLD].faults.get("id_token", {})}


def _bearer(request: web.Request) -> Told:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    person = request.app[WORLD].tokens.get(token)
    if person is None:
        raise web.HTTPUnauthorized
    return person


@routes.get("/userinfo")
async def tell(request: web.Request) -> web.Response:
    """Who it is."""
    person = _bearer(request)
    faults = request.app[WORLD].faults.get("userinfo", {})
    return web.json_response({"sub": person["email"], **person, **faults})


@routes.get("/v1.0/me")
async def tell_profile(request: web.Request) -> web.Response:
    """Who it is, as Microsoft Graph says it: nothing is said of an email's verification."""
    person = _bearer(request)
    return web.json_response(
        {
            "id": person["email"],
            "displayName": person.get("name"),
            "mail": person.get("mail", person["email"]),
            "userPrincipalName": person.get("userPrincipalName", person["email"]),
        }
    )


def add_to(app: web.Application) -> None:
    """Answer at all these addresses."""
    app.add_routes(routes)
    app.add_routes([web.get(path, authorize) for path in AUTHORIZE])
    app.add_routes([web.post(path, exchange) for path in TOKEN])
