"""One set of fields, in JSON or in XML."""

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

import orjson
from aiohttp import web

_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


def wants_xml(request: web.Request) -> bool:
    """Say whether a path of the 2010 API asks for XML: `.xml`, or no extension at all."""
    return request.path.startswith("/2010-04-01/") and not request.path.endswith(".json")


def as_json(fields: Mapping[str, Any], status: int = 200) -> web.Response:
    """Answer `fields`, and end the line: a terminal's prompt stands below it."""
    body = orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE)
    return web.Response(body=body, status=status, content_type="application/json")


def respond(request: web.Request, element: str, fields: dict[str, Any], status: int = 200) -> web.Response:
    """Answer `fields` as JSON, or as the XML element `element`: with one child a field, or one a row of a list."""
    if not wants_xml(request):
        return as_json(fields, status)
    root = ET.Element("TwilioResponse")
    if any(isinstance(value, list) for value in fields.values()):
        _append_list(root, element, fields)
    else:
        _append(root, element, fields)
    body = ET.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"
    return web.Response(body=body, status=status, content_type="application/xml")


def _append_list(parent: ET.Element, name: str, fields: dict[str, Any]) -> None:
    """Write a list as Twilio does: what is said of the page in attributes, then the rows."""
    element = ET.SubElement(parent, name)
    for key, value in fields.items():
        if isinstance(value, list):
            for row in value:
                _append(element, name.removesuffix("s"), row)
        else:
            element.set(key.replace("_", ""), "" if value is None else _printable(value))


def _append(parent: ET.Element, name: str, value: object) -> None:
    element = ET.SubElement(parent, name)
    if isinstance(value, dict):
        for key, inner in value.items():
            _append(element, _camel(key), inner)
    elif value is not None:
        # Twilio's XML names its resources without the extension that its JSON gives them.
        is_uri = name == "Uri" or parent.tag == "SubresourceUris"
        element.text = _printable(str(value).removesuffix(".json") if is_uri else value)


def _camel(key: str) -> str:
    return "".join(word.capitalize() for word in key.split("_"))


def _printable(value: object) -> str:
    return _UNPRINTABLE.sub("", str(value))
