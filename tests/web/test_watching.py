"""One look at a thing, however many people watch it."""

import asyncio
from contextlib import aclosing

import pytest

from hectograph.domain.errors import LedgerUnavailable
from hectograph.web.watching import Watching


class Counter:
    """Something that changes at every second look, and is over at the tenth."""

    def __init__(self, *, away=()):
        self.looks = 0
        self.away = set(away)

    async def look(self, key, before):
        self.looks += 1
        if self.looks in self.away:
            raise LedgerUnavailable("It is away.")
        return self.looks // 2


def watching(counter, **kwargs):
    return Watching(
        counter.look, is_over=lambda found: found >= 5, look_seconds=0.001, **kwargs
    )


async def watch(watching, key="share"):
    async with aclosing(watching.follow(key)) as looks:
        return [each async for each in looks if each is not None]


def test_a_watcher_sees_every_change_once_and_the_end():
    counter = Counter()

    seen = asyncio.run(watch(watching(counter)))

    assert seen == [0, 1, 2, 3, 4, 5]


def test_many_watchers_cost_one_look():
    counter = Counter()

    async def watch_together():
        together = watching(counter)
        return await asyncio.gather(*(watch(together) for _ in range(50)))

    seen = asyncio.run(watch_together())

    assert all(each[-1] == 5 for each in seen)
    assert counter.looks == 10


def test_nobody_looks_once_nobody_watches():
    counter = Counter()

    async def watch_a_little():
        watched = watching(counter)
        async with aclosing(watched.follow("share")) as looks:
            await anext(looks)
        before = counter.looks
        await asyncio.sleep(0.05)
        return before

    assert asyncio.run(watch_a_little()) == counter.looks


def test_a_database_that_is_away_is_waited_for():
    counter = Counter(away=(2, 3))

    assert asyncio.run(watch(watching(counter)))[-1] == 5


def test_nothing_new_for_long_is_a_beat():
    async def look(key, before):
        return 0

    async def wait_for_beat():
        watched = Watching(look, is_over=bool, look_seconds=0.001, beat_seconds=0.01)
        async with aclosing(watched.follow("share")) as looks:
            return [await anext(looks), await anext(looks)]

    assert asyncio.run(wait_for_beat()) == [0, None]


def test_a_look_that_fails_ends_the_watching():
    async def look(key, before):
        raise asyncio.CancelledError

    async def watch_it():
        return await watch(Watching(look, is_over=bool, look_seconds=0.001))

    assert asyncio.run(watch_it()) == []


@pytest.mark.parametrize("key", ["share", "other"])
def test_watching_begins_anew_after_an_end(key):
    counter = Counter()

    async def watch_twice():
        watched = watching(counter)
        await watch(watched)
        return await watch(watched, key)

    assert asyncio.run(watch_twice()) == [5]
