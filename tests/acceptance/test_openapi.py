"""Thousands of requests made up from the service's own description: each is answered as that says, none with a 5xx."""

import random
import re

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from population import Population, wav
from running import alone

CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance, content_type_conformance]
PER_OPERATION = {GenerationMode.POSITIVE: 12, GenerationMode.NEGATIVE: 6}
"""Of well-formed requests, and of malformed ones."""
FEWEST = 2000
REAL = 0.7
"""How many SIDs in the paths of malformed requests are there all the same."""


@alone
def test_made_up_requests_are_answered_as_described(service, capsys):
    schemathesis.openapi.media_type("audio/wav", st.sampled_from([wav(0.5), b"", b"RIFF", wav(0.5)[:60]]))
    schema = schemathesis.openapi.from_url(f"{service.url}/openapi.json")
    population, statuses = Population(service), []
    # A live stream's answer has no end; its own tests read it.
    asked = schema.exclude(path_regex="/Events/Stream$")
    operations = [found.ok() for found in asked.get_all_operations()]
    for operation in sorted(operations, key=lambda one: one.method == "delete"):
        for mode in PER_OPERATION if any(operation.iter_parameters()) else [GenerationMode.POSITIVE]:
            statuses += answered(population, operation, mode)
    with capsys.disabled():
        counts = {status: statuses.count(status) for status in sorted(set(statuses))}
        print(f" {len(statuses)} cases: {counts}")  # noqa: T201 - the figure that is asserted
    assert len(statuses) >= FEWEST
    assert sum(status < 300 for status in statuses) >= FEWEST / 3


def answered(population: Population, operation, mode: GenerationMode) -> list[int]:
    """Send requests for one operation; return their statuses. Paths name what is there, or not in malformed ones."""
    statuses, made = [], random.Random(operation.label)  # noqa: S311 - choices of a test
    names = {name: known_as(name, operation.path) for name in re.findall(r"{(\w+)}", operation.path)}
    rows = [row for row in population.rows if row.keys() >= set(names.values())]
    fixed = {name: rows[0][known] for name, known in names.items()} if mode is GenerationMode.POSITIVE else None

    @seed(1)
    @settings(
        max_examples=PER_OPERATION[mode],
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode, path_parameters=fixed))
    def send(case):
        row = made.choice(rows)
        for name, known in names.items():
            if fixed or name == "AccountSid" or made.random() < REAL:
                case.path_parameters[name] = row[known]
        answer = case.call(base_url=population.url, session=population.session)
        statuses.append(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    send()
    return statuses


def known_as(name: str, path: str) -> str:
    if name != "Sid":
        return name
    return "TranscriptionSid" if "/Transcriptions/" in path else "RecordingSid"
