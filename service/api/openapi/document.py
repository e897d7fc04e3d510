"""`GET /openapi.json`: the description of everything that is served, made once from the code's own models."""

from functools import cache
from itertools import chain

import orjson
from aiohttp import web

from service.api.openapi.operation import TAGS, Json, refusals
from service.api.openapi.paths_audit import audit_operations
from service.api.openapi.paths_deliveries import delivery_operations
from service.api.openapi.paths_holds import hold_operations
from service.api.openapi.paths_integrity import integrity_operations
from service.api.openapi.paths_sound import sound_operations
from service.api.openapi.paths_twilio import twilio_operations
from service.api.openapi.paths_v1 import service_operations, v1_operations
from service.api.openapi.schemas import schemas

VERSION = "3.1.0"
OPERATIONS = (
    twilio_operations,
    v1_operations,
    delivery_operations,
    hold_operations,
    audit_operations,
    integrity_operations,
    sound_operations,
    service_operations,
)


def description() -> Json:
    paths: Json = {}
    for operation in chain(*(operations() for operations in OPERATIONS)):
        for extension in operation.extensions:
            paths.setdefault(operation.path + extension, {})[operation.method] = operation.written(extension)
    return {
        "openapi": VERSION,
        "info": {
            "title": "Recordkeeper",
            "version": "1",
            "description": "Twilio's Recordings API, and the switch's and auditor's own, on a log of events.",
        },
        "tags": [{"name": name, "description": said} for name, said in TAGS.items()],
        "security": [{"basic": []}],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "responses": refusals(),
            "securitySchemes": {
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "Account SID and auth token, or API key SID and secret.",
                }
            },
        },
    }


@cache
def _written() -> bytes:
    return orjson.dumps(description(), option=orjson.OPT_APPEND_NEWLINE)


async def fetch(_request: web.Request) -> web.Response:
    return web.Response(body=_written(), content_type="application/json")


ROUTES = [web.get("/openapi.json", fetch)]
