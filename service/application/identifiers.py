"""SIDs and request ids: a prefix and 32 hex digits."""

import os
import random
import re
import secrets
import uuid
from datetime import datetime

_RANDOM_BITS = 74


def is_sid(prefix: str, text: str) -> bool:
    return re.fullmatch(prefix + "[0-9a-fA-F]{32}", text) is not None


def new_sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


def new_ordered_sid(prefix: str, at: datetime) -> str:
    """Return a SID whose digits are a UUIDv7 (RFC 9562 §5.7): SIDs sort by the time they were made."""
    milliseconds = int(at.timestamp() * 1000)
    random = int.from_bytes(os.urandom(10)) >> (80 - _RANDOM_BITS)
    bits = milliseconds << 80 | 0x7 << 76 | (random >> 62) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    return f"{prefix}{bits:032x}"


def request_id(offered: str | None) -> str:
    """Return the gateway's request id when it is one (RQ + 32 hex, 32 hex, or a UUID), else a new one."""
    if offered:
        digits = offered.removeprefix("RQ").replace("-", "")
        if is_sid("RQ", "RQ" + digits) and (len(offered) in {32, 34} or _is_uuid(offered)):
            return "RQ" + digits.lower()
    return f"RQ{random.getrandbits(128):032x}"


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
