"""The work list: one claimant at a time, until his lease runs out."""

import asyncio

import pytest

from facts import AC, RE, START, STOP
from service.application.handler import CommandHandler
from service.application.metadata import Actor, Metadata
from service.media.finishing import finishings as module
from service.media.finishing.finishings import Finishings
from stores import postgres_store

METADATA = Metadata(actor=Actor(sid=AC, role="account"), request_id="RQ" + "1" * 32)
KEY = (AC, RE)


@pytest.fixture
def mine(pool):
    return Finishings(pool, "folder/0", 60)


@pytest.fixture
def theirs(pool):
    return Finishings(pool, "folder/worker-7", 60)


async def test_what_one_has_claimed_no_other_gets(mine, theirs):
    await mine.add([KEY])
    (claim,) = await mine.claim(10)
    assert (claim.key, claim.attempts, claim.was_lost, claim.is_all) == (KEY, 1, False, True)
    assert await theirs.claim(10) == []
    await mine.release(KEY, claim.claim_id, 0)
    (again,) = await theirs.claim(10)
    assert (again.attempts, again.was_lost) == (2, False)
    await theirs.remove(KEY, again.claim_id)
    assert await mine.claim(10) == []


async def test_a_lease_that_is_renewed_is_kept_and_one_that_ran_out_is_taken_over(mine, theirs, monkeypatch):
    monkeypatch.setattr(module, "LEASE_SECONDS", 0.5)
    await mine.add([KEY])
    (claim,) = await mine.claim(10)
    for _ in range(4):
        await asyncio.sleep(0.2)
        await mine.renew([claim.claim_id])
        assert await theirs.claim(10) == []
    await asyncio.sleep(0.6)
    (taken,) = await theirs.claim(10)
    assert taken.was_lost
    await mine.remove(KEY, claim.claim_id)
    await theirs.release(KEY, taken.claim_id, 0)
    assert len(await mine.claim(10)) == 1  # who lost his lease can no longer take it off the list


async def test_what_lies_in_another_folder_is_for_others(pool, mine):
    elsewhere = Finishings(pool, "other/0", 60)
    await mine.add([KEY])
    assert await elsewhere.claim(10) == []
    assert len(await mine.claim(10)) == 1


async def test_what_is_added_while_it_is_done_is_done_once_more(mine):
    await mine.add([KEY])
    (claim,) = await mine.claim(10)
    await mine.add([KEY])
    await mine.remove(KEY, claim.claim_id)
    assert len(await mine.claim(10)) == 1


async def test_an_upload_keeps_all_others_off(mine, theirs):
    claim_id = await mine.claim_upload(KEY)
    assert claim_id is not None
    assert (await theirs.claim_upload(KEY), await theirs.claim(10)) == (None, [])
    await mine.release(KEY, claim_id, 0)
    (claim,) = await theirs.claim(10)
    assert not claim.is_all  # nothing says that there is sound


@pytest.mark.parametrize(("upload_wait", "added"), [(60, 0), (0, 1)])
async def test_a_recording_without_sound_is_added_when_its_time_is_over(pool, upload_wait, added):
    handler = CommandHandler(postgres_store(pool), lambda *_: [])
    for command in (START, STOP):
        await handler.handle(AC, command, METADATA)
    overdue = Finishings(pool, "folder/0", upload_wait)
    await overdue.add_overdue(10)
    assert [claim.is_all for claim in await overdue.claim(10)] == [True] * added


async def test_what_is_not_yet_to_be_done_is_no_attempt_and_failed_reads_are_counted_on_their_own(mine):
    await mine.add([KEY])
    for _ in range(3):
        (claim,) = await mine.claim(10)
        await mine.release(KEY, claim.claim_id, 0, uncounted=True)
    (claim,) = await mine.claim(10)
    assert (claim.attempts, claim.unreadable) == (1, 0)
    await mine.release(KEY, claim.claim_id, 0)  # a store failed
    (claim,) = await mine.claim(10)
    await mine.release(KEY, claim.claim_id, 0, unreadable=True)
    (claim,) = await mine.claim(10)
    assert (claim.attempts, claim.unreadable) == (3, 1)
