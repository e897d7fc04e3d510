"""One object store: files go up in parts, and count as kept when the store gives back their size and checksum."""

import asyncio
import hashlib
import io
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import AzureStore, GCSStore, ObjectStore, S3Store

from service.media.storing.address import StoreAddress, parse_store
from service.media.storing.checksum import PART_BYTES, Checksums, checksums, checksums_of

PARTS_AT_ONCE: Final = 2
CONNECT_SECONDS, REQUEST_SECONDS, RETRY_SECONDS = 5, 120, 10
ACCESS_DENIED, INVALID_CONFIGURATION = 16112, 16111
"""Twilio's codes for a store that refuses (error dictionary: S3 upload failed)."""
_STATUS = re.compile(r"status code: (\d{3})")
_PASSING, _DENIED = {"408", "429"}, {"401", "403"}
"""Statuses of no fault of ours, and those that deny access: not every call of the client tells them apart."""
_CREDENTIALS: Final = {
    "s3": {"access_key_id": "AWS_ACCESS_KEY_ID", "secret_access_key": "AWS_SECRET_ACCESS_KEY"},
    "gs": {"application_credentials": "GOOGLE_APPLICATION_CREDENTIALS"},
    "az": {"account_key": "AZURE_STORAGE_ACCOUNT_KEY"},
}
"""What signs, by the variable that holds it; a named set has its name and `_` before."""


class StoreFailed(Exception):  # noqa: N818 - what happened, for the record
    """The store did not take or give back what it should; the message says which, in words for everybody."""


class Bucket:
    """A client of one store. Its methods raise StoreFailed."""

    def __init__(self, address: StoreAddress) -> None:
        self.address = address
        try:
            self._store = _client(address)
        except (BaseError, ValueError, KeyError) as error:
            reason = f"{error} is not set" if isinstance(error, KeyError) else "it cannot be set up as configured"
            raise StoreFailed(f"{INVALID_CONFIGURATION}: {address.name}: {reason}") from error

    async def put(self, file: Path, key: str, content_type: str, *, again: bool) -> None:
        """Have the store keep the file, and make sure of it. `again`: it may have it from an earlier attempt."""
        sums = await asyncio.to_thread(checksums, file)
        if again and await self._holds(key, sums):
            return
        async with self._failures():
            attributes = {"Content-Type": content_type}
            await obstore.put_async(
                self._store, key, file, attributes=attributes, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE
            )
        if not await self._holds(key, sums):
            raise StoreFailed(f"{self.address.name} does not give back what it was given")

    async def write(self, key: str, content: bytes) -> None:
        """Have the store keep the content, whole or not at all, and make sure of it."""
        async with self._failures():
            await obstore.put_async(self._store, key, content, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE)
        if not await self._holds(key, await asyncio.to_thread(checksums_of, io.BytesIO(content))):
            raise StoreFailed(f"{self.address.name} does not give back what it was given")

    async def read(self, key: str) -> bytes | None:
        """Return what the object holds; None when there is none."""
        try:
            async with self._failures():
                return bytes(await (await obstore.get_async(self._store, key)).bytes_async())
        except StoreFailed as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return None
            raise

    async def keys(self, folder: str) -> AsyncIterator[str]:
        async with self._failures():
            async for found in obstore.list(self._store, f"{folder}/"):
                for one in found:
                    yield one["path"]

    async def erase(self, key: str) -> None:
        """Remove the object; that there is none is as good."""
        async with self._failures(missing_is_fine=True):
            await obstore.delete_async(self._store, key)

    async def probe(self) -> None:
        key, content = f"recordkeeper-probe-{uuid4().hex}", b"Recordkeeper was here."
        async with self._failures():
            await obstore.put_async(self._store, key, content)
            found = await (await obstore.get_async(self._store, key)).bytes_async()
            await obstore.delete_async(self._store, key)
        if bytes(found) != content:
            raise StoreFailed(f"{self.address.name} does not give back what it was given")

    async def _holds(self, key: str, sums: Checksums) -> bool:
        """Whether the object is the file: by size and ETag where that is an MD5, else by reading it back."""
        try:
            found = await obstore.head_async(self._store, key)
            if found["size"] != sums.size:
                return False
            if (found["e_tag"] or "").strip('"') in sums.etags:
                return True
            return await self._sha256(key) == sums.sha256
        except FileNotFoundError:
            return False
        except BaseError as error:
            raise self._failed(error) from error

    async def _sha256(self, key: str) -> str:
        digest = hashlib.sha256()
        answer = await obstore.get_async(self._store, key)
        async for chunk in answer.stream(min_chunk_size=PART_BYTES):
            digest.update(chunk)
        return digest.hexdigest()

    @asynccontextmanager
    async def _failures(self, *, missing_is_fine: bool = False) -> AsyncIterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            if error.errno is not None:
                raise  # of the local file
            if not missing_is_fine:
                raise StoreFailed(f"{INVALID_CONFIGURATION}: {self.address.name} is not there") from error
        except BaseError as error:
            raise self._failed(error) from error

    def _failed(self, error: BaseError) -> StoreFailed:
        """Return the failure in words: the store's own name much that is not for everybody."""
        name, status = self.address.name, _STATUS.search(str(error))
        is_denied = status is not None and status[1] in _DENIED
        if is_denied or isinstance(error, PermissionDeniedError | UnauthenticatedError):
            return StoreFailed(f"{ACCESS_DENIED}: {name} denies access")
        if status is None:
            return StoreFailed(f"{name} does not answer")
        is_definite = status[1] < "500" and status[1] not in _PASSING
        return StoreFailed(f"{f'{INVALID_CONFIGURATION}: ' if is_definite else ''}{name} answers {status[1]}")


async def probe(url: str) -> None:
    """Write, read and remove a small object in the store that `url` names. Raises InvalidStore, StoreFailed."""
    await Bucket(parse_store(url)).probe()


def _client(address: StoreAddress) -> ObjectStore:
    options: dict[str, Any] = {
        "prefix": address.prefix or None,
        "client_options": {
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
            "timeout": timedelta(seconds=REQUEST_SECONDS),
            "allow_http": address.endpoint.startswith("http://"),
        },
        "retry_config": {"max_retries": 2, "retry_timeout": timedelta(seconds=RETRY_SECONDS)},
        **_credentials(address),
    }
    if address.scheme == "gs":
        return GCSStore(address.bucket, **options)
    # Always said: an endpoint in the environment would be another store than the one `media_url` names.
    options["endpoint"] = address.origin
    if address.scheme == "az":
        return AzureStore(address.bucket, account_name=address.account, **options)
    options |= {"region": address.region, "virtual_hosted_style_request": address.has_host_of_its_own}
    return S3Store(address.bucket, **options)


def _credentials(address: StoreAddress) -> dict[str, Any]:
    """Return what a named set of variables signs with; without a name the client reads the usual ones itself."""
    if not address.credentials:
        return {}
    variables = _CREDENTIALS[address.scheme].items()
    found = {key: os.environ[f"{address.credentials}_{variable}"] for key, variable in variables}
    if address.scheme != "s3":
        return found
    # As a provider: beside keys of its own, a session token of the usual variables would be used.
    return {"credential_provider": lambda: {**found, "token": None, "expires_at": None}}
