"""Accounts, their auth tokens and API keys: who may call, and with what a callback is signed."""

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

import asyncpg

from service.application.identifiers import new_sid
from service.application.metadata import Actor
from service.postgres.statement import statement

REMEMBERED_SECONDS = 2.0
"""How long checked credentials are taken on trust: a revoked key or rotated token works this much longer."""
MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    sid: str
    friendly_name: str
    auth_token: str
    price_per_minute: Decimal
    price_unit: str
    date_created: datetime
    date_updated: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """`secret` is known only when the key is made; after that its hash alone is kept."""

    sid: str
    account_sid: str
    role: str
    date_created: datetime
    revoked_at: datetime | None = None
    secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    account_sid: str
    actor: Actor


class Accounts:
    def __init__(self, pool: asyncpg.Pool, monotonic: Callable[[], float]) -> None:
        self._pool = pool
        self._monotonic = monotonic
        self._remembered: dict[tuple[str, str], tuple[float, Caller]] = {}

    async def create(self, *, sid: str | None, auth_token: str | None, friendly_name: str) -> Account:
        """Make an account. Raises asyncpg.UniqueViolationError when the SID is taken."""
        token = auth_token or secrets.token_hex(16)
        query = statement(__package__, "insert_account")
        (row,) = await self._pool.fetch(query, sid or new_sid("AC"), token, friendly_name)
        return Account(**row)

    async def find(self, sid: str) -> Account | None:
        row = await self._pool.fetchrow(statement(__package__, "select_account"), sid)
        return Account(**row) if row else None

    async def all(self) -> list[Account]:
        return [Account(**row) for row in await self._pool.fetch(statement(__package__, "select_accounts"))]

    async def rotate_token(self, sid: str) -> Account | None:
        query = statement(__package__, "update_auth_token")
        row = await self._pool.fetchrow(query, sid, secrets.token_hex(16))
        return Account(**row) if row else None

    async def store_url(self, sid: str) -> str | None:
        """Return where the account's media go, None when it leaves that to the service."""
        url: str | None = await self._pool.fetchval(statement(__package__, "select_store"), sid)
        return url

    async def set_store(self, sid: str, url: str | None) -> bool:
        """Say where media go from now on; return whether there is such an account."""
        return await self._pool.fetchval(statement(__package__, "update_store"), sid, url) is not None

    async def callbacks(self, sid: str) -> dict[str, str | None] | None:
        """Return how the account is called back; None when there is none."""
        row = await self._pool.fetchrow(statement(__package__, "select_callbacks"), sid)
        return dict(row) if row else None

    async def set_callbacks(self, sid: str, changes: Mapping[str, str | None]) -> dict[str, str | None] | None:
        """Change some of what `callbacks` returns, and return all of it; from the next attempt on it counts."""
        row = await self._pool.fetchrow(statement(__package__, "update_callbacks"), sid, dict(changes))
        return dict(row) if row else None

    async def create_key(self, account_sid: str, role: str) -> ApiKey:
        """Make an API key. Raises asyncpg.ForeignKeyViolationError when there is no such account."""
        secret = secrets.token_urlsafe(24)
        query = statement(__package__, "insert_api_key")
        (row,) = await self._pool.fetch(query, new_sid("SK"), account_sid, _digest(secret), role)
        return ApiKey(**row, secret=secret)

    async def keys(self, account_sid: str | None = None) -> list[ApiKey]:
        rows = await self._pool.fetch(statement(__package__, "select_api_keys"), account_sid)
        return [ApiKey(**row) for row in rows]

    async def revoke_key(self, sid: str) -> bool:
        return await self._pool.fetchval(statement(__package__, "revoke_api_key"), sid) is not None

    async def signing_key(self, account_sid: str) -> str:
        """Return the account's auth token. Raises LookupError when there is no such account."""
        if account := await self.find(account_sid):
            return account.auth_token
        raise LookupError(account_sid)

    async def authenticate(self, user: str, password: str) -> Caller | None:
        """Return who calls with these Basic credentials: an account's SID and token, or a key's SID and secret."""
        now = self._monotonic()
        until, caller = self._remembered.get((user, password), (0.0, None))
        if caller is not None and now < until:
            return caller
        caller = await self._check(user, password)
        if caller is not None:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[user, password] = (now + REMEMBERED_SECONDS, caller)
        return caller

    async def _check(self, user: str, password: str) -> Caller | None:
        if user.startswith("SK"):
            row = await self._pool.fetchrow(statement(__package__, "select_api_key"), user)
            if row and hmac.compare_digest(row["secret_sha256"], _digest(password)):
                return Caller(account_sid=row["account_sid"], actor=Actor(sid=user, role=row["role"]))
            return None
        account = await self.find(user)
        if account and hmac.compare_digest(account.auth_token.encode(), password.encode()):
            return Caller(account_sid=user, actor=Actor(sid=user, role="account"))
        return None


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
