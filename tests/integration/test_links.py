"""Links in their table: who had one made can be read for 40 days after its end, and goes with its recording."""

from datetime import UTC, datetime, timedelta

import pytest

from facts import AC, COMPLETE, DELETE, RE, START, STOP
from service.application.handler import CommandHandler
from service.application.links import Links, Sound
from service.application.metadata import Actor, Metadata
from service.retention.purge import Purge
from stores import postgres_store

METADATA = Metadata(actor=Actor(sid=AC, role="account"), request_id="RQ" + "1" * 32)
SOUND = Sound(account_sid=AC, recording_sid=RE, format="mp3", channels=1)
NOW = datetime.now(UTC)


@pytest.fixture
async def handle(pool):
    handler = CommandHandler(postgres_store(pool), lambda *_: [])
    for command in (START, STOP, COMPLETE):
        await handler.handle(AC, command, METADATA)
    return lambda command: handler.handle(AC, command, METADATA)


async def test_an_ended_link_is_purged_after_40_days_and_not_before(pool, handle):
    links = Links(pool)
    old = NOW - timedelta(days=42)
    for at, days in ((old, 1), (old, 3), (NOW, 7)):
        await links.add(SOUND, METADATA, at, timedelta(days=days))
    revoked = await links.add(SOUND, METADATA, NOW - timedelta(days=41), timedelta(days=7))
    await links.revoke(AC, RE, revoked.sid, NOW - timedelta(days=40, minutes=1))
    assert await Purge(pool, 0).tick() == 2
    left = (await links.page(AC, RE, None, 50)).rows
    assert [link.date_created for link in left] == [NOW, old]


async def test_links_go_with_their_recording(pool, handle):
    links = Links(pool)
    await links.add(SOUND, METADATA, NOW, timedelta(days=7))
    await handle(DELETE)
    assert await Purge(pool, 0).tick() == 0
    await pool.execute("UPDATE recordings SET deleted_at = now() - interval '41 days'")
    assert await Purge(pool, 0).tick() == 2
    assert await pool.fetchval("SELECT count(*) FROM links") == 0


async def test_a_link_has_a_secret_of_its_own_lasts_whole_seconds_and_is_revoked_once(pool, handle):
    links = Links(pool)
    made = [await links.add(SOUND, METADATA, NOW, timedelta(seconds=5)) for _ in range(2)]
    assert made[0].signature() != made[1].signature()
    assert made[0].secret.hex() not in repr(made[0])
    assert timedelta(seconds=5) <= made[0].date_expires - NOW <= timedelta(seconds=6)
    assert made[0].date_expires.microsecond == 0
    for at in (NOW, NOW + timedelta(seconds=1)):
        assert await links.revoke(AC, RE, made[0].sid, at)
    assert (await links.find(AC, RE, made[0].sid)).date_revoked == NOW
    assert await links.find("AC" + "f" * 32, RE, made[1].sid) is None
    assert await links.find(AC, "RE" + "0" * 32, made[1].sid) is None
