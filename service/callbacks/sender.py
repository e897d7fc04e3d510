"""One attempt at a callback, signed, and what came of it."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace

import aiohttp

from service.callbacks.attempt import Attempt, Request, refused_redirect
from service.callbacks.failure import outcome_of_error
from service.callbacks.nameless import nameless_context
from service.callbacks.outcome import RETRIEVAL_FAILURE, Discarded, Failed, Outcome
from service.callbacks.overrides import Overrides
from service.callbacks.signature import Keys, sign, webhook_headers
from service.callbacks.target import InvalidUrl, Target

HEADERS = {"Accept": "*/*", "Cache-Control": "max-age=259200", "User-Agent": "TwilioProxy/1.1"}
FORM = "application/x-www-form-urlencoded; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is to be told, as it was frozen when it was planned: `parameters` are form-encoded.

    `spent`: seconds since the first of its attempts. `retries` is the account's: `own` or `twilio`.
    """

    url: str
    method: str
    parameters: str
    idempotency_token: str
    spent: float = 0.0
    retries: str = "own"


class Sender:
    """`now` is Unix time. `nameless` gives what verifies receivers whose URL asks for no server name."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        now: Callable[[], float],
        nameless: Callable[[], ssl.SSLContext] = nameless_context,
    ) -> None:
        self._session = session
        self._now = now
        self._nameless = nameless

    async def send(self, notice: Notice, keys: Keys) -> Outcome:
        """Attempt `notice` once, signed with `keys`. Whatever goes wrong is an outcome, not an exception."""
        try:
            target = Target.parse(notice.url)
        except InvalidUrl as error:
            return Discarded(error=str(error))
        overrides = Overrides.of(notice.url)
        if overrides.retry_policy is None and notice.retries != "twilio":
            return await self._attempt(target, notice, keys, overrides)
        left = overrides.total - notice.spent
        if left <= 0:
            reason = f"not sent: all attempts have {overrides.total:g} s together"
            return Discarded(error=reason, error_code=RETRIEVAL_FAILURE)
        clock = asyncio.get_running_loop().time
        until = clock() + left
        outcome = await self._attempt(target, notice, keys, replace(overrides, total=left))
        return replace(outcome, time_left=until - clock()) if isinstance(outcome, Failed) else outcome

    async def _attempt(self, target: Target, notice: Notice, keys: Keys, overrides: Overrides) -> Outcome:
        if notice.method == "GET":
            request = Request(target=target.with_parameters(notice.parameters), body=None)
        else:
            request = Request(target=target, body=notice.parameters)
        trust = None if overrides.server_name else self._nameless()
        attempt = Attempt(self._session, overrides, self._headers(notice, keys), trust)
        try:
            return await attempt.follow(request)
        except Exception as error:  # noqa: BLE001 - a surprise at one receiver must not cost the others theirs
            outcome = outcome_of_error(error)
        if isinstance(outcome, Discarded) and attempt.redirects:
            return refused_redirect(outcome.error)
        return outcome

    def _headers(self, notice: Notice, keys: Keys) -> Callable[[Request], dict[str, str]]:
        token, secret = notice.idempotency_token, keys.webhook_secret

        def made(request: Request) -> dict[str, str]:
            body = request.body or ""
            headers = {
                **HEADERS,
                "I-Twilio-Idempotency-Token": token,
                "X-Twilio-Signature": sign(keys.auth_token, request.target, body),
            }
            if request.body is not None:
                headers["Content-Type"] = FORM
            if secret:
                headers |= webhook_headers(secret, token, int(self._now()), body.encode())
            return headers

        return made
