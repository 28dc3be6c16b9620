"""The real server with its worker and database, and a real Chromium in front of it."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_socket
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from ..pseudo import write_pseudo_locale
from .people import Site

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
AXE = {
    "runOnly": {
        "type": "tag",
        "values": [
            *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"),
        ],
    }
}
SHOTS = Path(os.environ.get("HECTOGRAPH_SHOTS", "build/screenshots"))


# A busy machine may take its time.
expect.set_options(timeout=15_000)

# Playwright keeps a loop in this thread, and tests ask the tables all the same.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def _is_passed_on(name: str) -> bool:
    return "PROXY" not in name.upper() and name != "DJANGO_ALLOW_ASYNC_UNSAFE"


@pytest.fixture(scope="session")
def _loopback_session():
    pytest_socket.enable_socket()


@pytest.fixture(autouse=True)
def _loopback(_no_network):
    pytest_socket.enable_socket()


@contextmanager
def serving(
    database_url: str, place: Path, *, port: int = 0, **more: str
) -> Iterator[Site]:
    """A server with its worker, and with these settings besides."""
    environment = {
        **{name: text for name, text in os.environ.items() if _is_passed_on(name)},
        "HECTOGRAPH_DATABASE_URL": database_url,
        "HECTOGRAPH_DATA_DIR": str(place / "data"),
        "HECTOGRAPH_TIMEZONE": "Europe/Berlin",
        "HECTOGRAPH_LOCALES": str(write_pseudo_locale(place / "locales")),
        "HECTOGRAPH_WEBHOOK_HOSTS": "127.0.0.0/8",
        **more,
    }
    log = place / "log"
    with log.open("w") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "hectograph", "serve", "--port", str(port)],
            stdout=written,
            stderr=written,
            env=environment,
        )
        try:
            yield Site.begun(process, log, place=place, database=database_url)
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="session")
def _server(database_url, tmp_path_factory, _loopback_session) -> Iterator[Site]:
    with serving(database_url, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def mailing_site(site: Site, tmp_path: Path) -> Iterator[Site]:
    """Another server on the same database, which was told of a mail server."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with serving(
        site.database,
        tmp_path,
        port=port,
        HECTOGRAPH_PUBLIC_URL=f"http://localhost:{port}",
        HECTOGRAPH_MAIL_URL="smtp+plain://127.0.0.1:1",
        HECTOGRAPH_MAIL_FROM="hectograph@school.test",
    ) as mailing:
        yield mailing


@pytest.fixture
def site(_server: Site) -> Site:
    """The site with nobody in it."""
    _server.empty()
    return _server


@pytest.fixture(scope="session")
def _browser(_loopback_session) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def contexts(_browser: Browser, site: Site) -> Iterator[Callable[[], BrowserContext]]:
    """Makes browsers of somebody's own."""
    with ExitStack() as stack:

        def make() -> BrowserContext:
            context = _browser.new_context(
                base_url=site.url,
                locale="en-GB",
                reduced_motion="reduce",
                viewport={"width": 1280, "height": 800},
            )
            context.set_default_timeout(15_000)
            stack.callback(context.close)
            return context

        yield make


@pytest.fixture
def context(contexts: Callable[[], BrowserContext]) -> BrowserContext:
    """A browser of somebody's own."""
    return contexts()


@pytest.fixture
def another_browser(contexts: Callable[[], BrowserContext]) -> Page:
    """A tab of somebody else's."""
    return contexts().new_page()


@pytest.fixture
def another(_browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Make a tab in a browser of somebody else."""
    with ExitStack() as opened:

        def make(**options: Any) -> Page:
            context = _browser.new_context(**{"base_url": site.url, **options})
            opened.callback(context.close)
            return context.new_page()

        yield make


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A tab."""
    return context.new_page()


@pytest.fixture
def checked():
    """Have a page checked by axe, in light and dark, and for sideways scrolling."""

    def check(page: Page, name: str) -> None:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page, options=AXE)
            assert found.violations_count == 0, found.generate_report()
            SHOTS.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=SHOTS / f"{name}-{scheme}.png", full_page=True)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 320, "height": 640})
        wide = page.evaluate("document.documentElement.scrollWidth")
        page.screenshot(path=SHOTS / f"{name}-narrow.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 800})
        assert wide <= 320, f"{name} scrolls sideways at 320 pixels"

    return check


@pytest.fixture
def pictured():
    """Take a picture of a page for the documentation."""

    def take(page: Page, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.set_viewport_size({"width": 800, "height": 400})
        page.screenshot(path=SHOTS / f"{name}-picture.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 800})

    return take
