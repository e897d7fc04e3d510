"""The recording a switch made itself: uploaded whole."""

import asyncio
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from service.api.errors import ApiError, invalid
from service.api.render import as_json
from service.api.services import SERVICES, metadata
from service.api.twilio.found import find
from service.api.v1.switch import refuse_query
from service.domain.commands import StopRecording
from service.domain.refusals import RecordingAlreadyFinished, RecordingNotActive
from service.domain.values import Status, StopCause
from service.media.ingest.receive import AudioAlreadyThere, UploadTooLarge, keep, received, refuse_second
from service.media.ingest.upload import NotAWav
from service.media.spool import Spool

LATE = (
    "The recording is absent and stays so: no sound that counts came within RECORDKEEPER_UPLOAD_WAIT_SECONDS"
    " of its stop, or the switch said that there is none"
)
OPEN = frozenset({Status.IN_PROGRESS, Status.PAUSED, Status.STOPPED})


async def put(request: web.Request) -> web.Response:
    """Take the WAV, stop the recording if it is active; it is finished behind this answer."""
    refuse_query(request)
    services, row = request.app[SERVICES], await find(request)
    if row.live_status not in OPEN:
        raise _late(row.live_status)
    spool = Spool(services.data_dir, row.account_sid, row.sid)
    try:
        await asyncio.to_thread(refuse_second, spool)
        async with (
            services.finisher.upload(row.account_sid, row.sid),
            received(services.data_dir, request.content.iter_chunked(1 << 16)) as part,
        ):
            await _accept(request, spool, part)
    except NotAWav as error:
        raise invalid(str(error)) from None
    except AudioAlreadyThere as error:
        raise ApiError(409, 20409, type(error).__doc__ or "") from None
    except UploadTooLarge as error:
        raise ApiError(413, 20001, type(error).__doc__ or "") from None
    return as_json({"sid": row.sid, "status": "processing"}, 202)


async def _accept(request: web.Request, spool: Spool, part: Path) -> None:
    """Keep the file and stop the recording: nobody finishes it meanwhile."""
    services, account_sid, sid = request.app[SERVICES], request.match_info["account"], request.match_info["sid"]
    if (status := (await services.handler.load(account_sid, sid)).status) not in OPEN:
        raise _late(status)
    await asyncio.to_thread(keep, spool, part)
    stop = StopRecording(sid=sid, at=services.now(), cause=StopCause.UPLOAD)
    with suppress(RecordingNotActive):
        await services.handler.handle(account_sid, stop, metadata(request))


def _late(status: str) -> Exception:
    return ApiError(409, 20409, LATE) if status == Status.ABSENT else RecordingAlreadyFinished()


ROUTES = [web.put("/v1/Accounts/{account}/Recordings/{sid}/Media", put)]
