"""The least that serves a file: aiohttp's own answer for one, on the same event loop. No auth, no database, no log."""

import sys
from pathlib import Path

import uvloop
from aiohttp import web


async def fetch(request: web.Request) -> web.FileResponse:
    return web.FileResponse(Path(sys.argv[1]) / request.match_info["name"])


if __name__ == "__main__":
    app = web.Application()
    app.router.add_get("/{name}", fetch)
    loop = uvloop.new_event_loop()
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[2]), access_log=None, print=None, loop=loop)
