"""The messages of one WebSocket, and what they say (Twilio: Media Streams, WebSocket messages)."""

import base64
from typing import Any, Literal

import orjson
from pydantic import BaseModel, Field

from service.media.ingest.opening import Opening, StreamRefused, opened

LONGEST_STREAM_MS = 24 * 60 * 60 * 1000
"""A timestamp beyond this is a mistake: it would make a file of as many seconds."""
Track = Literal["inbound", "outbound"]


class MediaFormat(BaseModel):
    encoding: Literal["audio/x-mulaw"]
    sampleRate: Literal[8000]  # noqa: N815 - Twilio's own spelling
    channels: Literal[1]


class Start(Opening):
    tracks: list[Track] = Field(default=["inbound"])
    mediaFormat: MediaFormat  # noqa: N815 - Twilio's own spelling


def read_message(text: str) -> dict[str, Any]:
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise StreamRefused("a message was not JSON") from None
    if not isinstance(message, dict) or not isinstance(message.get("event"), str):
        raise StreamRefused("a message must be a JSON object with an event")
    return message


def read_start(message: dict[str, Any]) -> Start:
    said = message.get("start")
    if isinstance(said, dict) and "streamSid" in message:
        said = {"streamSid": message["streamSid"], **said}
    return opened(Start, said, "start.")


def read_media(message: dict[str, Any]) -> tuple[Track, int, bytes]:
    """Return the track, the timestamp in ms of the stream's own time, and the μ-law samples."""
    try:
        media = message["media"]
        track, timestamp = media["track"], int(media["timestamp"])
        payload = base64.b64decode(media["payload"], validate=True)
    except (TypeError, KeyError, ValueError):
        raise StreamRefused("media needs a track, a timestamp in ms and a base64 payload") from None
    if track not in ("inbound", "outbound"):  # no set: what came may not be hashable
        raise StreamRefused("media.track must be inbound or outbound")
    if not 0 <= timestamp <= LONGEST_STREAM_MS:
        raise StreamRefused("media.timestamp must be within 24 hours of the stream's start")
    return track, timestamp, payload
