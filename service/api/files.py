"""A file, or a part of it, copied into the socket by the operating system: no byte of it comes into memory here."""

import asyncio
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog
from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter

from service.api.ranges import Held, Part

AT_ONCE = 1 << 20
DOWNLOADS = ThreadPoolExecutor(32, "download")
"""Threads of their own: downloads from a disk that hangs must not hold up those that capture."""
log = structlog.get_logger()


async def send(
    request: web.Request, path: Path, held: Held, part: Part, headers: Mapping[str, str]
) -> web.StreamResponse:
    """Answer `part` of the file. Raises FileNotFoundError. A client that goes away meanwhile is no error."""
    file = await asyncio.get_running_loop().run_in_executor(DOWNLOADS, os.open, path, os.O_RDONLY)
    try:
        response = head(held, part, headers)
        writer = await response.prepare(request)
        if writer is not None and part.count and request.method != hdrs.METH_HEAD:
            await _hand_over(request, writer, file, part)
        await response.write_eof()
    except ConnectionError:
        log.info("download.broken_off", path=request.rel_url.raw_path)
        if request.transport is not None:
            request.transport.close()  # who waits for the rest must not take the next answer for it
    finally:
        os.close(file)
    return response


def head(held: Held, part: Part, headers: Mapping[str, str]) -> web.StreamResponse:
    response = web.StreamResponse(status=part.status, headers=headers)
    response.etag, response.last_modified = held.tag, held.modified
    response.headers[hdrs.ACCEPT_RANGES] = "bytes"
    if part.status != web.HTTPNotModified.status_code:
        response.content_length = part.count
    if part.status == web.HTTPPartialContent.status_code:
        response.headers[hdrs.CONTENT_RANGE] = f"bytes {part.start}-{part.start + part.count - 1}/{held.size}"
    return response


async def _hand_over(request: web.Request, writer: AbstractStreamWriter, file: int, part: Part) -> None:
    """Have the system copy the file into the socket. uvloop has no `sendfile`; asyncio's own blocks on a slow disk."""
    transport, loop = request.transport, asyncio.get_running_loop()
    if transport is None:
        raise ConnectionResetError
    # The headers must be on their way: what the transport still held would come after the file.
    transport.set_write_buffer_limits(high=0)
    await writer.drain()
    transport.set_write_buffer_limits()
    socket = os.dup(transport.get_extra_info("socket").fileno())  # a loop watches no descriptor that a transport has
    try:
        at, end = part.start, part.start + part.count
        while at < end:
            try:
                at += await _copied(loop, socket, file, at, min(AT_ONCE, end - at))
            except BlockingIOError:
                await _writable(loop, socket)
    finally:
        os.close(socket)


async def _copied(loop: asyncio.AbstractEventLoop, socket: int, file: int, at: int, count: int) -> int:
    """Return how many bytes the socket took. Raises BlockingIOError when it takes none now."""
    copying = loop.run_in_executor(DOWNLOADS, os.sendfile, socket, file, at, count)
    try:
        taken = await asyncio.shield(copying)
    except asyncio.CancelledError:
        await asyncio.gather(copying, return_exceptions=True)  # the thread uses the descriptors until it is done
        raise
    if not taken:
        raise ConnectionAbortedError("the file became shorter: what was promised cannot be kept")
    return taken


async def _writable(loop: asyncio.AbstractEventLoop, socket: int) -> None:
    ready = asyncio.Event()
    loop.add_writer(socket, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_writer(socket)
