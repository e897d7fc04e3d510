"""What every live stream says of itself before its sound, whatever its dialect."""

from typing import Annotated, TypeVar

from pydantic import BaseModel, Field, ValidationError

Model = TypeVar("Model", bound=BaseModel)
SHOWN = 40
"""So much of a wrong value fits into a reason."""


class StreamRefused(Exception):  # noqa: N818 - an answer to the sender, in one sentence
    """The socket is closed with 1008 and this reason."""


class Opening(BaseModel):
    """SIDs come in as they are; unknown keys are the sender's to add."""

    accountSid: Annotated[str, Field(pattern="^AC[0-9a-fA-F]{32}$")]  # noqa: N815 - Twilio's own spelling
    callSid: Annotated[str, Field(pattern="^CA[0-9a-fA-F]{32}$")]  # noqa: N815 - the same
    streamSid: Annotated[str, Field(pattern="^[0-9A-Za-z_-]{1,64}$")] | None = None  # noqa: N815 - the same
    customParameters: dict[str, str] = {}  # noqa: N815 - the same; pydantic copies defaults

    @property
    def conference_sid(self) -> str | None:
        return self.customParameters.get("ConferenceSid") or None

    @property
    def asks_for_recording(self) -> bool:
        """Say whether a recording is to start at once. Raises StreamRefused: a typo must not lose a recording."""
        said = self.customParameters.get("Record", "false")
        if said.lower() not in {"true", "false"}:
            raise StreamRefused(f"Record must be true or false; it was '{said[:SHOWN]}'")
        return said.lower() == "true"


def opened(model: type[Model], said: object, where: str = "") -> Model:
    """Return what was said, `where` in the sender's message. Raises StreamRefused."""
    try:
        return model.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(map(str, first["loc"])) or "the message"
        raise StreamRefused(f"{where}{place}: {first['msg']}".removeprefix("customParameters.")) from None
