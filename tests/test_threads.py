import asyncio
import threading

import pytest

from hectograph.threads import Grouped, OneThread


def test_one_thread_is_always_the_same():
    desk = OneThread("desk")

    async def ask():
        return [await desk.run(threading.get_ident) for _ in range(5)]

    assert len(set(asyncio.run(ask()))) == 1
    desk.close()


def test_what_waits_together_goes_together():
    trips = []

    async def work(items):
        trips.append(list(items))
        return [item * 2 for item in items]

    async def ask():
        group = Grouped(work, limit=3)
        return await asyncio.gather(*(group.call(number) for number in range(7)))

    assert asyncio.run(ask()) == [0, 2, 4, 6, 8, 10, 12]
    assert trips == [[0, 1, 2], [3, 4, 5], [6]]


def test_an_error_of_one_item_is_its_own():
    async def work(items):
        return [ValueError("two") if item == 2 else item for item in items]

    async def ask():
        group = Grouped(work, limit=9)
        calls = (group.call(number) for number in (1, 2, 3))
        return await asyncio.gather(*calls, return_exceptions=True)

    one, two, three = asyncio.run(ask())
    assert (one, three) == (1, 3)
    assert isinstance(two, ValueError)


def test_an_error_of_the_trip_is_everybodys():
    async def work(items):
        raise OSError("gone")

    async def ask():
        group = Grouped(work, limit=9)
        calls = (group.call(number) for number in (1, 2))
        return await asyncio.gather(*calls, return_exceptions=True)

    assert [type(each) for each in asyncio.run(ask())] == [OSError, OSError]


def test_no_more_trips_are_under_way_than_allowed():
    under_way = 0
    most = 0

    async def work(items):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001)
        under_way -= 1
        return items

    async def ask():
        group = Grouped(work, limit=1, width=2)
        await asyncio.gather(*(group.call(number) for number in range(10)))

    asyncio.run(ask())
    assert most == 2


def test_a_caller_that_went_away_disturbs_nobody():
    async def work(items):
        await asyncio.sleep(0.001)
        return items

    async def ask():
        group = Grouped(work, limit=9)
        leaving = asyncio.create_task(group.call("leaving"))
        staying = asyncio.create_task(group.call("staying"))
        await asyncio.sleep(0)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        return await staying

    assert asyncio.run(ask()) == "staying"
