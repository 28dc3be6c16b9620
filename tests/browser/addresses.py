"""Prints every address of the pages with what it needs; a process of its own.

Only there Django is set up with what the pages are made of.
"""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, cast

from hectograph.app.house import House
from hectograph.settings import Settings

SERVICES: Any = {
    "data_dir": "nowhere",
    **{f"sign_in_google_{name}": "x" for name in ("client_id", "secret")},
    **{f"sign_in_microsoft_{name}": "x" for name in ("client_id", "secret", "tenant")},
    **{f"sign_in_oidc_{name}": "x" for name in ("client_id", "secret")},
    "sign_in_oidc_issuer": "https://id.school.test",
    "sign_in_saml_metadata": "https://idp.school.test",
}
"""All of them, so that their addresses are there."""


@dataclass(frozen=True)
class Address:
    """A route, and what it needs by method: an act, "anybody", or nothing that is said."""

    name: str
    route: str
    acts: dict[str, str]

    def path(self, places: dict[str, str]) -> str:
        """Where it is, with something real in each of its places."""
        return "/" + re.sub(r"<(\w+:\w+)>", lambda found: places[found[1]], self.route)

    @property
    def places(self) -> set[str]:
        """What stands for something in it, such as `str:number`."""
        return set(re.findall(r"<(\w+:\w+)>", self.route))


def list_addresses() -> list[Address]:
    """All of them, as they are installed."""
    told = subprocess.run(
        [sys.executable, "-m", __name__], check=True, capture_output=True, text=True
    )
    return [Address(**each) for each in json.loads(told.stdout)]


class Anything:
    """A house nobody lives in: pages are made of it, and none is shown."""

    def __getattr__(self, name: str) -> Any:
        return self


def print_addresses() -> None:
    """What `list_addresses` reads."""
    from hectograph.site.services import service_settings
    from hectograph.site.settings import web_settings
    from hectograph.store.database import open_database

    settings = Settings(**SERVICES)
    more = web_settings(
        secret_key="for tests", public_url=None, services=service_settings(settings)
    )
    open_database("postgresql:///nowhere", more=more)
    from hectograph.site import urls

    urls.install(cast(House, Anything()), settings)
    told = [
        {
            "name": each.name,
            "route": str(each.pattern),
            "acts": dict(getattr(each.callback, "acts", {})),
        }
        for each in map(_route, urls.urlpatterns)
    ]
    sys.stdout.write(json.dumps(told))


def _route(each: Any) -> Any:
    """Addresses stand on one page: nothing is included that nobody has seen."""
    assert not hasattr(each, "url_patterns"), f"{each} includes others"
    return each


if __name__ == "__main__":
    print_addresses()
