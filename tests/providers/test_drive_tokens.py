import asyncio
import json
import logging
import traceback
from base64 import urlsafe_b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from hectograph.domain.errors import AccessDenied, Misconfigured, Unavailable
from hectograph.providers.drive_tokens import DRIVE_SCOPE, Identity, TokenSource

from .exchanges import DROP, answer, serving

pytestmark = pytest.mark.usefixtures("loopback")

TEACHER = "teacher@school.test"
CLIENT = "104711010815"
REFRESH_TOKEN = "1//a-refresh-token-to-hide"
CLIENT_SECRET = "GOCSPX-a-secret-to-hide"
ACCESS_TOKEN = "ya29.an-access-token-to-hide"


@pytest.fixture(scope="module")
def private_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode()


def service_account(private_key, root="http://127.0.0.1:9"):
    return {
        "type": "service_account",
        "client_email": "hectograph@school.iam.test",
        "client_id": CLIENT,
        "private_key_id": "key-1",
        "private_key": private_key,
        "token_uri": f"{root}/token",
    }


def signed_in_user(root="http://127.0.0.1:9"):
    return {
        "type": "authorized_user",
        "client_id": CLIENT,
        "client_secret": CLIENT_SECRET,
        "refresh_token": REFRESH_TOKEN,
        "token_uri": f"{root}/token",
    }


@pytest.fixture
def source(tmp_path, private_key):
    """A function that makes a source whose tokens come from there."""
    made = []

    def make(root, *, kind="service_account"):
        told = (
            service_account(private_key, root)
            if kind == "service_account"
            else signed_in_user(root)
        )
        subject = TEACHER if kind == "service_account" else None
        path = tmp_path / "credentials.json"
        path.write_text(json.dumps(told))
        made.append(TokenSource(path, subject=subject, scopes=[DRIVE_SCOPE]))
        return made[-1]

    yield make
    for each in made:
        each.close()


def token(text=ACCESS_TOKEN, *, seconds=3600):
    told = {"access_token": text, "expires_in": seconds, "token_type": "Bearer"}
    return answer(200, told, Content_Type="application/json")


def refusal(error, description="", *, status=400):
    told = {"error": error, "error_description": description}
    return answer(status, told, Content_Type="application/json")


def ask(source, *answers, kind="service_account", times=1):
    """The last of so many tokens, or the error; and what the token service was asked."""

    async def run():
        async with serving(*answers) as server:
            tokens = source(server.root, kind=kind)
            said = None
            for _ in range(times):
                try:
                    said = await tokens.token()
                except (AccessDenied, Unavailable) as error:
                    said = error
            await settled()
            return said, server.requests

    return asyncio.run(run())


async def settled():
    """Wait for what was begun ahead of time."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for each in others:
        if "_renewed" in repr(each):
            await asyncio.wait([each])


def test_a_service_account_asks_to_act_for_the_teacher(source):
    said, [request] = ask(source, token())

    assert said == ACCESS_TOKEN
    assert request.path == "/token"
    claims = json.loads(urlsafe_b64decode(request.form()["assertion"].split(".")[1] + "=="))
    assert (claims["sub"], claims["scope"]) == (TEACHER, DRIVE_SCOPE)
    assert claims["iss"] == "hectograph@school.iam.test"


def test_an_authorised_user_asks_with_what_signing_in_gave(source):
    said, [request] = ask(source, token(), kind="authorized_user")

    assert said == ACCESS_TOKEN
    assert request.form() == {
        "grant_type": "refresh_token",
        "client_id": CLIENT,
        "client_secret": CLIENT_SECRET,
        "refresh_token": REFRESH_TOKEN,
        "scope": DRIVE_SCOPE,
    }


def test_a_token_is_used_as_long_as_it_lasts(source):
    said, requests = ask(source, token("first"), token("second"), times=10)

    assert said == "first"
    assert len(requests) == 1


def test_many_that_wait_ask_once(source):
    async def run():
        async with serving(token()) as server:
            tokens = source(server.root)
            said = await asyncio.gather(*(tokens.token() for _ in range(50)))
            return set(said), len(server.requests)

    assert asyncio.run(run()) == ({ACCESS_TOKEN}, 1)


def test_one_that_gives_up_waiting_spoils_it_for_nobody(source):
    async def run():
        hung = asyncio.Event()
        async with serving(token(), stuck=hung) as server:
            tokens = source(server.root)
            hasty = asyncio.create_task(tokens.token())
            patient = asyncio.create_task(tokens.token())
            await server.reached.wait()
            hasty.cancel()
            hung.set()
            return await patient, len(server.requests)

    assert asyncio.run(run()) == (ACCESS_TOKEN, 1)


def test_shortly_before_the_end_another_is_fetched_and_nobody_waits(source):
    async def run():
        async with serving(token("old", seconds=60), token("new")) as server:
            tokens = source(server.root)
            seen = [await tokens.token(), await tokens.token()]
            await settled()
            return [*seen, await tokens.token()], len(server.requests)

    assert asyncio.run(run()) == (["old", "old", "new"], 2)


def test_while_the_old_one_lasts_an_outage_is_not_noticed(source):
    said, requests = ask(source, token("old", seconds=60), DROP, times=3)

    assert said == "old"
    assert len(requests) >= 2


def test_one_that_ran_out_is_not_used(source):
    said, requests = ask(source, token("old", seconds=-1), token("new"), times=2)

    assert said == "new"
    assert len(requests) == 2


def test_one_that_was_refused_is_replaced_once(source):
    async def run():
        async with serving(token("old"), token("new")) as server:
            tokens = source(server.root)
            old = await tokens.token()
            for _ in range(5):
                tokens.forget(old)
                assert await tokens.token() == "new"
            return len(server.requests)

    assert asyncio.run(run()) == 2


def test_a_delegation_that_is_missing_is_told_with_client_and_scopes(source):
    said, requests = ask(source, refusal("unauthorized_client", status=401))

    assert isinstance(said, AccessDenied)
    assert TEACHER in said.cause
    for part in ("Domain-wide delegation", CLIENT, DRIVE_SCOPE):
        assert part in said.remedy
    assert len(requests) == 1


@pytest.mark.parametrize(
    ("kind", "error", "remedy"),
    [
        ("service_account", "invalid_grant", "exists"),
        ("service_account", "access_denied", "Domain-wide delegation"),
        ("service_account", "invalid_client", "new key"),
        ("authorized_user", "invalid_grant", "sign in again"),
        ("authorized_user", "invalid_scope", DRIVE_SCOPE),
        ("authorized_user", "invalid_client", "new key"),
    ],
)
def test_a_refusal_says_what_to_do(source, kind, error, remedy):
    said, _ = ask(source, refusal(error), kind=kind)

    assert isinstance(said, AccessDenied)
    assert remedy in said.remedy
    assert error in said.cause


def test_that_a_person_must_prove_themselves_again_is_a_refusal(source):
    told = {"error": "invalid_grant", "error_subtype": "rapt_required"}

    said, _ = ask(source, answer(400, told), kind="authorized_user")

    assert isinstance(said, AccessDenied)
    assert "sign in again" in said.remedy


@pytest.mark.parametrize(
    "trouble",
    [
        DROP,
        answer(500, b"oops"),
        answer(503, {"error": "internal_failure"}),
        answer(429, {"error": "rate_limit_exceeded"}),
        answer(400, b"<html>a filter</html>"),
        answer(302, b"", Location="/elsewhere"),
        answer(200, b"<html>a filter</html>"),
        answer(200, {"expires_in": 3600, "refresh_token": REFRESH_TOKEN}),
        answer(200, b"[]"),
        answer(400, {"error": {"message": "odd"}}),
        answer(400, b"null"),
    ],
    ids=["drop", "500", "503", "429", "page", "away", "200", "none", "[]", "{}", "null"],
)
@pytest.mark.parametrize("kind", ["service_account", "authorized_user"])
def test_trouble_passes_and_is_not_tried_again_here(source, trouble, kind):
    said, requests = ask(source, trouble, kind=kind)

    assert isinstance(said, Unavailable)
    assert len(requests) == 1


def test_after_trouble_the_next_one_succeeds(source):
    said, _ = ask(source, answer(500), token(), times=2)

    assert said == ACCESS_TOKEN


def broken(private_key):
    account = service_account(private_key)
    return {
        "not JSON": b"{",
        "not JSON ": b"\xff\xfe",
        "no credentials": b"[]",
        "another kind": b"{}",
        "another kind ": b'{"type": "external_account"}',
        "OAuth client": b'{"installed": {"client_id": "x"}}',
        "lacks client_email": json.dumps({**account, "client_email": ""}).encode(),
        "lacks private_key": json.dumps({**account, "private_key": None}).encode(),
        "private key": json.dumps({**account, "private_key": "nonsense"}).encode(),
        "lacks client_secret, refresh_token": (
            b'{"type": "authorized_user", "client_id": "x"}'
        ),
    }


def test_a_file_that_is_no_key_is_told_apart(tmp_path, private_key):
    path = tmp_path / "key.json"
    for what, content in broken(private_key).items():
        path.write_bytes(content)

        with pytest.raises(Misconfigured, match=what.strip()) as caught:
            TokenSource(path, subject=TEACHER, scopes=[DRIVE_SCOPE])

        assert str(path) in caught.value.cause
        assert caught.value.effect
        assert caught.value.__context__ is None


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(Misconfigured, match="does not exist"):
        TokenSource(tmp_path / "none.json", subject=None, scopes=[])

    with pytest.raises(Misconfigured, match="cannot be read"):
        TokenSource(tmp_path, subject=None, scopes=[])


def test_one_persons_file_does_not_act_for_another(tmp_path):
    path = tmp_path / "user.json"
    path.write_text(json.dumps(signed_in_user()))

    with pytest.raises(Misconfigured, match="not for another"):
        TokenSource(path, subject=TEACHER, scopes=[DRIVE_SCOPE])


def test_what_is_not_secret_can_be_shown(source):
    assert source("http://127.0.0.1:9").describe() == Identity(
        kind="service_account",
        client_id=CLIENT,
        client_email="hectograph@school.iam.test",
        key_id="key-1",
    )


SECRETS = ("to-hide", "PRIVATE KEY", "assertion")


@pytest.mark.parametrize("kind", ["service_account", "authorized_user"])
@pytest.mark.parametrize(
    "said",
    [
        token(),
        refusal("invalid_grant", f"{REFRESH_TOKEN} {ACCESS_TOKEN}"),
        answer(400, f"{REFRESH_TOKEN} {ACCESS_TOKEN}".encode()),
        answer(200, {"refresh_token": REFRESH_TOKEN, "id_token": ACCESS_TOKEN}),
        answer(500, f"{REFRESH_TOKEN} {ACCESS_TOKEN}".encode()),
        DROP,
    ],
    ids=["token", "refused", "text", "no token", "500", "drop"],
)
def test_no_secret_is_in_an_error_a_repr_or_a_log(source, kind, said, caplog):
    caplog.set_level(logging.DEBUG)
    shown = []

    def make(root, *, kind):
        made = source(root, kind=kind)
        shown.append(made)
        return made

    got, _ = ask(make, said, kind=kind)

    told = caplog.text + repr(shown) + repr(vars(shown[0]))
    if isinstance(got, Exception):
        told += "".join(traceback.format_exception(got)) + repr(got)
        assert (got.__cause__, got.__context__) == (None, None)
    for secret in SECRETS:
        assert secret not in told
