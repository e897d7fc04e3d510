"""The JSON schema of every document and body, by its name."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from service.api.openapi import integrity_documents as integrity
from service.api.openapi import twilio_documents as twilio
from service.api.openapi import v1_documents as v1
from service.api.v1 import bodies


class _Plain(GenerateJsonSchema):
    """Without a title per field, which only repeats its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002 - pydantic's signature
        return False


def schemas() -> dict[str, Any]:
    """Return every model's schema, for `components`."""
    models = [model for room in (twilio, v1, integrity, bodies) for model in vars(room).values() if _is_document(model)]
    _, definitions = models_json_schema(
        [(model, "validation") for model in models],
        ref_template="#/components/schemas/{model}",
        schema_generator=_Plain,
    )
    return dict(definitions["$defs"])


def _is_document(member: object) -> bool:
    return (
        isinstance(member, type)
        and issubclass(member, BaseModel)
        and bool(member.model_fields)
        and member.__name__[0] != "_"
    )
