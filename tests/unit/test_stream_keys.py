"""What is sealed with a stream's key is read with that key alone."""

import pytest
from cryptography.exceptions import InvalidTag

from facts import RE, started
from service.application.stream_keys import EFFECT, Erased, seal, sealed_callback, unseal

KEY, OTHER = b"k" * 16, b"o" * 16


def test_what_was_sealed_is_read_back_with_its_key_and_no_other():
    sealed = seal("https://user:secret@example.com/?token=ünïcode", KEY)
    assert "secret" not in sealed
    assert unseal(sealed, KEY) == "https://user:secret@example.com/?token=ünïcode"
    with pytest.raises(InvalidTag):
        unseal(sealed, OTHER)


def test_the_same_text_is_sealed_otherwise_each_time():
    assert seal("x", KEY) != seal("x", KEY)


def test_a_text_that_was_never_sealed_is_itself():
    assert unseal("https://example.com/", None) == "https://example.com/"


def test_what_has_lost_its_key_is_erased():
    with pytest.raises(Erased):
        unseal(seal("x", KEY), None)


def test_a_starts_url_is_sealed_with_a_key_of_its_own_that_is_kept_beside_it():
    callback, effects = sealed_callback(started().callback, RE)
    (kept,) = effects[EFFECT]
    assert kept["recording_sid"] == RE
    assert unseal(callback.url, bytes.fromhex(kept["key"])) == started().callback.url
    assert callback.events == started().callback.events
