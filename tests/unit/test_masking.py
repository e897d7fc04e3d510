"""Which parts of a callback's URL auditors see, and which its customer."""

import pytest

from service.application.masking import without_password, without_secrets
from service.application.stream_keys import seal
from service.audit.masking import masked, shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:pass@host:81/p?token=s3cret&x=1", "https://user:***@host:81/p?token=***&x=***"),
        ("https://t0ken@host/p", "https://***@host/p"),
        ("https://a:b:c@d@host/", "https://a:***@host/"),
        ("https://host/p?s3cret", "https://host/p?***"),
        ("https://host/p?a=b=c&&d=;e=f#s3cret", "https://host/p?a=***&&d=***&e=***#***"),
        ("https://[::1]:8/p?%73=1", "https://[::1]:8/p?%73=***"),
        ("https://[broken/p?a=b", "***"),
        ("https://host/p", "https://host/p"),
    ],
)
def test_secrets_of_a_url_are_masked_and_the_rest_stands(url, shown):
    assert without_secrets(url) == shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:secret@host/a?b=c", "https://user:***@host/a?b=c"),
        ("HTTP://a@b:s:e@c@host:80/", "HTTP://a@b:***@host:80/"),
        ("https://:secret@host", "https://:***@host"),
        ("https://user@host:80/x@y", "https://user@host:80/x@y"),
        ("https://host/?to=mailto:a@b", "https://host/?to=mailto:a@b"),
    ],
)
def test_a_url_is_shown_without_its_password(url, shown):
    assert without_password(url) == shown


@pytest.mark.parametrize(
    "data", [{}, {"callback": None}, {"callback": {"url": "https://host/p"}}, {"callback": "sealed"}, {"callback": {}}]
)
def test_data_with_nothing_to_mask_are_the_very_same(data):
    assert masked(data) is data


def test_only_the_url_is_masked():
    data = {"callback": {"url": "https://h/?a=b", "method": "POST"}, "channels": 2}
    assert masked(data) == {"callback": {"url": "https://h/?a=***", "method": "POST"}, "channels": 2}
    assert data["callback"]["url"] == "https://h/?a=b"


def test_a_sealed_url_is_opened_and_masked_while_its_key_is_there():
    sealed = {"callback": {"url": seal("https://u:p@h/?a=b", KEY), "host": "h"}, "channels": 2}
    opened = {"callback": {"url": "https://u:***@h/?a=***", "host": "h"}, "channels": 2}
    assert masked(sealed) is sealed
    assert shown(sealed, KEY) == opened
    assert shown(opened, None) == opened, "of schema 1"
    for other in (None, bytes(16), b"short"):
        assert shown(sealed, other) == {"callback": {"url": None, "host": "h"}, "channels": 2}


@pytest.mark.parametrize("url", ["sealed:", "sealed:x", "sealed:AAAA", "sealed:ü"])
def test_what_was_never_sealed_is_not_shown(url):
    assert shown({"callback": {"url": url}}, KEY) == {"callback": {"url": None}}


KEY = b"sixteen bytes of"
