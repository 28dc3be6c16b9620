"""The pages, served; with a worker beside them, in a process of its own."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import uvicorn
from servestatic import ServeStaticASGI

from hectograph import web
from hectograph.app.house import House
from hectograph.bootstrap import key_of, opened
from hectograph.domain.errors import Misconfigured
from hectograph.settings import Settings
from hectograph.site.body_limit import BodyLimit
from hectograph.site.measuring import count_statements
from hectograph.site.services import check_services, service_settings
from hectograph.site.settings import web_settings

Told = Callable[[str], None]

STATIC: Final = Path(web.__file__).parent / "static"
GRACE_SECONDS: Final = 3
"""How long an answer may take to end when hectograph is stopped."""

AGAIN_SECONDS: Final = 2.0
"""How long after a worker died another one is begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to listen; port 0 is any that is free."""

    host: str
    port: int


def serve(settings: Settings, address: Address, *, works: bool, told: Told) -> None:
    """Serve until stopped. `works`: with a worker. Raises Misconfigured."""
    check_services(settings)
    count_statements()
    django = web_settings(
        secret_key=key_of(settings),
        public_url=settings.public_url,
        language=settings.language,
        locales=settings.locales,
        services=service_settings(settings),
    )
    with opened(settings, told=told, django=django) as house:
        pages = _pages(house, settings)
        listening = _listen(address)
        asyncio.run(_serve(house, pages, listening, settings, works=works, told=told))


def _pages(house: House, settings: Settings) -> Any:
    """The pages as an ASGI application, style sheets and scripts in front."""
    # Only now: they read Django's settings when they are imported.
    from django.core.asgi import get_asgi_application  # noqa: PLC0415

    from hectograph.site import urls  # noqa: PLC0415

    urls.install(house, settings)
    return ServeStaticASGI(
        BodyLimit(get_asgi_application()), root=STATIC, prefix="static/", max_age=3600
    )


def _listen(address: Address) -> socket.socket:
    try:
        listening = socket.create_server((address.host, address.port), reuse_port=False)
    except OSError as error:
        raise Misconfigured(
            f"{address.host}:{address.port} cannot be listened at: {error.strerror}.",
            effect="Nothing was started.",
            remedy="Choose another with --port, or 0 for any that is free.",
        ) from error
    # Those it accepts have it from here; an answer in two parts would wait for 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


class _Server(uvicorn.Server):
    """One that comes back when it is told to end.

    Its own way ends the process by the same signal, and the worker would be left behind.
    """

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """They are heard by the loop."""
        yield


async def _serve(
    house: House,
    pages: Any,
    listening: socket.socket,
    settings: Settings,
    *,
    works: bool,
    told: Told,
) -> None:
    config = uvicorn.Config(
        pages,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=settings.public_url is not None,
        # Pages that watch a share keep a connection open for as long as they like.
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config)
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, server.handle_exit, each, None)
    told(await _greeting(house, listening, settings))
    worker = asyncio.create_task(_keep_working()) if works else None
    await server.serve(sockets=[listening])
    if worker is not None:
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker


async def _greeting(house: House, listening: socket.socket, settings: Settings) -> str:
    host, port = listening.getsockname()[:2]
    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::") else host  # noqa: S104
    root = (settings.public_url or f"http://{shown}:{port}").rstrip("/")
    token = await house.staff.first_link()
    if token is None:
        return f"Hectograph is at {root}/\nCtrl-C stops it."
    return (
        f"Hectograph is at {root}/ and nobody is here yet. Come in by this link:\n"
        f"  {root}/welcome/{token}/\n"
        "It is good once, for seven days. Ctrl-C stops hectograph."
    )


async def _keep_working() -> None:
    """A worker, and another one whenever it ends, until cancelled."""
    while True:
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hectograph", "worker"
        )
        try:
            await worker.wait()
        except asyncio.CancelledError:
            worker.terminate()
            await worker.wait()
            raise
        await asyncio.sleep(AGAIN_SECONDS)
