"""What is asked for by pressing a button, done once, however often it is pressed."""

import asyncio
import contextvars
import secrets
from collections.abc import Callable, Coroutine
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")

REMEMBERED: Final = 1000
"""So many of the last presses are known."""


def new_press() -> str:
    """The mark that a page with a button carries."""
    return secrets.token_urlsafe(16)


class Once(Generic[T]):
    """Presses of buttons in this process, by their marks."""

    def __init__(self) -> None:
        self._begun: dict[str, asyncio.Task[T]] = {}

    async def run(
        self, press: str, act: Callable[[], Coroutine[Any, Any, T]]
    ) -> tuple[T, bool]:
        """What the act returns, and whether the first press had begun it already.

        What failed can be tried again. Who goes away does not stop what they began.
        """
        task = self._begun.get(press)
        is_second = task is not None
        if task is None:
            task = self._begin(press, act)
        return await asyncio.shield(task), is_second

    def _begin(
        self, press: str, act: Callable[[], Coroutine[Any, Any, T]]
    ) -> asyncio.Task[T]:
        def forget_failure(done: asyncio.Task[T]) -> None:
            if done.cancelled() or done.exception() is not None:
                self._begun.pop(press, None)

        # Not in the request's context: its threads end with it.
        task = asyncio.create_task(act(), context=contextvars.Context())
        task.add_done_callback(forget_failure)
        self._begun[press] = task
        for old in list(self._begun)[:-REMEMBERED]:
            del self._begun[old]
        return task
