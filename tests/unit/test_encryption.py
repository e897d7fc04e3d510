"""Encryption at a customer's key, against the one-shot AES-GCM and RSA-OAEP of the library."""

from base64 import b64decode

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from customer import PUBLIC_PEM, cek_of
from service.media.encryption import CustomerKey, encrypt

KEY = CustomerKey(sid="CR" + "1" * 32, pem=PUBLIC_PEM.decode())


@pytest.mark.parametrize("size", [0, 1, 44, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_000_000])
def test_a_file_becomes_its_encryption_with_the_tag_at_its_end(tmp_path, size):
    path, plain = tmp_path / "2.wav", bytes(number % 253 for number in range(size))
    path.write_bytes(plain)
    told = encrypt(path, KEY)
    encrypted = path.read_bytes()
    cek, iv = cek_of(told.encrypted_cek), b64decode(told.iv)
    assert (told.public_key_sid, len(cek), len(iv)) == (KEY.sid, 32, 12)
    assert (len(told.encrypted_cek), len(told.iv)) == (344, 16)
    assert AESGCM(cek).encrypt(iv, plain, None) == encrypted
    assert list(tmp_path.iterdir()) == [path]


def test_each_file_has_a_key_and_iv_of_its_own(tmp_path):
    told = []
    for number in range(3):
        path = tmp_path / f"{number}.wav"
        path.write_bytes(b"the same")
        told.append(encrypt(path, KEY))
    assert len({each.iv for each in told}) == len({cek_of(each.encrypted_cek) for each in told}) == 3
    with pytest.raises(InvalidTag):
        AESGCM(cek_of(told[0].encrypted_cek)).decrypt(b64decode(told[0].iv), (tmp_path / "1.wav").read_bytes(), None)
