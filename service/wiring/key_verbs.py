"""What the verbs about public keys do, on the database of the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from service.application.public_keys import PublicKey, PublicKeyRefused, PublicKeys
from service.eventstore.event import iso_time
from service.postgres.pool import open_pool
from service.settings import Settings
from service.wiring.server import ServiceRefused, database

LARGEST_FILE = 1 << 16


@asynccontextmanager
async def _public_keys(settings: Settings) -> AsyncIterator[PublicKeys]:
    async with database(settings) as dsn, await open_pool(dsn, max_size=2) as pool:
        yield PublicKeys(pool)


async def create_public_key(settings: Settings, account_sid: str, file: Path) -> dict[str, Any] | None:
    """Return the key, or None when there is no such account. Raises ServiceRefused for what is no such key."""
    pem = _content(file)
    async with _public_keys(settings) as keys:
        try:
            return _document(await keys.create(account_sid, pem), "sid", "account_sid", "fingerprint")
        except asyncpg.ForeignKeyViolationError:
            return None
        except PublicKeyRefused as refused:
            raise ServiceRefused(f"{file} cannot be used: {refused}") from None


async def list_public_keys(settings: Settings, account_sid: str | None) -> list[dict[str, Any]]:
    async with _public_keys(settings) as keys:
        return [
            _document(key, "sid", "account_sid", "fingerprint", "retired_at") for key in await keys.all(account_sid)
        ]


async def retire_public_key(settings: Settings, sid: str) -> bool:
    async with _public_keys(settings) as keys:
        return await keys.retire(sid)


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST_FILE)
    except OSError as error:
        raise ServiceRefused(f"{file} cannot be read: {error.strerror}") from None


def _document(key: PublicKey, *names: str) -> dict[str, Any]:
    return {name: getattr(key, name) for name in names} | {"date_created": iso_time(key.date_created)}
