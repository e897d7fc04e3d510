"""What is to be erased is written down with the event that says so, and tried until it is done."""

from dataclasses import replace

import pytest

from facts import AC, COMPLETE, COMPLETED, DELETE, RE, START, STOP
from service.application.handler import CommandHandler
from service.application.metadata import SYSTEM, Metadata
from service.domain.recording import Recording
from service.domain.values import Status
from service.eventstore.store import PostgresEventStore
from service.media.storing.bucket import StoreFailed
from service.media.storing.copies import EFFECT, ERASURES, Copies
from service.media.storing.eraser import Eraser
from service.media.storing.store import LocalStore
from service.projections.recordings import PROJECTION

METADATA = Metadata(actor=SYSTEM, request_id="RQ" + "1" * 32)
KEY = (AC, RE)
STORE, OTHER, URL = "s3://bucket", "gs://other", f"https://bucket.example/{AC}/{RE}"
THERE = replace(COMPLETE, facts=replace(COMPLETED, media_url=URL))


class StubbornStore(LocalStore):
    """A folder that keeps its files while it is told to."""

    def __init__(self, data_dir) -> None:
        super().__init__(data_dir)
        self.is_stubborn = True

    def erase(self, account_sid: str, recording_sid: str) -> None:
        if self.is_stubborn:
            raise PermissionError(13, "Permission denied")
        super().erase(account_sid, recording_sid)


class StubbornStores:
    def __init__(self) -> None:
        self.is_stubborn = True
        self.erased: list[str] = []

    async def erase(self, _key, store_url: str) -> None:
        if self.is_stubborn:
            raise StoreFailed("it does not answer")
        self.erased.append(store_url)


@pytest.fixture
def copies(pool):
    return Copies(pool, "here")


@pytest.fixture
def handler(pool, copies):
    store = PostgresEventStore(pool, projection=PROJECTION, effects={ERASURES: EFFECT})
    handler = CommandHandler(store, lambda *_: [])
    handler.plans = {ERASURES: copies.plan_erasures}
    return handler


async def do(handler, *commands) -> None:
    for command in commands:
        await handler.handle(AC, command, METADATA)


async def unwanted(pool) -> list[str]:
    rows = await pool.fetch("SELECT store_url FROM media_copies WHERE due_at IS NOT NULL ORDER BY store_url")
    return [row["store_url"] for row in rows]


async def test_a_folder_that_cannot_be_erased_is_tried_until_it_can(pool, handler, copies, tmp_path):
    local = StubbornStore(tmp_path)
    file = local.path(AC, RE, "2.wav")
    file.parent.mkdir(parents=True)
    file.write_bytes(b"what was said")
    eraser = Eraser(copies, local, StubbornStores())
    await do(handler, START, STOP, COMPLETE)
    assert await unwanted(pool) == []
    await do(handler, DELETE)
    await eraser.settle(KEY)
    assert file.exists()
    (row,) = await pool.fetch("SELECT claim_id, attempts, due_at > now() AS is_put_off FROM media_copies")
    assert tuple(row) == (None, 1, True)
    local.is_stubborn = False
    assert await eraser.tick() == 0
    await pool.execute("UPDATE media_copies SET due_at = now()")
    assert await eraser.tick() == 1
    await eraser.drain()
    assert not file.parent.exists()
    assert await pool.fetch("SELECT FROM media_copies") == []


async def test_what_a_store_took_goes_with_the_recording_and_what_it_replaced_goes_at_once(
    pool, handler, copies, tmp_path
):
    await do(handler, START, STOP)
    await copies.note(KEY, OTHER, "https://other.example")
    await copies.note(KEY, STORE, URL)
    await do(handler, THERE)
    assert await unwanted(pool) == ["folder:here", OTHER]
    stores = StubbornStores()
    eraser = Eraser(copies, LocalStore(tmp_path), stores)
    await eraser.settle(KEY)
    assert await unwanted(pool) == [OTHER]
    stores.is_stubborn = False
    await do(handler, DELETE)
    await eraser.settle(KEY)
    assert sorted(stores.erased) == [OTHER, STORE]
    assert await pool.fetch("SELECT FROM media_copies") == []


@pytest.mark.parametrize(
    ("state", "gone"),
    [
        (Recording(status=Status.ABSENT), ["folder:here", STORE]),
        (Recording(status=Status.COMPLETED), [STORE]),
        (Recording(status=Status.COMPLETED, media_url=URL), ["folder:here"]),
    ],
)
async def test_what_a_late_process_made_is_erased_unless_the_recording_needs_it(pool, copies, state, gone):
    await copies.note(KEY, STORE, URL)
    await copies.discard(KEY, state)
    assert await unwanted(pool) == gone


async def test_another_folders_files_are_left_to_who_works_on_it(pool, handler, copies):
    await do(handler, START, STOP, COMPLETE, DELETE)
    assert await Copies(pool, "elsewhere").claim_unwanted(9) == []
    assert [copy.is_local for copy in await copies.claim_unwanted(9, KEY)] == [True]
    assert await copies.claim_unwanted(9, KEY) == []


async def test_a_deletion_on_one_host_erases_the_files_on_another(pool, handler, copies, tmp_path):
    there, elsewhere = LocalStore(tmp_path), Copies(pool, "elsewhere")
    file = there.path(AC, RE, "2.wav")
    file.parent.mkdir(parents=True)
    file.write_bytes(b"what was said")
    await do(handler, START, STOP, COMPLETE)
    assert [tuple(row) for row in await pool.fetch("SELECT store_url, due_at FROM media_copies")] == [
        ("folder:here", None)
    ]
    handler.plans = {ERASURES: elsewhere.plan_erasures}
    await do(handler, DELETE)
    await Eraser(elsewhere, LocalStore(tmp_path / "elsewhere"), StubbornStores()).settle(KEY)
    assert (file.exists(), await unwanted(pool)) == (True, ["folder:here"])
    eraser = Eraser(copies, there, StubbornStores())
    assert await eraser.tick() == 1
    await eraser.drain()
    assert (file.exists(), await pool.fetch("SELECT FROM media_copies")) == (False, [])


async def test_what_stayed_here_after_all_leaves_nothing_in_the_store_whatever_broke_the_upload_off(
    pool, handler, copies
):
    await do(handler, START, STOP)
    await copies.note(KEY, STORE, URL)
    await do(handler, COMPLETE)
    assert await unwanted(pool) == [STORE]
