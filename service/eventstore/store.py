"""The event store in PostgreSQL. One statement appends, projects and writes what is owed, in one round trip."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache, partial
from typing import Protocol

import asyncpg
import orjson

from service.eventstore.errors import DuplicateEffect, VersionConflict
from service.eventstore.event import Append, Appended, Row, StoredEvent
from service.eventstore.grouping import Grouping
from service.postgres.statement import statement

_COLUMNS = tuple(field.name for field in fields(StoredEvent))


class EventStore(Protocol):
    async def append(self, append: Append) -> Appended:
        """Raise VersionConflict when another was first, DuplicateEffect when a row beside it exists."""

    async def read_stream(self, account_sid: str, stream: str) -> list[StoredEvent]: ...


def stored_event(record: Row) -> StoredEvent:
    return StoredEvent(**{name: record[name] for name in _COLUMNS})


class PostgresEventStore:
    """Appends made at the same time to one account share a statement, its lock and its commit.

    `projection` is the body of a CTE over `appended` that returns the read model's rows (with their `sid`);
    each of `effects` is the body of one that writes the rows given under its name, as `:name`: JSON objects, whose
    `item` is that of the append they were given with.
    """

    def __init__(self, pool: asyncpg.Pool, *, projection: str, effects: Mapping[str, str]) -> None:
        self._pool = pool
        self._effects = effects
        self._compose = cache(partial(_compose, projection))
        self._select_stream = statement(__package__, "select_stream")
        self._grouping = Grouping(self._write)

    async def append(self, append: Append) -> Appended:
        return await self._grouping.submit(append.account_sid, append)

    async def read_stream(self, account_sid: str, stream: str) -> list[StoredEvent]:
        records = await self._pool.fetch(self._select_stream, account_sid, stream)
        return [stored_event(record) for record in records]

    async def _write(self, account_sid: str, appends: Sequence[Append]) -> list[Appended | Exception]:
        canonical = [append.canonical() for append in appends]
        items = [item for item, texts in enumerate(canonical) for _ in texts]
        ruled = [appends[item].account_version for item in items]
        texts = [text for texts in canonical for text in texts]
        effects = {name: rows for name in self._effects if (rows := _effect_rows(name, appends))}
        query = self._compose(tuple((name, self._effects[name]) for name in effects))
        try:
            records = await self._pool.fetch(query, account_sid, items, texts, ruled, *effects.values())
        except asyncpg.UniqueViolationError as error:
            if len(appends) == 1:
                return [DuplicateEffect(str(error))]
            return [(await self._write(account_sid, [append]))[0] for append in appends]
        written = {record["item"]: _appended(record) for record in records}
        return [
            written.get(item) or VersionConflict(append.stream, append.expected_version)
            for item, append in enumerate(appends)
        ]


def _compose(projection: str, effects: tuple[tuple[str, str], ...]) -> str:
    """Return the append without the effects that have no rows: each costs, even when it writes nothing."""
    bodies = (
        f", {name} AS (\n{body.replace(f':{name}', f'${number}')}\n)" for number, (name, body) in enumerate(effects, 5)
    )
    return statement(__package__, "append").replace(":projection", projection).replace(":effects", "".join(bodies))


def _effect_rows(name: str, appends: Sequence[Append]) -> str:
    rows = [{"item": item, **row} for item, append in enumerate(appends) for row in append.effects.get(name, ())]
    return orjson.dumps(rows).decode() if rows else ""


def _appended(record: asyncpg.Record) -> Appended:
    return Appended(version=record["appended_version"], position=record["position"], row=record)
