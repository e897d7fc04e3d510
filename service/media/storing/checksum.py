"""What a store may say of a file that it keeps: MD5s as S3 and GCS make ETags of them, and SHA-256."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

PART_BYTES: Final = 5 << 20
"""A larger file goes up in parts of this size; S3 takes 10,000 of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checksums:
    """`etags`: of the file put at once, and in parts."""

    size: int
    sha256: str
    etags: frozenset[str]


def checksums(file: Path) -> Checksums:
    """Read the file once; blocks."""
    with file.open("rb") as opened:
        return checksums_of(opened)


def checksums_of(opened: BinaryIO) -> Checksums:
    # MD5 is what S3 names an object's content by; nothing is protected with it.
    whole, sha256, parts, size = hashlib.md5(usedforsecurity=False), hashlib.sha256(), [], 0
    while part := opened.read(PART_BYTES):
        whole.update(part)
        sha256.update(part)
        parts.append(hashlib.md5(part, usedforsecurity=False).digest())
        size += len(part)
    in_parts = hashlib.md5(b"".join(parts), usedforsecurity=False).hexdigest()
    etags = frozenset({whole.hexdigest(), f"{in_parts}-{len(parts)}"})
    return Checksums(size=size, sha256=sha256.hexdigest(), etags=etags)
