"""What every event store keeps to: the real one, and the one that unit tests use in its place."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from facts import AC, AT, RE
from service.eventstore.errors import VersionConflict
from service.eventstore.event import GENESIS, event_hash
from service.eventstore.memory import MemoryEventStore
from stores import append, postgres_store

OTHER = "RE" + "e" * 32


@pytest.fixture(params=["memory", "postgres"])
def store(request, pool):
    return MemoryEventStore(lambda: datetime.now(UTC)) if request.param == "memory" else postgres_store(pool)


async def test_what_is_appended_is_read_back_in_order(store):
    await store.append(append(AC, RE, 0, "started", "paused"))
    appended = await store.append(append(AC, RE, 2, "resumed"))
    stream = await store.read_stream(AC, RE)
    assert (appended.version, appended.position) == (3, 3)
    assert [(event.version, event.type) for event in stream] == [(1, "started"), (2, "paused"), (3, "resumed")]
    assert all(event.occurred_at == AT and event.data == {"said": "żółć ≠ \u2028"} for event in stream)


@pytest.mark.parametrize("expected_version", [0, 2, 7])
async def test_another_expected_version_is_a_conflict_and_consumes_nothing(store, expected_version):
    await store.append(append(AC, RE, 0, "started"))
    with pytest.raises(VersionConflict):
        await store.append(append(AC, RE, expected_version, "paused"))
    assert len(await store.read_stream(AC, RE)) == 1
    assert (await store.append(append(AC, RE, 1, "paused"))).position == 2


async def test_what_was_decided_under_rules_that_have_changed_since_is_a_conflict(store):
    ruled = replace(append(AC, RE, 0, "started"), account_version=0)
    await store.append(append(AC, AC, 0, "account-held"))
    with pytest.raises(VersionConflict):
        await store.append(ruled)
    assert (await store.append(replace(ruled, account_version=1))).position == 2


async def test_positions_are_contiguous_and_chained_across_an_accounts_streams(store):
    await store.append(append(AC, RE, 0, "started"))
    await store.append(append(AC, OTHER, 0, "started", "stopped"))
    await store.append(append(AC, RE, 1, "stopped"))
    log = sorted(await store.read_stream(AC, RE) + await store.read_stream(AC, OTHER), key=lambda event: event.position)
    assert [event.position for event in log] == [1, 2, 3, 4]
    previous = GENESIS
    for event in log:
        assert event.previous_hash == previous
        assert event.hash == event_hash(previous, event.position, event.recorded_at, event.canonical)
        previous = event.hash


async def test_accounts_do_not_meet(store):
    await store.append(append(AC, RE, 0, "started"))
    other = "AC" + "f" * 32
    assert (await store.append(append(other, RE, 0, "started"))).position == 1
    assert [event.account_sid for event in await store.read_stream(other, RE)] == [other]
