"""Exceptions of the HTTP client, told as outcomes."""

import ssl

import aiohttp

from service.callbacks.outcome import (
    BAD_HOST,
    CONNECTION_FAILURE,
    RETRIEVAL_FAILURE,
    TLS_FAILURE,
    Discarded,
    Failed,
    Failure,
    Outcome,
)
from service.callbacks.url_guard import ForbiddenTarget


def outcome_of_error(error: Exception) -> Outcome:
    """Return what `error` means for the delivery: with nothing sent for sure, or nothing answered."""
    match error:
        case aiohttp.ClientConnectorError(os_error=ForbiddenTarget() as refusal):
            return Discarded(error=str(refusal))
        case aiohttp.InvalidURL():
            return Discarded(error="not a URL that can be requested")
        case aiohttp.ClientConnectorDNSError():
            return _failed(Failure.CONNECTION, BAD_HOST, "the host name cannot be resolved")
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return _failed(Failure.CONNECTION, TLS_FAILURE, f"no TLS connection: {error}")
        case aiohttp.ConnectionTimeoutError():
            return _failed(Failure.CONNECTION, CONNECTION_FAILURE, "no connection in time")
        case TimeoutError():
            return _failed(Failure.TIMEOUT, RETRIEVAL_FAILURE, "no answer in time")
        case aiohttp.ClientResponseError() | aiohttp.ClientPayloadError():
            # The client gives such an error a status of its own; the receiver sent none.
            return _failed(Failure.SERVER_ERROR, RETRIEVAL_FAILURE, "the answer is not HTTP")
        case aiohttp.ClientConnectorError():
            reason = error.os_error.strerror or error.os_error
            return _failed(Failure.CONNECTION, CONNECTION_FAILURE, f"no connection: {reason}")
        case _:
            reason = str(error) or type(error).__name__
            return _failed(Failure.CONNECTION, CONNECTION_FAILURE, f"the connection broke: {reason}")


def _failed(failure: Failure, error_code: int, error: str) -> Failed:
    return Failed(failure=failure, error_code=error_code, error=error)
