"""The command line: data on stdout, messages on stderr, exit codes as its contract.

0 complete · 1 failed · 2 usage or bad input · 3 complete with exceptions ·
4 not found · 5 not allowed · 75 try again later
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final

import click

from hectograph.app.here import HouseReception
from hectograph.app.house import House
from hectograph.app.reception import Reception
from hectograph.cli.classes import classes
from hectograph.cli.cleanup import audit, cleanup, correct, recall
from hectograph.cli.decide import decide
from hectograph.cli.drives import drive, folders
from hectograph.cli.forecast import forecast
from hectograph.cli.fresh import fresh
from hectograph.cli.machine import (
    config,
    doctor,
    ledger,
    pause,
    resume,
    serve_pages,
    worker,
)
from hectograph.cli.output import asker, notice
from hectograph.cli.queue import queue
from hectograph.cli.repeats import repeats
from hectograph.cli.share import demo, share
from hectograph.cli.shares import shares
from hectograph.domain.errors import (
    HectographError,
    LedgerUnavailable,
    Misconfigured,
    NotAllowed,
    NotFound,
    ProviderError,
    Rejected,
    RequestRefused,
    ServerUnavailable,
    TableRefused,
)

EXIT_CODES: Final[tuple[tuple[type[HectographError], int], ...]] = (
    (RequestRefused, 2),
    (Misconfigured, 2),
    (NotFound, 4),
    (NotAllowed, 5),
    (LedgerUnavailable, 75),
    (ServerUnavailable, 75),
    (Rejected, 2),
    (ProviderError, 75),
    (HectographError, 1),
)


Told = Callable[[str], None]
OpenHouse = Callable[[Told], AbstractContextManager[House]]


def nowhere(_told: Told) -> Reception | None:
    """No server is set."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """How commands get at hectograph; they import none of it themselves.

    `far` makes the reception of a server, where one is set.
    """

    open_house: OpenHouse
    examine: Callable[..., dict[str, Any]]
    list_settings: Callable[[], list[dict[str, str]]]
    serve: Callable[..., None]
    far: Callable[[Told], Reception | None] = nowhere

    @property
    def is_far(self) -> bool:
        """Whether commands talk to a server."""
        return self.far(notice) is not None

    @contextmanager
    def open_reception(self, told: Told) -> Iterator[Reception]:
        """That of the server that is set, else of the house here."""
        far = self.far(told)
        if far is not None:
            yield far
            return
        with self.open_house(told) as house:
            yield HouseReception(house=house, by=asker(), told=told)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hectograph", prog_name="hectograph")
def cli() -> None:
    """One document, a whole class, a copy in every student's folder: once, in good time."""


for command in (
    share,
    shares,
    classes,
    repeats,
    queue,
    recall,
    decide,
    correct,
    fresh,
    cleanup,
    audit,
    drive,
    folders,
    forecast,
    demo,
    worker,
    serve_pages,
    pause,
    resume,
    doctor,
    config,
    ledger,
):
    cli.add_command(command)


def run(
    *,
    open_house: OpenHouse,
    examine: Callable[..., dict[str, Any]],
    list_settings: Callable[[], list[dict[str, str]]],
    serve: Callable[..., None],
    far: Callable[[Told], Reception | None] = nowhere,
) -> None:
    """Run the command that was typed, and exit as its outcome says."""
    doors = Doors(
        open_house=open_house,
        examine=examine,
        list_settings=list_settings,
        serve=serve,
        far=far,
    )
    try:
        cli(prog_name="hectograph", obj=doors)
    except HectographError as error:
        sys.exit(_tell(error))


def _tell(error: HectographError) -> int:
    if "--json" in sys.argv:
        told = asdict(error.reason())
        if isinstance(error, TableRefused):
            told["problems"] = [asdict(each) for each in error.problems]
        click.echo(json.dumps({"error": told}, ensure_ascii=False))
    click.echo(f"hectograph: {error}", err=True)
    return next(code for kind, code in EXIT_CODES if isinstance(error, kind))
