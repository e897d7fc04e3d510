"""X-Twilio-Signature, as Twilio's page on webhooks security describes it and its libraries check it."""

import base64
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from service.callbacks.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """`webhook_secret` is `whsec_` and base64, as Standard Webhooks writes it."""

    auth_token: str
    webhook_secret: str | None = None


def sign(auth_token: str, target: Target, fields: Iterable[tuple[str, str]] = ()) -> str:
    """Return the signature of a request to `target`; `fields` are those of a POST, decoded. A GET has none."""
    message = target.signed_url + "".join(name + value for name, value in sorted(fields))
    digest = hmac.digest(auth_token.encode(), message.encode(), "sha1")
    return base64.b64encode(digest).decode()
