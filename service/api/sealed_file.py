"""A sealed file as an answer: whole or in part, in constant memory; nothing of it that fails its tag."""

from collections.abc import Mapping
from contextlib import aclosing, closing

import structlog
from aiohttp import hdrs, web

from service.api.errors import ApiError
from service.api.files import head
from service.api.ranges import Held, Part, part_asked
from service.api.services import SERVICES
from service.application.views import RecordingView
from service.media.keyring import KeyMissing
from service.media.sealed import Sealed, Tampered
from service.media.sealing import blocks

log = structlog.get_logger()


async def open_sealed(request: web.Request, row: RecordingView, name: str) -> Sealed | None:
    """Return a recording's file, None when the recording is not sealed. Raises ApiError 503 and 500."""
    try:
        return await request.app[SERVICES].sealing.open(row.account_sid, row.sid, name)
    except KeyMissing as missing:
        log.error("media.key_missing", recording=row.sid, key_id=str(missing))  # noqa: TRY400 - no traceback helps
        message = "The recording is sealed with a key that the service does not have at present; its operator can tell"
        raise ApiError(503, 20503, message) from None
    except Tampered:
        raise _tampered(f"{row.sid}/{name}") from None


async def send_sealed(
    request: web.Request, sealed: Sealed, held: Held, named: str, headers: Mapping[str, str]
) -> web.StreamResponse:
    """Answer the part that is asked for, and close the file. Raises ApiError 500 when its beginning was changed."""
    with closing(sealed):
        part = part_asked(request, held)
        response = head(held, part, headers)
        if part.count and request.method != hdrs.METH_HEAD:
            try:
                await _send(request, response, sealed, part, named)
            except ConnectionError:
                log.info("download.broken_off", path=request.rel_url.raw_path)
    return response


async def _send(request: web.Request, response: web.StreamResponse, sealed: Sealed, part: Part, named: str) -> None:
    """Send what was verified. Where a chunk is not what was sealed the connection breaks: the rest is never sent."""
    async with aclosing(blocks(sealed, part.start, part.start + part.count)) as parts:
        try:
            first = await anext(parts)
        except Tampered:
            raise _tampered(named) from None
        await response.prepare(request)
        await response.write(first)
        try:
            async for block in parts:
                await response.write(block)
        except (Tampered, OSError) as fault:
            if isinstance(fault, ConnectionError):
                raise
            _tampered(named)
            if request.transport:
                request.transport.abort()


def _tampered(named: str) -> ApiError:
    log.error("media.tampered", file=named)
    return ApiError(500, 20500, "The recording's sealed file is not what was written; it is not served")
