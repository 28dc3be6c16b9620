"""The `hectograph` command. What takes long to import waits until it is needed."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hectograph.app.house import House
from hectograph.cli.main import run
from hectograph.settings import Settings

SWITCH_SECONDS = 0.0005
"""How long one thread may hold the others up: a drive's calls are many and short."""


@contextmanager
def open_house(told: Callable[[str], None]) -> Iterator[House]:
    """Open hectograph as the settings say."""
    from hectograph.bootstrap import opened  # noqa: PLC0415 - Django takes half a second

    with opened(Settings.load(), told=told) as house:
        yield house


def examine(*, stop: bool) -> dict[str, Any]:
    """What `hectograph doctor` tells."""
    from hectograph.examination import examine as look  # noqa: PLC0415

    return look(Settings.load(), stop=stop)


def list_settings() -> list[dict[str, str]]:
    """What `hectograph config check` tells. Raises Misconfigured."""
    settings = Settings.load()
    if settings.services():
        from hectograph.site.services import check_services  # noqa: PLC0415

        check_services(settings)
    if settings.calendar is not None:
        from hectograph.bootstrap import check_calendar  # noqa: PLC0415

        check_calendar(settings)
    return settings.describe()


def serve(*, host: str, port: int, works: bool, told: Callable[[str], None]) -> None:
    """What `hectograph serve` does."""
    from hectograph.site.serving import Address, serve  # noqa: PLC0415

    serve(Settings.load(), Address(host=host, port=port), works=works, told=told)


def main() -> None:
    """Run the command line."""
    sys.setswitchinterval(SWITCH_SECONDS)
    run(
        open_house=open_house,
        examine=examine,
        list_settings=list_settings,
        serve=serve,
    )


if __name__ == "__main__":
    main()
