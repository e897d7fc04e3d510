"""Who streams, and what recording he asks for."""

import hmac

from aiohttp import web
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from service.api.doors import SIGNATURE
from service.api.errors import ApiError
from service.api.services import CALLER, SERVICES, public_url
from service.api.twilio import forms
from service.application.metadata import Actor
from service.domain.events import RecordingStarted
from service.domain.values import Source
from service.media.ingest.opening import Opening, StreamRefused


async def actor_of(request: web.Request, account_sid: str) -> Actor:
    """Return who streams. Raises StreamRefused when that is not the account that the stream names."""
    if CALLER in request:
        caller = request[CALLER]
        if caller.account_sid != account_sid:
            raise StreamRefused("accountSid is not the account of the credentials")
        return caller.actor
    try:
        token = await request.app[SERVICES].accounts.signing_key(account_sid)
    except LookupError:
        token = ""
    validator = RequestValidator(token)
    given = request.headers[SIGNATURE].encode(errors="surrogateescape")
    urls = _dialled(request)
    computed = [validator.compute_signature(url, {}) for url in urls]
    if not token or not any(hmac.compare_digest(one.encode(), given) for one in computed):
        checked = f"{urls[0].partition('?')[0]} was checked; RECORDKEEPER_PUBLIC_URL or _TRUSTED_PROXIES changes it"
        raise StreamRefused(f"the signature is not of this URL with the account's auth token: {checked}")
    return Actor(sid=account_sid, role="account")


def recording_facts(opening: Opening, public_url: str) -> RecordingStarted:
    """Return the recording that the stream's parameters describe. Raises StreamRefused."""
    form: MultiDict[str] = MultiDict(opening.customParameters)
    conference_sid = opening.conference_sid
    try:
        return RecordingStarted(
            call_sid=None if conference_sid else opening.callSid,
            conference_sid=conference_sid,
            source=Source.CONFERENCE if conference_sid else Source.OUTBOUND_API,
            channels=1 if conference_sid else forms.channels(form),
            track=forms.track(form),
            trim=forms.trim(form),
            callback=forms.callback(form),
            position=None,
            public_url=public_url,
        )
    except ApiError as error:
        raise StreamRefused(error.message) from None


def _dialled(request: web.Request) -> list[str]:
    """Return the URLs the sender may have dialled: `wss` with or without its port, `ws` as it stands."""
    scheme, _, host = public_url(request).partition("://")
    schemes = ("wss", "ws") if scheme == "https" else ("ws", "wss")
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    hosts = (host, name, f"{name}:443")
    return [f"{scheme}://{host}{request.raw_path}" for scheme in schemes for host in hosts]
