"""A customer with an RSA key pair, whose recordings are encrypted at its public half."""

from base64 import b64decode

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

PRIVATE_KEY = rsa.generate_private_key(65537, 2048)
PUBLIC_PEM = PRIVATE_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
PRIVATE_PEM = PRIVATE_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def cek_of(encrypted_cek: str) -> bytes:
    return PRIVATE_KEY.decrypt(b64decode(encrypted_cek), OAEP(mgf=MGF1(SHA256()), algorithm=SHA256(), label=None))
