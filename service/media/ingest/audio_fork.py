"""The dialect of jambonz `listen` and FreeSWITCH's mod_audio_fork: JSON once, then linear sound without timestamps."""

from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import BeforeValidator, Field, model_validator

from service.media.encoding import Encoding
from service.media.ingest.linear import LinearSound
from service.media.ingest.opening import Opening, StreamRefused, opened
from service.media.ingest.session import Session
from service.media.sound.mixer import Samples

RATES = (8000, 48000)
TRACKS = ("inbound", "outbound")
"""In the order of the channels; a single one is the first."""
PARAMETERS = (
    "Record",
    "RecordingChannels",
    "RecordingTrack",
    "Trim",
    "RecordingStatusCallback",
    "RecordingStatusCallbackMethod",
    "RecordingStatusCallbackEvent",
    "ConferenceSid",
)
"""What of the JSON a Media Stream would say in `customParameters`."""


def _sid(prefix: str, said: object) -> object:
    """Return a UUID as the SID of the same 32 digits, anything else as it is."""
    try:
        return prefix + UUID(said).hex if isinstance(said, str) else said
    except ValueError:
        return said


class ForkOpening(Opening):
    """What the text frame says; of jambonz's many keys only these count."""

    accountSid: Annotated[str, BeforeValidator(partial(_sid, "AC")), Field(pattern="^AC[0-9a-fA-F]{32}$")]  # noqa: N815 - jambonz's own spelling
    callSid: Annotated[str, BeforeValidator(partial(_sid, "CA")), Field(pattern="^CA[0-9a-fA-F]{32}$")]  # noqa: N815 - the same
    sampleRate: Annotated[int, Field(ge=RATES[0], le=RATES[1])]  # noqa: N815 - the same
    mixType: Literal["mono", "mixed", "stereo"]  # noqa: N815 - the same

    @property
    def channels(self) -> int:
        return 2 if self.mixType == "stereo" else 1

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, said: Any) -> Any:  # noqa: ANN401 - whatever JSON there was
        if not isinstance(said, dict):
            return said
        given = {name: said[name] for name in PARAMETERS if said.get(name) is not None}
        texts = {name: str(value).lower() if isinstance(value, bool) else value for name, value in given.items()}
        return said | {"streamSid": None, "customParameters": texts}


def read_opening(text: str, *, is_recorded: bool) -> ForkOpening:
    """Read the first text frame; `is_recorded`: its path asks for a recording. Raises StreamRefused."""
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise StreamRefused("the first message was not JSON") from None
    opening = opened(ForkOpening, said)
    if opening.asks_for_recording or is_recorded:
        channels = "dual" if opening.channels > 1 else "mono"
        opening.customParameters = {"RecordingChannels": channels} | opening.customParameters | {"Record": "true"}
    return opening


class ForkedSound:
    """A fork's sound on its way into its session."""

    def __init__(self, opening: ForkOpening, session: Session) -> None:
        self._sound = LinearSound(opening.sampleRate, opening.channels)
        self._session = session
        session.keep_tail(lambda: self._feed(self._sound.tail()))

    def take(self, part: bytes) -> None:
        ready = self._sound.take(part)
        self._session.reach(self._sound.reached)
        self._feed(ready)

    def _feed(self, rows: Samples) -> None:
        if len(rows):
            begin = self._sound.given - len(rows)
            for track, samples in zip(TRACKS, rows.astype("<i2").T, strict=False):
                self._session.place(track, begin, samples.tobytes(), Encoding.L16)
