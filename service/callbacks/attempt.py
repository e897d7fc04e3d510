"""The requests that one attempt at a callback takes: redirects are followed, and a password is told when asked for."""

import asyncio
import secrets
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import urljoin

import aiohttp
from yarl import URL

from service.callbacks import digest
from service.callbacks.answer import Answer, outcome_of
from service.callbacks.challenge import Challenge
from service.callbacks.outcome import TOO_MANY_REDIRECTS, Failed, Failure, Outcome
from service.callbacks.overrides import Overrides
from service.callbacks.target import Target

MOST_REDIRECTS = 5
MOST_BODY_BYTES = 64 * 1024
MOST_BODY_SECONDS = 1.0
"""The body is read for nothing but to use the connection again: beyond this a new one is cheaper."""

TO_THE_MILLISECOND = 3600.0
"""The client rounds longer times up to whole seconds; no attempt is as long as this."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`body` is None for a GET."""

    target: Target
    body: str | None

    @property
    def method(self) -> str:
        return "GET" if self.body is None else "POST"


class Attempt:
    """`headers` makes what a request carries, signatures included; `trust` is None for the session's own TLS."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        overrides: Overrides,
        headers: Callable[[Request], Mapping[str, str]],
        trust: ssl.SSLContext | None,
    ) -> None:
        self._session = session
        self._overrides = overrides
        self._until: float | None = None
        self._headers = headers
        self._trust = trust
        self._nonces: dict[str, int] = {}
        self.redirects = 0

    async def follow(self, first: Request) -> Outcome:
        """Ask until an answer is no redirect; userinfo of the first URL is told to that URL's origin alone."""
        request = first
        while True:
            answer = await self._ask(request)
            credentials = first.target.credentials
            if answer.challenges and credentials and request.target.is_same_origin(first.target):
                answer = await self._ask_again(request, answer, credentials)
            if answer.status not in REDIRECTS or answer.location is None:
                return outcome_of(answer)
            if self.redirects == MOST_REDIRECTS:
                return refused_redirect(f"more than {MOST_REDIRECTS} redirects")
            self.redirects += 1
            try:
                request = _redirected(request, answer.status, answer.location)
            except ValueError:
                return refused_redirect("not to an http or https URL")

    async def _ask_again(self, request: Request, answer: Answer, credentials: tuple[str, str]) -> Answer:
        """Ask with the password, and once more when it was no more than the nonce that was refused."""
        for is_repeat in (False, True):
            challenge = digest.strongest(answer.challenges)
            if challenge is None or (is_repeat and not challenge.is_stale):
                break
            answer = await self._ask(request, self._authorization(request, challenge, credentials))
        return answer

    def _authorization(self, request: Request, challenge: Challenge, credentials: tuple[str, str]) -> str:
        nonce = challenge.parameters.get("nonce", "")
        count = self._nonces[nonce] = self._nonces.get(nonce, 0) + 1
        asked = digest.Asked(
            method=request.method,
            uri=request.target.path,
            cnonce=secrets.token_hex(16),
            count=count,
        )
        return digest.answer(challenge, credentials, asked)

    def _time_left(self) -> aiohttp.ClientTimeout:
        """Return what is left to this request of the time for them all."""
        now, overrides = asyncio.get_running_loop().time(), self._overrides
        if self._until is None:
            self._until = now + overrides.total
            return _first_times(overrides)
        if now >= self._until:
            raise TimeoutError
        return _times(overrides, self._until - now)

    async def _ask(self, request: Request, authorization: str | None = None) -> Answer:
        headers = self._headers(request)
        async with self._session.request(
            request.method,
            URL(request.target.url, encoded=True),
            data=None if request.body is None else request.body.encode(),
            headers={**headers, "Authorization": authorization} if authorization else headers,
            allow_redirects=False,
            timeout=self._time_left(),
            ssl=self._trust or True,
        ) as response:
            if not response.content.is_eof():
                await _skim(response)
            return Answer.of(response.status, response.headers)


def _times(overrides: Overrides, total: float) -> aiohttp.ClientTimeout:
    """Return the limits of one request, without one that another makes needless: each costs a timer."""
    answer = overrides.answer if overrides.answer < total else None
    return aiohttp.ClientTimeout(
        total=total, sock_connect=overrides.connect, sock_read=answer, ceil_threshold=TO_THE_MILLISECOND
    )


@lru_cache(maxsize=1024)
def _first_times(overrides: Overrides) -> aiohttp.ClientTimeout:
    return _times(overrides, overrides.total)


async def _skim(response: aiohttp.ClientResponse) -> None:
    """Read what there is of the body, and drop the connection when that is too much, too slow or broken."""
    left = MOST_BODY_BYTES
    with suppress(aiohttp.ClientError, TimeoutError):
        async with asyncio.timeout(MOST_BODY_SECONDS):
            while left > 0 and (chunk := await response.content.read(left)):
                left -= len(chunk)
    if not response.content.at_eof():
        response.close()


def _redirected(request: Request, status: int, location: str) -> Request:
    """Return where a redirect leads. All but 303 keep method and body, so that the parameters arrive."""
    target = Target.parse(urljoin(request.target.url, location))
    return Request(target=target, body=None if status == HTTPStatus.SEE_OTHER else request.body)


def refused_redirect(why: str) -> Failed:
    return Failed(failure=Failure.REDIRECT, error_code=TOO_MANY_REDIRECTS, error=f"redirected: {why}")
