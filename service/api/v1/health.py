"""Whether the process answers, and whether it can do its work."""

import asyncpg
from aiohttp import web

from service.api.render import as_json
from service.api.services import SERVICES
from service.postgres.migrate import migrations_current


async def alive(_request: web.Request) -> web.Response:
    return as_json({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """Answer 503 with the cause while the database is out of reach or not migrated."""
    try:
        current = await migrations_current(request.app[SERVICES].pool)
        cause = None if current else "migrations are not current"
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
        cause = f"the database is out of reach: {error}"
    body = {"status": "not ready", "cause": cause} if cause else {"status": "ok"}
    return as_json(body, 503 if cause else 200)


ROUTES = [web.get("/healthz", alive), web.get("/readyz", ready)]
