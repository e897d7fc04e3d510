"""Stored events are read for ever: one file for each type and schema that was ever written guards that."""

from itertools import product
from pathlib import Path

import orjson
import pytest

from facts import (
    ABSENT,
    AC,
    ACCOUNT_HELD,
    ACCOUNT_RELEASED,
    AT,
    CA,
    COMPLETED,
    DAMAGED,
    DELAYED,
    DELETED,
    HELD,
    HISTORY,
    PAUSED,
    RE,
    REFUSED,
    RELEASED,
    RESUMED,
    RETENTION_SET,
    STOPPED,
    started,
)
from service.application.codec import _SHAPES, UnknownEventType, decode, decode_account, encode
from service.application.upcasters import UPCASTERS
from service.domain.recording import fold
from service.eventstore.event import GENESIS, StoredEvent

GOLDEN = Path(__file__).parent / "golden"
RECORDINGS = (
    started(),
    PAUSED,
    RESUMED,
    STOPPED,
    DAMAGED,
    DELAYED,
    COMPLETED,
    ABSENT,
    DELETED,
    HELD,
    RELEASED,
    REFUSED,
)
ACCOUNTS = (ACCOUNT_HELD, ACCOUNT_RELEASED, RETENTION_SET)
EVENTS = {encode(event)[0]: event for event in (*RECORDINGS, *ACCOUNTS)}


def stored(name, schema, data) -> StoredEvent:
    return StoredEvent(
        account_sid=AC,
        recording_sid=RE,
        version=1,
        position=1,
        type=name,
        schema=schema,
        data=data,
        call_sid=CA,
        conference_sid=None,
        actor_sid=AC,
        actor_role="account",
        request_id="RQ" + "1" * 32,
        causation_id=None,
        correlation_id=None,
        occurred_at=AT,
        recorded_at=AT,
        canonical="",
        previous_hash=GENESIS,
        hash=GENESIS,
    )


def golden(path: Path) -> StoredEvent:
    name, schema = path.stem.split(".")
    return stored(name, int(schema), orjson.loads(path.read_bytes()))


@pytest.mark.parametrize("path", sorted(GOLDEN.iterdir()), ids=lambda path: path.stem)
def test_what_was_ever_stored_is_read_as_todays_event(path):
    event = EVENTS[path.stem.split(".")[0]]
    read = decode_account if event in ACCOUNTS else decode
    assert read(golden(path)) == event


def test_every_type_and_schema_that_was_ever_stored_has_its_file():
    written = {f"{shape.name}.{schema}" for shape in _SHAPES.values() for schema in range(1, shape.schema + 1)}
    assert {path.stem for path in GOLDEN.iterdir()} == written
    assert {f"{name}.{schema}" for name, schema in UPCASTERS} == written - {
        f"{shape.name}.{shape.schema}" for shape in _SHAPES.values()
    }


@pytest.mark.parametrize("status", HISTORY)
def test_a_log_written_by_any_releases_is_the_same_recording(status):
    events = HISTORY[status]
    files = [sorted(GOLDEN.glob(f"{encode(event)[0]}.*.json")) for event in events]
    for log in product(*files):
        read = [decode(golden(path)) for path in log]
        assert fold(read).status == status
        assert fold(read) == fold(events)


@pytest.mark.parametrize("name", EVENTS)
def test_what_is_stored_today_is_what_its_file_says(name):
    name, schema, data = encode(EVENTS[name])
    assert data == orjson.loads((GOLDEN / f"{name}.{schema}.json").read_bytes())


def test_a_recording_that_asked_for_less_is_read_back_too():
    for event in (started(conference=True), type(STOPPED)(cause=STOPPED.cause, position=None)):
        assert decode(stored(*encode(event))) == event


@pytest.mark.parametrize(("name", "schema"), [("started", 99), ("renamed", 1)])
def test_what_a_later_version_wrote_is_not_guessed_at(name, schema):
    with pytest.raises(UnknownEventType, match=f"{name} .schema {schema}. at position 1"):
        decode(stored(name, schema, {}))
