"""How a recording sounds, to be looked at: as a picture, and as the numbers it is drawn from."""

from hashlib import sha256
from typing import Final

import orjson
from aiohttp import hdrs, web

from service.api.errors import ApiError
from service.api.ranges import Held, is_known
from service.api.twilio.found import find
from service.api.twilio.media import PRIVATE, completed
from service.api.v1.switch import refuse_query
from service.application.views import RecordingView
from service.domain.events import RecordingCompleted
from service.media.sound.mixer import SIDES
from service.media.sound.waveform import peaks, svg

WAVEFORM = "/v1/Accounts/{account}/Recordings/{sid}/Waveform"
LONELY: Final = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
"""What is opened as a page of its own runs no script and loads nothing, should a picture ever hold such."""


async def fetch_picture(request: web.Request) -> web.Response:
    row, facts = await _drawable(request)
    return _answer(request, row, svg(facts, row.sid).encode(), "image/svg+xml")


async def fetch_peaks(request: web.Request) -> web.Response:
    row, facts = await _drawable(request)
    rate = facts.sample_rate
    document = {
        "sid": row.sid,
        "duration": facts.samples / rate,
        "samples": facts.samples,
        "sample_rate": rate,
        "channels": facts.channels,
        "tracks": SIDES if facts.channels > 1 else ("mixed",),
        "peak_samples": facts.peak_samples,
        "peaks": peaks(facts),
        "pauses": [
            {"behavior": pause.behavior, "start": pause.begin / rate, "end": pause.end / rate} for pause in facts.pauses
        ],
    }
    return _answer(request, row, orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE), "application/json")


async def _drawable(request: web.Request) -> tuple[RecordingView, RecordingCompleted]:
    refuse_query(request)
    row = await find(request)
    if row.live_status in {"in-progress", "paused", "stopped"}:
        raise ApiError(409, 20409, "The recording is not completed yet: its waveform is there when it is")
    facts = await completed(request, row)
    if facts.encryption is not None:
        raise ApiError(404, 20404, "An encrypted recording has no waveform: only who has the key can see how it sounds")
    if not facts.peaks:
        raise ApiError(404, 20404, "The recording has no waveform: it was finished without")
    return row, facts


def _answer(request: web.Request, row: RecordingView, body: bytes, content_type: str) -> web.Response:
    """Answer `body`, or that the client has it already: it changes with the program that draws it alone."""
    held = Held(tag=sha256(body).hexdigest(), modified=row.date_updated.replace(microsecond=0), size=len(body))
    headers = PRIVATE | LONELY | {hdrs.ETAG: f'"{held.tag}"'}
    if is_known(request, held):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers=headers, content_type=content_type)


ROUTES = [
    web.get(WAVEFORM, fetch_peaks),
    web.get(WAVEFORM + ".svg", fetch_picture),
]
