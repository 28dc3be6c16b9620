import asyncio
import gzip
import logging
import ssl
import traceback
from dataclasses import replace

import pytest
import trustme

from hectograph.domain.errors import OutcomeUnknown, Unavailable
from hectograph.providers.transport import DEFAULT_LIMITS, Call, Connections

from .exchanges import DROP, answer, serving

pytestmark = pytest.mark.usefixtures("loopback")

SECRET = "ya29.a-token-that-nobody-may-see"
NAME = "Ada Lovelace"

READ = Call(
    name="files.get",
    method="GET",
    path="/drive/v3/files/1x",
    query={"q": f"name='{NAME}'"},
    headers={"Authorization": f"Bearer {SECRET}"},
    writes=False,
    units=5,
)
WRITE = replace(
    READ, name="files.copy", method="POST", body=NAME.encode(), writes=True, units=50
)
WRITES = [replace(WRITE, method=each) for each in ("POST", "PATCH", "PUT", "DELETE")]
READS = [READ, replace(READ, body=b"{}")]
QUICK = replace(DEFAULT_LIMITS, entry_seconds=0.2, connect_seconds=0.1, read_seconds=0.1)


def send(call, *answers, used=False, limits=DEFAULT_LIMITS, stuck=False):
    """The answer or the error, and the server; `used`: on a connection that was used."""

    async def run():
        hung = asyncio.Event() if stuck else None
        first = [answer()] if used else []
        async with (
            serving(*first, *answers, stuck=hung) as server,
            Connections(limits=limits) as connections,
        ):
            transport = connections.transport(server.root)
            if used:
                await transport.send(READ)
            try:
                return await transport.send(call), server
            except (Unavailable, OutcomeUnknown) as error:
                return error, server

    return asyncio.run(run())


def send_to(root, call=WRITE, *, limits=DEFAULT_LIMITS):
    async def run():
        async with Connections(limits=limits) as connections:
            return await connections.transport(root).send(call)

    return asyncio.run(run())


@pytest.fixture
def closed_port():
    """A port where nobody listens."""

    async def find():
        async with serving() as server:
            return server.port

    return asyncio.run(find())


def test_an_answer_comes_as_it_was_given():
    said, server = send(WRITE, answer(418, b'{"a": 1}', Retry_After="7"))

    assert (said.status, said.body) == (418, b'{"a": 1}')
    assert said.headers["retry-after"] == "7"
    [request] = server.requests
    assert (request.method, request.path, request.query) == (
        "POST",
        "/drive/v3/files/1x",
        {"q": f"name='{NAME}'"},
    )
    assert (request.body, request.headers["authorization"]) == (
        NAME.encode(),
        f"Bearer {SECRET}",
    )


def test_it_says_who_it_is_and_that_it_could_unpack():
    _, server = send(READ)

    headers = server.requests[0].headers
    assert headers["user-agent"].startswith("hectograph/")
    assert "gzip" in headers["user-agent"]
    assert headers["accept-encoding"] == "identity"


def test_a_compressed_answer_is_unpacked():
    packed = gzip.compress(b"[1, 2, 3]")

    said, server = send(
        replace(READ, headers={"Accept-Encoding": "gzip"}),
        answer(200, packed, Content_Encoding="gzip"),
    )

    assert said.body == b"[1, 2, 3]"
    assert server.requests[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize("used", [False, True], ids=["fresh", "used"])
@pytest.mark.parametrize("call", WRITES, ids=lambda call: call.method)
def test_a_dropped_write_is_unknown_and_not_sent_again(call, used):
    said, server = send(call, DROP, used=used)

    assert isinstance(said, OutcomeUnknown)
    assert [each.method for each in server.requests[used:]] == [call.method]


@pytest.mark.parametrize("used", [False, True], ids=["fresh", "used"])
@pytest.mark.parametrize("call", READS, ids=["bare", "with a body"])
def test_a_dropped_read_is_not_sent_again_either(call, used):
    said, server = send(call, DROP, used=used)

    assert isinstance(said, Unavailable)
    assert len(server.requests) == 1 + used


@pytest.mark.parametrize(
    "broken",
    [
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["headers", "body", "chunk", "size", "other", "unpacked", "long"],
)
@pytest.mark.parametrize(("call", "error"), [(WRITE, OutcomeUnknown), (READ, Unavailable)])
def test_a_broken_answer_leaves_a_write_unknown(broken, call, error):
    said, server = send(call, broken)

    assert isinstance(said, error)
    assert len(server.requests) == 1


@pytest.mark.parametrize(("call", "error"), [(WRITE, OutcomeUnknown), (READ, Unavailable)])
def test_a_silent_server_is_given_up_and_leaves_a_write_unknown(call, error):
    said, server = send(call, answer(), limits=QUICK, stuck=True)

    assert isinstance(said, error)
    assert len(server.requests) == 1


def test_an_answer_that_never_ends_is_given_up_with_the_total_time():
    async def run():
        ended = asyncio.Event()

        async def begin(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
            await reader.read()
            writer.close()
            ended.set()

        limits = replace(DEFAULT_LIMITS, total_seconds=0.2)
        server = await asyncio.start_server(begin, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            async with Connections(limits=limits) as connections:
                with pytest.raises(OutcomeUnknown, match="TimeoutError"):
                    await connections.transport(f"http://127.0.0.1:{port}").send(WRITE)
            await ended.wait()

    asyncio.run(run())


@pytest.mark.parametrize(
    "body",
    [
        answer(200, b"x" * 2000),
        answer(200, gzip.compress(b"x" * 2000), Content_Encoding="gzip"),
    ],
    ids=["plain", "packed"],
)
def test_an_answer_beyond_all_measure_is_not_taken_in(body):
    limits = replace(DEFAULT_LIMITS, answer_bytes=1000)

    said, _ = send(WRITE, body, limits=limits)

    assert isinstance(said, OutcomeUnknown)
    assert "more bytes" in said.cause


def test_a_redirect_is_an_answer_and_not_followed():
    said, server = send(WRITE, answer(307, b"", Location="/elsewhere"))

    assert said.status == 307
    assert len(server.requests) == 1


def test_nobody_listening_means_nothing_was_done(closed_port):
    with pytest.raises(Unavailable, match="cannot be reached"):
        send_to(f"http://127.0.0.1:{closed_port}")


def test_a_name_that_is_not_known_means_nothing_was_done():
    with pytest.raises(Unavailable, match="was not found"):
        send_to("http://drive.invalid")


def test_no_free_connection_means_nothing_was_done():
    async def run():
        limits = replace(QUICK, read_seconds=60, pool_size=1)
        hung = asyncio.Event()
        async with (
            serving(stuck=hung) as server,
            Connections(limits=limits) as connections,
        ):
            transport = connections.transport(server.root)
            first = asyncio.create_task(transport.send(WRITE))
            await server.reached.wait()
            with pytest.raises(Unavailable, match="in time"):
                await transport.send(WRITE)
            hung.set()
            await first
            return len(server.requests)

    assert asyncio.run(run()) == 1


@pytest.fixture
def authority(tmp_path, monkeypatch):
    """An authority for 127.0.0.1, trusted only once its file is named."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    return authority


def exchange_securely(authority):
    async def run():
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        async with serving(tls=context) as server, Connections() as connections:
            return await connections.transport(server.root).send(WRITE)

    return asyncio.run(run())


def test_an_authority_that_the_environment_names_is_trusted(
    authority, tmp_path, monkeypatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))

    assert exchange_securely(authority).status == 200


def test_a_certificate_of_nobody_we_trust_means_nothing_was_done(authority):
    with pytest.raises(Unavailable, match="secure") as caught:
        exchange_securely(authority)

    assert "SSL_CERT_FILE" in caught.value.remedy


def test_calls_go_through_the_proxy_of_the_environment(monkeypatch):
    async def run():
        async with serving() as proxy, Connections() as connections:
            monkeypatch.setenv("http_proxy", proxy.root)
            await connections.transport("http://drive.invalid").send(WRITE)
            return proxy.requests

    [request] = asyncio.run(run())

    assert request.target.startswith("http://drive.invalid/drive/v3/files/1x?")


def test_a_service_that_needs_no_proxy_is_called_directly(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    said, _ = send(WRITE)

    assert said.status == 200


def test_a_proxy_that_refuses_means_nothing_was_done(monkeypatch):
    async def run():
        async with serving(answer(407, b"")) as proxy, Connections() as connections:
            monkeypatch.setenv("https_proxy", proxy.root.replace("//", "//us:pass@"))
            try:
                await connections.transport("https://drive.invalid").send(WRITE)
            finally:
                [request] = proxy.requests
                assert request.method == "CONNECT"
                assert request.headers["proxy-authorization"].startswith("Basic ")

    with pytest.raises(Unavailable, match="proxy") as caught:
        asyncio.run(run())

    assert "pass" not in str(caught.value)


def test_connections_are_kept_and_shared():
    async def run():
        async with serving() as server, Connections() as connections:
            for _ in range(5):
                await connections.transport(server.root).send(WRITE)
            return server.connections

    assert asyncio.run(run()) == 1


def test_connections_are_not_shared_between_services():
    async def run():
        async with serving() as one, serving() as other, Connections() as connections:
            await connections.transport(one.root).send(WRITE)
            await connections.transport(other.root).send(WRITE)
            return len(one.requests), len(other.requests)

    assert asyncio.run(run()) == (1, 1)


def test_a_cancelled_call_spoils_no_other():
    async def run():
        hung = asyncio.Event()
        async with serving(stuck=hung) as server, Connections() as connections:
            transport = connections.transport(server.root)
            call = asyncio.create_task(transport.send(WRITE))
            await server.reached.wait()
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
            hung.set()
            return call.cancelled(), await transport.send(READ)

    cancelled, said = asyncio.run(run())

    assert cancelled
    assert said.status == 200


LOST = [DROP, b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}", b"nonsense\r\n\r\n"]


@pytest.mark.parametrize("lost", LOST, ids=["drop", "cut", "nonsense"])
def test_no_error_and_no_log_knows_what_was_sent(lost, caplog):
    caplog.set_level(logging.DEBUG)

    error, _ = send(WRITE, lost)

    told = "".join(traceback.format_exception(error)) + repr(error) + caplog.text
    for secret in (SECRET, NAME, "name="):
        assert secret not in told
    assert (error.__cause__, error.__context__) == (None, None)


def test_a_call_and_an_answer_show_nothing_private():
    said, _ = send(WRITE, answer(200, NAME.encode(), X_Secret=SECRET))

    shown = f"{WRITE!r} {said!r}"
    assert SECRET not in shown
    assert NAME not in shown
    assert "files.copy" in shown
