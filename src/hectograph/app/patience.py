"""Asking again, while a person waits for the answer."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from hectograph.domain.errors import ProviderError, Rejected
from hectograph.ports.clock import Clock

T = TypeVar("T")

TRIES: Final = 6
FIRST_SECONDS: Final = 0.3


async def patiently(ask: Callable[[], Awaitable[T]], *, clock: Clock) -> T:
    """What `ask` answers, asked again some times while the service has troubles.

    Only for what changes nothing there. Raises what the last try raised; a refusal at
    once.
    """
    for number in range(TRIES - 1):
        try:
            return await ask()
        except Rejected:
            raise
        except ProviderError as error:
            wait = error.retry_after.total_seconds() if error.retry_after else 0.0
            await clock.sleep(max(wait, FIRST_SECONDS * 2**number))
    return await ask()
