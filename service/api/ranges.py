"""Which part of a file a request asks for, and under which conditions (RFC 9110 §13 and §14)."""

import re
from dataclasses import dataclass
from datetime import datetime

from aiohttp import ETag, hdrs, web

from service.api.errors import ApiError

_RANGE = re.compile(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is held of a file: its strong tag, when it came to be, to the whole second, and its bytes."""

    tag: str
    modified: datetime
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    status: int
    start: int
    count: int


def part_asked(request: web.Request, held: Held) -> Part:
    """Return what to answer: 200 all, 206 a part, 304 nothing. Raises ApiError 412 and 416.

    Several ranges at once are answered with all of it, as §14.2 allows: no player asks for them, and they have been
    used to make servers work. A HEAD is answered as its GET would be.
    """
    if is_known(request, held):
        return Part(status=304, start=0, count=0)
    asked = request.headers.get(hdrs.RANGE, "")
    is_one = asked.lower().startswith("bytes=") and "," not in asked
    if is_one and _is_same(request, held):
        start, end = _bounds(asked, held.size)
        return Part(status=206, start=start, count=end - start)
    return Part(status=200, start=0, count=held.size)


def _bounds(asked: str, size: int) -> tuple[int, int]:
    """Return the first byte and the one after the last."""
    found = _RANGE.fullmatch(asked)
    first, last = found.groups() if found else ("", "")
    if first:
        start, end = int(first), min(int(last) + 1 if last else size, size)
    else:
        start, end = size - min(int(last or "0"), size), size
    if start >= end:
        refused = f"Range must be bytes=first-last, within the {size} bytes of the media; it was '{asked}'"
        raise ApiError(416, 20416, refused, headers={hdrs.CONTENT_RANGE: f"bytes */{size}"})
    return start, end


def _is_wanted(request: web.Request, held: Held) -> bool:
    if request.if_match is not None:
        return _names(request.if_match, held, weak=False)
    since = request.if_unmodified_since
    return since is None or held.modified <= since


def is_known(request: web.Request, held: Held) -> bool:
    """Say whether the client has these very bytes already. Raises ApiError 412 when it wants others."""
    if not _is_wanted(request, held):
        raise ApiError(412, 20412, "What is there is not what If-Match or If-Unmodified-Since asks for")
    if request.if_none_match is not None:
        return _names(request.if_none_match, held, weak=True)
    since = request.if_modified_since
    return since is not None and held.modified <= since


def _is_same(request: web.Request, held: Held) -> bool:
    """Say whether the part is wanted of what is held now, by If-Range: a tag or a time, to be met exactly."""
    condition = request.headers.get(hdrs.IF_RANGE)
    if condition is None:
        return True
    return condition.strip() == f'"{held.tag}"' or request.if_range == held.modified


def _names(tags: tuple[ETag, ...], held: Held, *, weak: bool) -> bool:
    return any(tag.value == "*" or (tag.value == held.tag and (weak or not tag.is_weak)) for tag in tags)
