"""Answers held to the service's own description: status, media type, types, nulls and the exact keys."""

import re
from functools import cached_property
from xml.etree import ElementTree as ET

import requests
from jsonschema import Draft202012Validator


class Described:
    """Asks as the population's account; every answer must be one that the description tells of."""

    def __init__(self, population) -> None:
        self._population = population

    @cached_property
    def document(self) -> dict:
        return requests.get(f"{self._population.url}/openapi.json", timeout=10).json()

    def __call__(self, method: str, path: str, **more) -> requests.Response:
        answer = self._population.ask(method, path, **more)
        responses = self.document["paths"][self.template(path)][method.lower()]["responses"]
        assert str(answer.status_code) in responses, (method, path, answer.status_code, answer.text)
        response = self._resolved(responses[str(answer.status_code)])
        if "content" not in response:
            assert answer.content == b""
        elif method != "HEAD":
            self._check(answer, response["content"])
        return answer

    def template(self, path: str) -> str:
        """Return the path in the description that `path` is one of: that with the fewest parameters."""
        path = path.partition("?")[0]
        fitting = [known for known in self.document["paths"] if re.fullmatch(_pattern(known), path)]
        return min(fitting, key=lambda known: known.count("{"))

    def _check(self, answer: requests.Response, content: dict) -> None:
        media_type = answer.headers["Content-Type"].partition(";")[0]
        schema = content[media_type].get("schema")
        if media_type == "application/json" and schema:
            # Every reference of the description starts at its root.
            Draft202012Validator(self.document | schema).validate(answer.json())

    def _resolved(self, response: dict) -> dict:
        reference = response.get("$ref")
        return self.document["components"]["responses"][reference.rpartition("/")[2]] if reference else response


def _pattern(template: str) -> str:
    return re.sub(r"\\{\w+\\}", "[^/.]+", re.escape(template))


def fields(document: dict) -> dict[str, str]:
    """Return what Twilio's XML says of a JSON document: names in CamelCase, text, URIs without their extension."""
    found = {}
    for key, value in document.items():
        name = "".join(word.capitalize() for word in key.split("_"))
        if isinstance(value, dict):
            found |= {f"{name}/{inner}": text.removesuffix(".json") for inner, text in fields(value).items()}
        else:
            text = "" if value is None else str(value)
            found[name] = text.removesuffix(".json") if name == "Uri" else text
    return found


def xml_fields(element: ET.Element) -> dict[str, str]:
    found = {}
    for child in element:
        inner = {f"{child.tag}/{name}": text for name, text in xml_fields(child).items()}
        found |= inner or {child.tag: child.text or ""}
    return found
