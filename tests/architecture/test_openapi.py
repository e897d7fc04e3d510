"""The API's description names every route that is served, and no other."""

import re

from openapi_spec_validator import validate

from service.api.app import build_app
from service.api.openapi.document import description


def served() -> set[tuple[str, str]]:
    """Return (method, path) of each route, a path once per extension it takes, parameters without their names."""
    found = set()
    for route in build_app(None).router.routes():
        info = route.resource.get_info()
        path = info.get("path") or info["formatter"]
        extensions = re.search(r"\(\?P<extension>(.*?)\)", info["pattern"].pattern)[1] if "{extension}" in path else ""
        for extension in extensions.replace("\\", "").split("|"):
            found.add((route.method, re.sub("{.*?}", "{}", path.replace("{extension}", extension))))
    return found


def described() -> set[tuple[str, str]]:
    paths = description()["paths"]
    return {(method.upper(), re.sub("{.*?}", "{}", path)) for path, item in paths.items() for method in item}


def without_head(routes: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Leave HEAD out: it is answered wherever GET is (RFC 9110 §9.3.2), and described for media alone."""
    return {(method, path) for method, path in routes if method != "HEAD"}


def test_every_route_is_described_and_every_description_is_served():
    assert without_head(described()) == without_head(served())
    assert described() - served() == set()


def test_the_description_is_openapi_and_its_operations_have_names_of_their_own():
    written = description()
    validate(written)
    names = [operation["operationId"] for item in written["paths"].values() for operation in item.values()]
    assert len(names) == len(set(names))
    assert {"ListRecording", "FetchRecording", "CreateCallRecording", "UpdateConferenceRecording"} <= set(names)
