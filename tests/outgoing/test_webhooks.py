"""Nothing is sent into a closed network, nothing is followed, nothing is waited for long."""

import asyncio

import pytest

from hectograph.domain.reach import Permitted
from hectograph.domain.webhooks import Answer, Trouble
from hectograph.outgoing.webhooks import WebhookSender

from .receiver import Names, Receiver

HERE = Permitted.parse("127.0.0.0/8")
NOBODY = Permitted()


def post(sender, url):
    return asyncio.run(sender.post(url, body=b"{}", headers={"webhook-id": "evt_1"}))


def post_to(receiver, *, permitted=HERE, **kwargs):
    async def run():
        async with receiver.listening():
            sender = WebhookSender(permitted=permitted, **kwargs)
            return await sender.post(receiver.url, body=b"{}", headers={})

    return asyncio.run(run())


def test_what_is_posted_arrives_as_it_is():
    receiver = Receiver()

    answer = post_to(receiver)

    ((headers, body),) = receiver.got
    assert answer == Answer(status=200)
    assert body == "{}"
    assert headers["User-Agent"].startswith("hectograph/")


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.5", "169.254.169.254", "192.168.1.1", "100.64.0.1"),
        *("0.0.0.0", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fd00::1", "fe80::1"),
    ],
)
def test_a_name_that_leads_into_a_closed_network_is_not_connected_to(address):
    names = Names(address)
    sender = WebhookSender(permitted=NOBODY, resolver=lambda: names)

    assert post(sender, "https://hooks.example/") == Answer(trouble=Trouble.CLOSED_NETWORK)
    assert names.asked == 1


def test_a_name_is_looked_up_once_and_what_was_checked_is_connected_to():
    async def run():
        async with Receiver().listening() as receiver:
            names = Names("127.0.0.1", "10.0.0.1")
            permitted = Permitted.parse("127.0.0.0/8,hooks.example")
            sender = WebhookSender(permitted=permitted, resolver=lambda: names)
            url = f"http://hooks.example:{receiver.port}/"
            return await sender.post(url, body=b"", headers={}), names.asked

    assert asyncio.run(run()) == (Answer(status=200), 1)


def test_the_next_time_it_is_checked_anew():
    async def run():
        async with Receiver().listening() as receiver:
            names = Names("127.0.0.1")
            url = f"https://hooks.example:8443/{receiver.port}"
            first = WebhookSender(permitted=HERE, resolver=lambda: names)
            second = WebhookSender(permitted=NOBODY, resolver=lambda: names)
            return [
                (await each.post(url, body=b"", headers={})).trouble
                for each in (first, second)
            ]

    # Permitted, there is nobody at that port; else the address is not even tried.
    assert asyncio.run(run()) == [Trouble.UNREACHABLE, Trouble.CLOSED_NETWORK]


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:80/", "https://[::1]/", "https://127.1/", "https://a:b@h.example/"],
)
def test_an_address_that_is_permitted_no_more_is_not_sent_to(url):
    assert post(WebhookSender(permitted=NOBODY), url) == Answer(
        trouble=Trouble.CLOSED_NETWORK
    )


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(status):
    receiver = Receiver(statuses=[status], headers={"Location": "/elsewhere"})

    assert post_to(receiver) == Answer(status=status)
    assert len(receiver.got) == 1


def test_a_slow_receiver_is_given_up():
    answer = post_to(Receiver(slow=30), total_seconds=0.2)

    assert answer == Answer(trouble=Trouble.TIMEOUT)


def test_of_a_long_answer_nothing_is_read():
    assert post_to(Receiver(body=b"x" * 50_000_000)) == Answer(status=200)


def test_what_is_no_http_is_trouble():
    async def run():
        async def talk(reader, writer):
            writer.write(b"220 mail.example ready\r\n" * 1000)
            writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            sender = WebhookSender(permitted=HERE)
            plain = await sender.post(f"http://127.0.0.1:{port}/", body=b"", headers={})
            secure = await sender.post(f"https://127.0.0.1:{port}/", body=b"", headers={})
            return plain.trouble, secure.trouble

    assert asyncio.run(run()) == (Trouble.UNREACHABLE, Trouble.INSECURE)


def test_nobody_there_is_trouble():
    sender = WebhookSender(permitted=HERE)

    assert post(sender, "http://127.0.0.1:1/") == Answer(trouble=Trouble.UNREACHABLE)
