"""What a legal hold forbids, in words: since when, by whose credentials, and who can release it."""

from aiohttp import web

from service.api.errors import ApiError
from service.api.services import SERVICES
from service.application.handler import Outcome
from service.application.holds import Hold
from service.domain.events import RecordingRefused
from service.eventstore.event import iso_time


async def refuse_held(request: web.Request, recording_sid: str) -> None:
    """Raise ApiError when a recording, or its account, is under legal hold."""
    if hold := await request.app[SERVICES].holds.over(request.match_info["account"], recording_sid):
        raise _held(hold)


async def refuse_refused(request: web.Request, recording_sid: str, outcome: Outcome) -> None:
    """Raise ApiError when what was asked of a recording came to a refusal on its record."""
    for event in outcome.events:
        if isinstance(event, RecordingRefused):
            account = request.match_info["account"]
            raise _held(await request.app[SERVICES].holds.behind(account, recording_sid, event))


def _held(hold: Hold) -> ApiError:
    what, path = "account", f"/v1/Accounts/{hold.account_sid}"
    if hold.recording_sid:
        what, path = "recording", f"{path}/Recordings/{hold.recording_sid}"
    by = f"by {hold.actor_sid}" if hold.actor_sid else "on the command line"
    return ApiError(
        409,
        20409,
        f"The {what} is under legal hold since {iso_time(hold.occurred_at)}, placed {by}: nothing is deleted until"
        f" who has the account's auth token or an admin key releases it with DELETE {path}/Hold",
    )
