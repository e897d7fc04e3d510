"""X-Twilio-Signature, as Twilio's page on webhooks security describes it and its libraries check it."""

import base64
import hmac
from collections.abc import Iterable

from service.callbacks.target import Target


def sign(auth_token: str, target: Target, fields: Iterable[tuple[str, str]] = ()) -> str:
    """Return the signature of a request to `target`; `fields` are those of a POST, decoded. A GET has none."""
    message = target.signed_url + "".join(name + value for name, value in sorted(fields))
    digest = hmac.digest(auth_token.encode(), message.encode(), "sha1")
    return base64.b64encode(digest).decode()
