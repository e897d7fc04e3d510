"""A recording as the library `eventsourcing` has it, and its log in PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from bench.log_filling import TOLD, recordings_in

INSERTED, READ = 100, 1_000
"""Recordings an insert, and events a read of the whole log."""


class LibraryRecording(Aggregate):
    """Holds what our own state machine does: where it is in its life, when it was paused, what it began with."""

    @event("Started")
    def __init__(self, data: dict[str, Any]) -> None:
        self.status, self.started, self.pauses = "in-progress", data, []

    @event("Paused")
    def paused(self, data: dict[str, Any]) -> None:
        self.status = "paused"
        self.pauses.append({"begin": data["position"], "behavior": data["behavior"]})

    @event("Resumed")
    def resumed(self, data: dict[str, Any]) -> None:
        self.status = "in-progress"
        self.pauses[-1]["end"] = data["position"]

    @event("Stopped")
    def stopped(self, data: dict[str, Any]) -> None:
        self.status, self.stop = "stopped", data

    @event("Completed")
    def completed(self, data: dict[str, Any]) -> None:
        self.status, self.media_url = "completed", data["media_url"]


@contextmanager
def library(dsn: str) -> Iterator[Application[UUID]]:
    parts = urlsplit(dsn)
    told = {"PERSISTENCE_MODULE": "eventsourcing.postgres", "POSTGRES_PASSWORD": parts.password or ""}
    told |= {"POSTGRES_DBNAME": parts.path[1:], "POSTGRES_USER": parts.username or "recordkeeper"}
    with Application[UUID](env=told | {"POSTGRES_HOST": parse_qs(parts.query)["host"][0]}) as opened:
        yield opened


def fill(log: Application[UUID], events: int) -> list[UUID]:
    made, ids = [], []
    for number in range(recordings := recordings_in(events)):
        one = LibraryRecording(TOLD[0]["data"])
        for told in TOLD[1:]:
            getattr(one, told["type"])(told["data"])
        made += [log.mapper.to_stored_event(each) for each in one.collect_events()]
        ids.append(one.id)
        if number % INSERTED == INSERTED - 1 or number == recordings - 1:
            log.recorder.insert_events(made)
            made = []
    return ids


def replay_streams(log: Application[UUID], ids: list[UUID]) -> int:
    """Return how many events it took to have every recording, one after the other."""
    return sum(log.repository.get(each).version for each in ids)


def replay_log(log: Application[UUID]) -> int:
    """Return how many events it took to have every recording, in the order of the log."""
    known: dict[UUID, Any] = {}
    last = 0
    while notes := log.recorder.select_notifications(last + 1, READ):
        for note in notes:
            known[note.originator_id] = log.mapper.to_domain_event(note).mutate(known.get(note.originator_id))
        last = notes[-1].id
    return sum(each.version for each in known.values())
