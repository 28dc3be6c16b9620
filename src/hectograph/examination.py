"""Looks hectograph over, for `hectograph doctor`."""

import asyncio
from importlib.metadata import version
from typing import Any

from hectograph import postgres
from hectograph.bootstrap import find_server, opened
from hectograph.domain.errors import HectographError
from hectograph.settings import Settings

LOOKED_AT = 1000
"""How many of the newest shares are counted."""


def examine(settings: Settings, *, stop: bool) -> dict[str, Any]:
    """What was found, fit to be printed; with `stop`, the embedded server is ended.

    `healthy` tells whether a share could be made now.
    """
    if stop:
        ended = postgres.stop(settings.data_dir)
        return {"healthy": True, "database": "stopped" if ended else "was not running"}
    facts: dict[str, Any] = {"hectograph": version("hectograph")}
    try:
        return {**facts, **_look_around(settings)}
    except HectographError as error:
        return {**facts, "healthy": False, "problem": str(error)}


def _look_around(settings: Settings) -> dict[str, Any]:
    embedded = settings.database_url is None
    ran_before = embedded and postgres.find_running(settings.data_dir) is not None
    server = find_server(settings)
    with opened(settings) as house:
        shares = asyncio.run(house.sharing.list_shares(limit=LOOKED_AT))
        halt = asyncio.run(house.operating.find_halt())
        about = house.presence.is_worker_about()
    return {
        "healthy": True,
        "database": _kind(settings, ran_before=ran_before),
        "server": f"PostgreSQL {server.version}",
        "data": str(settings.data_dir) if embedded else "on the server",
        "tables": "up to date",
        "worker": "about" if about else "none is about",
        "halted": halt.as_json() if halt else None,
        "open_shares": sum(not each.share.is_ended for each in shares),
        "failed_copies": sum(each.failed for each in shares),
    }


def _kind(settings: Settings, *, ran_before: bool) -> str:
    if settings.database_url is not None:
        return "the server that HECTOGRAPH_DATABASE_URL names"
    return "embedded, was running" if ran_before else "embedded, was started for this"
