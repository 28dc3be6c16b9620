"""A button that is pressed twice acts once."""

import asyncio

import pytest

from hectograph.domain.errors import Unavailable
from hectograph.once import REMEMBERED, Once, new_press


class Act:
    def __init__(self, *, fails=0):
        self.done = 0
        self.fails = fails

    async def __call__(self):
        await asyncio.sleep(0)
        self.done += 1
        if self.done <= self.fails:
            raise Unavailable("Not now.")
        return self.done


def test_two_presses_act_once_and_the_second_is_told():
    act = Act()

    async def press_twice():
        once: Once[int] = Once()
        return await asyncio.gather(once.run("press", act), once.run("press", act))

    assert asyncio.run(press_twice()) == [(1, False), (1, True)]


def test_other_presses_act_each():
    act = Act()

    async def press():
        once: Once[int] = Once()
        return [await once.run(new_press(), act) for _ in range(2)]

    assert asyncio.run(press()) == [(1, False), (2, False)]


def test_what_failed_is_tried_again():
    act = Act(fails=1)

    async def press_twice():
        once: Once[int] = Once()
        with pytest.raises(Unavailable):
            await once.run("press", act)
        return await once.run("press", act)

    assert asyncio.run(press_twice()) == (2, False)


def test_who_goes_away_does_not_stop_it():
    act = Act()

    async def go_away():
        once: Once[int] = Once()
        first = asyncio.create_task(once.run("press", act))
        await asyncio.sleep(0)
        first.cancel()
        return await once.run("press", act)

    assert asyncio.run(go_away()) == (1, True)


def test_old_presses_are_forgotten():
    async def press_often():
        once: Once[int] = Once()
        for number in range(REMEMBERED + 50):
            await once.run(str(number), Act())
        return len(once._begun)

    assert asyncio.run(press_often()) <= REMEMBERED
