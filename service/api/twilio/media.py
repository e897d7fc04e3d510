"""A recording's sound: WAV or MP3, in one channel or two (Twilio: Fetch a Recording's media file)."""

import asyncio

from aiohttp import hdrs, web

from service.api.errors import ApiError, invalid, not_found
from service.api.services import CALLER, SERVICES
from service.api.twilio.recordings import ACCOUNT, find
from service.media.encode import file_name

CONTENT_TYPES = {".wav": "audio/x-wav", ".mp3": "audio/mpeg"}


async def download(request: web.Request) -> web.StreamResponse:
    """Answer the file, or the part asked for. Only a completed recording has one, and not here when in a store."""
    if request[CALLER].actor.role == "auditor":
        raise ApiError(403, 20403, "A key of role 'auditor' may read what happened to a recording, not hear it")
    row = await find(request)
    # A recording asked for in two channels has one when the switch uploaded one: its address must answer all the same.
    asked = request.query.get("RequestedChannels", str(min(row.channels, row.stored_channels or row.channels)))
    if asked not in {"1", "2"}:
        raise invalid(f"RequestedChannels must be 1 or 2; it was '{asked}'")
    if row.live_status != "completed" or row.media_url or int(asked) > (row.stored_channels or 0):
        raise not_found(request.path)
    extension = request.match_info["extension"] or ".wav"
    path = request.app[SERVICES].store.path(row.account_sid, row.sid, file_name(int(asked), extension))
    if not await asyncio.to_thread(path.exists):
        raise not_found(request.path)
    return web.FileResponse(path, headers={hdrs.CONTENT_TYPE: CONTENT_TYPES[extension]})


ROUTES = [
    web.get(rf"{ACCOUNT}{parent}/Recordings/{{sid:[^/.]+}}{{extension:\.wav|\.mp3|}}", download)
    for parent in ("", "/Calls/{call}", "/Conferences/{conference}")
]
