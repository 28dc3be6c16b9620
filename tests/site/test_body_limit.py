"""What anybody may send is limited before it is read."""

import asyncio

from hectograph.site.body_limit import BodyLimit


async def read_all(scope, receive, send):
    """An application that tells how much it was sent."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
        more = message["more_body"]
    await send({"type": "http.response.start", "status": 200, "size": size})


def serve(*parts, headers=()):
    async def run():
        sent = []
        messages = iter(
            {"type": "http.request", "body": part, "more_body": number < len(parts) - 1}
            for number, part in enumerate(parts)
        )

        async def receive():
            return next(messages)

        async def send(message):
            sent.append(message)

        limited = BodyLimit(read_all, most_bytes=10)
        await limited({"type": "http", "headers": list(headers)}, receive, send)
        return sent

    return asyncio.run(run())


def test_what_is_small_enough_comes_whole():
    assert serve(b"12345", b"67890")[0]["size"] == 10


def test_what_says_that_it_is_too_large_is_refused():
    assert serve(b"", headers=[(b"content-length", b"11")])[0]["status"] == 413


def test_what_does_not_say_so_is_cut_off():
    assert serve(b"12345", b"678901") == []


def test_a_length_that_is_none_is_not_believed():
    assert serve(b"1", headers=[(b"content-length", b"x")])[0]["size"] == 1
