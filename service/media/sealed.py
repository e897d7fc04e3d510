"""The form of a sealed file: chunks that can be read one by one, and none of which can be changed, moved or left out.

A header (`MAGIC`, 32 random bytes of salt), then AES-256-GCM of each 64 KiB with its tag. The file's own key is
HKDF-SHA-256 of the recording's key, that salt and the file's label; so it seals one file only, and a chunk's nonce is
its number. That number, and whether the chunk is the last, are authenticated with it.
"""

import os
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC: Final = b"RKSEAL01"
SALT: Final = 32
HEADER: Final = len(MAGIC) + SALT
CHUNK: Final = 1 << 16
TAG: Final = 16
KEY_BYTES: Final = 32
SUFFIX: Final = ".sealed"


class Tampered(Exception):  # noqa: N818 - what was found
    """The sealed file is not what was sealed under its name."""


def label(account_sid: str, recording_sid: str, name: str) -> str:
    return f"{account_sid}/{recording_sid}/{name}"


def seal_folder(folder: Path, account_sid: str, recording_sid: str, key: bytes) -> None:
    """Put in the place of each file of a recording its sealed form, under the file's name and `SUFFIX`."""
    for path in list(folder.iterdir()):
        with path.open("rb") as plain, path.with_name(path.name + SUFFIX).open("wb") as sealed:
            seal(plain, sealed, key, label(account_sid, recording_sid, path.name))
        path.unlink()


def seal(plain: BinaryIO, sealed: BinaryIO, key: bytes, label: str) -> None:
    """Write the sealed form of what `plain` has; the same `key` and `label` may seal again."""
    salt = os.urandom(SALT)
    cipher = _cipher(key, salt, label)
    sealed.write(MAGIC + salt)
    number, chunk, is_last = 0, plain.read(CHUNK), False
    while not is_last:
        following = plain.read(CHUNK)
        is_last = not following
        sealed.write(cipher.encrypt(_nonce(number), chunk, _position(number, is_last=is_last)))
        number, chunk = number + 1, following


class Sealed:
    """A sealed file, opened: its size is proved by its last chunk, each byte by its own. Its methods block.

    Raises Tampered, when made and when read.
    """

    def __init__(self, file: BinaryIO, key: bytes, label: str) -> None:
        header = file.read(HEADER)
        body = file.seek(0, os.SEEK_END) - HEADER
        if not header.startswith(MAGIC) or body < TAG:
            raise Tampered
        self.salt = header[len(MAGIC) :]
        self._file = file
        self._cipher = _cipher(key, self.salt, label)
        self._last = (body - 1) // (CHUNK + TAG)
        self.size = body - (self._last + 1) * TAG
        self._chunk(self._last)

    def read(self, begin: int, end: int) -> bytes:
        """Return the bytes from `begin` up to `end`; only the chunks they lie in are read."""
        end = min(end, self.size)
        if begin >= end:
            return b""
        first = begin // CHUNK
        plain = b"".join(map(self._chunk, range(first, (end - 1) // CHUNK + 1)))
        return plain[begin - first * CHUNK : end - first * CHUNK]

    def close(self) -> None:
        self._file.close()

    def _chunk(self, number: int) -> bytes:
        self._file.seek(HEADER + number * (CHUNK + TAG))
        chunk = self._file.read(CHUNK + TAG)
        try:
            return self._cipher.decrypt(_nonce(number), chunk, _position(number, is_last=number == self._last))
        except InvalidTag:
            raise Tampered from None


def _cipher(key: bytes, salt: bytes, label: str) -> AESGCM:
    info = b"recordkeeper sealed file " + label.encode()
    return AESGCM(HKDF(SHA256(), length=KEY_BYTES, salt=salt, info=info).derive(key))


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _position(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(8, "big") + bytes([is_last])
