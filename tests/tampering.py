"""Ways to change a log behind the service's back, by somebody who may do everything in its database but sign."""

import random
import re
from dataclasses import dataclass

import asyncpg

from service.eventstore.event import GENESIS, event_hash

TEXTS = ("type", "recording_sid", "call_sid", "actor_sid", "actor_role", "request_id")
BYTES = ("previous_hash", "hash")
TIMES = ("occurred_at", "recorded_at")
NUMBERS = ("position", "version", "schema")
EMPTY = ("conference_sid", "causation_id", "correlation_id")


@dataclass
class Tamperer:
    """Tampers with one account; every method returns the first bad position."""

    owner: asyncpg.Connection
    account: str
    length: int
    choose: random.Random

    async def one_bit(self) -> int:
        """Change one bit of one column of one event."""
        position = self.choose.randint(1, self.length)
        kind = self.choose.choice(("canonical", "data", *TEXTS, *BYTES, *TIMES, *NUMBERS, *EMPTY))
        value = await self._value(kind, position)
        if kind in BYTES:
            await self._set(kind, position, flipped(value, self.choose))
        elif kind in TIMES:
            await self._change(f"{kind} = {kind} + interval '1 microsecond'", position)
        elif kind == "position":
            other = position ^ 1 << self.choose.randint(20, 40)
            await self._change(f"position = {other}", position)
        elif kind in NUMBERS:
            await self._set(kind, position, value ^ 1 << self.choose.randint(9, 13))
        elif kind in EMPTY:
            await self._set(kind, position, "x")
        elif kind == "data":
            await self._set(kind, position, value.replace("said", "sahd"))
        else:
            await self._set(kind, position, flipped(value.encode(), self.choose, is_text=True).decode())
        return position

    async def swapped(self) -> int:
        """Put two events in each other's places, with their hashes or without."""
        first, second = sorted(self.choose.sample(range(1, self.length + 1), 2))
        columns = ["position"] if self.choose.random() < 0.5 else ["position", "previous_hash", "hash"]
        left, right = [
            await self.owner.fetchrow(f"SELECT * FROM events {WHERE}", self.account, n) for n in (first, second)
        ]
        for old, new in ((left, right), (right, left)):
            values = [new[column] for column in columns]
            sets = ", ".join(f"{column} = ${n}" for n, column in enumerate(columns, 4))
            key = (self.account, old["recording_sid"], old["version"])
            where = "WHERE account_sid = $1 AND recording_sid = $2 AND version = $3"
            await self.owner.execute(f"UPDATE events SET {sets} {where}", *key, *values)
        return first

    async def removed_event(self) -> int:
        position = self.choose.randint(1, self.length)
        await self.owner.execute(f"DELETE FROM events {WHERE}", self.account, position)
        return position

    async def removed_tail(self) -> int:
        """Remove the last events, and let the head say so."""
        left = self.choose.randint(0, self.length - 1)
        await self.owner.execute("DELETE FROM events WHERE account_sid = $1 AND position > $2", self.account, left)
        await self._rechain(1)
        return left + 1

    async def removed_stream(self) -> int:
        """Remove a recording, and close the gaps in positions and chain."""
        sid = await self._value("recording_sid", self.choose.randint(1, self.length))
        where = "WHERE account_sid = $1 AND recording_sid = $2"
        first = await self.owner.fetchval(f"SELECT min(position) FROM events {where}", self.account, sid)
        await self.owner.execute(f"DELETE FROM events {where}", self.account, sid)
        await self.owner.execute("DELETE FROM recordings WHERE account_sid = $1 AND sid = $2", self.account, sid)
        await self._rechain(1)
        return first

    async def rewritten(self, position: int | None = None) -> int:
        """Change what an event says, in its text and its column, and every hash from there to the head."""
        position = position or self.choose.randint(1, self.length)
        await self._change("actor_role = 'system'", position)
        canonical = await self._value("canonical", position)
        await self._set("canonical", position, canonical.replace('"role":"account"', '"role":"system"'))
        await self._rechain(position)
        return position

    async def later(self) -> int:
        """Say that an event was recorded later, and mend every hash."""
        position = self.choose.randint(1, self.length)
        await self._change("recorded_at = recorded_at + interval '1 hour'", position)
        await self._rechain(position)
        return position

    async def added_event(self) -> int:
        """Put one more event behind the head, well chained."""
        await self.owner.execute(
            "INSERT INTO events SELECT (jsonb_populate_record(events, jsonb_build_object('position', position + 1,"
            f" 'version', version + 1))).* FROM events {WHERE}",
            self.account,
            self.length,
        )
        row = await self.owner.fetchrow(f"SELECT * FROM events {WHERE}", self.account, self.length + 1)
        before = await self._value("hash", self.length)
        canonical = re.sub('"version":[0-9]+', f'"version":{row["version"]}', row["canonical"])
        found = event_hash(before, self.length + 1, row["recorded_at"], canonical)
        sets = "canonical = $3, previous_hash = $4, hash = $5"
        await self.owner.execute(
            f"UPDATE events SET {sets} {WHERE}", self.account, self.length + 1, canonical, before, found
        )
        return self.length + 1

    async def other_head(self) -> int:
        hash_ = flipped(await self._value("hash", self.length), self.choose)
        await self.owner.execute("UPDATE account_heads SET hash = $2 WHERE account_sid = $1", self.account, hash_)
        return self.length + 1

    async def removed_head(self) -> int:
        await self.owner.execute("DELETE FROM account_heads WHERE account_sid = $1", self.account)
        return self.length + 1

    async def removed_log(self) -> int:
        """Remove all events and the head, as if the account had never been."""
        for table in ("events", "account_heads", "recordings"):
            await self.owner.execute(f"DELETE FROM {table} WHERE account_sid = $1", self.account)
        return 1

    async def other_seal(self) -> int:
        """Change what a seal notes of the account's log."""
        where = "WHERE account_sid = $1 AND n = (SELECT min(n) FROM seal_accounts WHERE account_sid = $1)"
        root = flipped(await self.owner.fetchval(f"SELECT root FROM seal_accounts {where}", self.account), self.choose)
        await self.owner.execute(f"UPDATE seal_accounts SET root = $2 {where}", self.account, root)
        return 1

    async def _rechain(self, first: int) -> None:
        query = "SELECT * FROM events WHERE account_sid = $1 AND position >= $2 ORDER BY position"
        rows = await self.owner.fetch(query, self.account, first)
        previous = await self._value("hash", first - 1) if first > 1 else GENESIS
        for position, row in enumerate(rows, first):
            found = event_hash(previous, position, row["recorded_at"], row["canonical"])
            sets = "position = $4, previous_hash = $5, hash = $6"
            where = "WHERE account_sid = $1 AND recording_sid = $2 AND version = $3"
            key = (self.account, row["recording_sid"], row["version"])
            await self.owner.execute(f"UPDATE events SET {sets} {where}", *key, position, previous, found)
            previous = found
        head = "UPDATE account_heads SET position = $2, hash = $3 WHERE account_sid = $1"
        await self.owner.execute(head, self.account, first - 1 + len(rows), previous)

    async def _value(self, column: str, position: int):
        return await self.owner.fetchval(f"SELECT {column} FROM events {WHERE}", self.account, position)

    async def _set(self, column: str, position: int, value) -> None:
        await self.owner.execute(f"UPDATE events SET {column} = $3 {WHERE}", self.account, position, value)

    async def _change(self, sets: str, position: int) -> None:
        await self.owner.execute(f"UPDATE events SET {sets} {WHERE}", self.account, position)


WHERE = "WHERE account_sid = $1 AND position = $2"
WAYS = [name for name, way in vars(Tamperer).items() if name[0] != "_" and callable(way)]


def flipped(value: bytes, choose: random.Random, *, is_text: bool = False) -> bytes:
    """Return `value` with one bit changed; text stays what a column of text takes."""
    while True:
        place, bit = choose.randrange(len(value)), 1 << choose.randrange(8)
        found = value[:place] + bytes([value[place] ^ bit]) + value[place + 1 :]
        if not is_text:
            return found
        if max(value[place], found[place]) < 0x80 and found[place] > 0:
            return found


async def tamperer(database: str) -> asyncpg.Connection:
    """Return a session of the owner's, past the triggers that keep the log append-only."""
    owner = await asyncpg.connect(database)
    await owner.execute("SET session_replication_role = replica")
    return owner
