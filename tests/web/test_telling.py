"""A browser hears what is new to it, and a screen reader not too often."""

import asyncio

import pytest

from hectograph.domain.delivery import DeliveryState
from hectograph.domain.share import ShareState
from hectograph.web import telling
from hectograph.web.telling import Shown, Telling

from .sights import a_sight

S = DeliveryState
BEGUN = a_sight(S.PLANNED, S.PLANNED)
HALF = a_sight(S.VERIFIED, S.PLANNED)
DONE = a_sight(S.VERIFIED, S.VERIFIED, share=ShareState.COMPLETE)


@pytest.fixture(autouse=True)
def _translations(database_url):
    """Words are looked up in Django's translations."""


def shown(template, *, view):
    """Of the parts, only the progress changes; it has two lines."""
    return f"<p>\n{view.said}</p>" if template.endswith("progress.html") else template


def told(*sights):
    async def tell():
        one = Telling(shown, language="en", may_steer=True)
        looks = [sight and Shown(sight=sight) for sight in sights]
        return [b"".join(one.events(look)).decode() for look in looks]

    return asyncio.run(tell())


def names(text):
    return [line[7:] for line in text.splitlines() if line.startswith("event: ")]


def test_at_first_it_gets_every_part_and_hears_nothing():
    (first,) = told(BEGUN)

    assert names(first) == ["progress", "actions", "rows"]


def test_then_only_what_changed():
    _, second = told(BEGUN, HALF)

    assert second == "event: progress\ndata: <p>\ndata: 1 of 2 copies are there.</p>\n\n"


def test_nothing_new_says_that_it_is_still_here():
    _, second = told(BEGUN, None)

    assert second == ": still here\n\n"


def test_what_was_held_back_is_heard_after_a_while(monkeypatch):
    monkeypatch.setattr(telling, "HEARD_SECONDS", 0.0)

    _, second, third = told(BEGUN, HALF, None)

    assert names(second) == ["progress", "said"]
    assert names(third) == []


def test_the_end_is_heard_at_once():
    *_, last = told(BEGUN, HALF, DONE)

    assert names(last) == ["progress", "said", "ended"]
    assert "data: 2 of 2 copies are there.\n" in last


def test_what_many_watch_is_made_once_for_those_who_see_the_same():
    made = []

    def show(template, *, view):
        made.append(template)
        return shown(template, view=view)

    async def tell():
        look = Shown(sight=BEGUN)
        watchers = [
            Telling(show, language=language, may_steer=may_steer)
            for language, may_steer in [("en", True), ("en", True), ("en", False)] * 10
        ]
        return {b"".join(each.events(look)) for each in watchers}

    assert asyncio.run(tell())
    assert len(made) == 2 * len(telling.PARTS)
