"""The service's own keys: which of them opens what, and how they are written."""

from base64 import b64encode

import pytest

from service.media.keyring import KeyMissing, Keyring, key_id, read_keys
from service.media.sealed import Tampered

OLD, NEW, DATA = b"o" * 32, b"n" * 32, b"d" * 32


def test_the_first_key_wraps_and_every_key_unwraps():
    by_old, by_new = Keyring([OLD]).wrap(DATA), Keyring([NEW, OLD]).wrap(DATA)
    assert (by_old[0], by_new[0]) == (key_id(OLD), key_id(NEW))
    assert DATA not in by_old[1] + by_new[1]
    rotated = Keyring([NEW, OLD])
    assert [rotated.unwrap(*wrapped) for wrapped in (by_old, by_new)] == [DATA, DATA]
    with pytest.raises(KeyMissing, match=key_id(OLD)):
        Keyring([NEW]).unwrap(*by_old)
    with pytest.raises(Tampered):
        rotated.unwrap(by_old[0], by_new[1])


def test_an_id_does_not_tell_its_key():
    assert len(key_id(OLD)) == 16
    assert key_id(OLD) not in OLD.hex()


def test_no_key_is_no_keyring():
    assert not Keyring(read_keys(" \n"))
    assert Keyring([OLD])


@pytest.mark.parametrize("between", [",", "\n", " , "])
def test_keys_are_hexadecimal_or_base64(between):
    text = between.join([NEW.hex(), b64encode(OLD).decode()])
    assert read_keys(text) == (NEW, OLD)


@pytest.mark.parametrize("text", ["secret", "6e" * 31, "6e" * 33, b64encode(b"s" * 31).decode(), "é" * 32, "z" * 64])
def test_what_is_no_key_is_refused_without_repeating_it(text):
    with pytest.raises(ValueError, match="32 random bytes in base64 or hexadecimal") as refused:
        read_keys(f"{NEW.hex()} {text}")
    assert text not in str(refused.value)
