"""The account's fallback URL: who is told of an event when the URL that was to be told cannot be."""

from uuid import UUID, uuid5

from service.callbacks.target import destination_of

_SIDS = UUID("0f8d6f5e-6d0c-5b0e-9c56-8a3a6f1d1c11")
"""The namespace of fallback deliveries' SIDs: a constant of ours, so that each has one, however often it fails."""


def fallback_of(delivery_sid: str, url: str) -> tuple[str, str, str]:
    """Return SID, URL and host of the delivery that takes another's place; it keeps that one's digits of time."""
    digits = uuid5(_SIDS, f"{delivery_sid}/{url}").hex
    return delivery_sid[:14] + digits[12:], url, destination_of(url)
