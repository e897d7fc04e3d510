"""Challenges as servers write them, and answers to them by the vectors of RFC 7616 and RFC 2617."""

import re
from hashlib import md5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.callbacks.challenge import challenges
from service.callbacks.digest import Asked, answer, strongest

MUFASA = ("Mufasa", "Circle of Life")
OF_7616 = (
    'realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
ASKED_7616 = Asked(method="GET", uri="/dir/index.html", cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")
ASKED = Asked(method="POST", uri='/cb?x="1"', cnonce="0a4f113b")


def answered(header, credentials=MUFASA, asked=ASKED):
    challenge = strongest(challenges([header]))
    return challenge and answer(challenge, credentials, asked)


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_vectors_of_rfc_7616(algorithm, response):
    assert answered("Digest " + OF_7616.format(algorithm), asked=ASKED_7616) == (
        'Digest username="Mufasa", realm="http-auth@example.org", '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
        f'uri="/dir/index.html", response="{response}", algorithm={algorithm}, '
        'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", qop=auth, nc=00000001, '
        'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"'
    )


def test_the_vector_of_rfc_2617():
    header = (
        'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
        'opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )
    asked = Asked(method="GET", uri="/dir/index.html", cnonce="0a4f113b")
    told = answered(header, ("Mufasa", "Circle Of Life"), asked)
    assert 'response="6629fae49393a05397450978507c4ef1"' in told
    assert "algorithm" not in told


def test_older_servers_name_no_qop_and_get_neither_count_nor_cnonce():
    def hashed(text):
        return md5(text.encode()).hexdigest()  # noqa: S324 - what the RFC asks for

    told = answered('Digest realm="r", nonce="n"')
    assert f'response="{hashed(hashed("Mufasa:r:Circle of Life") + ":n:" + hashed(f"POST:{ASKED.uri}"))}"' in told
    assert not re.search(r"qop|nc=|cnonce", told)
    told = answered('Digest realm="r", nonce="n", algorithm=md5-sess, qop=auth')
    session = hashed(hashed("Mufasa:r:Circle of Life") + ":n:0a4f113b")
    assert f'response="{hashed(f"{session}:n:00000001:0a4f113b:auth:" + hashed(f"POST:{ASKED.uri}"))}"' in told
    assert "algorithm=md5-sess" in told


@pytest.mark.parametrize(
    ("headers", "chosen"),
    [
        ([], None),
        (["Negotiate", "Bearer realm=x", "NTLM TlRMTVNTUAAC=="], None),
        (["Basic"], "basic"),
        (['Negotiate, Basic realm="a"'], "basic"),
        (['Bearer realm="Basic ,Digest nonce=y"'], None),
        ([f"Basic realm=x, Digest {OF_7616.format('MD5')}"], "MD5"),
        ([f"Digest {OF_7616.format('MD5')}, Digest {OF_7616.format('SHA-256')}, Basic realm=x"], "SHA-256"),
        ([f"Digest {OF_7616.format('SHA-256-sess')}", f"dIgEsT {OF_7616.format('MD5')}"], "SHA-256-sess"),
        ([f"NTLM abc/d+e==, Digest {OF_7616.format(chr(34) + 'MD5-sess' + chr(34))}"], "MD5-sess"),
        (["Digest nonce=n==,realm=r,algorithm=MD5"], "MD5"),
        (['Digest realm="a \\"b\\", Basic c" , , nonce = "n" ,algorithm=MD5'], "MD5"),
        ([f"Digest {OF_7616.format('SHA-512-256')}, Basic"], "basic"),
        (['Digest realm="r", nonce="n", qop="auth-int"'], None),
        (['Digest realm="r", nonce="n", algorithm=MD5-sess'], None),
        (['Digest realm="r", nonce=""'], None),
        (['Digest nonce="n"'], None),
        (['Digest realm="r", nonce="never closed'], None),
        (['"', "=", ",,,", "Digest", "Digest ="], None),
    ],
)
def test_the_strongest_challenge_that_can_be_answered_is_chosen(headers, chosen):
    found = strongest(challenges(headers))
    assert (found and found.parameters.get("algorithm", found.scheme)) == chosen


@pytest.mark.parametrize("name", ["realm", "nonce", "opaque", "algorithm"])
@pytest.mark.parametrize("odd", ["a\r\nX-Injected: 1", "a\nb", "a\0b", "a\x7fb", "a\udcffb"])
def test_a_challenge_that_could_break_a_header_is_not_answered(name, odd):
    told = {"realm": "r", "nonce": "n"} | {name: odd}
    header = "Digest " + ", ".join(f'{key}="{value}"' for key, value in told.items())
    assert answered(header) is None
    assert answered(f"{header}, Basic").startswith("Basic ")


@pytest.mark.parametrize(
    ("user", "told"),
    [
        ('a"b\\c', r'username="a\"b\\c"'),
        ("Jäsøn", "username*=UTF-8''J%C3%A4s%C3%B8n"),
        ("a\r\nX-Injected: 1", "username*=UTF-8''a%0D%0AX-Injected%3A%201"),
    ],
)
def test_a_users_name_of_any_characters_stays_in_its_field(user, told):
    assert answered('Digest realm="r", nonce="n"', (user, "\r\n\0")).startswith(f"Digest {told}, realm=")


@given(st.lists(st.text(alphabet=st.sampled_from('Digest Basic realm nonce="n", \\\r\n\t\0é=')), max_size=3), st.text())
def test_no_header_breaks_the_answer(headers, user):
    challenge = strongest(challenges(["Digest realm=r, nonce=n", *headers]))
    user = user.encode(errors="replace").decode()
    assert answer(challenge, (user, "p"), ASKED).isprintable()
