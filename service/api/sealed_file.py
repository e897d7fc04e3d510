"""A sealed file as an answer: whole or in part, under conditions, in constant memory; nothing that fails its tag."""

from contextlib import aclosing, closing
from datetime import datetime

import structlog
from aiohttp import ETag, hdrs, web
from aiohttp.typedefs import LooseHeaders

from service.api.errors import ApiError, not_found
from service.api.services import SERVICES
from service.application.views import RecordingView
from service.media.keyring import KeyMissing
from service.media.sealed import Sealed, Tampered
from service.media.sealing import blocks

NONE = (0, 0)
"""The part of a file that has no byte: what is asked for lies beyond its end."""
log = structlog.get_logger()


async def open_sealed(request: web.Request, row: RecordingView, name: str) -> Sealed | None:
    """Return a recording's file, None when the recording is not sealed; what is wrong is answered in words."""
    try:
        return await request.app[SERVICES].sealing.open(row.account_sid, row.sid, name)
    except FileNotFoundError:
        raise not_found(request.path) from None
    except KeyMissing as missing:
        log.error("media.key_missing", recording=row.sid, key_id=str(missing))  # noqa: TRY400 - no traceback helps
        message = "The recording is sealed with a key that the service does not have at present; its operator can tell"
        raise ApiError(503, 20503, message) from None
    except Tampered:
        raise _tampered(f"{row.sid}/{name}") from None


async def sealed_response(
    request: web.Request, sealed: Sealed, row: RecordingView, name: str, headers: LooseHeaders
) -> web.StreamResponse:
    """Answer the part that is asked for, and close the file. The connection ends where a chunk is not what it was."""
    with closing(sealed):
        etag, modified = sealed.salt.hex(), row.date_updated.replace(microsecond=0)
        response = web.StreamResponse(headers=headers)
        response.headers[hdrs.ACCEPT_RANGES] = "bytes"
        response.etag, response.last_modified = ETag(etag), modified
        if status := _unmet(request, etag, modified):
            response.set_status(status)
            return response
        part = _part(request, sealed.size, etag, modified)
        if part == NONE:
            response.set_status(416)
            response.headers[hdrs.CONTENT_RANGE] = f"bytes */{sealed.size}"
            return response
        begin, end = part or (0, sealed.size)
        if part:
            response.set_status(206)
            response.headers[hdrs.CONTENT_RANGE] = f"bytes {begin}-{end - 1}/{sealed.size}"
        response.content_length = end - begin
        if request.method != hdrs.METH_HEAD:
            await _send(request, response, sealed, (begin, end), f"{row.sid}/{name}")
    return response


async def _send(
    request: web.Request, response: web.StreamResponse, sealed: Sealed, part: tuple[int, int], named: str
) -> None:
    async with aclosing(blocks(sealed, *part)) as parts:
        try:
            first = await anext(parts, b"")
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


def _unmet(request: web.Request, etag: str, modified: datetime) -> int | None:
    """Return the status when a condition of the request forbids the file (RFC 9110 §13.2.2)."""
    if (wanted := request.if_match) is not None:
        if not _names(wanted, etag):
            return 412
    elif (since := request.if_unmodified_since) and modified > since:
        return 412
    if (known := request.if_none_match) is not None:
        return 304 if _names(known, etag) else None
    return 304 if (since := request.if_modified_since) and modified <= since else None


def _names(etags: tuple[ETag, ...], etag: str) -> bool:
    return any(each.value in {etag, "*"} for each in etags)


def _part(request: web.Request, size: int, etag: str, modified: datetime) -> tuple[int, int] | None:
    """Return from where to where Range asks, None for the whole, NONE when the file has no such part."""
    condition = request.headers.get(hdrs.IF_RANGE)
    unchanged = condition in {None, f'"{etag}"'} or (request.if_range is not None and modified <= request.if_range)
    if hdrs.RANGE not in request.headers or not unchanged:
        return None
    try:
        asked = request.http_range
    except ValueError:
        return NONE
    begin = max(0, asked.start + size) if asked.start < 0 else asked.start
    end = size if asked.stop is None else min(asked.stop, size)
    return (begin, end) if begin < end else NONE
