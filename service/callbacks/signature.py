"""The signatures of a callback: Twilio's X-Twilio-Signature, and that of Standard Webhooks (v1) beside it."""

import binascii
import hmac
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from functools import lru_cache

from service.callbacks.target import Target

SECRET_PREFIX = "whsec_"  # noqa: S105 - how a secret begins is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What an account's callbacks are signed with now. Without a `webhook_secret` (`whsec_…`) one signature is made."""

    auth_token: str = field(repr=False)
    webhook_secret: str | None = field(default=None, repr=False)


def sign(auth_token: str, target: Target, parameters: str = "") -> str:
    """Return Twilio's signature of a request to `target`; `parameters` is a POST's form as urlencoded.

    A GET has none. Names are letters and digits, as all of Twilio's are.
    """
    message = target.signed_url.encode() + _signed_form(parameters)
    return b64encode(hmac.digest(auth_token.encode(), message, "sha1")).decode()


def webhook_headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return Standard Webhooks' headers. `body` is what is sent, to the byte.

    Of a GET that is nothing: its parameters are vouched for by Twilio's signature alone.
    """
    signed = b"%b.%d.%b" % (message_id.encode(), timestamp, body)
    signature = b64encode(hmac.digest(webhook_key(secret), signed, "sha256")).decode()
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": f"v1,{signature}"}


@lru_cache(maxsize=1024)
def webhook_key(secret: str) -> bytes:
    """Return the key that `secret` spells. Raises ValueError for what is no `whsec_` and base64 of it."""
    text = secret.removeprefix(SECRET_PREFIX)
    try:
        key = b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        key = b""
    if not key or text == secret:
        raise ValueError(f"a webhook secret is {SECRET_PREFIX} and the base64 of its bytes")
    return key


def _signed_form(parameters: str) -> bytes:
    """Return names and values, sorted by name, decoded in one go: alone they decode as they do together."""
    # NUL stands below every character, so that a name sorts before one that it begins; encoded, none holds it or "=".
    pairs = sorted(parameters.replace("=", "\0").replace("+", " ").split("&"))
    # Quoted-printable has "=" for "%", and a decoder in C: a tenth of what urllib's costs, at every send.
    return binascii.a2b_qp("".join(pairs).replace("\0", "").replace("%", "="))
