"""`python -m emulators.drive`: starts the emulator, and says where it is."""

import argparse
import asyncio
import json
import signal
import tempfile
from functools import partial
from pathlib import Path

from aiohttp import web

from emulators.drive.emulator import Emulator
from emulators.drive.proxy import Front, make_certificates
from emulators.drive.server import Door
from emulators.drive.settings import BadSettings, Settings

LARGEST_BYTES = 64 * 1024 * 1024
"""Of a request's body: an upload in one piece, or a school to begin with."""


def main() -> None:
    """Read the options, serve until SIGTERM or Ctrl-C."""
    parser = _parser()
    options = parser.parse_args()
    try:
        settings = Settings().updated(_settings(options))
    except (BadSettings, ValueError) as problem:
        parser.error(str(problem))
    with tempfile.TemporaryDirectory(prefix="drive-emulator-") as scratch:
        directory = Path(options.ca_dir or scratch)
        directory.mkdir(parents=True, exist_ok=True)
        asyncio.run(serve(options, settings, directory=directory))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m emulators.drive", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--lag", metavar="SECONDS", help="of listings: one number, or A,B")
    parser.add_argument("--latency", metavar="MEDIAN[,SIGMA]", help="seconds, lognormal")
    parser.add_argument("--writes", metavar="RATE[,BURST]", help="a second and account")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--settings", default="{}", help="any setting, as JSON")
    parser.add_argument(
        "--ca-dir", help="where ca.pem goes; by default a scratch directory"
    )
    parser.add_argument(
        "--user", action="append", default=[], help="an account to begin with"
    )
    return parser


def _settings(options: argparse.Namespace) -> dict[str, object]:
    wanted: dict[str, object] = {"seed": options.seed, **json.loads(options.settings)}
    if options.lag:
        lag = [float(part) for part in options.lag.split(",")]
        wanted["lag"] = lag if len(lag) > 1 else lag[0]
    if options.latency:
        median, _, sigma = options.latency.partition(",")
        wanted["latency"] = {"median": float(median), "sigma": float(sigma or 0)}
    if options.writes:
        rate, _, burst = options.writes.partition(",")
        wanted["quotas"] = {"write": {"rate": float(rate), "burst": float(burst or rate)}}
    return wanted


async def serve(
    options: argparse.Namespace, settings: Settings, *, directory: Path
) -> None:
    """Listen, say where, and wait for the end."""
    emulator = Emulator(settings)
    for email in options.user:
        emulator.world.add_user(email)
    loop = asyncio.get_running_loop()
    inner = web.Server(
        Door(emulator),
        request_factory=partial(web.BaseRequest, loop=loop, client_max_size=LARGEST_BYTES),
        access_log=None,
        keepalive_timeout=75,
    )
    ca, tls = make_certificates(directory)
    listener = await loop.create_server(
        lambda: Front(inner, tls=tls), options.host, options.port, backlog=1024
    )
    port = listener.sockets[0].getsockname()[1]
    url = f"http://{options.host}:{port}"
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    print(json.dumps({"url": url, "ca": str(ca), "admin": f"{url}/_admin"}), flush=True)
    await stop.wait()
    listener.close()
    await inner.shutdown(timeout=1)


if __name__ == "__main__":
    main()
