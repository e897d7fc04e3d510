"""The second signature, as the library of Standard Webhooks checks it."""

import json
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from service.callbacks.signature import Keys, webhook_headers, webhook_key
from service.wiring.callback_verbs import refused_secret

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_published_vector():
    body = b'{"test": 2432232314}'
    assert webhook_headers(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize("body", [b"", json.dumps({"a": "ż"}).encode(), b"a=%C5%BC+b&c="])
def test_their_library_accepts_what_is_sent_and_nothing_else(body):
    headers = webhook_headers(SECRET, "an-id", int(datetime.now(UTC).timestamp()), body)
    Webhook(SECRET).verify(body, headers, json_parse=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b"x", headers, json_parse=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body, headers | {"webhook-id": "another"}, json_parse=False)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_a", "whsec_ä", "whsec_*===", SECRET[6:]])
def test_what_is_no_secret_is_refused(secret):
    with pytest.raises(ValueError, match="a webhook secret is whsec_ and the base64 of its bytes"):
        webhook_key(secret)
    assert webhook_key("whsec_YWI") == b"ab"


def spelled(size):
    return "whsec_" + b64encode(bytes(size)).decode()


@pytest.mark.parametrize("secret", ["new", SECRET, spelled(24), spelled(25), spelled(25).rstrip("="), spelled(64)])
def test_a_secret_that_an_account_may_have(secret):
    assert refused_secret(secret) is None


@pytest.mark.parametrize(
    "secret", ["", "newer", "whsec_", "whsec_é", "whsec_*===", SECRET[6:], spelled(23), spelled(65)]
)
def test_a_secret_that_an_account_may_not_have(secret):
    assert refused_secret(secret) == "it must be whsec_ and the base64 of 24 to 64 bytes; new makes one"


def test_keys_do_not_show_in_what_is_printed():
    assert repr(Keys(auth_token="secret", webhook_secret=SECRET)) == "Keys()"
