"""The event store in memory, for unit tests; a contract suite holds it equal to the real one."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson

from service.eventstore.errors import VersionConflict
from service.eventstore.event import GENESIS, Append, Appended, StoredEvent, event_hash


class MemoryEventStore:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._logs: dict[str, list[StoredEvent]] = defaultdict(list)

    async def append(self, append: Append) -> Appended:
        log = self._logs[append.account_sid]
        stream = await self.read_stream(append.account_sid, append.stream)
        rules = len(await self.read_stream(append.account_sid, append.account_sid))
        if len(stream) != append.expected_version or append.account_version not in {None, rules}:
            raise VersionConflict(append.stream, append.expected_version)
        for text in append.canonical():
            log.append(self._store(log, orjson.loads(text), text))
        return Appended(version=append.expected_version + len(append.events), position=len(log), row=None)

    async def read_stream(self, account_sid: str, stream: str) -> list[StoredEvent]:
        return [event for event in self._logs[account_sid] if event.recording_sid == stream]

    def _store(self, log: list[StoredEvent], fact: dict[str, Any], canonical: str) -> StoredEvent:
        actor = fact.pop("actor")
        recorded_at = self._now()
        previous = log[-1].hash if log else GENESIS
        fact["occurred_at"] = datetime.fromisoformat(fact["occurred_at"])
        return StoredEvent(
            **fact,
            actor_sid=actor["sid"],
            actor_role=actor["role"],
            position=len(log) + 1,
            recorded_at=recorded_at,
            canonical=canonical,
            previous_hash=previous,
            hash=event_hash(previous, len(log) + 1, recorded_at, canonical),
        )
