"""One attempt at a callback: the requests it takes, redirects and a password included, and what came of it."""

import asyncio
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from urllib.parse import parse_qsl, urljoin

import aiohttp
from yarl import URL

from service.callbacks.answer import Answer, outcome_of
from service.callbacks.failure import outcome_of_error
from service.callbacks.outcome import TOO_MANY_REDIRECTS, Discarded, Failed, Failure, Outcome
from service.callbacks.overrides import Overrides
from service.callbacks.signature import Keys, sign
from service.callbacks.target import InvalidUrl, Target

MOST_REDIRECTS = 5
MOST_BODY_BYTES = 64 * 1024
MOST_BODY_SECONDS = 1.0
"""The body is read for nothing but to use the connection again: beyond this a new one is cheaper."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})
HEADERS = {"Accept": "*/*", "Cache-Control": "max-age=259200", "User-Agent": "TwilioProxy/1.1"}
FORM = "application/x-www-form-urlencoded; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is to be told, as it was frozen when it was planned: `parameters` are form-encoded."""

    url: str
    method: str
    parameters: str
    idempotency_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """`body` is None for a GET; `authorization` goes out only once it was asked for."""

    target: Target
    body: str | None
    authorization: str | None = None


class Sender:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def send(self, notice: Notice, keys: Keys) -> Outcome:
        """Attempt `notice` once, signed with `keys`. Whatever goes wrong is an outcome, not an exception."""
        try:
            target = Target.parse(notice.url)
        except InvalidUrl as error:
            return Discarded(error=str(error))
        overrides = Overrides.of(notice.url)
        if notice.method == "GET":
            request = _Request(target=target.with_parameters(notice.parameters), body=None)
        else:
            request = _Request(target=target, body=notice.parameters)
        attempt = _Attempt(self._session, notice, overrides, keys.auth_token)
        try:
            async with asyncio.timeout(overrides.total):
                return await attempt.follow(request)
        except Exception as error:  # noqa: BLE001 - a surprise at one receiver must not cost the others theirs
            outcome = outcome_of_error(error)
        if isinstance(outcome, Discarded) and attempt.redirects:
            return _refused_redirect(outcome.error)
        return outcome


class _Attempt:
    def __init__(self, session: aiohttp.ClientSession, notice: Notice, overrides: Overrides, auth_token: str) -> None:
        self._session = session
        self._idempotency_token = notice.idempotency_token
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=overrides.connect, sock_read=overrides.answer)
        self._auth_token = auth_token
        self.redirects = 0

    async def follow(self, first: _Request) -> Outcome:
        """Ask until an answer is no redirect; userinfo of the first URL is told to that URL's origin alone."""
        request = first
        while True:
            answer = await self._ask(request)
            credentials = first.target.credentials
            if answer.wants_password and credentials and request.target.is_same_origin(first.target):
                answer = await self._ask(replace(request, authorization=_basic(*credentials)))
            if answer.status not in REDIRECTS or answer.location is None:
                return outcome_of(answer)
            if self.redirects == MOST_REDIRECTS:
                return _refused_redirect(f"more than {MOST_REDIRECTS} redirects")
            self.redirects += 1
            try:
                request = _redirected(request, answer.status, answer.location)
            except ValueError:
                return _refused_redirect("not to an http or https URL")

    async def _ask(self, request: _Request) -> Answer:
        body = request.body
        fields = [] if body is None else parse_qsl(body, keep_blank_values=True)
        headers = HEADERS | {
            "I-Twilio-Idempotency-Token": self._idempotency_token,
            "X-Twilio-Signature": sign(self._auth_token, request.target, fields),
        }
        if body is not None:
            headers["Content-Type"] = FORM
        if request.authorization:
            headers["Authorization"] = request.authorization
        async with self._session.request(
            "GET" if body is None else "POST",
            URL(request.target.url, encoded=True),
            data=None if body is None else body.encode(),
            headers=headers,
            allow_redirects=False,
            timeout=self._timeout,
        ) as response:
            await _skim(response)
            return Answer.of(response.status, response.headers)


async def _skim(response: aiohttp.ClientResponse) -> None:
    """Read what there is of the body, and drop the connection when that is too much, too slow or broken."""
    left = MOST_BODY_BYTES
    with suppress(aiohttp.ClientError, TimeoutError):
        async with asyncio.timeout(MOST_BODY_SECONDS):
            while left > 0 and (chunk := await response.content.read(left)):
                left -= len(chunk)
    if not response.content.at_eof():
        response.close()


def _redirected(request: _Request, status: int, location: str) -> _Request:
    """Return where a redirect leads. All but 303 keep method and body, so that the parameters arrive."""
    target = Target.parse(urljoin(request.target.url, location))
    return _Request(target=target, body=None if status == HTTPStatus.SEE_OTHER else request.body)


def _refused_redirect(why: str) -> Failed:
    return Failed(failure=Failure.REDIRECT, error_code=TOO_MANY_REDIRECTS, error=f"redirected: {why}")


def _basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()
