"""How far an account's events are exported: kept beside them, so that any machine can go on."""

from dataclasses import asdict, dataclass

import orjson

from service.export.destination import Destination


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """The events exported are those from `first_position` to `position`, whose hash in hex is `hash`."""

    account_sid: str
    first_position: int
    position: int
    hash: str
    with_canonical: bool


def _key(account_sid: str) -> str:
    return f"_recordkeeper/events/{account_sid}.json"


async def read_bookmark(place: Destination, account_sid: str) -> Bookmark | None:
    content = await place.read(_key(account_sid))
    return Bookmark(**orjson.loads(content)) if content else None


async def write_bookmark(place: Destination, bookmark: Bookmark) -> None:
    await place.write(_key(bookmark.account_sid), orjson.dumps(asdict(bookmark)))
