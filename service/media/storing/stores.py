"""Brings a recording's published files to the store its account names, or to the one that stands in for it."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from service.application.accounts import Accounts
from service.media.storing.address import LOCAL, InvalidStore, parse_store
from service.media.storing.bucket import INVALID_CONFIGURATION, Bucket, StoreFailed
from service.media.storing.copies import Copies
from service.media.storing.outages import Outages
from service.media.storing.store import Key

_FILE = re.compile(r"([12])(\.wav|\.mp3)")
_CONTENT_TYPES: Final = {".wav": "audio/x-wav", ".mp3": "audio/mpeg"}
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`url` is for accounts that name none; `fallback` takes over from a store that failed for `fallback_after` s.

    Both are a store's URL, LOCAL, or empty: the data folder, and none.
    """

    url: str
    fallback: str
    fallback_after: float


class Stores:
    """`under_way` says how many recordings are on their way to a store, or wait for their turn."""

    def __init__(self, accounts: Accounts, copies: Copies, outages: Outages, policy: Policy) -> None:
        self._accounts = accounts
        self._copies = copies
        self._outages = outages
        self._policy = policy
        self._buckets: dict[str, Bucket] = {}
        self.under_way = 0

    async def url_of(self, account_sid: str) -> str:
        """Return where an account's media go: a store's URL, or LOCAL."""
        return await self._accounts.store_url(account_sid) or self._policy.url or LOCAL

    async def keep(
        self, key: Key, url: str, folder: Path, channels: int, *, again: bool, delayed: Callable[[str], Awaitable[None]]
    ) -> str | None:
        """Have the plain or encrypted files in `folder` stored at `url`; return theirs, None when they are to stay.

        `channels` is how many who names no number is served. `delayed` is told why another store than that was used.
        Raises StoreFailed.
        """
        self.under_way += 1
        try:
            return await self._put(url, key, folder, channels, again=again)
        except StoreFailed as failed:
            fallback = self._policy.fallback
            if not fallback or fallback == url or self._outages.seconds(url) < self._policy.fallback_after:
                raise
            await delayed(str(failed))
            log.warning("store.replaced", account=key[0], recording=key[1], reason=str(failed))
            return None if fallback == LOCAL else await self._put(fallback, key, folder, channels, again=again)
        finally:
            self.under_way -= 1

    async def erase(self, key: Key, store_url: str) -> None:
        """Remove whatever a store may hold of a recording. Raises StoreFailed."""
        async with self._outages.watched(store_url):
            for name in _every_name(key):
                await self._bucket(store_url).erase(name)

    async def _put(self, url: str, key: Key, folder: Path, channels: int, *, again: bool) -> str:
        files = await asyncio.to_thread(_files, folder)
        if not files:
            raise StoreFailed("there are no files that a store could take")
        async with self._outages.watched(url):
            bucket = self._bucket(url)
            media_url = bucket.address.media_url("/".join(key))
            await self._copies.note(key, url, media_url)
            kept = set()
            for file, of, extension in files:
                for name in _names(key, of, extension, channels):
                    await bucket.put(file, name, _CONTENT_TYPES[extension], again=again)
                    kept.add(name)
            # An earlier attempt may have left plain files of what is one encrypted file by now.
            for name in set(_every_name(key)) - kept if again else ():
                await bucket.erase(name)
        return media_url

    def _bucket(self, url: str) -> Bucket:
        if url not in self._buckets:
            try:
                self._buckets[url] = Bucket(parse_store(url))
            except InvalidStore as error:
                raise StoreFailed(f"{INVALID_CONFIGURATION}: {error}") from error
        return self._buckets[url]


def _files(folder: Path) -> list[tuple[Path, int, str]]:
    """Return the published files, each with its number of channels and its extension."""
    named = [(path, _FILE.fullmatch(path.name)) for path in sorted(folder.iterdir())]
    return [(path, int(found[1]), found[2]) for path, found in named if found]


def _names(key: Key, of: int, extension: str, channels: int) -> list[str]:
    """Return what a file of so many channels is called in a store: as the API's own path would answer."""
    name = "/".join(key)
    if of != channels:
        return [f"{name}.{of}{extension}"]
    return [name + extension, name] if extension == ".wav" else [name + extension]


def _every_name(key: Key) -> list[str]:
    sorts = [(of, extension, channels) for of in (1, 2) for extension in _CONTENT_TYPES for channels in (1, 2)]
    return sorted({name for of, extension, channels in sorts for name in _names(key, of, extension, channels)})
