"""A finished file encrypted at a customer's key: nobody here can read it again (Twilio: Voice Recording Encryption)."""

import os
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from service.domain.events import Encryption

CEK_BYTES = 32
IV_BYTES = 12
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerKey:
    """The public key that an account's recordings are encrypted at."""

    sid: str
    pem: str


def encrypt(path: Path, key: CustomerKey) -> Encryption:
    """Put in the file's place its AES-256-GCM encryption, the tag at its end; return what its owner decrypts it with.

    The content encryption key and IV are this one file's: what encrypts two files under one pair reveals both.
    """
    cek, iv = os.urandom(CEK_BYTES), os.urandom(IV_BYTES)
    encryptor = Cipher(AES(cek), GCM(iv)).encryptor()
    encrypted = path.with_name(path.name + ".new")
    with path.open("rb") as plain, encrypted.open("wb") as file:
        while block := plain.read(_BLOCK):
            file.write(encryptor.update(block))
        file.write(encryptor.finalize() + encryptor.tag)
    encrypted.replace(path)
    return Encryption(public_key_sid=key.sid, encrypted_cek=_base64(_wrapped(cek, key)), iv=_base64(iv))


def _wrapped(cek: bytes, key: CustomerKey) -> bytes:
    public = load_pem_public_key(key.pem.encode())
    if not isinstance(public, RSAPublicKey):
        raise TypeError(key.sid)
    return public.encrypt(cek, OAEP(mgf=MGF1(SHA256()), algorithm=SHA256(), label=None))


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
