"""Signatures as Twilio's own library checks them, and URLs as they are taken apart to be signed."""

import hmac
from base64 import b64decode
from itertools import product
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from yarl import URL

from service.callbacks.signature import sign
from service.callbacks.target import InvalidUrl, Target

TOKEN = "12345"
FIELDS = {"CallSid": "CA1234567890ABCDE", "Digits": "1234", "To": "+18005551212"}


@pytest.mark.parametrize(
    ("host", "caller", "expected"),
    [
        ("mycompany.com", "+14158675309", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("example.com", "+14158675310", "L/OH5YylLD5NRKLltdqwSvS0BnU="),
        ("mycompany.com", "+12349013030", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
    ],
)
def test_published_vectors(host, caller, expected):
    fields = FIELDS | {"Caller": caller, "From": caller}
    assert sign(TOKEN, Target.parse(f"https://{host}/myapp.php?foo=1&bar=2"), urlencode(fields)) == expected


@pytest.mark.parametrize(
    ("scheme", "port", "userinfo", "path", "fragment"),
    list(
        product(
            ("http", "https"),
            ("", ":80", ":443", ":8443"),
            ("", "user:p%40ss@", "a@b:c@"),
            ("", "?a=b", "/cb", "/cb?x=1&y=%7E%20z", "/ż/{x}?q=ł €&r='\"", "/cb?"),
            ("", "#rc=2&rp=all"),
        )
    ),
)
def test_twilios_validator_accepts_what_is_sent(scheme, port, userinfo, path, fragment):
    target = Target.parse(f"{scheme}://{userinfo}Example.com{port}{path}{fragment}")
    fields = FIELDS | {"Name": "ż ó&=?+%2B", "Empty": ""}
    validator = RequestValidator(TOKEN)
    assert validator.validate(target.url, fields, sign(TOKEN, target, urlencode(fields)))
    got = target.with_parameters(urlencode(fields))
    assert [URL(sent.url, encoded=True).raw_path_qs for sent in (target, got)] == [target.path, got.path]
    assert validator.validate(got.url, {}, sign(TOKEN, got))
    assert set(fields.items()) <= set(parse_qsl(got.url.partition("?")[2], keep_blank_values=True))
    assert not validator.validate(target.url, fields | {"Digits": "4321"}, sign(TOKEN, target, urlencode(fields)))


@pytest.mark.parametrize(
    ("url", "signed"),
    [
        ("https://example.com:8443/cb?x=1#rc=1", "https://example.com/cb?x=1"),
        ("http://example.com:8080/cb", "http://example.com:8080/cb"),
        ("http://u:p@example.com", "http://example.com/"),
        ("HTTPS://Example.com/CB", "https://example.com/CB"),
        ("https://[2606:4700::1]:444/cb", "https://[2606:4700::1]/cb"),
        ("https://münchen.example/cb", "https://xn--mnchen-3ya.example/cb"),
    ],
)
def test_port_userinfo_and_fragment_are_left_out_of_what_is_signed(url, signed):
    assert Target.parse(url).signed_url == signed


@given(st.dictionaries(st.from_regex(r"[A-Za-z0-9]+", fullmatch=True), st.text(), min_size=1))
def test_values_of_any_characters_are_signed_as_they_are_decoded(fields):
    target = Target.parse("http://example.com/cb")
    in_order = "".join(name + fields[name] for name in sorted(fields))
    expected = hmac.digest(TOKEN.encode(), f"{target.url}{in_order}".encode(), "sha1")
    assert b64decode(sign(TOKEN, target, urlencode(fields))) == expected


def test_userinfo_is_kept_apart_and_decoded():
    assert Target.parse("http://us%3Aer:p%40ss@example.com/").credentials == ("us:er", "p@ss")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/cb",
        "//example.com/cb",
        "ftp://example.com/cb",
        "file:///etc/passwd",
        "http://",
        "http:///cb",
        "http://:80/",
        "http://example.com:0/",
        "http://example.com:65536/",
        "http://example.com:x/",
        "http://exa mple.com/",
        "http://example.com\r\nX: y/",
        "http://good.com\\@evil.com/",
        "http://%31%32%37.0.0.1/",
        "http://[::1%25eth0]/",
        "http://[::1",
        "http://[1.2.3.4]/",
        "http://[1::2::3]/",
        "http://[:]/",
        "http://a..b/",
        f"http://{'a' * 64}.com/",
        " http://example.com/",
        "http://example.com/\ud800",
    ],
)
def test_what_is_no_url_for_a_callback_is_refused(url):
    with pytest.raises(InvalidUrl):
        Target.parse(url)


def test_a_path_cannot_break_out_of_its_request_line():
    target = Target.parse("http://example.com/a\r\nX-Injected: 1\tb\x00")
    assert target.url == "http://example.com/a%0D%0AX-Injected:%201%09b%00"
