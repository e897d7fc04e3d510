"""`GET /metrics`: figures in Prometheus' text format, of all the processes on this data folder."""

from aiohttp import web

from service.api.services import SERVICES

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


async def fetch(request: web.Request) -> web.Response:
    body = await request.app[SERVICES].meters.exposition()
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})


ROUTES = [web.get("/metrics", fetch)]
