"""The least a web handler can do for a fetch: one prepared SELECT by primary key, its row as JSON. No auth, no log."""

import os
import sys

import orjson
import uvloop
from aiohttp import web

from service.postgres.pool import open_pool

SELECT = "SELECT * FROM recordings WHERE account_sid = $1 AND sid = $2"


async def fetch(request: web.Request) -> web.Response:
    row = await request.app["pool"].fetchrow(SELECT, request.match_info["account"], request.match_info["sid"])
    return web.Response(body=orjson.dumps(dict(row), default=str), content_type="application/json")


async def build_app(dsn: str, connections: int) -> web.Application:
    app = web.Application()
    app["pool"] = await open_pool(dsn, max_size=connections)
    app.router.add_get("/{account}/{sid}", fetch)
    return app


if __name__ == "__main__":
    loop = uvloop.new_event_loop()
    web.run_app(
        build_app(sys.argv[1], int(os.environ["RECORDKEEPER_DATABASE_CONNECTIONS"])),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        access_log=None,
        print=None,
        loop=loop,
    )
