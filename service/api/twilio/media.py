"""A recording's sound: WAV or MP3, in one channel or two (Twilio: Fetch a Recording's media file)."""

import asyncio
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

from service.api.errors import ApiError, invalid, not_found
from service.api.files import send
from service.api.ranges import Held, part_asked
from service.api.sealed_file import open_sealed, send_sealed
from service.api.services import CALLER, SERVICES
from service.api.twilio.found import ACCOUNT, find
from service.application.views import RecordingView
from service.domain.events import RecordingCompleted
from service.media.sound.encode import file_name

CONTENT_TYPES: Final = {".wav": "audio/x-wav", ".mp3": "audio/mpeg"}
PRIVATE: Final = {
    hdrs.CACHE_CONTROL: "private, no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""A browser may keep a copy, and asks before each use: what was deleted, or may no longer be heard, is not played."""


async def download(request: web.Request) -> web.StreamResponse:
    """Answer the file, or the part of it that is asked for. Only a completed recording that is kept here has one."""
    may_hear(request)
    row = await find(request)
    # A recording asked for in two channels has one when the switch uploaded one: its address must answer all the same.
    asked = request.query.get("RequestedChannels", str(min(row.channels, row.stored_channels or row.channels)))
    if asked not in {"1", "2"}:
        raise invalid(f"RequestedChannels must be 1 or 2; it was '{asked}'")
    return await play(request, row, int(asked), request.match_info["extension"] or ".wav")


def may_hear(request: web.Request) -> None:
    if request[CALLER].actor.role == "auditor":
        raise ApiError(403, 20403, "A key of role 'auditor' may read what happened to a recording, not hear it")


async def play(request: web.Request, row: RecordingView, channels: int, extension: str) -> web.StreamResponse:
    """Answer a recording's file. `inline`: a link that is opened plays; what is saved has the recording's name."""
    facts = await completed(request, row)
    refuse_missing(facts, channels)
    if facts.media_url is not None:
        raise not_found(request.path)
    if facts.encryption and extension == ".mp3":
        raise ApiError(400, 16109, "Cannot fetch .mp3 encrypted recording. Please re-request with .wav format")
    name = file_name(channels, extension)
    path = request.app[SERVICES].store.path(row.account_sid, row.sid, name)
    headers = PRIVATE | {
        hdrs.CONTENT_TYPE: CONTENT_TYPES[extension],
        hdrs.CONTENT_DISPOSITION: f'inline; filename="{row.sid}{extension}"',
    }
    tag, modified = f"{facts.sha256}-{name}", row.date_updated.replace(microsecond=0)
    try:
        if sealed := await open_sealed(request, row, name):
            held = Held(tag=tag, modified=modified, size=sealed.size)
            return await send_sealed(request, sealed, held, f"{row.sid}/{name}", headers)
        held = Held(tag=tag, modified=modified, size=await asyncio.to_thread(_size, path))
        return await send(request, path, held, part_asked(request, held), headers)
    except FileNotFoundError:
        raise not_found(request.path) from None


async def completed(request: web.Request, row: RecordingView) -> RecordingCompleted:
    """Return what is known of the recording's sound, the same on every host. Raises ApiError 404 when it has none."""
    if row.live_status == "completed":
        for event in await request.app[SERVICES].handler.history(row.account_sid, row.sid):
            if isinstance(event, RecordingCompleted):
                return event
    raise not_found(request.path)


def refuse_missing(facts: RecordingCompleted, channels: int) -> None:
    """Raise ApiError when other channels are wanted than there are: 404, as Twilio's Recording resource has it."""
    if channels > facts.channels:
        raise ApiError(404, 16113, "Cannot download a dual-channel presentation of a mono recording")
    if facts.encryption and channels < facts.channels:
        raise ApiError(404, 20404, "The recording is encrypted: it is one file, in the two channels it was asked for")


def _size(path: Path) -> int:
    return path.stat().st_size


ROUTES = [
    web.get(rf"{ACCOUNT}{parent}/Recordings/{{sid:[^/.]+}}{{extension:\.wav|\.mp3|}}", download)
    for parent in ("", "/Calls/{call}", "/Conferences/{conference}")
]
