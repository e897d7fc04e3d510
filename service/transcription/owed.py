"""Which recordings are to be transcribed: noted in the append that completes them, so that no crash comes between."""

from dataclasses import replace

from service.eventstore.event import Append, Appended, StoredEvent
from service.eventstore.store import EventStore
from service.postgres.statement import statement

EFFECT = "transcription_jobs"
INSERT_JOBS = statement(__package__, "insert_jobs")
"""For the event store, under the name EFFECT."""


class OwingTranscriptions:
    """An event store in front of another; a recording completed through it is owed a transcription.

    `folder` names the data folder that has its sound: those alone who work on it can hear it.
    """

    def __init__(self, store: EventStore, folder: str) -> None:
        self._store = store
        self._folder = folder

    async def append(self, append: Append) -> Appended:
        if any(event.type == "completed" for event in append.events):
            append = replace(append, effects={**append.effects, EFFECT: [{"folder": self._folder}]})
        return await self._store.append(append)

    async def read_stream(self, account_sid: str, stream: str) -> list[StoredEvent]:
        return await self._store.read_stream(account_sid, stream)
