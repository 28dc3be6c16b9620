"""How a command gets at what it asks of: the house here, or a server."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import tzinfo
from typing import TypeVar

import click

from hectograph.app.reception import Reception
from hectograph.cli.output import notice

T = TypeVar("T")

Act = Callable[[Reception], Awaitable[T]]


def ask(context: click.Context, act: Act[T]) -> tuple[T, tzinfo | None]:
    """What the act brings, and in which zone its times are told."""

    async def attended(reception: Reception) -> tuple[T, tzinfo | None]:
        async with reception:
            return await act(reception), reception.zone

    with context.obj.open_reception(notice) as reception:
        return asyncio.run(attended(reception))


@contextmanager
def stopped_by_signals(stopping: asyncio.Event) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end what runs inside, gently."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
