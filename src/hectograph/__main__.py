"""The `hectograph` command. What takes long to import waits until it is needed."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hectograph.app.house import House
from hectograph.app.reception import Reception
from hectograph.cli.main import run
from hectograph.domain.errors import Misconfigured
from hectograph.settings import Settings

SWITCH_SECONDS = 0.0005
"""How long one thread may hold the others up: a drive's calls are many and short."""


@contextmanager
def open_house(told: Callable[[str], None]) -> Iterator[House]:
    """Open hectograph as the settings say."""
    settings = load_for_here()
    from hectograph.bootstrap import opened  # noqa: PLC0415 - Django takes half a second

    with opened(settings, told=told) as house:
        yield house


def examine(*, stop: bool) -> dict[str, Any]:
    """What `hectograph doctor` tells."""
    from hectograph.examination import examine as look  # noqa: PLC0415

    return look(load_for_here(), stop=stop)


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
    settings = load_for_here()
    from hectograph.site.serving import Address, serve  # noqa: PLC0415

    serve(settings, Address(host=host, port=port), works=works, told=told)


def load_for_here() -> Settings:
    """The settings of a command that needs this machine. Raises Misconfigured."""
    settings = Settings.load()
    if settings.url is None:
        return settings
    raise Misconfigured(
        f"This command needs the machine that runs hectograph, and HECTOGRAPH_URL names "
        f"{settings.url}.",
        effect="Nothing was done.",
        remedy="Run it on that machine, or without HECTOGRAPH_URL for a database here.",
    )


def reach(told: Callable[[str], None]) -> Reception | None:
    """The reception of the server that is set, if one is. Raises Misconfigured."""
    settings = Settings.load()
    if settings.url is None:
        return None
    from hectograph.client.reception import ServerReception  # noqa: PLC0415
    from hectograph.client.server import Server, check_token  # noqa: PLC0415

    token = settings.token.get_secret_value() if settings.token else ""
    server = Server(settings.url, check_token(token, root=settings.url))
    return ServerReception(server, told=told)


def main() -> None:
    """Run the command line."""
    sys.setswitchinterval(SWITCH_SECONDS)
    run(
        open_house=open_house,
        examine=examine,
        list_settings=list_settings,
        serve=serve,
        far=reach,
    )


if __name__ == "__main__":
    main()
