"""One set of fields, in JSON or in XML."""

import re
from typing import Any
from xml.etree import ElementTree as ET

import orjson
from aiohttp import web

_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


def wants_xml(request: web.Request) -> bool:
    """Say whether a path of the 2010 API asks for XML: `.xml`, or no extension at all."""
    return request.path.startswith("/2010-04-01/") and not request.path.endswith(".json")


def respond(request: web.Request, element: str, fields: dict[str, Any], status: int = 200) -> web.Response:
    """Answer `fields` as JSON, or as the XML element `element` with one child a field."""
    if not wants_xml(request):
        return web.Response(body=orjson.dumps(fields), status=status, content_type="application/json")
    root = ET.Element("TwilioResponse")
    _append(root, element, fields)
    body = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return web.Response(body=body, status=status, content_type="application/xml")


def _append(parent: ET.Element, name: str, value: object) -> None:
    element = ET.SubElement(parent, name)
    if isinstance(value, dict):
        for key, inner in value.items():
            _append(element, _camel(key), inner)
    elif isinstance(value, list):
        for inner in value:
            _append(element, name.removesuffix("s"), inner)
    elif value is not None:
        element.text = _UNPRINTABLE.sub("", _without_extension(name, str(value)))


def _camel(key: str) -> str:
    return "".join(word.capitalize() for word in key.split("_"))


def _without_extension(name: str, value: str) -> str:
    """Return a Uri as Twilio's XML writes it: without the extension that its JSON carries."""
    return value.removesuffix(".json") if name == "Uri" else value
