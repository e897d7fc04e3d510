"""Signed links: a URL that plays one file of a recording to whoever has it, until it expires or is revoked."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from aiohttp import web

from service.api.errors import ApiError, not_found
from service.api.pages import PAGING, page_asked, sids
from service.api.render import as_json
from service.api.services import SERVICES, metadata, public_url
from service.api.twilio.found import find
from service.api.twilio.media import completed, play, refuse_missing
from service.api.v1.bodies import LinkBody
from service.api.v1.lists import respond_page
from service.api.v1.switch import read_body, refuse_query
from service.application.identifiers import is_sid
from service.application.links import MOST_LIVE, Link, Sound
from service.application.views import RecordingView
from service.eventstore.event import iso_time

LINKS = "/v1/Accounts/{account}/Recordings/{sid}/Links"
LINK = LINKS + "/{link:[^/.]+}"
PLAY = "play-link"
"""The name of the route that a link's URL leads to: its signature stands for credentials."""
SIGNED = ("Channels", "Expires", "Signature")


async def create(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    body = await read_body(request, LinkBody)
    row = await find(request)
    if row.live_status not in {"completed", "absent"}:
        raise ApiError(409, 20409, "A link is made of a completed recording; this one is not completed yet")
    facts = await completed(request, row)
    channels = body.channels or min(row.channels, facts.channels)
    refuse_missing(facts, channels)
    if facts.media_url is not None:
        raise ApiError(409, 20409, "The recording is stored elsewhere, at its media_url: no link here leads to it")
    if facts.encryption is not None and body.format == "mp3":
        raise ApiError(400, 16109, "There is no .mp3 of an encrypted recording: make the link with format wav")
    sound = Sound(account_sid=row.account_sid, recording_sid=row.sid, format=body.format, channels=channels)
    made = await services.links.add(sound, metadata(request), services.now(), timedelta(seconds=body.expires_in))
    if made is None:
        raise ApiError(
            409, 20409, f"The recording has {MOST_LIVE} links that work; revoke one, or wait till one expires"
        )
    return as_json(_document(request, made), 201)


async def list_links(request: web.Request) -> web.Response:
    refuse_query(request, *PAGING)
    row, asked = await find(request), page_asked(request, sids("LK"))
    page = await request.app[SERVICES].links.page(row.account_sid, row.sid, asked.cursor, asked.size)
    older = f"PA{page.rows[-1].sid}" if page.rows and page.has_older else None
    newer = f"PB{page.rows[0].sid}" if page.rows and page.has_newer and asked.number else None
    return respond_page(
        request, "links", [_document(request, link) for link in page.rows], asked, older=older, newer=newer
    )


async def fetch(request: web.Request) -> web.Response:
    refuse_query(request)
    return as_json(_document(request, await _link(request, await find(request))))


async def revoke(request: web.Request) -> web.Response:
    refuse_query(request)
    services, row = request.app[SERVICES], await find(request)
    link = await _link(request, row)
    await services.links.revoke(row.account_sid, row.sid, link.sid, services.now())
    return web.Response(status=204)


async def play_link(request: web.Request) -> web.StreamResponse:
    """Play the file of a link whose URL was not changed, while the link lasts. Who changes it learns nothing of it."""
    refuse_query(request, *SIGNED)
    row = await find(request)
    link, extension = await _link(request, row), request.match_info["extension"]
    if not link.is_signed(extension.removeprefix("."), *(request.query.get(name, "") for name in SIGNED)):
        raise ApiError(403, 20403, "The link is not as it was made: it was changed, or cut off on its way")
    _refuse_ended(link, request)
    return await play(request, row, link.channels, extension)


def _refuse_ended(link: Link, request: web.Request) -> None:
    if link.date_revoked:
        raise ApiError(HTTPStatus.GONE, 20410, "The link was revoked")
    if link.date_expires <= request.app[SERVICES].now():
        raise ApiError(HTTPStatus.GONE, 20410, f"The link expired at {iso_time(link.date_expires)}")


async def _link(request: web.Request, row: RecordingView) -> Link:
    sid = request.match_info["link"]
    found = await request.app[SERVICES].links.find(row.account_sid, row.sid, sid) if is_sid("LK", sid) else None
    if found is None:
        raise not_found(request.path)
    return found


def _document(request: web.Request, link: Link) -> dict[str, Any]:
    path = LINKS.format(account=link.account_sid, sid=link.recording_sid)
    query = f"Channels={link.channels}&Expires={link.expires}&Signature={link.signature()}"
    return {
        "sid": link.sid,
        "account_sid": link.account_sid,
        "recording_sid": link.recording_sid,
        "format": link.format,
        "channels": link.channels,
        "url": f"{public_url(request)}{path}/{link.sid}.{link.format}?{query}",
        "actor": {"sid": link.actor_sid, "role": link.actor_role},
        "request_id": link.request_id,
        "date_created": iso_time(link.date_created),
        "date_expires": iso_time(link.date_expires),
        "date_revoked": link.date_revoked and iso_time(link.date_revoked),
    }


ROUTES = [
    web.post(LINKS, create),
    web.get(LINKS, list_links),
    web.get(LINK, fetch),
    web.delete(LINK, revoke),
    web.get(LINK + r"{extension:\.mp3|\.wav}", play_link, name=PLAY),
]
