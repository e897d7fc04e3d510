"""Times as people and programs write them."""

from datetime import UTC, datetime

_FIRST, _END = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
WRITTEN = "a time in ISO 8601 from 1970 on, as 2026-11-22T21:10:22Z"


def moment(text: str) -> datetime:
    """Return the time `text` says, in UTC where it names no zone. Raises ValueError when it is none."""
    read = datetime.fromisoformat(text)
    aware = read if read.tzinfo else read.replace(tzinfo=UTC)
    if not _FIRST <= aware < _END:
        raise ValueError(text)
    return aware
