"""The recording a switch made itself: uploaded whole."""

import asyncio
from contextlib import suppress

import orjson
from aiohttp import web

from service.api.errors import ApiError, invalid
from service.api.services import SERVICES, metadata
from service.api.twilio.recordings import find
from service.domain.commands import StopRecording
from service.domain.refusals import RecordingAlreadyFinished, RecordingNotActive
from service.domain.values import Status, StopCause
from service.media.ingest.receive import AudioAlreadyThere, UploadTooLarge, receive
from service.media.ingest.upload import NotAWav
from service.media.spool import Spool


async def put(request: web.Request) -> web.Response:
    """Take the WAV, stop the recording if it is active; it is finished behind this answer."""
    services, row = request.app[SERVICES], await find(request)
    if row.live_status not in {"in-progress", "paused", "stopped"}:
        raise RecordingAlreadyFinished
    spool = Spool(services.data_dir, row.account_sid, row.sid)
    try:
        await receive(spool, request.content.iter_chunked(1 << 16))
    except NotAWav as error:
        raise invalid(str(error)) from None
    except AudioAlreadyThere as error:
        raise ApiError(409, 20409, type(error).__doc__ or "") from None
    except UploadTooLarge as error:
        raise ApiError(413, 20001, type(error).__doc__ or "") from None
    stop = StopRecording(sid=row.sid, at=services.now(), cause=StopCause.UPLOAD)
    with suppress(RecordingNotActive):
        await services.handler.handle(row.account_sid, stop, metadata(request))
    if (await services.handler.load(row.account_sid, row.sid)).status is Status.ABSENT:
        await asyncio.to_thread(spool.remove)  # its time for an upload ended while this one arrived
        raise RecordingAlreadyFinished
    services.finisher.add(row.account_sid, row.sid)
    body = orjson.dumps({"sid": row.sid, "status": "processing"})
    return web.Response(body=body, status=202, content_type="application/json")


ROUTES = [web.put("/v1/Accounts/{account}/Recordings/{sid}/Media", put)]
