"""A recording's sound: WAV or MP3, in one channel or two (Twilio: Fetch a Recording's media file)."""

import asyncio

from aiohttp import hdrs, web

from service.api.errors import ApiError, invalid, not_found
from service.api.sealed_file import open_sealed, sealed_response
from service.api.services import CALLER, SERVICES
from service.api.twilio.recordings import ACCOUNT, find
from service.media.encode import file_name

CONTENT_TYPES = {".wav": "audio/x-wav", ".mp3": "audio/mpeg"}


async def download(request: web.Request) -> web.StreamResponse:
    """Answer the file, or the part of it that is asked for. Only a completed recording has one."""
    if request[CALLER].actor.role == "auditor":
        raise ApiError(403, 20403, "A key of role 'auditor' may read what happened to a recording, not hear it")
    row = await find(request)
    # A recording asked for in two channels has one when the switch uploaded one: its address must answer all the same.
    asked = request.query.get("RequestedChannels", str(min(row.channels, row.stored_channels or row.channels)))
    if asked not in {"1", "2"}:
        raise invalid(f"RequestedChannels must be 1 or 2; it was '{asked}'")
    if row.live_status != "completed" or int(asked) > (row.stored_channels or 0):
        raise not_found(request.path)
    extension = request.match_info["extension"] or ".wav"
    if row.encryption:
        _refuse_unencrypted(request, int(asked), row.stored_channels, extension)
    name, headers = file_name(int(asked), extension), {hdrs.CONTENT_TYPE: CONTENT_TYPES[extension]}
    if sealed := await open_sealed(request, row, name):
        return await sealed_response(request, sealed, row, name, headers)
    path = request.app[SERVICES].store.path(row.account_sid, row.sid, name)
    if not await asyncio.to_thread(path.exists):
        raise not_found(request.path)
    return web.FileResponse(path, headers=headers)


def _refuse_unencrypted(request: web.Request, asked: int, stored: int | None, extension: str) -> None:
    """Refuse all but the one file that there is of an encrypted recording."""
    if extension == ".mp3":
        raise ApiError(400, 16109, "Cannot fetch .mp3 encrypted recording. Please re-request with .wav format")
    if asked != stored:
        raise not_found(request.path)


ROUTES = [
    web.get(rf"{ACCOUNT}{parent}/Recordings/{{sid:[^/.]+}}{{extension:\.wav|\.mp3|}}", download)
    for parent in ("", "/Calls/{call}", "/Conferences/{conference}")
]
