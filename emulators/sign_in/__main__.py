"""`python -m emulators.sign_in`: starts the services, and says where they are."""

import asyncio
import json
import signal

from aiohttp import web

from emulators.sign_in import openid, saml
from emulators.sign_in.openid import WORLD
from emulators.sign_in.world import World


async def reset(request: web.Request) -> web.Response:
    """Have these people, and these faults: `{"people": [{"email": …}], "faults": {…}}`."""
    told = await request.json()
    request.app[WORLD].reset(told.get("people", []), told.get("faults", {}))
    return web.json_response({})


async def show_certificate(request: web.Request) -> web.Response:
    """By what SAML answers are signed."""
    return web.Response(text=request.app[WORLD].keys.certificate_pem)


async def serve() -> None:
    """Listen, say where, and wait for the end."""
    app = web.Application()
    app[WORLD] = World()
    app.add_routes(
        [web.post("/_admin/reset", reset), web.get("/_admin/certificate", show_certificate)]
    )
    app.add_routes(saml.routes)
    openid.add_to(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    print(json.dumps({"url": f"http://127.0.0.1:{port}"}), flush=True)
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve())
